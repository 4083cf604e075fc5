from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from clirbench.artifacts.meter import Cost
from clirbench.artifacts.record import Record, write_record
from clirbench.results.scores import write_scores
from clirbench.retrieval.run import Ranked, write_run
from clirbench.spec.cell import Cell
from clirbench.statistics import (
    Comparisons,
    Design,
    Hypothesis,
    MethodRole,
    PairRole,
    Scores,
    compare,
    to_json,
)

NASTY = r"50%_&<b>~^\{}$#|`*[x](y)'', --" "" + '"'
LEVEL = {
    "zero-shot": 0.1,
    "oracle": 0.8,
    "mse": 0.3,
    "contrastive": 0.3,
    NASTY: 0.5,
    "[first]": 0.45,
}
UNTRAINED = ("zero-shot", "oracle")
PAIRS = {"de-en": "high", "sw-en": "low", "so_en": "low"}


def make(*, missing: bool = False) -> Comparisons:
    """Six methods on three pairs, 30 topics, two seeds; scores are made by arithmetic alone."""
    records = []
    for pair in PAIRS:
        for method, level in LEVEL.items():
            for seed in [None] if method in UNTRAINED else [1, 2]:
                if missing and (method, pair, seed) == ("mse", "de-en", 2):
                    continue
                for i in range(30):
                    noise = 0.01 * ((i * 7 + len(method) * (seed or 3) + len(pair)) % 5 - 2)
                    records.append((method, pair, seed, f"t{i:02}", level + noise))
    design = Design(
        pairs=tuple(PairRole(name=pair, resource=PAIRS[pair]) for pair in PAIRS),
        methods=tuple(MethodRole(name=name, trained=name not in UNTRAINED) for name in LEVEL),
        seeds=(1, 2),
        translated=True,
        hypothesis=Hypothesis(better=NASTY, than="contrastive", on="low", measure="AP"),
        zero_shot="zero-shot",
        oracle="oracle",
        flips=2000,
        resamples=1000,
    )
    scores = Scores.from_records(
        records,
        measure="AP",
        methods=list(LEVEL),
        pairs=list(PAIRS),
        seeds=[1, 2],
        untrained=list(UNTRAINED),
    )
    return compare(scores, design=design)


@pytest.fixture(scope="session")
def nasty() -> str:
    """A method's name with everything that some format gives a meaning."""
    return NASTY


@pytest.fixture(scope="session")
def comparisons() -> Comparisons:
    """Of six methods on three pairs; one method has a cell missing, one a nasty name."""
    return make(missing=True)


@pytest.fixture(scope="session")
def make_comparisons() -> Callable[..., Comparisons]:
    """Makes the comparisons, whole or with a cell missing."""
    return make


GRID = {
    "sw-en": "low",
    "so-en": "low",
    "tl-en": "low",
    "mr-en": "low",
    "fi-en": "medium",
    "de-en": "high",
    "fr-en": "high",
}
BOUNDS = ("zero-shot", "oracle")
"""The methods that are not trained."""


