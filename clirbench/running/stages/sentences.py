"""Training sentences: read from their sources, filtered, drawn."""

from __future__ import annotations

import dataclasses
import gzip
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal, cast

from clirbench.data.base import BitextSource, CollectionSource, SentencePair
from clirbench.data.bitext import Bitext, SourceCounts, assemble, told_cut
from clirbench.errors import DataError
from clirbench.running.stage import Context, Data, Stage
from clirbench.running.stages.tokens import TokensStage, read_tokens

if TYPE_CHECKING:
    from clirbench.models.tokens import Tokens

__all__ = ["COUNTS", "PairsStage", "SentencesStage", "read_pairs", "write_pairs"]

COUNTS = "counts.json"
"""What became of each source's pairs."""
_PAIRS = "pairs.jsonl.gz"

_READERS = ("foreign_by", "english_by")
_LENGTHS = ("foreign_length", "english_length")


@dataclass(frozen=True, kw_only=True)
class PairsStage(Stage):
    """Makes sentence pairs of a language and English, as `read_pairs` reads them, and their counts."""

    kind: ClassVar[str] = "sentences"

    foreign: str
    """The language of the sentences, beside English."""
    limit: int | None
    """Sentence pairs at most."""


@dataclass(frozen=True, kw_only=True)
class SentencesStage(PairsStage):
    """Prepares the sentence pairs that all methods and seeds of a language pair learn from."""

    version: ClassVar[int] = 3
    on_device: ClassVar[bool] = False
    neutral: ClassVar[Mapping[str, object]] = {"mispaired": 0.0}

    collection: Data
    sources: tuple[Data, ...]
    query: str
    """Of the pair."""
    documents: str
    """Of the pair."""
    weights: tuple[float, ...] | None
    """Of the sources in the draw; none: all are alike."""
    cut: Literal["drop", "keep"]
    """What becomes of pairs of which a side is longer than is read."""
    foreign_by: TokensStage | None
    """Of what reads the foreign sides; none: no encoder learns from them, and no side is cut."""
    english_by: TokensStage | None
    """Of the teacher, which reads the English sides; none where there is none above."""
    mispaired: float = 0.0
    """Share of the pairs that are given the English side of another."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the pairs, and what was left out and why."""
        readers = self._readers(inputs)
        bitext = self.assembled(inputs, context, self.limit)
        for count in bitext.counts:
            for doubt in count.doubts:
                context.says(f"{count.source}: please check: {doubt}")
        if len(bitext.pairs) < 2:  # noqa: PLR2004 - a contrastive loss needs another pair
            raise DataError(
                f"{self.title}: only {len(bitext.pairs)} sentence pairs of "
                f"{', '.join(data.source.name for data in self.sources)} pass the filters; training "
                "needs 2 or more"
            )
        lengths = dict(zip(_LENGTHS, [length for _, length in readers], strict=bool(readers)))
        counts = [{**dataclasses.asdict(count), **lengths} for count in bitext.counts]
        (folder / COUNTS).write_text(json.dumps(counts, indent=1), encoding="utf-8")
        if told := self.told(folder):
            context.says(f"{self.title}: {told}")
        write_pairs(folder, bitext.pairs)

    def assembled(self, inputs: Mapping[str, Path], context: Context, limit: int | None) -> Bitext:
        """The sentence pairs that pass every filter, `limit` of them at most."""
        from clirbench.models.lengths import cutter

        readers = self._readers(inputs)
        collection = cast("CollectionSource", self.collection.source)
        sources = [cast("BitextSource", data.source) for data in self.sources]
        return assemble(
            [(source.name, source.pairs(context.fetch, self.foreign)) for source in sources],
            test_texts=collection.test_texts(context.fetch, self.query, self.documents),
            language=self.foreign,
            limit=limit,
            seed=0,
            weights=self.weights,
            cut=cutter(*readers) if readers else None,
            drop=self.cut == "drop",
            mispaired=self.mispaired,
        )

    @staticmethod
    def _readers(inputs: Mapping[str, Path]) -> list[tuple[Tokens, int]]:
        return [read_tokens(inputs[side]) for side in _READERS if side in inputs]

    def told(self, folder: Path) -> str:
        """How many pairs of an artifact have a side that is longer than is read; "" where none has."""
        counts = json.loads((folder / COUNTS).read_text(encoding="utf-8"))
        if not all(side in counts[0] for side in _LENGTHS):
            return ""
        foreign, english = (counts[0][side] for side in _LENGTHS)
        own = [{key: value for key, value in one.items() if key not in _LENGTHS} for one in counts]
        return told_cut([SourceCounts(**one) for one in own], (foreign, english))


def write_pairs(folder: Path, pairs: Iterable[SentencePair]) -> None:
    """Write sentence pairs."""
    with gzip.GzipFile(folder / _PAIRS, "wb", mtime=0) as file:
        for pair in pairs:
            file.write((json.dumps(pair, ensure_ascii=False) + "\n").encode())


def read_pairs(folder: Path) -> list[SentencePair]:
    """Read what `write_pairs` wrote."""
    with gzip.open(folder / _PAIRS, "rt", encoding="utf-8") as file:
        return [SentencePair(*json.loads(line)) for line in file]
