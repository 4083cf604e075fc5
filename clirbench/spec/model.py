"""The words of a suite: what is to be run, and how it is to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from clirbench.data.base import BitextSource, CollectionSource
from clirbench.data.perturbations.base import Perturbation
from clirbench.data.split import Split
from clirbench.methods.base import Method
from clirbench.models.settings import (
    Fraction,
    Optimisation,
    Positive,
    PositiveInt,
    Reader,
    Student,
    Teacher,
    TeacherTraining,
)
from clirbench.settings import settings
from clirbench.spec.conditions import Robustness, Sweep, Swept
from clirbench.spec.judging import Diagnosis, Hypothesis, Name, Quoted, Statistics

__all__ = [
    "ENGLISH",
    "Diagnosis",
    "Fraction",
    "Hypothesis",
    "LanguagePair",
    "Name",
    "Optimisation",
    "PairBitext",
    "Positive",
    "PositiveInt",
    "Quoted",
    "Reader",
    "Resource",
    "Retrieval",
    "Robustness",
    "Statistics",
    "Student",
    "Suite",
    "SuiteMethod",
    "Sweep",
    "Swept",
    "Teacher",
    "TeacherTraining",
    "Title",
    "Training",
    "Tune",
    "first_stage",
    "titles_of",
]

ENGLISH = "en"

Title = Annotated[str, Field(min_length=1, max_length=80)]
Resource = Literal["low", "medium", "high"]


@settings
class Training(Optimisation):
    """Training of the students; a method's own `training` table overrides any of it."""

    @property
    def neutral(self) -> Mapping[str, object]:
        """As a method's; the temperature has no effect on students of one pair."""
        joint = self.scope == "joint"
        return {
            "scope": "pair",
            "joint_temperature": 1.0 if joint else self.joint_temperature,
            "anchor": 0.0,
            "freeze": (),
            "lora": None,
            "mispaired": 0.0,
        }

    cut: Literal["drop", "keep"] = "drop"
    """What happens to sentence pairs with a side longer than is read. That is `query_length`: the
    teacher's for English, that of what students start from for the other language. drop: they are
    left out before `pairs` are drawn, for all methods alike. keep: the rest of the side is not
    read, so that the other side says more than it does."""
    pairs: PositiveInt | None = None
    """Sentence pairs at most, drawn once for each language pair; none: all there are."""
    mispaired: Fraction = 0.0
    """Share of the pairs drawn that are given the English side of another, to see how much noise in its
    bitext a method stands. 0: all pairs are as they came."""
    scope: Literal["pair", "joint"] = "pair"
    """pair: a student for each language pair; joint: one student for all pairs of the suite."""
    joint_temperature: Annotated[float, Field(ge=1)] = 1.0
    """Temperature of the mixture that a joint student learns from. 1 takes all pairs there are,
    more takes more of small languages; multilingual models use 1.4 to 5 (Arivazhagan et al.
    2019)."""
    anchor: Annotated[float, Field(ge=0)] = 0.0
    """Weight of a second term in every loss on bitext, which keeps the student's English in place.
    It is the same loss between the student's and the teacher's reading of the English side. DR.DECR
    and Reimers & Gurevych weigh it as the foreign side, 1. 0: the student does not read English,
    half the cost; the same for all methods, so that none is better for it."""
    dropout: bool = False
    """Whether the backbone's own dropout is on. The teacher's vectors were made without it, and from
    2,000 pairs in two epochs OPTICAL learned Swahili better without (MAP .418, with it .398)."""


