"""Runs of other systems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from clirbench.artifacts.artifact import sha256
from clirbench.data.base import CollectionSource
from clirbench.errors import DataError
from clirbench.methods.outside import Outside
from clirbench.running.stage import Context, Data, Stage

__all__ = ["OutsideRunStage"]


@dataclass(frozen=True, kw_only=True)
class OutsideRunStage(Stage):
    """Takes over a run file, checked against the collection."""

    kind: ClassVar[str] = "run"
    on_device: ClassVar[bool] = False

    method: Outside
    file: Path
    checksum: str
    """SHA-256 of the file when the suite was planned."""
    collection: Data
    language: str
    """Of the topics."""
    documents: str
    """The documents' language."""
    depth: int

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the run.

        Raises:
            DataError: it is no run of this collection's topics and documents, or another one than
                when the suite was planned.
        """
        del inputs
        from clirbench.retrieval.outside import check_run
        from clirbench.retrieval.run import save_rankings

        if sha256(self.file) != self.checksum:
            raise DataError(f"{self.file}: was changed since the run began; start it again")
        source = cast("CollectionSource", self.collection.source)
        rankings, faults = check_run(
            self.file,
            self.method,
            topics=source.topics(context.fetch, self.language),
            judged=source.judgments(context.fetch, self.language),
            documents={d.id for d in source.documents(context.fetch, self.documents)},
            depth=self.depth,
        )
        if faults:
            more = f"; and {len(faults) - 1} more faults" if len(faults) > 1 else ""
            raise DataError(faults[0] + more)
        save_rankings(folder, rankings)
