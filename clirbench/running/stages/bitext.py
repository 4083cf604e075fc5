"""Training bitext: assembled, filtered, drawn, and its English side read by the teacher."""

from __future__ import annotations

import dataclasses
import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from clirbench.data.base import BitextSource, CollectionSource, SentencePair
from clirbench.data.bitext import assemble
from clirbench.errors import DataError
from clirbench.running.stage import Context, Data, Stage
from clirbench.running.stages.teacher import TeacherStage

if TYPE_CHECKING:
    from clirbench.models.ragged import Ragged

__all__ = ["BitextStage", "read_bitext", "write_bitext"]


@dataclass(frozen=True, kw_only=True)
class BitextStage(Stage):
    """Prepares the sentence pairs that all methods and seeds of a language pair learn from."""

    kind: ClassVar[str] = "bitext"
    version: ClassVar[int] = 2
    neutral: ClassVar[Mapping[str, object]] = {"weights": None, "foreign": None}

    teacher: TeacherStage
    collection: Data
    sources: tuple[Data, ...]
    query: str
    """Of the pair."""
    documents: str
    """Of the pair."""
    limit: int | None
    """Sentence pairs at most."""
    length: int
    """Longest sentence in word pieces."""
    weights: tuple[float, ...] | None = None
    """Of the sources in the draw; none: all are alike."""
    foreign: str | None = None
    """The language of the bitext; none: the query language."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the pairs, what was left out and why, and the teacher's token vectors."""
        from clirbench.models.encoder import Encoder

        language = self.foreign or self.query
        collection = cast("CollectionSource", self.collection.source)
        sources = [cast("BitextSource", data.source) for data in self.sources]
        bitext = assemble(
            [(source.name, source.pairs(context.fetch, language)) for source in sources],
            test_texts=collection.test_texts(context.fetch, self.query, self.documents),
            language=language,
            limit=self.limit,
            seed=0,
            weights=self.weights,
        )
        if len(bitext.pairs) < 2:  # noqa: PLR2004 - a contrastive loss needs another pair
            raise DataError(
                f"{self.title}: {len(bitext.pairs)} sentence pairs left of "
                f"{', '.join(source.name for source in sources)} after filtering; training needs 2 or more"
            )
        counts = [dataclasses.asdict(count) for count in bitext.counts]
        (folder / "counts.json").write_text(json.dumps(counts, indent=1), encoding="utf-8")
        teacher = Encoder.load(inputs["teacher"]).to(context.device)
        vectors = teacher.tokens(
            [pair.english for pair in bitext.pairs],
            self.length,
            lambda done, total: context.progress(done, total, ""),
        )
        write_bitext(folder, bitext.pairs, vectors)


def write_bitext(folder: Path, pairs: Iterable[SentencePair], vectors: Ragged) -> None:
    """Write sentence pairs and the teacher's token vectors of their English sides."""
    with gzip.GzipFile(folder / "pairs.jsonl.gz", "wb", mtime=0) as file:
        for pair in pairs:
            file.write((json.dumps(pair, ensure_ascii=False) + "\n").encode())
    vectors.save(folder / "vectors.safetensors")


def read_bitext(folder: Path) -> list[SentencePair]:
    """Read the pairs of a bitext artifact."""
    with gzip.open(folder / "pairs.jsonl.gz", "rt", encoding="utf-8") as file:
        return [SentencePair(*json.loads(line)) for line in file]
