"""Training bitext: assembled, filtered, drawn, its English side read by the teacher; and mixed."""

from __future__ import annotations

import dataclasses
import gzip
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from clirbench.data.base import BitextSource, CollectionSource, SentencePair
from clirbench.data.bitext import assemble
from clirbench.errors import DataError
from clirbench.running.stage import Context, Data, Stage
from clirbench.running.stages.cut import tell_cut
from clirbench.running.stages.teacher import TeacherStage
from clirbench.spec.identity import seed_for

if TYPE_CHECKING:
    from clirbench.models.ragged import Ragged

__all__ = ["BitextStage", "JointBitextStage", "read_bitext", "shares"]


@dataclass(frozen=True, kw_only=True)
class BitextStage(Stage):
    """Prepares the sentence pairs that all methods and seeds of a language pair learn from."""

    kind: ClassVar[str] = "bitext"
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
        tell_cut(
            folder, teacher, bitext.pairs, length=self.length, title=self.title, context=context
        )
        vectors = teacher.tokens(
            [pair.english for pair in bitext.pairs],
            self.length,
            context.counted,
        )
        _write(folder, bitext.pairs, vectors)


def _write(folder: Path, pairs: Iterable[SentencePair], vectors: Ragged) -> None:
    """Write sentence pairs and the teacher's token vectors of their English sides."""
    with gzip.GzipFile(folder / "pairs.jsonl.gz", "wb", mtime=0) as file:
        for pair in pairs:
            file.write((json.dumps(pair, ensure_ascii=False) + "\n").encode())
    vectors.save(folder / "vectors.safetensors")


def read_bitext(folder: Path) -> list[SentencePair]:
    """Read the pairs of a bitext artifact."""
    with gzip.open(folder / "pairs.jsonl.gz", "rt", encoding="utf-8") as file:
        return [SentencePair(*json.loads(line)) for line in file]


@dataclass(frozen=True, kw_only=True)
class JointBitextStage(Stage):
    """Mixes bitexts, each language in a share that rises with its size."""

    kind: ClassVar[str] = "bitext"
    on_device: ClassVar[bool] = False

    bitexts: tuple[BitextStage, ...]
    temperature: float
    """1: as many pairs of a language as there are; higher: more of small languages, at infinity as
    many of each."""

    @property
    def length(self) -> int:
        """Longest sentence in word pieces."""
        return self.bitexts[0].length

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the pairs, the counts by language, and the teacher's token vectors."""
        from clirbench.models.ragged import Ragged

        del context
        folders = [inputs[f"bitexts.{number}"] for number in range(len(self.bitexts))]
        texts = [read_bitext(each) for each in folders]
        wanted = shares([len(pairs) for pairs in texts], self.temperature)
        chosen = [
            _draw(len(pairs), count, number)
            for number, (pairs, count) in enumerate(zip(texts, wanted, strict=True))
        ]
        vectors = [
            Ragged.load(each / "vectors.safetensors").take(index)
            for each, index in zip(folders, chosen, strict=True)
        ]
        _write(
            folder,
            [pairs[i] for pairs, index in zip(texts, chosen, strict=True) for i in index],
            Ragged.join(vectors),
        )
        counts = {
            stage.foreign or stage.query: {"read": len(pairs), "used": count}
            for stage, pairs, count in zip(self.bitexts, texts, wanted, strict=True)
        }
        (folder / "counts.json").write_text(json.dumps(counts, indent=1), encoding="utf-8")


def shares(sizes: Sequence[int], temperature: float) -> list[int]:
    """How many pairs of each language to take, as many in all as there are.

    Language l has a share of n_l^(1/T) / Σ n^(1/T) (Arivazhagan et al. 2019, arXiv 1907.05019).
    """
    powers = [size ** (1 / temperature) for size in sizes]
    exact = [sum(sizes) * power / sum(powers) for power in powers]
    counts = [int(each) for each in exact]
    order = sorted(range(len(sizes)), key=lambda i: (counts[i] - exact[i], i))
    for index in order[: sum(sizes) - sum(counts)]:
        counts[index] += 1
    return counts


def _draw(size: int, count: int, number: int) -> list[int]:
    """Take `count` of `size` pairs, each as often as any other or once more."""
    order = list(range(size))
    random.Random(seed_for("joint", number)).shuffle(order)  # noqa: S311 - not for secrets
    whole, rest = divmod(count, size)
    return sorted(order * whole + order[:rest])
