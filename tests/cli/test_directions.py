"""Documents in a foreign language, one student for all pairs, re-ranking: against a few lines of NumPy."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from clirbench.cli import main
from clirbench.data.download import Cache
from clirbench.models.encoder import Encoder
from clirbench.running.plan import plan_stages
from clirbench.running.stage import Context, Stage, walk
from clirbench.running.stages.encoder import open_encoder
from clirbench.running.store import Store
from clirbench.spec.cell import Cell, cells
from clirbench.spec.model import Suite
from clirbench.spec.read import read_suite

Texts = Mapping[str, str]
REVERSE = ('query = "qsw"\n', 'query = "en"\ndocuments = "qsw"\n')


def vectors(encoder: Encoder, texts: Sequence[str], length: int) -> list[np.ndarray]:
    """Unit token vectors of each text."""
    found = encoder.encode(list(texts), length)
    return [part.numpy() for part in found.vectors.split(found.lengths.tolist())]


def average_precision(
    topics: list[np.ndarray],
    documents: list[np.ndarray],
    judged: Sequence[Mapping[str, int]],
    names: Sequence[str],
    candidates: Sequence[Sequence[str]] | None = None,
) -> list[float]:
    """AP of each topic by MaxSim, written out."""
    values = []
    for number, topic in enumerate(topics):
        scores = np.array([(topic @ document.T).max(axis=1).sum() for document in documents])
        ranked = [names[i] for i in np.argsort(-scores, kind="stable")]
        if candidates is not None:
            ranked = [name for name in ranked if name in candidates[number]]
        relevant = {name for name, grade in judged[number].items() if grade > 0}
        hits = np.cumsum([name in relevant for name in ranked])
        gains = [hits[i] / (i + 1) for i, name in enumerate(ranked[:1000]) if name in relevant]
        values.append(sum(gains) / len(relevant))
    return values


class Suiteful:
    """A suite that was run, with a way to make single stages again."""

    def __init__(self, path: Path, folder: Path) -> None:
        self.suite: Suite = read_suite(path).suite
        self.results = folder / "results"
        self.context = Context(fetch=Cache(folder / "cache"))
        self.store = Store(shared=folder / "store", results=self.results)
        self.plan = plan_stages(self.suite, cells(self.suite))

    def encoder(self, cell: str, kind: str = "student") -> Encoder:
        """The encoder that a cell was made with; students are gone and made again."""
        (stage,) = (s for s in walk([self.plan[Cell.parse(cell)]]) if s.kind == kind)
        self.make(stage)
        return open_encoder(stage, self.store.folder)

    def make(self, stage: Stage) -> None:
        for needed in walk([stage]):
            if not self.store.done(needed):
                self.store.make(needed, self.context)

    def scores(self, cell: str) -> list[float]:
        with (self.results / "cells" / cell / "scores.csv").open() as file:
            return [float(row["AP"]) for row in csv.DictReader(file)]

    def run(self, cell: str) -> dict[str, list[str]]:
        text = gzip.decompress((self.results / "cells" / cell / "run.trec.gz").read_bytes())
        found: dict[str, list[str]] = {}
        for line in text.decode().splitlines():
            topic, _, document, *_ = line.split()
            found.setdefault(topic, []).append(document)
        return found

    def texts(self, language: str) -> tuple[Texts, Texts, list[Mapping[str, int]]]:
        """Topics, documents and judgments."""
        source, fetch = self.suite.collection, self.context.fetch
        topics = source.topics(fetch, language)
        judged = source.judgments(fetch, language)
        documents = {d.id: d.text for d in source.documents(fetch, language)}
        return topics, documents, [judged[topic] for topic in topics]


def run(path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Suiteful:
    """Run a suite in this process."""
    monkeypatch.setenv("CLIRBENCH_CACHE", str(folder / "cache"))
    places = ["--results", str(folder / "results"), "--store", str(folder / "store")]
    assert main(["run", str(path), *places, "--set", "suite.seeds=[1]"]) == 0
    return Suiteful(path, folder)


def test_english_topics_foreign_documents(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The teacher reads the topics, the student the documents, of which it has its own index."""
    text = tiny.read_text().replace(*REVERSE)
    tiny.write_text(
        text[: text.index('[[pair]]\nquery = "qde"')] + text[text.index("[[method]]") :]
    )
    done = run(tiny, tmp_path, monkeypatch)
    topics, english, judged = done.texts("en")
    _, foreign, _ = done.texts("qsw")
    teacher = done.encoder("en-qsw/zero-shot", "teacher")
    read = vectors(teacher, list(topics.values()), 24)
    for cell, documents, encoder in (
        ("en-qsw/zero-shot", foreign, teacher),
        ("en-qsw/oracle", english, teacher),
        ("en-qsw/optical/seed=1", foreign, done.encoder("en-qsw/optical/seed=1")),
    ):
        encoded = vectors(encoder, list(documents.values()), 48)
        expected = average_precision(read, encoded, judged, list(documents))
        assert done.scores(cell) == pytest.approx(expected, abs=1e-6)
    kinds = {stage.kind for stage in walk(done.plan.values()) if done.store.done(stage)}
    assert kinds == {
        *("teacher", "tokens", "documents", "sentences", "bitext", "run", "cell", "student")
    }
    assert len(list((tmp_path / "store" / "documents").iterdir())) == 2
    log = tmp_path / "results/cells/en-qsw/optical/seed=1/training.jsonl"
    assert log.read_text().count("\n") > 2


