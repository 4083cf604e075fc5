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
    """What is compared, how often, by which measures, and for which hypothesis."""

    name: Name
    """Of the suite; its results go to results/NAME."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
    """Each trained method is trained once with each; five or more tell how far they matter."""
    measures: Annotated[tuple[str, ...], Field(min_length=1)] = ("AP", "nDCG@10", "RR@10", "R@100")
    """Names of ir-measures. The hypothesis is decided by the first."""
    hypothesis: Hypothesis | None = None
    """The one comparison that the suite is made to decide; all else is exploration."""
    keep: bool = False
    """Whether the store keeps trained students and maps after their runs. A student takes as much
    disk as the weights that it changed. false: they are deleted, and `clirbench export-student`
    trains one again."""


@settings
class PairHead:
    """A language pair: topics in one language, documents in another."""

    query: Language
    """Language of the topics: ISO 639-1, else 639-3."""
    documents: Language = ENGLISH
    """Language of the documents."""
    resource: Resource
    """How much text there is of the language: the classes that macro means are made over."""
    bitext: tuple[Any, ...] = ()
    """Where sentence pairs come from: names of sources, or tables of a source and its settings."""
    student: str | None = None
    """Another pair of the suite, such as "sw-en", whose students, maps, lexicons and translators this
    pair is searched with: nothing is learned for it. None: its own, from its bitext."""
    title: Title | None = None
    """What tables and figures call the pair, such as "Swahili"; none: as "sw-en"."""


@settings
class BitextHead:
    """What a bitext of a pair may have beside its source and the source's own keys."""

    weight: Positive = 1.0
    """How much likelier than one of weight 1 its pairs are drawn, where not all are used."""


@settings
class MethodHead:
    """A method of the comparison; the keys are its own, and these."""

    name: str
    """Of the method, such as "optical"."""
    label: Name | None = None
    """What the method is called in this suite; none: as it is named."""
    title: Title | None = None
    """What tables and figures call the method, such as "OPTICAL"; none: by its label."""
    training: dict[str, Any] = Field(default_factory=dict)
    """What is other than in [training], for this method alone."""


@settings
class PartHead:
    """A loss in a sum, but for its own keys."""

    method: str
    """Of a loss in a sum."""
    weight: Positive = 1.0
    """What its loss is multiplied by."""


@settings
class StageHead(Pace):
    """A stage of a training, but for the keys of its loss."""

    method: str
    """Of a loss on bitext."""


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
