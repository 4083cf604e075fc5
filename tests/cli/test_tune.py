"""Settings picked on development topics, run from the command line: against NumPy and the trainings alone."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clirbench.cli import main
from clirbench.data.download import Cache
from clirbench.methods.optical import Optical
from clirbench.models.encoder import Encoder
from clirbench.models.ragged import Ragged
from clirbench.running.stages.bitext import read_bitext
from clirbench.spec.identity import seed_for
from clirbench.spec.model import Training
from clirbench.spec.read import read_suite
from clirbench.training.student import train_student

Write = Callable[..., Path]
RATES = (1e-3, 2e-2)
TUNE = f"""[tune]
learning_rates = {list(RATES)}
topics = 0.4
seed = 5
knobs = {{ optical = {{ anchor = [0.0, 1.0] }}, sentence-contrastive = {{ temperature = [0.05, 0.5] }} }}

[statistics]"""
ONE_PAIR = '[[pair]]\nquery = "qde"\nresource = "high"\nbitext = ["synthetic"]\n\n'
RATE = ("learning_rate = 1e-3\n", "")


def run(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run a suite in this process."""
    monkeypatch.setenv("CLIRBENCH_CACHE", str(folder / "cache"))
    places = ["--results", str(folder / "results"), "--store", str(folder / "store")]
    return main(["run", str(path), *places, *arguments])


def scores(folder: Path, cell: str) -> dict[str, float]:
    """Topic → AP."""
    with (folder / "results" / "cells" / cell / "scores.csv").open() as file:
        return {row["topic"]: float(row["AP"]) for row in csv.DictReader(file)}


