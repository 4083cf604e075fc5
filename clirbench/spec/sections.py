"""The sections of a suite file, and what their tables are read as."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field

from clirbench.data.base import CollectionSource
from clirbench.data.languages import Language
from clirbench.methods.staged import Pace
from clirbench.settings import settings
from clirbench.spec.model import (
    ENGLISH,
    Diagnosis,
    Hypothesis,
    Name,
    Positive,
    Quoted,
    Resource,
    Retrieval,
    Robustness,
    Statistics,
    Student,
    Sweep,
    Teacher,
    Title,
    Training,
    Tune,
)

__all__ = [
    "REQUIRED",
    "SECTIONS",
    "BitextHead",
    "Head",
    "MethodHead",
    "PairHead",
    "PartHead",
    "StageHead",
]


@settings
class Head:
    """The head of a suite: its name, seeds, measures and hypothesis."""

    name: Name
    """Name of the suite. Its results go to results/NAME."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
    """Each trained method is trained once with each seed. With five or more, the effect of the seed
    can be estimated."""
    measures: Annotated[tuple[str, ...], Field(min_length=1)] = ("AP", "nDCG@10", "RR@10", "R@100")
    """Names of ir-measures measures. The first decides the hypothesis."""
    hypothesis: Hypothesis | None = None
    """The one comparison that the suite is made to decide. Everything else is exploration."""
    keep: bool = False
    """Whether the store keeps trained students and maps after their runs. A student takes as much
    disk as the weights that it changed. With false they are deleted, and `clirbench export-student`
    trains one again."""


@settings
class PairHead:
    """A language pair: topics in one language, documents in another."""

    query: Language
    """Language of the topics: ISO 639-1, else 639-3."""
    documents: Language = ENGLISH
    """Language of the documents."""
    resource: Resource
    """How much text the language has. Macro means are computed over these classes."""
    bitext: tuple[Any, ...] = ()
    """Where sentence pairs come from: names of sources, or tables of a source and its settings."""
    student: str | None = None
    """Another pair of the suite, such as "sw-en", whose students, maps, lexicons and translators
    are used for this pair. Nothing is trained for this pair then. Default: its own, from its
    bitext."""
    title: Title | None = None
    """Display name of the pair in tables and figures, such as "Swahili". Default: its name, such as
    "sw-en"."""


@settings
class BitextHead:
    """What a bitext of a pair may have besides its source and the source's own keys."""

    weight: Positive = 1.0
    """Weight in the draw, if not all pairs are used: pairs of weight 2 are drawn twice as often as
    those of weight 1."""


@settings
class MethodHead:
    """A method of the comparison: its own settings, and these keys."""

    name: str
    """Name of the method, such as "optical"."""
    label: Name | None = None
    """Name of the method in this suite. Default: `name`."""
    title: Title | None = None
    """Display name of the method in tables and figures, such as "OPTICAL". Default: its label."""
    training: dict[str, Any] = Field(default_factory=dict)
    """Settings of [training] that differ for this method alone."""


@settings
class PartHead:
    """A loss in a sum, without its own settings."""

    method: str
    """Name of the method whose loss is added."""
    weight: Positive = 1.0
    """The loss is multiplied by this."""


@settings
class StageHead(Pace):
    """A stage of a training, without the settings of its loss."""

    method: str
    """Name of a method with a loss on bitext."""


SECTIONS = MappingProxyType[str, type[Any]](
    {
        "suite": Head,
        "collection": CollectionSource,
        "teacher": Teacher,
        "student": Student,
        "training": Training,
        "tune": Tune,
        "retrieval": Retrieval,
        "robustness": Robustness,
        "sweep": Sweep,
        "diagnosis": Diagnosis,
        "statistics": Statistics,
        "pair": PairHead,
        "method": MethodHead,
        "quoted": Quoted,
    }
)
"""Section of a suite file → what its keys, or those that all its kinds have, are read as."""
REQUIRED = ("suite", "collection", "teacher", "pair", "method")
