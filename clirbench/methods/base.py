"""What a method is: a named way to get a ranking for foreign queries."""

from __future__ import annotations

import hashlib
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import Field

from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

    from clirbench.models.ragged import Ragged
    from clirbench.transport import Solver

__all__ = [
    "Affine",
    "ClosedForm",
    "Distillation",
    "Memory",
    "Method",
    "Ranking",
    "Untrained",
    "Vectors",
]


class Memory(NamedTuple):
    """What a step may know beside its batch.

    It is made anew for each step, from the teacher's cached vectors and the order of the batches, so
    that a training that was interrupted goes on with the same numbers.
    """

    sentences: Tensor
    """(N, d), the teacher's mean token vector of every English sentence, on the CPU."""
    batch: Tensor
    """(B,), which of them are the batch's."""
    past: Tensor
    """(P,), which of them earlier steps saw, in that order; one may stand there twice."""
    seed: int
    """Of the step."""

    def latest(self, size: int) -> Tensor:
        """Sentences of the latest steps, at most `size` and none of the batch, (≤ size, d)."""
        latest = self.past[-(size + len(self.batch)) :]
        return self.sentences[self._others(latest)[-size:]]

    def drawn(self, size: int) -> Tensor:
        """Sentences drawn by the step's seed, none twice and none of the batch, (≤ size, d)."""
        import torch

        generator = torch.Generator().manual_seed(self.seed)
        order = torch.randperm(len(self.sentences), generator=generator)
        return self.sentences[self._others(order[: size + len(self.batch)])[:size]]

    def _others(self, which: Tensor) -> Tensor:
        import torch

        return which[~torch.isin(which, self.batch)]


class Vectors(NamedTuple):
    """What an encoder gives for a batch of texts."""

    tokens: Tensor
    """(B, n, d), as the encoder's last layer gives them, of any length."""
    mask: Tensor
    """(B, n) booleans: True where a token takes part in scoring."""
    memory: Memory | None = None
    """Of a teacher's vectors in training: other English sentences, for losses that want more
    negatives than the batch has."""

    @property
    def sentences(self) -> Tensor:
        """Mean of each text's token vectors, (B, d)."""
        weights = self.mask.to(self.tokens.dtype)
        total = (self.tokens * weights[..., None]).sum(dim=1)
        return total / weights.sum(dim=1, keepdim=True).clamp(min=1)

    def pooled(self) -> Vectors:
        """The sentences as texts of one token each."""
        return Vectors(self.sentences[:, None], self.mask[:, :1] | True)


@settings
class Method(ABC):
    """A method's fields are its keys in a suite file."""

    name: ClassVar[str]
    version: ClassVar[int] = 1
    """To be raised when the same settings come to give other numbers."""
    neutral: ClassVar[Mapping[str, object]] = {}
    """Settings that came later than others, with the values that change nothing: at these they are
    no part of an identity, so that what was made before they came is still known."""
    level: ClassVar[str]
    """Which family it belongs to in lists; of a loss on bitext, whether it compares sentences or tokens."""
    trained: ClassVar[bool]
    """Whether a student is trained."""
    bitext: ClassVar[bool] = False
    """Whether it needs bitext of the pair."""
    any_documents: ClassVar[bool] = True
    """Whether it also serves pairs whose documents are in another language than English."""
    own_training: ClassVar[Mapping[str, Any]] = {}
    """What of [training] does not suit it, and what it takes instead, unless its own `training` table
    in the suite says otherwise."""
    untunable: ClassVar[frozenset[str]] = frozenset()
    """Settings that [tune] cannot try, since not the training alone depends on them."""
    needs: ClassVar[str]
    """What it learns from."""
    reference: ClassVar[str]
    """Where it was published."""

    @classmethod
    def origin(cls) -> str | None:
        """SHA-256 of the file of a method that is not clirbench's own: part of its identity."""
        if cls.__module__.startswith("clirbench."):
            return None
        file = getattr(sys.modules.get(cls.__module__), "__file__", None)
        return hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else None

    def covers(self, pair: str) -> bool:  # noqa: ARG002 - for methods that do not
        """Whether it ranks for a pair such as `sw-en`."""
        return True


