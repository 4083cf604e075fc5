"""Document vectors: one index for every cell of a collection."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from clirbench.data.base import JSON, CollectionSource, Document
from clirbench.running.stage import Context, Data, Progress, Stage
from clirbench.running.stages.cut import tell_cut
from clirbench.running.training_log import copy_log

if TYPE_CHECKING:
    from clirbench.models.index import Index, Stored

__all__ = ["DocumentsStage", "StudentDocumentsStage", "pieces", "read_documents"]

_CHARACTERS = 2**20
"""Characters of text that are encoded at a time: about 400 MiB of vectors of size 384."""


@dataclass(frozen=True, kw_only=True)
class DocumentsStage(Stage):
    """Encodes the documents."""

    kind: ClassVar[str] = "documents"
    version: ClassVar[int] = 2
    neutral: ClassVar[Mapping[str, object]] = {"vectors": "float32"}

    encoder: Stage
    """What reads them: the teacher, or a student of their language."""
    collection: Data
    language: str
    length: int
    """Longest document in word pieces."""
    vectors: Stored = "float32"
    """How their numbers are stored."""

    def settings(self) -> dict[str, JSON]:
        """As the fields say; the encoder under the name it had when it was always the teacher."""
        settings = super().settings()
        return {"teacher": settings.pop("encoder"), **settings}

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the vectors and the document ids."""
        from clirbench.models.encoder import Encoder
        from clirbench.models.index import IndexWriter

        source = cast("CollectionSource", self.collection.source)
        encoder = Encoder.load(inputs["encoder"], inputs.get("encoder.over")).to(context.device)
        ids: list[str] = []
        cut: list[bool] = []
        with IndexWriter(folder / "vectors.safetensors", self.vectors) as index:
            for documents in pieces(source.documents(context.fetch, self.language)):
                before = f"{len(ids):,} documents before" if ids else ""
                texts = [document.text for document in documents]
                cut += encoder.text.cut(texts, self.length, "passage")
                index.append(
                    encoder.encode(
                        texts,
                        self.length,
                        partial(_tell, context.progress, note=before),
                        side="passage",
                    )
                )
                ids += (document.id for document in documents)
        (folder / "ids.json").write_text(json.dumps(ids), encoding="utf-8")
        tell_cut(folder, f"{self.language} documents", cut, self.length, context)


@dataclass(frozen=True, kw_only=True)
class StudentDocumentsStage(DocumentsStage):
    """Encodes documents in a foreign language with a student: an index for its cells alone."""

    transient: ClassVar[bool] = True

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the vectors, the document ids, and the log of the student's training."""
        super().make(folder, inputs, context)
        copy_log(inputs["encoder"], folder)


def read_documents(folder: Path) -> tuple[list[str], Index]:
    """The ids of a documents artifact, and the vectors in that order."""
    from clirbench.models.index import Index

    ids: list[str] = json.loads((folder / "ids.json").read_text(encoding="utf-8"))
    return ids, Index(folder / "vectors.safetensors")


def pieces(documents: Iterable[Document]) -> Iterator[list[Document]]:
    """Cut documents into lists whose texts have a million characters or so together."""
    piece: list[Document] = []
    size = 0
    for document in documents:
        piece.append(document)
        size += len(document.text)
        if size >= _CHARACTERS:
            yield piece
            piece, size = [], 0
    if piece:
        yield piece


def _tell(progress: Progress, done: int, total: int, *, note: str) -> None:
    progress(done, total, note)
