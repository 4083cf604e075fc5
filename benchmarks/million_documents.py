"""How much memory one million documents take: streamed, encoded by a stand-in, searched.

Documents are generated into a file of ir_datasets' own format, read through its own classes, encoded
by an encoder that hashes words to vectors, written to an index, and searched block by block, by the
code that a suite's documents and run stages use. Prints the peak of resident memory after each step.

    python benchmarks/million_documents.py [--documents 1000000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import gzip
import os
import random
import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

os.environ.setdefault("IR_DATASETS_HOME", tempfile.mkdtemp(prefix="million-"))

import ir_datasets
from ir_datasets.datasets.base import Dataset
from ir_datasets.formats import TsvDocs
from ir_datasets.util import GzipExtract, LocalDownload

from clirbench.data.base import Download
from clirbench.data.sources.irds import IRDS
from clirbench.models.index import Index, IndexWriter
from clirbench.models.ragged import Ragged
from clirbench.retrieval.search import search
from clirbench.running.stages.documents import pieces

VOCABULARY = 50_000
WORDS = 60
SIZE = 32
TOPICS = 50
LIMIT = 2 * 2**30


class Stub:
    """Gives each word a random unit vector of its own; a text keeps its first words."""

    def __init__(self) -> None:
        generator = torch.Generator().manual_seed(0)
        vectors = torch.randn(VOCABULARY, SIZE, generator=generator)
        self._vectors = torch.nn.functional.normalize(vectors, dim=-1)

    def encode(self, texts: Sequence[str], length: int) -> Ragged:
        """Vectors of the texts, as `Encoder.encode` gives them."""
        ids = [[int(word[1:]) for word in text.split()[:length]] for text in texts]
        offsets = torch.tensor([0, *map(len, ids)]).cumsum(0)
        return Ragged(self._vectors[torch.tensor([i for text in ids for i in text])], offsets)


def main() -> None:
    """Run the steps, each with its time and the peak of memory so far."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        run(Path(name), arguments.documents)


def run(folder: Path, count: int) -> None:
    """Generate, encode, search."""
    text, index = folder / "docs.tsv.gz", folder / "vectors.safetensors"
    step("imports", lambda: None)
    step("generate", lambda: generate(text, count))
    docs = TsvDocs(GzipExtract(LocalDownload(text)), namespace="million", lang="en")
    ir_datasets.registry.register("million", Dataset(docs))
    ids: list[str] = []
    step("stream and encode", lambda: encode(index, ids))
    generator = random.Random(1)  # noqa: S311 - no secret
    topics = Stub().encode(
        [" ".join(f"w{generator.randrange(VOCABULARY)}" for _ in range(8)) for _ in range(TOPICS)],
        64,
    )
    names = [str(number) for number in range(TOPICS)]
    found = search_all(topics, index, names, ids)
    print(
        f"{len(ids):,} documents, {index.stat().st_size / 2**30:.2f} GiB of vectors, {len(found)} topics"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(f"peak memory {peak / 2**30:.2f} GiB: {'within' if peak <= LIMIT else 'OVER'} 2 GiB")
    raise SystemExit(peak > LIMIT)


def search_all(
    topics: Ragged, index: Path, names: list[str], ids: list[str]
) -> dict[str, Sequence[tuple[str, float]]]:
    """Search, told as a step."""
    found: dict[str, Sequence[tuple[str, float]]] = {}
    step("search", lambda: found.update(search(topics, Index(index), names, ids, depth=1000)))
    return found


def generate(path: Path, count: int) -> None:
    """Write documents of random words in CLIRMatrix's form: id, tab, text, in gzip."""
    generator = random.Random(0)  # noqa: S311 - no secret
    with gzip.open(path, "wt", compresslevel=1, encoding="utf-8") as file:
        for number in range(count):
            words = generator.choices(range(VOCABULARY), k=generator.randint(WORDS // 2, WORDS))
            file.write(f"{number}\t{' '.join(f'w{word}' for word in words)}\n")


def encode(path: Path, ids: list[str]) -> None:
    """Stream the documents into an index."""

    def no_fetch(download: Download) -> Path:
        raise AssertionError(download)

    stub = Stub()
    with IndexWriter(path) as index:
        for documents in pieces(IRDS(id="million").documents(no_fetch, "en")):
            index.append(stub.encode([document.text for document in documents], 64))
            ids += (document.id for document in documents)


def step(name: str, work: Callable[[], None]) -> None:
    """Do some work and print what it took."""
    start = time.perf_counter()
    work()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{name:<20}{seconds:8.1f} s   peak {peak:.2f} GiB", flush=True)


if __name__ == "__main__":
    main()
