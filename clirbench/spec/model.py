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
    """Training of the students. A method's own `training` table overrides any of it."""

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
    """What happens to pairs with a side longer than `query_length` (of the teacher for English, of
    the student's start for the other side). drop: they are left out before `pairs` are drawn, for
    all methods alike. keep: the end of the long side is not read, so the sides no longer say the
    same."""
    pairs: PositiveInt | None = None
    """Most sentence pairs used, drawn once for each language pair. Default: all."""
    mispaired: Fraction = 0.0
    """Share of the pairs that get the English side of another, to test methods with noise. 0:
    none."""
    scope: Literal["pair", "joint"] = "pair"
    """pair: a student for each language pair; joint: one student for all pairs of the suite."""
    joint_temperature: Annotated[float, Field(ge=1)] = 1.0
    """How evenly a joint student learns. 1 uses all sentence pairs; higher values use more of small
    languages. Multilingual models use 1.4 to 5 (Arivazhagan et al. 2019)."""
    anchor: Annotated[float, Field(ge=0)] = 0.0
    """Weight of a second term in every loss on bitext, which keeps the student's English in place.
    It is the same loss between the student's and the teacher's reading of the English side. DR.DECR
    and Reimers & Gurevych use 1, the weight of the foreign side. With 0 the student reads no
    English, at half the cost. The same for all methods, so that none has an advantage."""
    dropout: bool = False
    """Whether the backbone's own dropout is on. The teacher's vectors were made without it. From
    2,000 pairs in two epochs OPTICAL learned Swahili better without it (MAP .418, with .398)."""


@settings
class Tune:
    """Tunes each trained method on held-out topics, with equally many trials for each.

    A trial is a training with a seed of its own, scored on the development topics. No method is
    tested on the held-out topics, and no trial sees the tested topics. If the best trial has the
    lowest or highest learning rate, one more rate is tried beyond it, by the same ratio. If the
    best is still at an edge, the table says so.
    """

    neutral: ClassVar[Mapping[str, object]] = {"epochs": None, "pairs": None}

    learning_rates: Annotated[tuple[Positive, ...], Field(min_length=1)]
    """Peak learning rates tried with every trained method; one becomes its `learning_rate`."""
    epochs: Annotated[tuple[PositiveInt, ...], Field(min_length=1)] | None = None
    """Numbers of epochs to try, each with each learning rate. Default: `epochs` of [training]."""
    knobs: dict[str, dict[str, Annotated[tuple[Any, ...], Field(min_length=1)]]] = Field(
        default_factory=dict
    )
    """Label of a method to the values tried of its settings, each with each learning rate, such as
    `{ sentence-contrastive = { temperature = [0.05, 0.2] } }`. Settings of its training may be
    tried too, and its own `learning_rate` replaces `learning_rates`. All trained methods must have
    equally many trials."""
    measure: str | None = None
    """Measure that picks the best trial, by its mean. Default: the suite's first measure."""
    pairs: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    """Pairs such as `["so-en"]` that each method is tried on. The trial with the best mean over
    them is used for all pairs. Default: each pair has trials of its own."""
    topics: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Share of the topics that is held out for tuning, each topic by chance. Chosen here."""
    seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the draw of topics and of the trials' trainings."""


@settings
class Retrieval:
    """Search over all documents, or re-ranking of those that another method finds."""

    neutral: ClassVar[Mapping[str, object]] = {"vectors": "float32"}

    mode: Literal["search", "rerank"] = "search"
    """search: every document is scored. rerank: encoders score only the documents of the first
    stage; so does `nmt` by the teacher. Methods that search by words, such as bm25, psq and `nmt`
    by BM25, still search all documents."""
    first: Name | None = None
    """Label of the method whose run is re-ranked: one without seeds, such as bm25."""
    depth: Annotated[int, Field(ge=1, le=10000)] = 1000
    """Documents kept for each topic, by the first stage too. TREC: 1,000; re-ranking: often 100."""
    vectors: Literal["float32", "float16"] = "float32"
    """How documents' vectors are stored. float16: half the room, MAP on NTREX within .0001."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairBitext:
    """One bitext of a language pair."""

    name: str
    source: BitextSource
    weight: float = 1.0
    """Pairs of weight 2 are drawn twice as often as those of weight 1, if not all are used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguagePair:
    """Query language → document language."""

    query: str
    documents: str = ENGLISH
    resource: Resource
    bitext: tuple[PairBitext, ...] = ()
    perturbation: Perturbation | None = None
    """How the topics are perturbed. None: not at all."""
    title: str | None = None
    """Display name in tables and figures. None: the pair's own name."""
    student: str | None = None
    """The pair whose trained models are used for this one. None: its own."""
    swept: Swept | None = None
    """How the training data differ from the suite's. None: not at all."""

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
    """The settings of the method that [tune] tries. None: only its own."""
    title: str | None = None
    """Display name in tables and figures. None: its label."""

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
    """What the students start from. None: the teacher."""
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