@settings
class Tune:
    """Choice of each trained method's settings, by as many trials for each, on topics held out.

    A trial is a training from a seed of its own, scored on the development topics. The topics held
    out are tested by no method, and the topics tested are seen by no trial. Where the best trial
    has the lowest or highest of its learning rates, one more is made a step beyond it, by the ratio
    of the rates there. Where the best still lies at an edge then, the table says so.
    """

    neutral: ClassVar[Mapping[str, object]] = {"epochs": None, "pairs": None}

    learning_rates: Annotated[tuple[Positive, ...], Field(min_length=1)]
    """Peak rates that every trained method is tried with; `learning_rate` is picked from them."""
    epochs: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] | None = None
    """Numbers of epochs that every trained method is tried with, each with each learning rate; none: as
    [training] says."""
    knobs: dict[str, dict[str, Annotated[tuple[Any, ...], Field(min_length=1)]]] = Field(
        default_factory=dict
    )
    """For a method's label, its keys and the values to try, each with each learning rate, such as
    `{ sentence-contrastive = { temperature = [0.05, 0.2] } }`. Keys of its training may stand here,
    too. Its own `learning_rate` takes the place of `learning_rates`. All trained methods must have
    equally many trials."""
    measure: str | None = None
    """By its mean over development topics the best trial is picked; none: the suite's first."""
    pairs: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Pairs such as `["so-en"]` that a method is tried on: the best by their mean is taken for all
    pairs. None: each pair has trials of its own."""
    topics: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Chance of a topic to be held out. Chosen here."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Of the draw of topics and of the trials' trainings."""