@dataclass(kw_only=True)
class Recipe:
    """A results folder made by arithmetic: what `clirbench run` leaves, without the running."""

    pairs: Mapping[str, str] = field(default_factory=lambda: dict(list(GRID.items())[2:6]))
    """Language pair → resource class."""
    methods: Sequence[str] = ("zero-shot", "oracle", "mse", "contrastive", "optical")
    seeds: Sequence[int] = (1, 2)
    topics: int = 12
    measures: Sequence[str] = ("AP", "nDCG@10")
    """The second and later ones are lower by a tenth each."""
    hypothesis: tuple[str, str, str] | None = ("optical", "contrastive", "low")
    missing: Sequence[str] = ()
    """Cells that were not run."""
    failed: Sequence[str] = ()
    learned: Mapping[str, int] = field(default_factory=dict)
    """Cap on the sentence pairs that a method learned from."""
    collection: bool = False
    """Whether the collection's own files lie beside the results."""
    text: str = "plain"
    """Part of every topic, document, comment and error."""
    runs: bool = True
    logs: bool = True

    def write(self, root: Path) -> Path:
        """Write it, and the collection beside it."""
        results = root / "results"
        results.mkdir()
        self._write_settings(results)
        scores = {
            cell: self._scores(cell)
            for cell in self._cells()
            if str(cell) not in {*self.missing, *self.failed}
        }
        for cell, own in scores.items():
            self._write_cell(results / "cells" / str(cell), cell, own)
        for name in self.failed:
            (results / "cells" / name).mkdir(parents=True)
            (results / "cells" / name / "error.log").write_text(f"out of memory: {self.text}\n")
        if self.logs:
            self._write_costs(results)
        if scores:
            self._write_comparisons(results, scores)
        if self.collection:
            self._write_collection(root / "data")
        return results

    def _cells(self) -> list[Cell]:
        return [
            Cell(pair, method, seed)
            for pair in self.pairs
            for method in self.methods
            for seed in ([None] if method in BOUNDS else self.seeds)
        ]

    def _ids(self) -> list[str]:
        return [f"t{i:04}" for i in range(self.topics)]

    def _scores(self, cell: Cell) -> dict[str, float]:
        level = {"zero-shot": 0.1, "oracle": 0.7}.get(cell.method, 0.25)
        if cell.method not in BOUNDS:
            level += 0.03 * self.methods.index(cell.method) + 0.02 * len(self.pairs[cell.pair])
        easy = np.random.default_rng(0).normal(level, 0.15, self.topics)
        own = np.random.default_rng(list(str(cell).encode())).normal(0, 0.06, self.topics)
        return dict(zip(self._ids(), np.clip(easy + own, 0, 1).round(4).tolist(), strict=True))

    def _write_settings(self, results: Path) -> None:
        parts = ("better", "than", "on")
        resolved = {
            "name": "made",
            "seeds": list(self.seeds),
            "measures": list(self.measures),
            "hypothesis": self.hypothesis and dict(zip(parts, self.hypothesis, strict=True)),
            "collection": {"class.name": "files", "class.version": 1, "folder": None},
            "teacher": {"backbone": "scratch"},
            "training": {},
            "pairs": [
                {"query": pair.split("-")[0], "documents": "en", "resource": resource}
                for pair, resource in self.pairs.items()
            ],
            "methods": [
                {
                    "label": method,
                    "method": {"class.name": method if method in BOUNDS else method.split("-")[0]},
                    "training": {"pairs": self.learned.get(method)},
                }
                for method in self.methods
            ],
        }
        dump(results / "settings.json", {"format": 1, "overrides": [], "resolved": resolved})
        environment = {"written": "2026-01-01T10:00:00+00:00", "packages": {"numpy": "2.0"}}
        dump(results / "environment.json", environment)
        lines = [f"# {self.text}", "[suite]", 'name = "made"', "seeds = [1]"]
        lines += ["[collection]", 'source = "files"', 'folder = "../data"']
        lines += ["[teacher]", 'backbone = "all-MiniLM-L6-v2"']
        for pair, resource in self.pairs.items():
            lines += ["[[pair]]", f'query = "{pair.split("-")[0]}"', f'resource = "{resource}"']
        lines += ["[[method]]", 'name = "zero-shot"', ""]
        (results / "suite.toml").write_text("\n".join(lines), encoding="utf-8")

    def _write_cell(self, folder: Path, cell: Cell, scores: Mapping[str, float]) -> None:
        folder.mkdir(parents=True)
        by_measure = {
            topic: {measure: value * 0.9**i for i, measure in enumerate(self.measures)}
            for topic, value in scores.items()
        }
        write_scores(folder / "scores.csv", by_measure, self.measures)
        if self.runs:
            ranked = {
                topic: Ranked.of({f"d{(i * 7 + k) % 50}": 10.0 - k for k in range(6)})
                for i, topic in enumerate(scores)
            }
            write_run(folder / "run.trec.gz", ranked, "test")
        if self.logs and cell.seed is not None:
            steps = [
                {"step": i, "steps": 60, "loss": 2 / i + 0.1 * cell.seed} for i in range(1, 61)
            ]
            lines = "".join(json.dumps(step) + "\n" for step in steps)
            (folder / "training.jsonl").write_text(lines)
        files: dict[str, dict[str, int | str]] = {
            path.name: {
                "bytes": path.stat().st_size,
                "sha256": sha256(path.read_bytes()).hexdigest(),
            }
            for path in sorted(folder.iterdir())
        }
        record = Record(
            kind="cell",
            identity=str(cell),
            title=str(cell),
            settings={},
            files=files,
            cost=Cost(seconds=0.1),
            made="2026-01-01T10:00:00+00:00",
        )
        write_record(folder, record)

    def _write_costs(self, results: Path) -> None:
        trained = {"seconds": 125.0, "gpu_seconds": 125.0, "examples": 50_000, "tokens": 10**6}
        trained |= {"examples_per_second": 400.0, "tokens_per_second": 8000.0, "energy": 7200.0}
        trained |= {"memory": 2**30, "device_memory": 2**31}
        methods = {m: {"seconds": 2.5} if m in BOUNDS else trained for m in self.methods}
        shared = {"documents made": {"seconds": 3700.0, "energy": None, "examples": 0}}
        costs = {"wall": 59.94, "artifacts": {"seconds": 4080.0}, "shared": shared}
        dump(results / "costs.json", {"format": 1, **costs, "methods": methods})

    def _write_comparisons(self, results: Path, scores: Mapping[Cell, Mapping[str, float]]) -> None:
        methods = [m for m in self.methods if any(cell.method == m for cell in scores)]
        pairs = [p for p in self.pairs if any(cell.pair == p for cell in scores)]
        claim = self.hypothesis if {*(self.hypothesis or ())[:2]} <= {*methods} else None
        design = Design(
            pairs=tuple(PairRole(name=p, resource=self.pairs[p]) for p in pairs),  # type: ignore[arg-type]
            methods=tuple(MethodRole(name=m, trained=m not in BOUNDS) for m in methods),
            seeds=tuple(self.seeds),
            translated=True,
            hypothesis=claim
            and Hypothesis(better=claim[0], than=claim[1], on=claim[2], measure=self.measures[0]),
            zero_shot="zero-shot" if "zero-shot" in methods else None,
            oracle="oracle" if "oracle" in methods else None,
            flips=1000,
            resamples=1000,
        )
        found = []
        for i, measure in enumerate(self.measures):
            records = [
                (cell.method, cell.pair, cell.seed, topic, value * 0.9**i)
                for cell, own in scores.items()
                for topic, value in own.items()
            ]
            labelled = Scores.from_records(
                records,
                measure=measure,
                methods=methods,
                pairs=pairs,
                seeds=list(self.seeds),
                untrained=[method for method in methods if method in BOUNDS],
            )
            found.append(compare(labelled, design=design))
        (results / "comparisons.json").write_text(to_json(found))

    def _write_collection(self, folder: Path) -> None:
        folder.mkdir()
        documents = [{"id": f"d{i}", "text": f"document {i}: {self.text}"} for i in range(50)]
        (folder / "docs.jsonl").write_text("".join(json.dumps(d) + "\n" for d in documents))
        grades = [f"{topic} 0 d{i * 7 % 50} 1\n" for i, topic in enumerate(self._ids())]
        (folder / "qrels").write_text("".join(grades))
        for language in {"en", *(pair.split("-")[0] for pair in self.pairs)}:
            lines = [f"{topic}\t{language} topic {topic}: {self.text}\n" for topic in self._ids()]
            (folder / f"topics.{language}.tsv").write_text("".join(lines))


@pytest.fixture
def make_folder(tmp_path: Path) -> Callable[..., Path]:
    """Writes a results folder into the test's own; its arguments are the fields of `Recipe`."""
    return lambda **fields: Recipe(**fields).write(tmp_path)


@pytest.fixture(scope="session")
def whole_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A results folder of five methods on four pairs with everything in it, its collection too."""
    results = Recipe(collection=True).write(tmp_path_factory.mktemp("whole"))
    plan = {
        "source": ["maji", "safi"],
        "target": ["clean", "water"],
        "plan": [[0, 0.5], [0.4, 0.1]],
    }
    dump(results / "cells/tl-en/optical/seed=1/plans.json", [plan])
    return results


def dump(path: Path, value: object) -> None:
    """Write JSON."""
    path.write_text(json.dumps(value), encoding="utf-8")
