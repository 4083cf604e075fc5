"""Runs: every topic's ranking of the documents."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, cast

from clirbench.data.base import JSON, CollectionSource, Topics
from clirbench.errors import DataError
from clirbench.methods.searcher import Given, Searcher
from clirbench.models.hub import Model, models_of
from clirbench.running.stage import Context, Data, Stage, checksums
from clirbench.running.stages.cut import read_cut, tell_cut
from clirbench.running.stages.documents import DocumentsStage, read_documents
from clirbench.running.stages.lexicon import TO_ENGLISH, LexiconStage
from clirbench.running.stages.perturbed import PerturbedStage, read_perturbed
from clirbench.running.stages.sentences import PairsStage, read_pairs
from clirbench.running.stages.teacher import TeacherStage
from clirbench.running.stages.tokens import Length, length_of
from clirbench.running.stages.translation import TranslationStage, read_translation
from clirbench.running.training_log import copy_log

if TYPE_CHECKING:
    from clirbench.retrieval.run import Ranked

__all__ = ["EncoderRunStage", "RunStage", "SearchStage"]


@dataclass(frozen=True, kw_only=True)
class RunStage(Stage):
    """Ranks the documents for each topic."""

    kind: ClassVar[str] = "run"
    version: ClassVar[int] = 2
    neutral: ClassVar[Mapping[str, object]] = {
        "first": None,
        "translation": None,
        "perturbed": None,
    }

    collection: Data
    language: str
    """Of the topics."""
    depth: int
    first: RunStage | None = None
    """The run whose documents are ranked; none: all documents are."""
    translation: TranslationStage | None = None
    """Of the topics, which is what is searched for; none: they are as they are."""
    perturbed: PerturbedStage | None = None
    """What the topics have become; none: they are as they are, or perturbed before translation."""

    @property
    def complete(self) -> bool:
        """Whether a topic without a ranking was searched for, so that it counts 0."""
        return True

    @property
    def taken_over(self) -> bool:
        """Whether another system ranked, so that topics without a ranking are to be told."""
        return False

    @abstractmethod
    def search(
        self, topics: Topics, folder: Path, inputs: Mapping[str, Path], context: Context
    ) -> Mapping[str, Ranked]:
        """Rank the documents for each topic; `folder` takes what else is to be known of them."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the run and, for what was trained for it, the log of its training."""
        from clirbench.retrieval.run import said
        from clirbench.running.rankings import save_rankings

        source = cast("CollectionSource", self.collection.source)
        if self.translation:
            topics = read_translation(inputs["translation"])
        elif self.perturbed:
            topics = read_perturbed(inputs["perturbed"])
        else:
            topics = source.topics(context.fetch, self.language)
        rankings = self.search(topics, folder, inputs, context)
        save_rankings(folder, rankings)
        if ties := said(rankings):
            context.says(ties)
        for name, stage in self.inputs.items():
            if not isinstance(stage, TeacherStage):  # whose training is not the cell's
                copy_log(inputs[name], folder)


@dataclass(frozen=True, kw_only=True)
class EncoderRunStage(RunStage):
    """Reads the topics with an encoder and searches the documents by MaxSim."""

    keeps_last: ClassVar[bool] = True

    encoder: Stage
    """The teacher, with a map behind it or not, or a student."""
    documents: DocumentsStage
    length: Length
    """Longest topic in word pieces."""

    def search(
        self, topics: Topics, folder: Path, inputs: Mapping[str, Path], context: Context
    ) -> Mapping[str, Ranked]:
        """All documents, or those of the first stage."""
        from clirbench.retrieval.search import rerank, search
        from clirbench.running.rankings import load_rankings

        encoder = context.last.read(inputs["encoder"], inputs.get("encoder.over"), context.device)
        length = length_of(self.length, inputs.get("length"))
        texts = list(topics.values())
        longer, before = encoder.text.cut(texts, length, "query"), read_cut(inputs["documents"])
        tell_cut(folder, f"{self.language} topics", longer, length, context, before=before)
        vectors = encoder.encode(texts, length).to(context.device)
        del encoder  # whose memory the search can use
        ids, index = read_documents(inputs["documents"])
        how: dict[str, Any] = {"depth": self.depth, "progress": context.counted}
        if self.first is None:
            return search(vectors, index, list(topics), ids, **how)
        return rerank(vectors, index, list(topics), ids, load_rankings(inputs["first"]), **how)


