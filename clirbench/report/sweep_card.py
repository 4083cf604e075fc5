"""What a suite's sweep draws from its bitexts, counted before a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clirbench.data.card import BitextCard, describe_bitext
from clirbench.data.mispaired import mispaired_of
from clirbench.spec.data_needs import DataNeeds

if TYPE_CHECKING:
    from clirbench.data.base import Fetch

__all__ = ["sweep_markdown"]


def sweep_markdown(
    target: DataNeeds, fetch: Fetch, how: Mapping[str, Any], cards: Sequence[Sequence[BitextCard]]
) -> Iterator[str]:
    """What is drawn from each changed bitext; nothing where none is asked for.

    Args:
        target: of a suite.
        fetch: gets its files.
        how: bitext is cut.
        cards: of the target's bitexts, which most changes leave as they are before the draw.
    """
    suite, rows = target.suite, []
    of = [(own.query, own.documents, own.language) for own in target.bitexts]
    known = dict(zip(of, cards, strict=True))
    for pair in suite.swept if suite else ():
        if suite is None or pair.swept is None or pair.swept.translated:  # a run makes these
            continue
        training = replace(suite.training, **pair.swept.training)
        for language in pair.foreign:
            found = known[pair.query, pair.documents, language]
            if pair.learned != pair.bitext:
                found = describe_bitext(
                    [bitext.source for bitext in pair.learned],
                    fetch,
                    language,
                    test_texts=suite.collection.test_texts(fetch, pair.query, pair.documents),
                    **how,
                )
            kept = sum(card.counts.kept for card in found)
            used = min(kept, training.pairs or kept)
            names = ", ".join(card.name for card in found)
            counts = (kept, used, mispaired_of(used, training.mispaired))
            rows.append((str(pair), names, *(f"{count:,}" for count in counts)))
    if suite and rows:
        yield f"## bitexts of the sweep of {suite.name}\n"
        yield "| pair | sources | kept | used | mis-paired |\n| :-- | :-- | --: | --: | --: |"
        yield "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"
