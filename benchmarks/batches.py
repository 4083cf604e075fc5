"""How many texts an encoder should read at once: the time of 64 texts, in parts and together.

    python -m benchmarks.batches --backbone FOLDER [--rounds 5] [--threads 1]

Texts of random word pieces, all of one length.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from benchmarks.__main__ import processor
from benchmarks.frame import Contest, markdown, measure
from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.spec.model import Teacher

TEXTS, LENGTHS, PARTS = 64, (16, 32, 64, 128, 180, 256), (64, 4, 8, 16, 32)


def main() -> None:
    """Measure each length and print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    settings = Teacher(backbone=arguments.backbone, document_length=max(LENGTHS), query_length=64)
    encoder = build_encoder(settings, list).eval()
    rows = [
        row
        for length in LENGTHS
        for row in measure(contest(encoder, length), arguments.rounds, processor)
    ]
    print(markdown(rows))


def contest(encoder: Encoder, length: int) -> Contest:
    """Texts of one length, all at once and in parts; the largest difference is that of a vector."""
    generator = random.Random(length)  # noqa: S311 - no secret
    known = sorted(encoder.tokenizer.get_vocab().values())
    ids = [generator.choices(known, k=length) for _ in range(TEXTS)]
    return Contest(
        problem=f"{TEXTS} texts of {length}",
        calls={f"parts of {size}": reader(encoder, ids, size) for size in PARTS},
    )


def reader(encoder: Encoder, ids: Sequence[Sequence[int]], size: int) -> Callable[[], Tensor]:
    """Reads the texts, some at a time."""

    @torch.no_grad()
    def read() -> Tensor:
        starts = range(0, TEXTS, size)
        return torch.cat([encoder(ids[i : i + size], "passage").tokens for i in starts])

    return read


if __name__ == "__main__":
    main()
