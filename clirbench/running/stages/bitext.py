"""Training bitext: sentence pairs whose English side the teacher has read; and mixed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from clirbench.data.base import SentencePair
from clirbench.running.stage import Context, Stage
from clirbench.running.stages.sentences import PairsStage, read_pairs, write_pairs
from clirbench.running.stages.teacher import TeacherStage
from clirbench.running.stages.tokens import Length, length_of, read_length, write_length
from clirbench.spec.identity import seed_for

if TYPE_CHECKING:
    from clirbench.models.ragged import Ragged

__all__ = ["BitextStage", "JointBitextStage", "read_bitext", "shares"]

_AT_ONCE = 2048
"""Pairs whose vectors are in memory together, however many there are: some 100 MiB at size 384."""


@dataclass(frozen=True, kw_only=True)
class BitextStage(Stage):
    """Adds the teacher's token vectors to the sentence pairs of a language pair."""

    kind: ClassVar[str] = "bitext"
    version: ClassVar[int] = 3

    teacher: TeacherStage
    sentences: PairsStage
    length: Length
    """Longest sentence in the teacher's word pieces."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the pairs and the teacher's token vectors."""
        from clirbench.models.encoder import Encoder

        pairs = read_pairs(inputs["sentences"])
        teacher = Encoder.load(inputs["teacher"]).to(context.device)
        english = [pair.english for pair in pairs]
        length = length_of(self.length, inputs.get("length"))

        def read(start: int) -> Ragged:
            def counted(done: int, total: int) -> None:
                del total
                context.counted(start + done, len(pairs))

            return teacher.tokens(english[start : start + _AT_ONCE], length, counted)

        write_bitext(folder, pairs, map(read, range(0, len(pairs), _AT_ONCE)), length)


def write_bitext(
    folder: Path, pairs: Iterable[SentencePair], vectors: Iterable[Ragged], length: int
) -> None:
    """Write sentence pairs, the teacher's token vectors of their English sides, and its length.

    The vectors come in parts.
    """
    from clirbench.models.index import IndexWriter

    write_pairs(folder, pairs)
    write_length(folder, length)
    with IndexWriter(folder / "vectors.safetensors") as index:
        for part in vectors:
            index.append(part)


def read_bitext(folder: Path) -> list[SentencePair]:
    """Read the pairs of a bitext artifact."""
    return read_pairs(folder)


@dataclass(frozen=True, kw_only=True)
class JointBitextStage(Stage):
    """Mixes bitexts, each language in a share that rises with its size."""

    kind: ClassVar[str] = "bitext"
    on_device: ClassVar[bool] = False

    bitexts: tuple[BitextStage, ...]
    temperature: float
    """1: as many pairs of a language as there are; higher: more of small languages, at infinity as
    many of each."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the pairs, the counts by language, and the teacher's token vectors."""
        from clirbench.models.index import Index

        del context
        folders = [inputs[f"bitexts.{number}"] for number in range(len(self.bitexts))]
        texts = [read_bitext(each) for each in folders]
        wanted = shares([len(pairs) for pairs in texts], self.temperature)
        chosen = [
            _draw(len(pairs), count, number)
            for number, (pairs, count) in enumerate(zip(texts, wanted, strict=True))
        ]
        vectors = (
            texts.take(index[start : start + _AT_ONCE])
            for texts, index in zip(
                (Index(each / "vectors.safetensors") for each in folders), chosen, strict=True
            )
            for start in range(0, len(index), _AT_ONCE)
        )
        write_bitext(
            folder,
            [pairs[i] for pairs, index in zip(texts, chosen, strict=True) for i in index],
            vectors,
            read_length(folders[0]),
        )
        counts = {
            stage.sentences.foreign: {"read": len(pairs), "used": count}
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
