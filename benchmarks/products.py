"""Matrix products by MKL and by oneDNN, in float32 on the CPU: a product, and a step of training.

    python benchmarks/products.py --backbone FOLDER [--rounds 7]

Both ways go once in each round; the figure is the median of processor time, on one thread. A step is the model's
forward and backward pass over 32 texts of 60 pieces. The error of the product is the largest one, over its
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

WAYS = {"MKL": "none", "oneDNN": "bf16"}
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
    step, product = _step(options.backbone), _product()
    seconds: dict[tuple[str, str], list[float]] = {}
    for number in range(options.rounds + 1):  # the first round warms up
        for way, precision in WAYS.items():
            torch.backends.mkldnn.matmul.fp32_precision = precision
            for name, work in (("product", product), ("step", step)):
                began = time.process_time()
                work()
                if number:
                    seconds.setdefault((name, way), []).append(time.process_time() - began)
    found = {key: median(own) for key, own in seconds.items()}
    flops = 2 * ROWS * INNER * COLUMNS * REPEATS
    print(f"processor: {torch.backends.cpu.get_cpu_capability()}\n")
    print(
        "| way | product, GFLOP/s | error | step, s | of MKL's |\n| --- | --: | --: | --: | --: |"
    )
    for way, precision in WAYS.items():
        torch.backends.mkldnn.matmul.fp32_precision = precision
        print(
            f"| {way} | {flops / found['product', way] / 1e9:.0f} | {_error():.1e} | {found['step', way]:.2f} "
            f"| {found['step', way] / found['step', 'MKL']:.2f} |"
        )


def _step(backbone: Path) -> Callable[[], None]:
    model = AutoModel.from_pretrained(backbone).train()
    pieces = torch.randint(10, 20_000, (32, 60), generator=torch.Generator().manual_seed(1))

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
