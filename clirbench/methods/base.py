"""What a method is: a named way to get a ranking for foreign queries."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar

from pydantic import Field

from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

    from clirbench.models.ragged import Ragged
    from clirbench.models.settings import Optimisation, Reader, Teacher
    from clirbench.models.vectors import Affine, Vectors
    from clirbench.transport import Solver

__all__ = [
    "ClosedForm",
    "Distillation",
    "Method",
    "Need",
    "Ranking",
    "Untrained",
]

_T = TypeVar("_T", bound="Optimisation")

Need: TypeAlias = Literal[
    "documents", "texts", "judged", "held-out", "lexicon", "bitext", "teacher", "vectors", "first"
]
"""What a method may require; `Given` has an attribute of the same name for each. `lexicon` is
learned with the method's setting `iterations`, else 10. `held-out` gives the topics held out for
development; it is known beside the tested topics."""


@settings
class Method(ABC):
    """A method's fields are its keys in a suite file."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    """Raised when the same settings would give other numbers."""
    neutral: ClassVar[Mapping[str, object]] = {}
    """Later settings, with the values that change nothing. At these values they are not part of an
    identity, so that older results stay valid."""
    level: ClassVar[str]
    """Family of the method in lists. For a loss on bitext: whether it compares sentences or
    tokens."""
    trained: ClassVar[bool]
    """Whether a student is trained."""
    bitext: ClassVar[bool] = False
    """Whether it needs bitext of the pair."""
    requires: ClassVar[frozenset[Need]] = frozenset()
    """What the method needs beside what its family needs."""
    reader: ClassVar[Literal["teacher", "map", "student", "ranker"]] = "teacher"
    """What reads foreign text: the teacher as it is, the teacher with a map behind it, or a student
    that was trained on bitext or on training queries."""
    in_english: ClassVar[bool] = False
    """Whether topics and documents are read in English, as people translated them."""
    any_documents: ClassVar[bool] = True
    """Whether the method also works for pairs whose documents are not in English."""
    own_training: ClassVar[Mapping[str, Any]] = {}
    """The method's own defaults for [training]. Its `training` table in the suite overrides
    them."""
    untunable: ClassVar[frozenset[str]] = frozenset()
    """Settings that [tune] cannot try, because more than the training depends on them."""
    reads_topics: ClassVar[bool] = True
    """Whether the ranking depends on how a topic is written. A ready run's does not."""
    by_words: ClassVar[bool] = False
    """Whether the method matches words, and so depends on how well words can be told apart."""
    models: ClassVar[frozenset[str]] = frozenset()
    """Settings that name a model: a hub id, a folder (relative to the suite's folder), or
    "scratch"."""
    needs: ClassVar[str]
    """What it learns from."""
    reference: ClassVar[str]
    """Where it was published."""

    @classmethod
    def origin(cls) -> str | None:
        """Checksum of the source of a method that is not clirbench's own: part of its identity."""
        if cls.__module__.startswith("clirbench."):
            return None
        from clirbench.methods.origin import origin

        return origin(cls, Method)

    @property
    def searcher(self) -> Method | None:
        """The `Searcher` that ranks the documents; none: an encoder does, by MaxSim."""
        return None

    @property
    def translation(self) -> Method | None:
        """The `NMT` by which topics come into the documents' language; none: they stay as they are."""
        return None

    def encoder(self, teacher: Teacher) -> Reader | None:  # noqa: ARG002 - for methods that have one
        """Another system's encoder that reads topics and documents; none: the suite's own.

        Args:
            teacher: gives what the method does not say of it.
        """
        return None

    def covers(self, pair: str) -> bool:  # noqa: ARG002 - for methods that do not
        """Whether it ranks for a pair such as `sw-en`."""
        return True

    def faults(self, pairs: Sequence[str]) -> Iterable[tuple[tuple[str | int, ...], str]]:  # noqa: ARG002
        """What in its settings does not go with the suite's pairs: the key of each, and a text."""
        return ()


@settings
class Untrained(Method):
    """The teacher ranks, without a student."""

    level: ClassVar[str] = "untrained"
    trained: ClassVar[bool] = False


