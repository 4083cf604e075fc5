"""How well do transport plans find the words that belong together, before and after training?

    python benchmarks/alignment.py

Trains one student on qfr of suites/quick.toml by OPTICAL and prints, for each solver, the alignment
error rate of its plans on the training bitext against the gold links, with the teacher's reading of
the foreign side (before) and with the student's (after). About a minute.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from clirbench.data.download import Cache
from clirbench.running.plan import plan_stages
from clirbench.running.stage import Context, walk
from clirbench.running.stages.bitext import read_bitext
from clirbench.running.stages.encoder import open_encoder
from clirbench.running.stages.tokens import read_length
from clirbench.running.store import Store
from clirbench.spec.cell import Cell
from clirbench.spec.read import read_suite
from clirbench.training.alignment import align, error_rate
from clirbench.transport import SOLVERS

_CELL = Cell("qfr-en", "optical", 1)
_PAIRS = 200


def error_rates(folder: Path) -> dict[str, tuple[float, float]]:
    """Train, and measure each solver; name → before, after."""
    suite = read_suite(Path(__file__).parents[1] / "suites" / "quick.toml").suite
    store = Store(shared=folder / "store", results=folder / "results")
    stages = list(walk(plan_stages(suite, [_CELL]).values()))
    (student,) = (stage for stage in stages if stage.kind == "student")
    for stage in walk([student]):
        store.make(stage, Context(fetch=Cache(folder / "cache")))
    encoders = [
        open_encoder(stage, store.folder).eval() for stage in (student.inputs["teacher"], student)
    ]
    bitext = read_bitext(store.folder(student.inputs["bitext"]))
    pairs = [pair for pair in bitext if pair.links][:_PAIRS]
    length = read_length(store.folder(student.inputs["bitext"]))
    return {
        name: tuple(  # type: ignore[misc]
            error_rate(align((reader, length), (encoders[0], length), pairs, solver()), pairs)
            for reader in encoders
        )
        for name, solver in SOLVERS.items()
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print("| solver | before | after |\n| --- | --: | --: |")
        for name, rates in error_rates(Path(place)).items():
            print(f"| {name} |", " | ".join(f"{rate:.3f}" for rate in rates), "|")