def choice(folder: Path, name: str) -> dict[str, Any]:
    """What the results folder says of the trials."""
    text = (folder / "results" / "tuning" / f"{name}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def peak(folder: Path, cell: str) -> float:
    """Largest learning rate of a cell's training."""
    lines = (folder / "results" / "cells" / cell / "training.jsonl").read_text().splitlines()
    return max(json.loads(line)["learning_rate"] for line in lines)


def held_out(topic: str) -> bool:
    """Whether a hash of seed and topic is below the share."""
    rank = int.from_bytes(blake2b(f"5:development:{topic}".encode(), digest_size=8).digest())
    return rank < 0.4 * 2**64


def average_precision(
    encoders: tuple[Encoder, Encoder],
    topics: Mapping[str, str],
    documents: Mapping[str, str],
    judged: Mapping[str, Mapping[str, int]],
) -> dict[str, float]:
    """AP of each topic by MaxSim, written out."""
    texts = zip(encoders, (topics, documents), (24, 48), strict=True)
    read, index = (
        [part.numpy() for part in found.vectors.split(found.lengths.tolist())]
        for found in (encoder.encode(list(text.values()), n) for encoder, text, n in texts)
    )
    names, values = list(documents), {}
    for name, topic in zip(topics, read, strict=True):
        against = np.array([(topic @ document.T).max(axis=1).sum() for document in index])
        ranked = [names[i] for i in np.argsort(-against, kind="stable")]
        relevant = {document for document, grade in judged[name].items() if grade > 0}
        hits = np.cumsum([document in relevant for document in ranked])
        gains = [hits[i] / (i + 1) for i, document in enumerate(ranked) if document in relevant]
        values[name] = sum(gains) / len(relevant)
    return values


def exported_topics(folder: Path) -> set[str]:
    """Topics of the exported judgments."""
    assert main(["export", str(folder / "results"), "--output", str(folder / "trec")]) == 0
    lines = (folder / "trec" / "judgments" / "qsw-en.qrels").read_text().splitlines()
    return {line.split()[0] for line in lines}


def expected_trials(grid: list[dict[str, Any]]) -> list[tuple[float, float]]:
    """Those of the grid, and of two rates the best is at an edge: one more beyond it."""
    low, high = RATES
    best = max(grid, key=lambda each: float(each["score"]))["settings"]
    further = low**2 / high if best["learning_rate"] == low else high**2 / low
    tried = [(anchor, rate) for anchor in (0.0, 1.0) for rate in RATES]
    return [*tried, (best["anchor"], float(f"{further:.3g}"))]


def test_the_best_trial_settles_the_settings(
    write_suite: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each trial's score, the best of them and what is trained with its settings, made again here."""
    path = write_suite(("[statistics]", TUNE), RATE, (ONE_PAIR, ""))
    cells = ("qsw-en/optical/seed=1", "qsw-en/bm25", "qsw-en/oracle")
    only = [word for cell in cells for word in ("--only", cell)]
    assert run(path, tmp_path, monkeypatch, *only) == 0
    suite, fetch = read_suite(path).suite, Cache(tmp_path / "cache")
    everything = suite.collection.topics(fetch, "qsw")
    judged = suite.collection.judgments(fetch, "qsw")
    development = {topic: text for topic, text in everything.items() if held_out(topic)}
    tested = {topic: text for topic, text in everything.items() if not held_out(topic)}
    documents = {d.id: d.text for d in suite.collection.documents(fetch, "en")}
    (teacher,) = (tmp_path / "store" / "teacher").iterdir()
    (bitext,) = (tmp_path / "store" / "bitext").iterdir()
    (_index,) = (tmp_path / "store" / "documents").iterdir()

    def trained(anchor: float, rate: float, seed: int) -> Encoder:
        student = Encoder.load(teacher)
        training = Training(epochs=2, batch_size=8, learning_rate=rate, anchor=anchor)
        for _ in train_student(
            student,
            read_bitext(bitext),
            Ragged.load(bitext / "vectors.safetensors"),
            method=Optical(),
            training=training,
            length=24,
            pair="qsw-en",
            seed=seed,
        ):
            pass
        return student.eval()

    means = []
    known = choice(tmp_path, "qsw-en/optical")
    grid = [
        tuple(each["settings"][key] for key in ("anchor", "learning_rate"))
        for each in known["trials"]
    ]
    assert grid == expected_trials(known["trials"][:4])
    for anchor, rate in grid:
        student = trained(anchor, rate, seed_for("tune", 5))
        found = average_precision((student, Encoder.load(teacher)), development, documents, judged)
        means.append(sum(found.values()) / len(found))
    assert [each["score"] for each in known["trials"]] == pytest.approx(means, abs=1e-6)
    assert len(set(means)) > 1
    best = int(np.argmax(means))
    assert known["best"] == best
    assert known["trials"][best]["settings"] == {
        "learning_rate": grid[best][1],
        "anchor": grid[best][0],
    }
    assert known["trials"][best]["topics"] == {"qsw-en": len(development)}
    assert peak(tmp_path, "qsw-en/optical/seed=1") == grid[best][1]
    student = trained(*grid[best], 1)
    expected = average_precision((student, Encoder.load(teacher)), tested, documents, judged)
    assert scores(tmp_path, "qsw-en/optical/seed=1") == pytest.approx(expected, abs=1e-6)

    for cell in cells:
        assert set(scores(tmp_path, cell)) == set(tested)
        packed = (tmp_path / "results" / "cells" / cell / "run.trec.gz").read_bytes()
        searched = {line.split()[0] for line in gzip.decompress(packed).decode().splitlines()}
        assert searched <= set(tested)
    assert exported_topics(tmp_path) == set(tested)
    table = (tmp_path / "results" / "table.md").read_text(encoding="utf-8")
    note = f"the best of 4 trials by MAP on {len(development)} development topics. Those"
    assert table.count(note) == 2  # a table for each measure
    assert f"mean over {len(tested)} topics" in table
    assert not list((tmp_path / "store" / "student").iterdir())
    assert {path.name for path in (tmp_path / "store" / "trial").rglob("*.*")} >= {"score.json"}
    assert not list((tmp_path / "store" / "trial").rglob("*.safetensors"))
    costs = json.loads((tmp_path / "results" / "costs.json").read_text())
    assert costs["methods"]["optical"]["examples"] == 6 * 2 * 48  # four trials, one beyond, a cell
    assert not [name for name in costs["shared"] if "trial" in name or "choice" in name]


def test_one_student_for_all_pairs_and_a_trial_that_diverges(
    write_suite: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A joint student's trials are scored on all pairs; one whose loss is not finite is not chosen."""
    section = (
        "[tune]\nlearning_rates = [1e30, 1e-3]\ntopics = 0.4\nmeasure = 'nDCG@10'\n\n[statistics]"
    )
    path = write_suite(
        ("[statistics]", section), RATE, ("epochs = 2", 'epochs = 1\nscope = "joint"')
    )
    assert run(path, tmp_path, monkeypatch, "--only", "*/optical/seed=1") == 0
    found = choice(tmp_path, "joint/optical")
    assert (found["best"], found["measure"]) == (1, "nDCG@10")
    assert found["trials"][0]["score"] is None
    assert "try a smaller learning_rate" in found["trials"][0]["why"]
    assert list(found["trials"][1]["topics"]) == ["qsw-en", "qde-en"]
    assert peak(tmp_path, "qde-en/optical/seed=1") == 1e-3
    assert len(list((tmp_path / "store" / "documents").iterdir())) == 1


def test_tuned_on_one_pair_for_all(
    write_suite: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other pair is trained on its own bitext, byte for byte as in a suite that gives the settings."""
    section = (
        f'[tune]\nlearning_rates = {list(RATES)}\ntopics = 0.4\npairs = ["qsw-en"]\n\n[statistics]'
    )
    path = write_suite(("[statistics]", section), RATE, ("epochs = 2", "epochs = 1"))
    cell = "qde-en/optical/seed=1"
    assert run(path, tmp_path / "tuned", monkeypatch, "--only", cell) == 0
    found = choice(tmp_path / "tuned", "qsw-en/optical")
    assert not (tmp_path / "tuned" / "results" / "tuning" / "qde-en").exists()
    rate = found["trials"][found["best"]]["settings"]["learning_rate"]
    table = (tmp_path / "tuned" / "results" / "table.md").read_text(encoding="utf-8")
    assert "development topics of qsw-en. Those" in table
    path = write_suite(RATE, ("epochs = 2", f"epochs = 1\nlearning_rate = {rate}"))
    assert run(path, tmp_path / "given", monkeypatch, "--only", cell) == 0
    one, two = (
        (tmp_path / each / "results" / "cells" / cell / "training.jsonl").read_text()
        for each in ("tuned", "given")
    )
    assert [_losses(line) for line in one.splitlines()] == [
        _losses(line) for line in two.splitlines()
    ]


def _losses(line: str) -> tuple[float, float]:
    step = json.loads(line)
    return step["loss"], step["learning_rate"]


def test_translation_ranking_and_foreign_documents(
    write_suite: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A translator, a ranker, and a student with an index of its own are tuned as others are."""
    path = write_suite(
        ("[statistics]", "[tune]\nlearning_rates = [1e-3, 2e-3]\ntopics = 0.4\n\n[statistics]"),
        RATE,
        (ONE_PAIR, ""),
        ("epochs = 2", "epochs = 1"),
        ('name = "optical"', 'name = "nmt"\nlabel = "optical"\ntraining = { epochs = 1 }'),
        (
            'name = "sentence-contrastive"',
            'name = "translate-train"\nlabel = "sentence-contrastive"\npassages = 2',
        ),
    )
    assert run(path, tmp_path, monkeypatch, "--only", "*/*/seed=1") == 0
    for label in ("optical", "sentence-contrastive"):
        found = choice(tmp_path, f"qsw-en/{label}")
        rate = found["trials"][found["best"]]["settings"]["learning_rate"]
        assert peak(tmp_path, f"qsw-en/{label}/seed=1") == rate
    text = path.read_text().replace('query = "qsw"\n', 'query = "en"\ndocuments = "qsw"\n')
    for name in ("bm25", "oracle", "nmt", "translate-train"):
        start = text.index(f'[[method]]\nname = "{name}"')
        end = text.find("[[method]]", start + 1)
        text = text[:start] + (text[end:] if end > 0 else "")
    hypothesis = 'hypothesis = { better = "optical", than = "sentence-contrastive", on = "low" }\n'
    path.write_text(text.replace(hypothesis, "") + '\n[[method]]\nname = "sentence-mse"\n')
    assert run(path, tmp_path / "reverse", monkeypatch, "--only", "*/*/seed=1") == 0
    found = choice(tmp_path / "reverse", "en-qsw/sentence-mse")
    assert all(each["score"] is not None for each in found["trials"])
