from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from clirbench.data.base import Document
from clirbench.data.sample import judged_and_random, rank_of

DOCUMENTS = [Document(f"d{number}", "text") for number in range(60)]


@given(
    judged=st.sets(st.sampled_from([document.id for document in DOCUMENTS]), max_size=10),
    count=st.integers(0, 70),
    seed=st.integers(0, 3),
    order=st.randoms(use_true_random=False),
)
def test_the_lowest_ranks_are_taken(
    judged: set[str], count: int, seed: int, order: random.Random
) -> None:
    """What a sort of all ranks would take, in the collection's order, whatever that is."""
    documents = order.sample(DOCUMENTS, len(DOCUMENTS))
    others = sorted(
        (document.id for document in documents if document.id not in judged),
        key=lambda key: rank_of(key, seed),
    )
    wanted = judged | set(others[:count])
    sample = list(judged_and_random(iter(documents), judged, count, seed))
    assert sample == [document for document in documents if document.id in wanted]


def test_ranks_are_spread() -> None:
    """Another seed gives another order; ranks of like ids are not alike."""
    ranks = [[rank_of(document.id, seed) for document in DOCUMENTS] for seed in (0, 1)]
    assert ranks[0] != ranks[1]
    assert len(set(ranks[0])) == len(DOCUMENTS)
    assert abs(sum(ranks[0]) / len(DOCUMENTS) / 2**63 - 1) < 0.3
