"""What a suite is to decide, how methods are compared and diagnosed, and figures of others beside theirs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from clirbench.models.settings import Fraction, Positive
from clirbench.settings import settings

__all__ = ["Diagnosis", "Hypothesis", "Name", "Quoted", "Statistics"]

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+-]*$", max_length=80)]


@settings
class Hypothesis:
    """The one comparison that the suite is made to decide, named before anything is trained."""

    better: Name
    """Label of the method expected to be better."""
    than: Name
    """Label of the method that it is compared with."""
    on: str = "all"
    """Where they are compared: a resource class, "all", or one pair such as "sw-en"."""


@settings
class Statistics:
    """How methods are compared."""

    neutral: ClassVar[Mapping[str, object]] = {"interaction": None}

    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    """Level of significance, after correction."""
    test: Literal["crossed", "randomisation", "t", "wilcoxon"] = "crossed"
    """Test of a difference: over topics and seeds (crossed), or over topics alone. With 1,000
    topics and 3 seeds, the tests over topics alone find a difference in 8 to 14 % of suites that
    have none (docs/statistics.md)."""
    flips: Annotated[int, Field(ge=1000)] = 100_000
    """Random sign flips of the randomisation test. Use 100,000 for adjusted p-values."""
    resamples: Annotated[int, Field(ge=1000)] = 10_000
    """Bootstrap samples for an interval over topics."""
    correction: Literal["holm", "bonferroni", "bh", "maxt"] = "holm"
    """How the p-values of a family are adjusted (for Holm in retrieval: Boytsov et al. 2013)."""
    interval: Literal["percentile", "bca"] = "percentile"
    """Kind of bootstrap interval over topics (Efron & Tibshirani 1993, chapters 13 and 14)."""
    smallest_effect: Positive | None = None
    """Two methods count as equivalent if they differ by less than this (TOST). Default: not
    tested."""
    interaction: tuple[tuple[str, str], tuple[str, str]] | None = None
    """Two pairs of labels, `[["a", "b"], ["c", "d"]]`: does a gain more over b than c over d? The
    estimate is (a - b) - (c - d). Default: not tested."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the randomisation test and of the bootstrap."""


@settings
class Diagnosis:
    """Why methods differ: each encoder's vectors, measured on held-out sentence pairs.

    docs/diagnosis.md explains the measures. The pairs are from the language's bitext; no training
    of the suite has seen either side of them. Nothing is trained again, except a student that was
    not kept and whose cell has no diagnosis yet.
    """

    sentences: Annotated[int, Field(ge=50)] = 200
    """Most sentence pairs for each language. With fewer than 50, nothing is measured, and a note
    says why. Chosen here."""


@settings
class Quoted:
    """Published figures, shown below the suite's own rows and marked as quoted."""

    label: Annotated[str, Field(min_length=1, max_length=80)]
    """Name of the row. The table adds "(quoted)"."""
    source: Annotated[str, Field(min_length=1)]
    """Where the figures were published, and what they measure. A note below the table says it."""
    scores: dict[str, dict[str, Fraction]]
    """Measure to language pair, such as "sw-en", to the mean over topics."""