@settings
class Retrieval:
    """Search over all documents, or re-ranking of those that another method finds."""

    mode: Literal["search", "rerank"] = "search"
    """search: every document is scored. rerank: encoders score those of the first stage, and so
    does `nmt` by the teacher. What searches by words, such as bm25, psq and `nmt` by BM25, still
    searches all."""
    first: Name | None = None
    """Label of the method whose run is re-ranked, one without seeds, such as bm25."""
    depth: Annotated[int, Field(ge=1, le=10000)] = 1000
    """Documents kept for a topic, also of the first stage; 1,000 is TREC's, 100 usual to re-rank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairBitext:
    """One bitext of a language pair."""

    name: str
    source: BitextSource
    weight: float = 1.0
    """How much likelier than one of weight 1 its pairs are drawn, where not all are used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguagePair:
    """Query language → document language."""

    query: str
    documents: str = ENGLISH
    resource: Resource
    bitext: tuple[PairBitext, ...] = ()
    perturbation: Perturbation | None = None
    """What is done to the topics; none: they stay as they are."""
    title: str | None = None
    """What tables and figures call it; none: as it is named."""
    student: str | None = None
    """The pair whose students, maps, lexicons and translators it is searched with; none: its own."""
    swept: Swept | None = None
    """What is other than in the suite about the bitext that is learned from; none: nothing."""

    @property
    def neutral(self) -> Mapping[str, object]:
        """A title changes no number."""
        return {"perturbation": None, "student": None, "title": self.title, "swept": None}

    def __str__(self) -> str:
        return f"{self.query}-{self.documents}{self.perturbation or ''}{self.swept or ''}"

    @property
    def plain(self) -> LanguagePair:
        """The pair with its topics and its bitext as they are."""
        if self.perturbation is None and self.swept is None:
            return self
        return replace(self, perturbation=None, swept=None)

    @property
    def told(self) -> str:
        """What its bitext goes by: where that is changed in size alone, the size stands beside the name."""
        return str(self.plain if self.swept and self.swept.axis == "pairs" else self)

    @property
    def learned(self) -> tuple[PairBitext, ...]:
        """The bitexts that are learned from."""
        only = self.swept.sources if self.swept else None
        return tuple(each for each in self.bitext if only is None or each.name in only)

    @property
    def foreign(self) -> tuple[str, ...]:
        """Its languages but English: what a student learns to read."""
        return tuple(dict.fromkeys(x for x in (self.query, self.documents) if x != ENGLISH))


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteMethod:
    """A method as the suite uses it: under a label, with its training."""

    label: str
    method: Method
    training: Training
    tried: tuple[Method, ...] = ()
    """The settings of the method that [tune] tries; none: only as it is."""
    title: str | None = None
    """What tables and figures call it; none: by its label."""

    @property
    def neutral(self) -> Mapping[str, object]:
        """A title changes no number."""
        return {"tried": (), "title": self.title}

    @property
    def trained(self) -> bool:
        """Whether a student is trained, so that seeds matter."""
        return self.method.trained

    @property
    def learns(self) -> bool:
        """Whether it learns from the pair's bitext, be it a lexicon."""
        return self.method.bitext or bool(self.method.requires & {"bitext", "lexicon"})

    def on(self, pair: LanguagePair) -> SuiteMethod:
        """The method as it learns for a pair, whose bitext may be other than the suite's."""
        changed = pair.swept.training if pair.swept else {}
        return replace(self, training=replace(self.training, **changed)) if changed else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """One parsed, validated suite file."""

    neutral: ClassVar[Mapping[str, object]] = {
        "tune": None,
        "student": None,
        "robustness": None,
        "sweep": None,
        "diagnosis": None,
        "keep": False,
    }

    name: str
    seeds: tuple[int, ...]
    measures: tuple[str, ...]
    hypothesis: Hypothesis | None
    collection: CollectionSource
    teacher: Teacher
    training: Training
    retrieval: Retrieval = field(default_factory=Retrieval)
    statistics: Statistics = field(default_factory=Statistics)
    pairs: tuple[LanguagePair, ...]
    methods: tuple[SuiteMethod, ...]
    quoted: tuple[Quoted, ...] = ()
    tune: Tune | None = None
    student: Student | None = None
    """What the students start from; none: the teacher."""
    robustness: Robustness | None = None
    sweep: Sweep | None = None
    diagnosis: Diagnosis | None = None
    keep: bool = False
    """Whether the store keeps students and maps when their runs are done."""

    @property
    def taught(self) -> tuple[LanguagePair, ...]:
        """The pairs that methods learn from: all but those searched with what was learned for another."""
        return tuple(pair for pair in self.pairs if not pair.student)

    @property
    def perturbed(self) -> tuple[LanguagePair, ...]:
        """Each pair with its topics perturbed, in every way and severity that suits its language."""
        return tuple(
            replace(pair, perturbation=point)
            for pair in self.pairs
            if self.robustness and self.robustness.asks(str(pair), pair.resource)
            for point in self.robustness.points
            if point.applies(pair.query) and (pair.bitext or not point.needs_lexicon)
        )

    @property
    def swept(self) -> tuple[LanguagePair, ...]:
        """Each pair with its bitext changed, in one way at a time; those named in [sweep]."""
        return tuple(
            replace(pair, swept=point)
            for pair in self.taught
            if self.sweep and self.sweep.asks(str(pair), pair.resource)
            for point in self.sweep.points
            if (point.sources or frozenset()) <= {bitext.name for bitext in pair.bitext}
        )

    @property
    def start(self) -> Reader:
        """What the students start from, and how it reads."""
        return self.student.reader(self.teacher) if self.student else self.teacher

    @property
    def tested(self) -> CollectionSource:
        """The collection with the topics that methods are tested on: all but those held out."""
        return self._side(development=False)

    @property
    def development(self) -> CollectionSource:
        """The collection with the topics that trials are scored on; all, if nothing is tuned."""
        return self._side(development=True)

    def _side(self, *, development: bool) -> CollectionSource:
        tune = self.tune
        if tune is None:
            return self.collection
        return Split(
            source=self.collection, development=development, share=tune.topics, seed=tune.seed
        )


def first_stage(entry: SuiteMethod, retrieval: Retrieval) -> str | None:
    """Label of the method whose run a method re-ranks; none: it ranks all documents."""
    method = entry.method
    if "first" in method.requires:
        return str(getattr(method, "first", ""))
    encodes = method.searcher is None
    return retrieval.first if encodes and retrieval.first != entry.label else None


def titles_of(suite: Suite) -> dict[str, str]:
    """Give what tables and figures call a method or pair, by its name, where the suite says it."""
    named = [(str(pair), pair.title) for pair in suite.pairs]
    named += [(entry.label, entry.title) for entry in suite.methods]
    return {name: title for name, title in named if title}
