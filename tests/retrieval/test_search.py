from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from clirbench.errors import CellError
from clirbench.models.index import Index
from clirbench.models.ragged import Ragged
from clirbench.retrieval import search as module
from clirbench.retrieval.run import Ranked
from clirbench.retrieval.search import max_sim_scores, rerank, search


def ragged(lengths: list[int], seed: int) -> Ragged:
    """Random vectors."""
    generator = torch.Generator().manual_seed(seed)
    offsets = torch.tensor([0, *lengths]).cumsum(0)
    return Ragged(torch.randn(int(offsets[-1]), 6, generator=generator), offsets)


def brute_force(topics: Ragged, documents: Ragged) -> torch.Tensor:
    """MaxSim by two loops."""

    def parts(one: Ragged) -> list[torch.Tensor]:
        return [one.vectors[one.offsets[i] : one.offsets[i + 1]] for i in range(one.size)]

    return torch.tensor(
        [[(q @ d.T).amax(1).sum() for d in parts(documents)] for q in parts(topics)]
    )


CELLS = pytest.mark.parametrize("cells", [1, 50, 2**21])


@pytest.fixture(params=["_unpadded", "_padded"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each way to the largest inner products, whatever the device."""
    chosen = getattr(module, request.param)
    for name in ("_unpadded", "_padded"):
        monkeypatch.setattr(module, name, chosen)
    return request.param


@CELLS
def test_scores_equal_brute_force(cells: int, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However documents are batched, the scores are those of the definition."""
    for limit in ("_BEST", "_CELLS", "_PADDED"):
        monkeypatch.setattr(module, limit, cells)
    topics = ragged([3, 1, 7, 2], 1)
    documents = ragged([5, 9, 1, 1, 30, 4, 4, 12], 2)
    torch.testing.assert_close(max_sim_scores(topics, documents), brute_force(topics, documents))


@CELLS
def test_both_ways_give_the_same_bits(cells: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """With products that are exact in any order, a CPU's scores are those of padded documents.

    Only the topic vectors' sum is rounded then, which both add one after another.
    """
    topics = ragged([3, 1, 7, 2, 33], 1)
    documents = ragged([5, 9, 1, 1, 30, 4, 4, 12, *range(1, 60), *[7] * 40], 2)
    topics, documents = (
        Ragged(each.vectors.mul(8).round() / 2**12, each.offsets) for each in (topics, documents)
    )
    topics.vectors[::3] *= 2.0**20  # so that the sum is rounded
    reference = getattr(module, "_padded")  # noqa: B009 - the way of before
    expected = topics.vectors.new_empty(topics.size, documents.size)
    owner = torch.repeat_interleave(torch.arange(topics.size), topics.lengths)
    for batch, best in reference(topics.vectors, documents):
        sums = best.new_zeros(topics.size, len(batch))
        expected[:, batch] = sums.index_add_(0, owner, best)
    for limit in ("_BEST", "_CELLS"):
        monkeypatch.setattr(module, limit, cells)
    assert torch.equal(max_sim_scores(topics, documents), expected)


def test_texts_without_vectors(way: str) -> None:
    """A topic without a vector scores 0, a document without one below all others; none give none."""
    found = max_sim_scores(ragged([2, 0], 1), ragged([3, 0, 1], 2))
    assert found[0, 1] == float("-inf")
    assert found[0, [0, 2]].isfinite().all()
    assert found[1].tolist() == [0, 0, 0]
    assert max_sim_scores(ragged([2, 1], 1), ragged([], 2)).shape == (2, 0)
    assert max_sim_scores(ragged([], 1), ragged([2, 1], 2)).shape == (0, 2)


def test_single_vectors_score_by_inner_product() -> None:
    """With one vector a text MaxSim is the inner product."""
    topics, documents = ragged([1] * 5, 1), ragged([1] * 20, 2)
    torch.testing.assert_close(
        max_sim_scores(topics, documents), topics.vectors @ documents.vectors.T
    )


def test_search_ranks_every_topic() -> None:
    """Rankings are by score, cut at depth, whatever the number of topics."""
    topics, documents = ragged([1 + i % 3 for i in range(130)], 1), ragged([2] * 40, 2)
    ids = [f"q{i}" for i in range(130)]
    found = search(topics, documents, ids, [f"d{i}" for i in range(40)], depth=7)
    scores = brute_force(topics, documents)
    assert list(found) == ids
    for row, ranking in enumerate(found.values()):
        best = scores[row].argsort(descending=True)[:7]
        assert ranking.documents == [f"d{i}" for i in best]


def same(found: Mapping[str, Ranked], expected: Mapping[str, Ranked]) -> None:
    """The rankings are the same, to the last bit."""
    assert list(found) == list(expected)
    for one, other in zip(found.values(), expected.values(), strict=True):
        assert one.documents == other.documents
        assert one.scores.tolist() == other.scores.tolist()


@pytest.mark.parametrize("largest", [1, 7 * 24, 2**28])
def test_documents_in_a_file(largest: int, tmp_path: Path) -> None:
    """Block by block the rankings are those of all documents at once, in whatever order, with ties."""
    topics, documents = ragged([1 + i % 3 for i in range(70)], 1), ragged([1, 4, 2, 4] * 10, 2)
    topics = Ragged(topics.vectors.round(), topics.offsets)  # sums of whole numbers are exact
    offsets = ragged([1, 4, 2, 4] * 20, 2).offsets
    double = Ragged(torch.cat([documents.vectors.round()] * 2), offsets)
    double.save(tmp_path / "v.safetensors")
    ids = [f"q{i}" for i in range(70)], [f"d{i}" for i in range(80)]
    told: list[tuple[int, int]] = []
    whole = search(topics, double, *ids, depth=9)
    index = Index(tmp_path / "v.safetensors", largest)
    found = search(topics, index, *ids, depth=9, progress=lambda *a: told.append(a))
    same(found, whole)
    order = list(range(0, 80, 3)) + [i for i in range(80) if i % 3]
    others = [ids[1][i] for i in order]
    same(search(topics, double.take(order), ids[0], others, depth=9), whole)
    first = dict.fromkeys(ids[0], Ranked.of(dict.fromkeys(ids[1], 1.0)))
    same(rerank(topics, index, *ids, first, depth=80), search(topics, double, *ids, depth=80))
    assert told[-1] == (70 * len(index), 70 * len(index))


@pytest.mark.gpu
def test_a_gpu_finds_what_the_cpu_finds() -> None:
    """Searching all, and ranking another system's documents, with topics on the GPU."""
    topics = ragged([1 + i % 5 for i in range(70)], 1)
    documents = ragged([1 + i % 9 for i in range(300)], 2)
    ids, names = [f"q{i}" for i in range(70)], [f"d{i}" for i in range(300)]
    first = {q: Ranked(names[i : i + 30], np.arange(30, 0, -1)) for i, q in enumerate(ids)}
    there = topics.to("cuda")
    torch.testing.assert_close(
        max_sim_scores(there, documents.to("cuda")).cpu(), max_sim_scores(topics, documents)
    )
    for found, expected in (
        (
            search(there, documents, ids, names, depth=20),
            search(topics, documents, ids, names, depth=20),
        ),
        (
            rerank(there, documents, ids, names, first, depth=20),
            rerank(topics, documents, ids, names, first, depth=20),
        ),
    ):
        for topic in ids:
            scores = dict(zip(*found[topic][:2], strict=True))
            wanted = dict(zip(*expected[topic][:2], strict=True))
            # A score in a thousand is near enough to another's for the two to change places.
            assert len(scores.keys() & wanted.keys()) >= 19
            assert [*scores.values()] == pytest.approx([*wanted.values()], rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("again", [False, True])
def test_scores_that_are_not_finite(again: bool) -> None:  # noqa: FBT001 - both searches
    """They have no order; the document is named."""
    topics, documents = ragged([2, 3], 1), ragged([4, 2, 3], 2)
    documents.vectors[5] = float("nan")
    found = {topic: Ranked.of({"a": 3.0, "b": 2.0}) for topic in "xy"}
    ranks: Callable[..., object] = partial(rerank, found=found) if again else search
    with pytest.raises(CellError, match='the score of document "b" is not finite'):
        ranks(topics, documents, ["x", "y"], ["a", "b", "c"], depth=3)
