"""What a suite's perturbations make of its topics, counted and with examples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clirbench.data.card import Sample, spread
from clirbench.data.perturbations.base import Known, Perturbation
from clirbench.errors import DataError

if TYPE_CHECKING:
    from clirbench.data.base import Topics

__all__ = ["PerturbedCard", "describe_perturbed"]

_EXAMPLES, _SHORT = 2, 120
"""Topics that are shown, and characters of those that are preferred: of longer ones the end is cut."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerturbedCard:
    """The topics of one language after one perturbation."""

    name: str
    """Name of the perturbation."""
    severity: float
    language: str
    topics: int
    changed: int | None
    """Topics that changed. None: not known, for the reason in `why`."""
    samples: tuple[Sample, ...] = ()
    """Topics that changed, each before and after."""
    why: str = ""


def describe_perturbed(perturbation: Perturbation, language: str, topics: Topics) -> PerturbedCard:
    """Perturb topics as a run does, and count those that change.

    A perturbation that needs a lexicon, or a package that is not installed, is not counted.

    Args:
        perturbation: with its severity and seed.
        language: of the topics.
        topics: as they are.
    """
    known, why = Known(language=language), ""
    after: dict[str, str] = {}
    if perturbation.needs_lexicon:
        why = "a run learns the lexicon from the bitext"
    else:
        try:
            after = {t: perturbation.perturb(text, t, known) for t, text in topics.items()}
        except DataError as error:
            why = str(error)
    changed = [t for t, text in after.items() if text != topics[t]]
    short = [t for t in changed if len(topics[t]) <= _SHORT]
    return PerturbedCard(
        name=perturbation.name,
        severity=perturbation.severity,
        language=language,
        topics=len(topics),
        changed=None if why else len(changed),
        samples=tuple(Sample(topics[t], after[t]) for t in spread(short or changed, _EXAMPLES)),
        why=why,
    )