@settings
class Untrained(Method):
    """A ranking that needs no student."""

    level: ClassVar[str] = "untrained"
    trained: ClassVar[bool] = False
    topics: ClassVar[Literal["query", "documents"]] = "query"
    """The language that the topics are read in; the documents' own means human translation."""


class Affine(NamedTuple):
    """The map x → A x + b."""

    matrix: Tensor
    """A, (d, d)."""
    shift: Tensor
    """b, (d,)."""


@settings
class ClosedForm(Untrained):
    """The teacher reads foreign topics, and its vectors are mapped to where it puts English.

    The map is affine and found at once, without training: it is fitted on the teacher's vectors of
    the bitext and applied to every token vector of a topic, before any scaling to unit length. Maps
    of that kind go through the mean, so that sentences are mapped with their tokens.
    """

    level: ClassVar[str] = "closed form"
    bitext: ClassVar[bool] = True
    equation: ClassVar[str]
    """The map, with s for the teacher's vectors of foreign text and t for those of English."""

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

    trained: ClassVar[bool] = True
    bitext: ClassVar[bool] = True
    needs: ClassVar[str] = "bitext"
    equation: ClassVar[str]
    """The loss, with s for student (foreign) and t for teacher (English)."""

    anchor: Annotated[float, Field(ge=0)] = 0.0
    """Weight of the same loss between the student's and the teacher's reading of the English side,
    which keeps the student's English in place. 0: the student does not read it, half the cost."""

    @property
    def aligner(self) -> Solver:
        """Shows which tokens belong together: the solver of the loss, or where it has none, exact."""
        from clirbench.transport.exact import Exact

        solver = getattr(self, "solver", None)
        return solver if solver is not None else Exact()

    @property
    def reads_english(self) -> bool:
        """Whether the student has to read the English sides, too."""
        return self.anchor > 0

    def objective(self, foreign: Vectors, english: Vectors | None, teacher: Vectors) -> Tensor:
        """What a step minimises: the loss, and the weighted one of the English side where it is read.

        Args:
            foreign: the student's reading of the foreign sentences, with gradient.
            english: its reading of the English ones, if `reads_english`.
            teacher: the English sentences, without gradient.
        """
        found = self.loss(foreign, teacher)
        if english is not None:
            found = found + self.anchor * self.loss(english, teacher)
        return found

    @abstractmethod
    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        """Loss of a batch: row i of `student` translates row i of `teacher`; a scalar.

        Args:
            student: the foreign sentences, with gradient.
            teacher: the English sentences, without gradient.
        """


@settings
class Ranking(Method):
    """A student that reads foreign queries is trained to rank English passages.

    It learns from the collection's training queries in the foreign language, against the teacher's
    fixed vectors of their passages. The student starts as a copy of the teacher; the passages are
    read by the teacher alone, as the documents are.
    """

    level: ClassVar[str] = "ranking"
    any_documents: ClassVar[bool] = False
    trained: ClassVar[bool] = True
    untunable: ClassVar[frozenset[str]] = frozenset({"depth"})
    equation: ClassVar[str]
    """The loss of a query, with s for the student's and t for the teacher's scores of its passages,
    0 the relevant one's."""
    in_batch: ClassVar[bool] = False
    """Whether the relevant passages of the batch's other queries are candidates, too."""

    passages: Annotated[int, Field(ge=1)]
    """Candidates of a query at each step: the relevant one, others drawn from the teacher's best."""
    depth: Annotated[int, Field(ge=1)] = 50
    """The teacher's best passages for a query, which candidates are drawn from; Translate-Distill
    (Yang et al., ECIR 2024) draws from 50."""

    @abstractmethod
    def loss(self, student: Tensor, teacher: Tensor) -> Tensor:
        """Loss of a batch; a scalar.

        Args:
            student: (B, C) scores of the foreign queries with their candidates, with gradient: mean
                over query tokens of the largest cosine. The first is the relevant one; what is no
                candidate has −∞.
            teacher: (B, C) scores of the English queries with the same, without gradient.
        """
