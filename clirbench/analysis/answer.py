"""The hypothesis of a suite, decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clirbench.spec.model import Hypothesis
from clirbench.statistics import Comparison, Comparisons, MissingComparison, sentence

__all__ = ["Answer", "answer_of", "decisive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the results say about the hypothesis. As text, it is the sentence for a paper."""

    kind: Literal["yes", "no", "open"]
    verdict: str
    """The outcome in a few words."""
    comparison: Comparison | None
    """The comparison that decides. None: it could not be made. With `statistics.smallest_effect`,
    its `shares` say how likely the first method is worse by more than that, within it, or better by
    more."""
    text: str

    def __str__(self) -> str:
        return self.text


def answer_of(comparisons: Comparisons, stated: Hypothesis | None = None) -> Answer | None:
    """Decide the hypothesis; None: there is none.

    By the hypothesis's own measure p is unadjusted; by another the claim is one of its family's.

    Args:
        comparisons: by a measure.
        stated: the suite's hypothesis, which the comparisons are without where its cells are missing.
    """
    claim = comparisons.design.hypothesis
    if claim is None:
        if stated is None:
            return None
        return _open(
            f"The hypothesis, {stated.better} better than {stated.than} on {stated.on}, is not "
            "tested: cells that it needs are missing."
        )
    found = comparisons.primary or comparisons.between(claim.better, claim.than, claim.on)
    if isinstance(found, MissingComparison):
        return _open(f"The hypothesis cannot be tested: {found.why}.")
    kind, verdict = _verdict(found, comparisons.design.alpha)
    return Answer(kind=kind, verdict=verdict, comparison=found, text=sentence(comparisons))


def decisive(found: Comparison) -> float:
    """Give the p that decides: unadjusted for the hypothesis, adjusted in any other family."""
    return found.p if found.family == "primary" else found.p_adjusted


def _open(text: str) -> Answer:
    return Answer(kind="open", verdict="Not answered", comparison=None, text=text)


def _verdict(found: Comparison, alpha: float) -> tuple[Literal["yes", "no", "open"], str]:
    if decisive(found) <= alpha:
        return ("yes", "Yes") if found.difference > 0 else ("no", "No: it is worse")
    if found.p_equivalent is not None and found.p_equivalent <= alpha:
        return "no", "No: the two are equivalent"
    return "open", "Not shown"
