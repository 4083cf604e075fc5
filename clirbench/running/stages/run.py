"""Runs: every topic's ranking of the documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, TypeAlias, cast

from clirbench.data.base import CollectionSource, Topics
from clirbench.methods.bm25 import BM25
from clirbench.running.stage import Context, Data, Stage
from clirbench.running.stages.documents import (
    DocumentsStage,
    StudentDocumentsStage,
    copy_training,
)
from clirbench.running.stages.map import MapStage
from clirbench.running.stages.ranker import RankerStage
from clirbench.running.stages.student import StudentStage
from clirbench.running.stages.teacher import TeacherStage

__all__ = ["EncoderStage", "LexicalRunStage", "RunStage"]

EncoderStage: TypeAlias = TeacherStage | MapStage | StudentStage | RankerStage


@dataclass(frozen=True, kw_only=True)
class RunStage(Stage):
    """Reads the topics with an encoder and searches the documents."""

    kind: ClassVar[str] = "run"
    version: ClassVar[int] = 2
    neutral: ClassVar[Mapping[str, object]] = {"first": None}

    encoder: EncoderStage
    documents: DocumentsStage
    collection: Data
    language: str
    """Of the topics."""
    length: int
    """Longest topic in word pieces."""
    depth: int
    first: Stage | None = None
    """The run whose documents are ranked; none: all documents are."""

    def topics(self, inputs: Mapping[str, Path], context: Context) -> Topics:
        """The topics as they are searched for."""
        del inputs
        source = cast("CollectionSource", self.collection.source)
        return source.topics(context.fetch, self.language)

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the run and, for a student, the log of its training."""
        from clirbench.models.encoder import Encoder
        from clirbench.models.index import Index
        from clirbench.retrieval.run import load_rankings, said, save_rankings
        from clirbench.retrieval.search import rerank, search

        topics = self.topics(inputs, context)
        encoder = Encoder.load(inputs["encoder"]).to(context.device)
        vectors = encoder.encode(list(topics.values()), self.length).to(context.device)
        index = Index(inputs["documents"] / "vectors.safetensors")
        ids = json.loads((inputs["documents"] / "ids.json").read_text(encoding="utf-8"))

        def progress(done: int, total: int) -> None:
            context.progress(done, total, "")

        if self.first is None:
            rankings = search(
                vectors, index, list(topics), ids, depth=self.depth, progress=progress
            )
        else:
            found = load_rankings(inputs["first"])
            rankings = rerank(
                vectors, index, list(topics), ids, found, depth=self.depth, progress=progress
            )
        save_rankings(folder, rankings)
        if ties := said(rankings):
            context.says(ties)
        for name, stage in (("encoder", self.encoder), ("documents", self.documents)):
            if isinstance(stage, StudentStage | RankerStage | StudentDocumentsStage):
                copy_training(inputs[name], folder)


@dataclass(frozen=True, kw_only=True)
class LexicalRunStage(Stage):
    """Searches the documents by BM25."""

    kind: ClassVar[str] = "run"
    version: ClassVar[int] = 2
    on_device: ClassVar[bool] = False

    method: BM25
    collection: Data
    language: str
    """Of the topics."""
    documents: str
    """The documents' language."""
    depth: int

    def topics(self, inputs: Mapping[str, Path], context: Context) -> Topics:
        """The topics as they are searched for."""
        del inputs
        source = cast("CollectionSource", self.collection.source)
        return source.topics(context.fetch, self.language)

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the run."""
        from clirbench.retrieval.lexical import search_bm25
        from clirbench.retrieval.run import said, save_rankings

        source = cast("CollectionSource", self.collection.source)
        documents = source.documents(context.fetch, self.documents)
        topics = self.topics(inputs, context)
        rankings = search_bm25(documents, topics, self.method, self.depth)
        save_rankings(folder, rankings)
        if ties := said(rankings):
            context.says(ties)