@dataclass(frozen=True, kw_only=True)
class SearchStage(RunStage):
    """Lets a method search the documents, with what it requires."""

    neutral: ClassVar[Mapping[str, object]] = {
        **RunStage.neutral,
        **dict.fromkeys(("lexicon", "bitext", "teacher", "vectors")),
        "files": (),
        "contents": (),
    }

    method: Searcher
    documents: str
    """The documents' language."""
    lexicon: LexiconStage | None = None
    bitext: PairsStage | None = None
    teacher: TeacherStage | None = None
    vectors: DocumentsStage | None = None
    files: tuple[Path, ...] = ()
    """Of the user's, which the method reads."""
    contents: tuple[JSON, ...] = ()
    """Checksums of these when the suite was planned."""

    @property
    def on_device(self) -> bool:  # type: ignore[override] # for other stages it is a fact
        """Whether the method works on the GPU where there is one."""
        return self.method.on_device

    @property
    def complete(self) -> bool:
        """Whether a topic without a ranking was searched for, so that it counts 0."""
        return self.method.complete

    @property
    def taken_over(self) -> bool:
        """Whether another system ranked, so that topics without a ranking are to be told."""
        return self.method.taken_over

    def settings(self) -> dict[str, JSON]:
        """As the fields say, but local models are known by their content, not by their paths.

        A single file stands there as run files always did.
        """
        found, local = super().settings(), set(map(str, self.files))
        found["method"] = {
            key: None if key in self.method.models and str(value) in local else value
            for key, value in cast("dict[str, JSON]", found["method"]).items()
        }
        match found.pop("files", None), found.pop("contents", None):
            case _, [only]:
                found |= {"file": None, "checksum": only}
            case _, [*several]:
                found["files"] = several
        return found

    @property
    def models(self) -> tuple[Model, ...]:
        """Those that the method names and loads from a hub."""
        names = (getattr(self.method, key) for key in sorted(self.method.models))
        return tuple(model for name in names for model in models_of(str(name or "")))

    def as_now(self) -> SearchStage:
        """The files that the method reads, too."""
        now = tuple(checksums(str(file), str(self)) for file in self.files)
        return replace(super().as_now(), contents=now)

    def search(
        self, topics: Topics, folder: Path, inputs: Mapping[str, Path], context: Context
    ) -> Mapping[str, Ranked]:
        """Search, and order and cut what was found.

        Raises:
            DataError: what was found is no ranking.
        """
        del folder
        from clirbench.models.encoder import Encoder
        from clirbench.retrieval.lexicon import Lexicon
        from clirbench.running.rankings import load_rankings

        source, fetch = cast("CollectionSource", self.collection.source), context.fetch
        load = {
            "documents": lambda: source.documents(fetch, self.documents),
            "texts": lambda: lambda ids: source.texts(fetch, self.documents, ids),
            "judged": lambda: source.judgments(fetch, self.language),
            "lexicon": lambda: Lexicon.load(inputs["lexicon"], TO_ENGLISH),
            "bitext": lambda: read_pairs(inputs["bitext"]),
            "teacher": lambda: Encoder.load(inputs["teacher"]).to(context.device),
            "vectors": lambda: read_documents(inputs["vectors"]),
            "first": lambda: load_rankings(inputs["first"]),
        }
        given = Given(
            topics,
            self.depth,
            files=self.files,
            device=context.device,
            progress=context.counted,
            **{need: get for need, get in load.items() if need in self.method.requires},
        )
        return {
            topic: self._ordered(topic, found, topics)
            for topic, found in self.method.search(given).items()
        }

    def _ordered(self, topic: str, found: Ranked, topics: Topics) -> Ranked:
        import numpy as np

        from clirbench.retrieval.run import rank

        scores = np.asarray(found.scores, dtype=np.float32)
        faults = {
            "no such topic": topic not in topics,
            "a document is given twice": len(set(found.documents)) < len(found.documents),
            "needs one score for each document": scores.shape != (len(found.documents),),
            "a score is not a finite 32-bit number": not np.isfinite(scores).all(),
        }
        if fault := next((text for text, there in faults.items() if there), None):
            raise DataError(f'{self.method.name}: ranking of topic "{topic}": {fault}')
        ordered = rank(scores, found.documents, self.depth)
        return ordered._replace(ties=ordered.ties + found.ties)
