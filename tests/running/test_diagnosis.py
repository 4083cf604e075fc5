"""A suite whose encoders are diagnosed, from its file to its results folder."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from scipy.stats import spearmanr

import clirbench
from clirbench.cli import main
from clirbench.data.filters import key
from clirbench.data.lock import Lock
from clirbench.errors import CellError, DataError, SuiteError
from clirbench.report.diagnosis import diagnosis_tables
from clirbench.report.html_report import html_report
from clirbench.report.page.texts import at_hand
from clirbench.results.diagnosis import MEASURES, diagnoses
from clirbench.results.folder import Folder
from clirbench.running.diagnoses import Diagnoses
from clirbench.running.plan import plan_stages
from clirbench.running.stage import walk
from clirbench.running.stages.held_out import HeldOutStage
from clirbench.running.stages.sentences import read_pairs
from clirbench.running.store import Store
from clirbench.spec.cell import cells
from clirbench.spec.read import read_suite
from clirbench.statistics import number

Write = Callable[..., Path]
PAIRS = (
    ("pairs_low = 48\npairs_high = 64", "pairs_low = 200\npairs_high = 80"),
    ('cut = "keep"', 'cut = "keep"\npairs = 48'),
    ("seeds = [1, 2]", "seeds = [1, 2]\nkeep = true"),
    ('name = "bm25"', 'name = "bm25"\n\n[[method]]\nname = "procrustes"'),
)
"""Of qsw some 150 sentence pairs are left, of qde 32."""
ASKED = ("[statistics]", "[diagnosis]\nsentences = 60\n\n[statistics]")
READ = ("zero-shot", "sentence-contrastive", "optical", "procrustes")


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, tiny_text: str) -> Path:
    """A folder with a suite that was run without diagnosis, and then with it, and with what was made then."""
    folder = tmp_path_factory.mktemp("diagnosed")
    for old, new in PAIRS:
        assert old in tiny_text
        tiny_text = tiny_text.replace(old, new)
    (folder / "tiny.toml").write_text(tiny_text)
    places = ["--results", str(folder / "results"), "--store", str(folder / "store")]
    assert main(["run", str(folder / "tiny.toml"), *places]) == 0
    (folder / "tiny.toml").write_text(tiny_text.replace(*ASKED))
    before = made(folder)
    assert main(["run", str(folder / "tiny.toml"), *places]) == 0
    (folder / "made.json").write_text(json.dumps(made(folder) - before))
    return folder


def made(folder: Path) -> Counter[str]:
    """How many artifacts of each kind there are in the store."""
    return Counter(path.parent.parent.name for path in folder.glob("store/*/*/record.json"))


def run(folder: Path, *more: str) -> int:
    """Run the suite of a folder."""
    places = ["--results", str(folder / "results"), "--store", str(folder / "store")]
    return main(["run", str(folder / "tiny.toml"), *places, *more])


def test_identities_stay(write_suite: Write) -> None:
    """A suite with [diagnosis] has the cells and stages that it had without."""
    plain, asked = (read_suite(write_suite(*x)).suite for x in ((), (ASKED,)))
    assert asked == replace(plain, diagnosis=asked.diagnosis)
    before, after = (
        {stage.identity() for stage in walk(plan_stages(s, cells(s)).values())}
        for s in (plain, asked)
    )
    assert before == after


def test_it_needs_bitext_and_enough_sentences(write_suite: Write) -> None:
    """What is wrong is said with its place."""
    untrained = [
        ('[[method]]\nname = "sentence-contrastive"\n\n[[method]]\nname = "optical"\n', ""),
        ('bitext = ["synthetic"]\n', ""),
        ('hypothesis = { better = "optical", than = "sentence-contrastive", on = "low" }\n', ""),
    ]
    with pytest.raises(SuiteError, match="diagnosis: needs bitext"):
        read_suite(write_suite(ASKED, *untrained))
    with pytest.raises(SuiteError, match=r"diagnosis.sentences: must be >= 50 \(got 20\)"):
        read_suite(write_suite((ASKED[0], ASKED[1].replace("60", "20"))))


def test_of_a_finished_suite_only_diagnoses_are_made(finished: Path) -> None:
    """The students were kept, so that nothing is trained, searched or judged again."""
    cells_read = 2 * 2 + 2 * 2 * 2  # pairs x (zero-shot, procrustes), and pairs x methods x seeds
    expected = {"held-out": 2, "diagnosis": cells_read}
    assert json.loads((finished / "made.json").read_text()) == expected


def test_every_cell_that_an_encoder_reads_is_diagnosed(finished: Path) -> None:
    """Not what searches by words, nor the oracle, which reads English."""
    folder = Folder(finished / "results")
    found = diagnoses(folder)
    assert {cell.method for cell in found} == set(READ)
    assert len(found) == 12
    for cell, own in found.items():
        if cell.pair == "qde-en":
            assert own.sentences == 32
            assert own.measures == {}
            assert own.reason == (
                "qde: only 32 sentence pairs are left that no training has read; a diagnosis needs 50"
            )
        else:
            assert own.sentences == 60
            assert own.reason is None
            assert None not in own.measures.values()
    zero_shot = next(own for cell, own in found.items() if str(cell) == "qsw-en/zero-shot")
    assert zero_shot.measures["drift"] == zero_shot.measures["token_drift"] == 0
    students = [own.measures for cell, own in found.items() if cell.pair == "qsw-en" and cell.seed]
    assert all(own["drift"] > 0 and own["token_drift"] > 0 for own in students)  # type: ignore[operator]
    assert len({own["cosine"] for own in students}) == len(students) == 4


def test_held_out_sentences_are_of_no_training(finished: Path) -> None:
    """No side of one stands in what was drawn, or twice."""
    held = [read_pairs(path.parent) for path in finished.glob("store/held-out/*/record.json")]
    drawn = [read_pairs(path.parent) for path in finished.glob("store/sentences/*/record.json")]
    assert sorted(map(len, held)) == [32, 60]
    assert [len(own) for own in drawn] == [48, 48]
    for own in held:
        for side in ("foreign", "english"):
            texts = [key(getattr(pair, side)) for pair in own]
            assert len(set(texts)) == len(texts)
    foreign = {key(pair.foreign) for own in drawn for pair in own}
    assert not foreign & {key(pair.foreign) for own in held for pair in own}


def test_a_data_frame_and_the_table_of_means(finished: Path) -> None:
    """A row a cell; the table has means over seeds, of the pair that all methods are measured on."""
    results = clirbench.load(finished / "results")
    found = results.diagnosis()
    assert list(found.columns[:7]) == [
        "pair",
        "method",
        "seed",
        "language",
        "sentences",
        "measure",
        "score",
    ]
    assert list(found.columns[7:]) == list(MEASURES)
    assert len(found) == 12
    scores = results.scores()
    own = scores[scores.measure == "AP"].fillna({"seed": 0})
    expected = own.groupby(["pair", "method", "seed"]).value.mean()
    for row in found.fillna({"seed": 0}).itertuples():
        assert row.score == pytest.approx(expected[row.pair, row.method, row.seed], abs=1e-12)
    means, links = diagnosis_tables(Folder(finished / "results"))
    measured = found[found.sentences == 60]
    assert set(measured.pair) == {"qsw-en"}
    by_method = measured.groupby("method")[list(MEASURES)].mean()
    assert means.columns == tuple(MEASURES.values())
    methods = ["zero-shot", "procrustes", "sentence-contrastive", "optical"]  # as in the suite
    assert [method for method, _ in means.rows] == methods
    for method, entries in means.rows:
        assert list(entries) == [number(value) for value in by_method.loc[method]]
    assert "qsw-en" in means.notes[0]
    assert means.notes[1] == (
        "Not measured: qde: only 32 sentence pairs are left that no training has read; a diagnosis needs 50."
    )
    for (shown, entries), name in zip(links.rows, MEASURES, strict=True):
        rho = spearmanr(measured[name], measured.score).statistic
        assert (shown, *entries) == (MEASURES[name], number(rho, sign=True), "–", "6")
    assert "with fewer than 5 there is none" in links.notes[0]


def test_the_page_and_the_table_show_it(finished: Path, tmp_path: Path) -> None:
    """Both tables, in table.md and the page; a cell without a diagnosis is named."""
    folder = Folder(finished / "results")
    text = (folder.path / "table.md").read_text()
    page = html_report(folder, fetch=at_hand(tmp_path, None, Lock(tmp_path / "no.lock")))
    assert '<a href="#diagnosis">' in page
    _, _, section = page.partition('<section id="diagnosis"')
    for table in diagnosis_tables(folder):
        assert f"### {table.title}" in text
        assert f"<h3>{table.title}</h3>" in section
    assert "| measure | Spearman's ρ | 95 % CI | cells |" in text
    path = folder.path / "cells" / "qsw-en" / "procrustes" / "diagnosis.json"
    whole = path.read_text()
    path.unlink()
    try:
        (means, _) = diagnosis_tables(Folder(folder.path))
        assert means.notes[-1] == "Without a diagnosis: qsw-en/procrustes."
        path.write_text(whole.replace('"sentences": 60', '"sentences": 61'))
        with pytest.raises(DataError, match=r"diagnosis\.json: was changed"):
            diagnosis_tables(Folder(folder.path))
    finally:
        path.write_text(whole)


def test_a_diagnosis_of_the_results_folder_is_enough(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the store, nothing is to be made; what was deleted or changed comes from the store again."""
    places = ["--results", str(finished / "results"), "--store", str(finished / "elsewhere")]
    assert main(["run", str(finished / "tiny.toml"), *places]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert not list((finished / "elsewhere").rglob("record.json"))
    path = finished / "results" / "cells" / "qsw-en" / "optical" / "seed=1" / "diagnosis.json"
    whole = path.read_text()
    for spoil in (path.unlink, lambda: path.write_text(whole.replace("0.", "0.9"))):
        spoil()
        assert run(finished) == 0
        assert path.read_text() == whole


def test_without_the_section_there_is_none(finished: Path) -> None:
    """The files go with it; and come again, from the store, with it."""
    suite = finished / "tiny.toml"
    text = suite.read_text()
    suite.write_text(text.replace(ASKED[1], ASKED[0]))
    try:
        assert run(finished) == 0
        assert not list((finished / "results").rglob("diagnosis.json"))
        assert diagnoses(Folder(finished / "results")) == {}
    finally:
        suite.write_text(text)
    before = made(finished)
    assert run(finished) == 0
    assert len(list((finished / "results").rglob("diagnosis.json"))) == 12
    assert made(finished) == before


def test_a_diagnosis_that_fails(
    finished: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Is told, and by the exit code; the cells stay done, and the same command makes it."""
    path = finished / "results" / "cells" / "qsw-en" / "zero-shot" / "diagnosis.json"
    whole = path.read_text()
    path.unlink()
    for record in finished.glob("store/diagnosis/*/record.json"):
        if json.loads(record.read_text())["title"] == "qsw-en/zero-shot":
            record.unlink()

    def broken(*_: object, **__: object) -> None:
        raise CellError("the encoder is broken")

    with monkeypatch.context() as patched:
        patched.setattr("clirbench.retrieval.diagnosis.diagnose", broken)
        assert run(finished) == 3
    said = capsys.readouterr().out
    assert "diagnosis qsw-en/zero-shot: FAILED: the encoder is broken" in said
    assert "no diagnosis yet of 1 cell, such as qsw-en/zero-shot" in said
    assert not path.exists()
    assert run(finished) == 0
    assert path.read_text() == whole


def test_a_student_that_was_not_kept_is_trained_again(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said, and the diagnosis is that of the student that was kept."""
    path = finished / "results" / "cells" / "qsw-en" / "optical" / "seed=1" / "diagnosis.json"
    whole = path.read_text()
    path.unlink()
    identity = json.loads(whole)["identity"]
    for kind in ("student", "diagnosis"):
        for record in finished.glob(f"store/{kind}/*/record.json"):
            if json.loads(record.read_text())["title"] == "qsw-en/optical/seed=1":
                record.unlink()
    capsys.readouterr()
    assert run(finished, "--only", "qsw-en/optical/seed=1") == 0
    assert "needs 1 encoder that the store no longer has" in capsys.readouterr().out
    assert json.loads(path.read_text())["identity"] == identity
    assert path.read_text() == whole


def held_out(path: Path) -> dict[str, HeldOutStage]:
    """What each cell of a suite is diagnosed on."""
    suite = read_suite(path).suite
    store = Store(shared=path.parent / "store", results=path.parent / "results")
    stages = plan_stages(suite, cells(suite))
    return {
        str(cell): stage.held for cell, stage in Diagnoses(suite, None, store).of(stages).items()
    }


def test_foreign_documents(write_suite: Write) -> None:
    """Where topics are English, what reads the documents is measured, in their language."""
    english = ('query = "qsw"\n', 'query = "en"\ndocuments = "qsw"\n')
    held = held_out(write_suite(ASKED, english))
    assert held["en-qsw/optical/seed=1"].foreign == "qsw"
    assert held["qde-en/optical/seed=1"].foreign == "qde"


def test_what_counts_as_seen(write_suite: Write) -> None:
    """All draws of the language, the largest too; of a student of all pairs, those of all languages."""
    training = 'name = "optical"\ntraining = { pairs = 30 }'
    alone = held_out(write_suite(ASKED, ('name = "optical"', training)))
    assert alone["qsw-en/zero-shot"] is alone["qsw-en/optical/seed=2"]
    drawn = {(own.foreign, own.limit) for own in alone["qsw-en/zero-shot"].drawn}
    assert drawn == {("qsw", None), ("qsw", 30)}
    joint = 'name = "optical"\ntraining = { pairs = 30, scope = "joint" }'
    together = held_out(write_suite(ASKED, ('name = "optical"', joint)))
    drawn = {(own.foreign, own.limit) for own in together["qsw-en/zero-shot"].drawn}
    assert drawn == {("qsw", None), ("qsw", 30), ("qde", None), ("qde", 30)}