@settings
class ClosedForm(Untrained):
    """The teacher reads foreign topics, and a map moves its vectors to where it puts English.

    The map is affine and is computed at once, without training. It is fitted on the teacher's
    vectors of the bitext. It is applied to every token vector of a topic, before vectors are scaled
    to unit length. An affine map of a mean is the mean of the maps, so sentences are mapped with
    their tokens.
    """

    level: ClassVar[str] = "closed form"
    reader: ClassVar[Literal["map"]] = "map"
    bitext: ClassVar[bool] = True
    equation: ClassVar[str]
    """The map. s are the teacher's vectors of foreign text, t those of English."""

    @abstractmethod
    def fit(self, foreign: Ragged, english: Ragged) -> Affine:
        """Fit the map; text i of `foreign` translates text i of `english`. In float64.

        Args:
            foreign: the teacher's token vectors of foreign sentences.
            english: those of the English sentences.
        """


@settings
class Distillation(Method):
    """A student that reads foreign queries is trained against the teacher on bitext.

    The student starts as a copy of the teacher; the documents stay in the teacher's space.
    """

    reader: ClassVar[Literal["student"]] = "student"
    trained: ClassVar[bool] = True
    bitext: ClassVar[bool] = True
    needs: ClassVar[str] = "bitext"
    equation: ClassVar[str]
    """The loss. s are the student's vectors (foreign), t the teacher's (English)."""

    @property
    def aligner(self) -> Solver:
        """Shows which tokens belong together: the solver of the loss, or where it has none, exact."""
        from clirbench.transport.exact import Exact

        solver = getattr(self, "solver", None)
        return solver if solver is not None else Exact()

    @property
    def needs_units(self) -> bool:
        """Whether its loss asks what tokens are of: their words, or how rare they are."""
        return False

    def in_stages(self, training: _T) -> tuple[tuple[Distillation, _T], ...]:
        """The trainings that follow one another, each a loss and its settings; just this one here."""
        return ((self, training),)

    @abstractmethod
    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Loss of a batch: row i of `student` translates row i of `teacher`; a scalar.

        Args:
            student: the foreign sentences, with gradient; with an anchor in [training], once more the
                English ones.
            teacher: the English sentences, without gradient.
        """


@settings
class Ranking(Method):
    """A student that reads foreign queries is trained to rank English passages.

    It learns from the collection's training queries in the foreign language, against the teacher's
    fixed vectors of their passages. The student starts as a copy of the teacher. Only the teacher
    reads passages, as it does documents.
    """

    level: ClassVar[str] = "ranking"
    reader: ClassVar[Literal["ranker"]] = "ranker"
    any_documents: ClassVar[bool] = False
    trained: ClassVar[bool] = True
    untunable: ClassVar[frozenset[str]] = frozenset({"depth"})
    equation: ClassVar[str]
    """The loss of a query. s are the student's scores of its passages, t the teacher's; passage 0
    is the relevant one."""
    in_batch: ClassVar[bool] = False
    """Whether the relevant passages of the batch's other queries are candidates too."""

    passages: Annotated[int, Field(ge=1)]
    """Candidates of a query at each step: the relevant passage, and others drawn from the teacher's
    best."""
    depth: Annotated[int, Field(ge=1)] = 50
    """Candidates are drawn from this many of the teacher's best passages for a query.
    Translate-Distill (Yang et al., ECIR 2024) uses 50."""

    def switch(
        self,
        query: str,
        lexicon: Mapping[str, Sequence[tuple[str, float]]],  # noqa: ARG002 - for methods that do
        seed: int,  # noqa: ARG002
    ) -> str:
        """An English query as the student reads it in an epoch, if the method requires a lexicon.

        Args:
            query: in English.
            lexicon: word → foreign translations with their probabilities.
            seed: of the draws.
        """
        return query

    @abstractmethod
    def loss(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Loss of a batch; a scalar.

        Args:
            student: (B, C) scores of the foreign queries with their candidates, with gradient: mean
                over query tokens of the largest cosine. The first is the relevant one; what is no
                candidate has −∞.
            teacher: (B, C) scores of the English queries with the same, without gradient.
        """
