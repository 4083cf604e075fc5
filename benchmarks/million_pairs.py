"""How much memory one million sentence pairs take: read by a teacher, and trained on for an epoch.

Pairs of random words are generated; a stand-in, one narrow layer with a projection to MiniLM's 384
numbers, is teacher and student. The vectors are made by the code of a suite's bitext stage and trained
on by that of its student stage. A million pairs write 24 GiB of vectors. Prints the peak of resident
memory after each step.

    python benchmarks/million_pairs.py [--pairs 1000000] [--method sentence-mse] [--folder DIR]
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from clirbench.data.base import Download, SentencePair
from clirbench.methods import METHODS
from clirbench.methods.base import Distillation
from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.models.index import Index
from clirbench.models.settings import Scratch
from clirbench.running.stage import Context
from clirbench.running.stages.bitext import BitextStage, read_bitext
from clirbench.running.stages.sentences import write_pairs
from clirbench.spec.model import Teacher, Training
from clirbench.training.student import train_student

WORDS = 2_000
SIZE = 384
LENGTH = 32
BATCH = 128
LIMIT = 4 * 2**30


def main() -> None:
    """Run the steps, each with its time and the peak of memory so far."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--method", default="sentence-mse", help="any that learns from bitext")
    parser.add_argument("--folder", type=Path, help="with room for the vectors")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        run(Path(name), arguments.pairs, METHODS[arguments.method]())


def run(folder: Path, count: int, method: Distillation) -> None:
    """Generate, read, train."""
    inputs = {name: folder / name for name in ("teacher", "sentences", "bitext")}
    for path in inputs.values():
        path.mkdir()
    step("imports", lambda: None)
    step("teacher", lambda: stand_in().save(inputs["teacher"]))
    step("generate", lambda: write_pairs(inputs["sentences"], pairs(count)))
    stage = BitextStage(teacher=None, sentences=None, length=LENGTH)  # type: ignore[arg-type]
    step("bitext", lambda: stage.make(inputs["bitext"], inputs, Context(fetch=no_fetch)))
    step("one epoch", lambda: teach(inputs, method))
    size = (inputs["bitext"] / "vectors.safetensors").stat().st_size
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(
        f"{count:,} pairs, {size / 2**30:.2f} GiB of vectors; peak memory {peak / 2**30:.2f} GiB: "
        f"{'within' if peak <= LIMIT else 'OVER'} 4 GiB"
    )
    raise SystemExit(peak > LIMIT)


def teach(inputs: dict[str, Path], method: Distillation) -> None:
    """One epoch, as the student stage has it."""
    steps = train_student(
        Encoder.load(inputs["teacher"]),
        read_bitext(inputs["bitext"]),
        Index(inputs["bitext"] / "vectors.safetensors"),
        method=method,
        training=Training(epochs=1, batch_size=BATCH),
        length=LENGTH,
        pair="xx-en",
        seed=1,
    )
    for _ in steps:
        pass


def stand_in() -> Encoder:
    """An encoder of little work and MiniLM's size of vectors."""
    settings = Teacher(
        backbone="scratch",
        scratch=Scratch(layers=1, width=32, heads=2, vocabulary=8000),
        projection=SIZE,
        document_length=LENGTH,
        query_length=LENGTH,
    )
    return build_encoder(settings, lambda: [text for pair in pairs(2000) for text in pair])


def pairs(count: int) -> Iterator[SentencePair]:
    """Sentences of six to eighteen random words."""
    generator = random.Random(0)  # noqa: S311 - no secret
    words = [f"{generator.choice('bdgklmnprst')}{number:x}" for number in range(WORDS)]

    def sentence() -> str:
        return " ".join(generator.choices(words, k=generator.randint(6, 18)))

    for _ in range(count):
        yield SentencePair(sentence(), sentence())


def no_fetch(download: Download) -> Path:
    """Nothing is downloaded."""
    raise AssertionError(download)


def step(name: str, work: Callable[[], None]) -> None:
    """Do some work and print what it took."""
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{name:<20}{seconds:8.1f} s   peak {peak:.2f} GiB", flush=True)


if __name__ == "__main__":
    main()
