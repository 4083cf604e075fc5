"""Matrix products by MKL and by oneDNN, in float32 on the CPU: a product, and a step of training.

    python benchmarks/products.py --backbone FOLDER [--rounds 7]

Every way goes once in each round; the figure is the median of processor time, on one thread. A step is the model's
forward and backward pass over 32 texts of 37 or of 60 pieces. The error of the product is the largest one, over its
largest value, in float64.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
from transformers import AutoModel

WAYS = {
    "MKL": ("none", True),
    "MKL, attention by its formula": ("none", False),
    "oneDNN": ("bf16", True),
    "oneDNN, attention by its formula": ("bf16", False),
}
"""How torch is told to multiply, and whether its fused attention is taken."""
PIECES = (37, 60)
"""Word pieces of a text."""
ROWS, INNER, COLUMNS = 1920, 384, 1536
"""Of a product in multilingual-e5-small, for 32 texts of 60 pieces."""
REPEATS = 20


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--backbone", type=Path, required=True, help="folder of the model")
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    torch.set_num_threads(1)
    works = {"product": _product()} | {n: _step(options.backbone, n) for n in PIECES}
    seconds: dict[tuple[object, str], list[float]] = {}
    for number in range(options.rounds + 1):  # the first round warms up
        for way in WAYS:
            _take(way)
            for name, work in works.items():
                began = time.process_time()
                work()
                if number:
                    seconds.setdefault((name, way), []).append(time.process_time() - began)
    found = {key: median(own) for key, own in seconds.items()}
    flops = 2 * ROWS * INNER * COLUMNS * REPEATS
    print(f"processor: {torch.backends.cpu.get_cpu_capability()}\n")
    steps = "".join(f" step of {n}, s | of MKL's |" for n in PIECES)
    print(
        f"| way | product, GFLOP/s | error |{steps}\n| --- | --: | --: |{' --: |' * 2 * len(PIECES)}"
    )
    for way in WAYS:
        _take(way)
        own = "".join(
            f" {found[n, way]:.2f} | {found[n, way] / found[n, 'MKL']:.2f} |" for n in PIECES
        )
        print(f"| {way} | {flops / found['product', way] / 1e9:.0f} | {_error():.1e} |{own}")


def _take(way: str) -> None:
    torch.backends.mkldnn.matmul.fp32_precision, fused = WAYS[way]
    torch.backends.cuda.enable_flash_sdp(fused)


def _step(backbone: Path, count: int) -> Callable[[], None]:
    model = AutoModel.from_pretrained(backbone).eval()  # without dropout, as students are trained
    pieces = torch.randint(10, 20_000, (32, count), generator=torch.Generator().manual_seed(1))

    def step() -> None:
        found = model(input_ids=pieces, attention_mask=torch.ones_like(pieces))
        found.last_hidden_state.square().sum().backward()
        model.zero_grad()

    return step


def _product() -> Callable[[], None]:
    left, right = torch.randn(ROWS, INNER), torch.randn(COLUMNS, INNER)

    def product() -> None:
        for _ in range(REPEATS):
            torch.nn.functional.linear(left, right)

    return product


def _error() -> float:
    generator = torch.Generator().manual_seed(2)
    left = torch.randn(ROWS, INNER, dtype=torch.float64, generator=generator)
    right = torch.randn(COLUMNS, INNER, dtype=torch.float64, generator=generator)
    exact = left @ right.T
    return float((left.float() @ right.float().T - exact).abs().max() / exact.abs().max())


if __name__ == "__main__":
    main()