def test_both_sides_foreign(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One student, which learned both languages, reads topics and documents."""
    text = tiny.read_text().replace('query = "qsw"\n', 'query = "qsw"\ndocuments = "qde"\n')
    text = text[: text.index('[[pair]]\nquery = "qde"')] + text[text.index("[[method]]") :]
    tiny.write_text(text.replace('[[method]]\nname = "bm25"\n\n', ""))
    done = run(tiny, tmp_path, monkeypatch)
    cell = "qsw-qde/optical/seed=1"
    topics, _, judged = done.texts("qsw")
    _, documents, _ = done.texts("qde")
    student = done.encoder(cell)
    expected = average_precision(
        vectors(student, list(topics.values()), 24),
        vectors(student, list(documents.values()), 48),
        judged,
        list(documents),
    )
    assert done.scores(cell) == pytest.approx(expected, abs=1e-6)
    (joint,) = (
        s.inputs["bitext"] for s in walk([done.plan[Cell.parse(cell)]]) if s.kind == "student"
    )
    assert [each.title for each in joint.inputs.values()] == ["qsw-qde qsw", "qsw-qde qde"]


def test_one_student_for_all_pairs(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With scope = "joint" the cells of all pairs rest on one student of all bitexts."""
    text = tiny.read_text().replace("epochs = 2", 'epochs = 2\nscope = "joint"')
    tiny.write_text(
        text.replace('[[method]]\nname = "sentence-contrastive"\n\n', "").replace(
            'hypothesis = { better = "optical", than = "sentence-contrastive", on = "low" }\n', ""
        )
    )
    done = run(tiny, tmp_path, monkeypatch)
    students = [stage for stage in walk(done.plan.values()) if stage.kind == "student"]
    assert [stage.title for stage in students] == ["joint/optical/seed=1", "joint/optical/seed=2"]
    for pair, language in (("qsw-en", "qsw"), ("qde-en", "qde")):
        topics, _, judged = done.texts(language)
        _, documents, _ = done.texts("en")
        expected = average_precision(
            vectors(done.encoder(f"{pair}/optical/seed=1"), list(topics.values()), 24),
            vectors(done.encoder(f"{pair}/oracle", "teacher"), list(documents.values()), 48),
            judged,
            list(documents),
        )
        assert done.scores(f"{pair}/optical/seed=1") == pytest.approx(expected, abs=1e-6)


def test_re_ranking(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only what the first stage found is ranked, to the stated depth; the first stage searches."""
    text = tiny.read_text().replace(
        "[statistics]", '[retrieval]\nmode = "rerank"\nfirst = "oracle"\ndepth = 20\n\n[statistics]'
    )
    tiny.write_text(
        text[: text.index('[[pair]]\nquery = "qde"')] + text[text.index("[[method]]") :]
    )
    done = run(tiny, tmp_path, monkeypatch)
    topics, _, judged = done.texts("qsw")
    _, documents, _ = done.texts("en")
    first = done.run("qsw-en/oracle")
    assert {len(found) for found in first.values()} == {20}
    teacher = done.encoder("qsw-en/zero-shot", "teacher")
    expected = average_precision(
        vectors(teacher, list(topics.values()), 24),
        vectors(teacher, list(documents.values()), 48),
        judged,
        list(documents),
        [first[topic] for topic in topics],
    )
    assert done.scores("qsw-en/zero-shot") == pytest.approx(expected, abs=1e-6)
    found = done.run("qsw-en/optical/seed=1")
    assert {topic: sorted(each) for topic, each in found.items()} == {
        topic: sorted(each) for topic, each in first.items()
    }
    assert found != first


def test_re_ranking_of_translated_topics(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The teacher re-ranks what the first stage found for translated topics, too; BM25 searches all."""
    nmt = """\
name = "nmt"
training = { epochs = 1 }
scratch = { layers = 1, width = 16, heads = 2, vocabulary = 300 }
length = 24

[[method]]
name = "nmt"
label = "searched"
then = "bm25"
training = { epochs = 1 }
scratch = { layers = 1, width = 16, heads = 2, vocabulary = 300 }
length = 24
"""
    text = tiny.read_text().replace('name = "bm25"\n', nmt, 1)
    text = text.replace(
        "[statistics]", '[retrieval]\nmode = "rerank"\nfirst = "oracle"\ndepth = 20\n\n[statistics]'
    )
    tiny.write_text(
        text[: text.index('[[pair]]\nquery = "qde"')] + text[text.index("[[method]]") :]
    )
    done = run(tiny, tmp_path, monkeypatch)
    first = done.run("qsw-en/oracle")
    found = done.run("qsw-en/nmt/seed=1")
    assert {topic: sorted(each) for topic, each in found.items()} == {
        topic: sorted(each) for topic, each in first.items()
    }
    assert found != first
    stages = {str(cell): stage.run for cell, stage in done.plan.items()}
    assert stages["qsw-en/nmt/seed=1"].first is not None
    assert stages["qsw-en/searched/seed=1"].first is None
