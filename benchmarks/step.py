"""Where the time of a training goes, in shares of the processor's time of `train_student`.

    python -m benchmarks.step --backbone FOLDER [--pairs 500] [--methods sentence-mse,optical] [--mirror ZIP]

Swahili pairs of TICO-19 and Tatoeba, one epoch; the teacher has read them before. A part does not count what other
parts in the table take inside of it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch

from benchmarks.training import swahili
from clirbench.data.base import SentencePair
from clirbench.methods import METHODS
from clirbench.methods.base import Distillation
from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.models.index import Index, IndexWriter
from clirbench.spec.model import Teacher, Training
from clirbench.training import loop
from clirbench.training.student import train_student

LENGTH = 64
PARTS = {
    "model forward": None,
    "backward": (torch.Tensor, "backward"),
    "loss": None,
    "AdamW": (torch.optim.AdamW, "step"),
    "clipping": (loop.nn.utils, "get_total_norm"),
    "word pieces": (Encoder, "packed"),
    "teacher's vectors": (Index, "padded"),
}


class Shares:
    """Seconds of the processor by part; what is inside of another part counts once."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._open: list[str] = ["all else"]
        self._last = time.process_time()

    def _turn(self) -> None:
        now = time.process_time()
        self.seconds[self._open[-1]] += now - self._last
        self._last = now

    def timed(self, part: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The call, with its time counted as a part's."""

        def counted(*arguments: object, **settings: object) -> object:
            self._turn()
            self._open.append(part)
            try:
                return call(*arguments, **settings)
            finally:
                self._turn()
                self._open.pop()

        return counted

    @contextmanager
    def watching(self, student: Encoder, method: Distillation) -> Iterator[None]:
        """Count while the context is open."""
        with ExitStack() as stack:
            own = {"model forward": (student.backbone, "forward"), "loss": (type(method), "loss")}
            places = {**PARTS, **own}
            for part, (owner, name) in places.items():
                call = self.timed(part, getattr(owner, name))
                stack.enter_context(patch.object(owner, name, call))
            self._last = time.process_time()
            yield
            self._turn()


def main() -> None:
    """Train once with each method and print the shares."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backbone", required=True)
    parser.add_argument("--pairs", type=int, default=500)
    parser.add_argument("--methods", default="sentence-mse,optical")
    parser.add_argument("--mirror", type=Path)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    settings = Teacher(backbone=arguments.backbone, query_length=LENGTH, document_length=LENGTH)
    encoder = build_encoder(settings, list)
    pairs = swahili(arguments.mirror, arguments.pairs)
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.safetensors"
        with IndexWriter(path) as index:
            index.append(encoder.tokens([pair.english for pair in pairs], LENGTH))
        for name in arguments.methods.split(","):
            found[name] = shares(deepcopy(encoder), pairs, Index(path), METHODS[name]())
    parts = [*PARTS, "all else"]
    print(f"| method | {' | '.join(parts)} | ms a pair |")
    print(f"| --- |{' --: |' * (len(parts) + 1)}")
    for name, seconds in found.items():
        total = seconds.total()
        cells = [f"{seconds[part] / total:.1%}" for part in parts]
        print(f"| {name} | {' | '.join(cells)} | {1e3 * total / len(pairs):.1f} |")


def shares(
    student: Encoder, pairs: list[SentencePair], index: Index, method: Distillation
) -> Counter[str]:
    """Train for an epoch."""
    shares = Shares()
    with shares.watching(student, method):
        steps = train_student(
            student,
            pairs,
            index,
            method=method,
            training=Training(epochs=1),
            length=LENGTH,
            pair="sw-en",
            seed=1,
        )
        for _ in steps:
            pass
    return shares.seconds


if __name__ == "__main__":
    main()
