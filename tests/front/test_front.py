"""What `import clirbench` offers."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import clirbench
from clirbench.errors import CellError, DataError, SuiteError
from clirbench.spec.model import Suite

pd = pytest.importorskip("pandas", reason="needs clirbench[notebook]")
ONE = ["qde-en/bm25", "qsw-en/bm25", "qde-en/optical/seed=1", "qde-en/zero-shot"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, tiny_text: str) -> clirbench.Results:
    """A run of a few cells, made once."""
    folder = tmp_path_factory.mktemp("front")
    (folder / "tiny.toml").write_text(tiny_text)
    return clirbench.run(
        folder / "tiny.toml",
        {"training.epochs": 1},
        only=ONE,
        results=folder / "results",
        store=folder / "store",
        device="cpu",
        threads=1,
        progress=False,
    )


def test_the_names_are_sorted_and_all_there() -> None:
    """`__all__` is what can be had, no more and no less."""
    assert clirbench.__all__ == sorted(clirbench.__all__)
    assert [name for name in dir(clirbench) if not name.startswith("_")] == clirbench.__all__
    for name in clirbench.__all__:
        assert callable(getattr(clirbench, name))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = clirbench.nothing  # type: ignore[attr-defined]


def test_importing_is_light(tmp_path: Path) -> None:
    """`import clirbench` loads nothing of its own, and nothing heavy."""
    code = "import sys, clirbench; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path,
        env=os.environ,
    )  # fmt: skip
    loaded = set(done.stdout.split())
    assert {"torch", "transformers", "llvmlite", "pandas", "numpy", "pydantic", "rich"}.isdisjoint(
        loaded
    )
    assert [name for name in loaded if name.startswith("clirbench")] == ["clirbench"]


def test_a_suite_is_read_with_values_set(tiny: Path) -> None:
    """Overrides are Python values; what is wrong is told as the command line tells it."""
    suite = clirbench.suite(
        tiny, {"suite.seeds": [7], "training.learning_rate": 0.5, "teacher.scratch": {"layers": 2}}
    )
    assert isinstance(suite, Suite)
    assert suite.seeds == (7,)
    assert suite.training.learning_rate == 0.5
    assert suite.teacher.scratch is not None
    assert suite.teacher.scratch.layers == 2
    with pytest.raises(SuiteError, match=r"training\.pears: unknown key; did you mean \"pairs\""):
        clirbench.suite(tiny, {"training.pears": 3})
    with pytest.raises(SuiteError, match=r"nowhere\.toml"):
        clirbench.suite(tiny.with_name("nowhere.toml"))


def test_a_plan_says_what_is_to_be_made(tiny: Path, small: clirbench.Results) -> None:
    """Cells and stages, as `clirbench plan` counts them; done ones are told."""
    folder = small.path
    planned = clirbench.plan(tiny, only=ONE, results=folder, store=folder.parent / "store")
    assert {str(cell): done for cell, done in planned.cells.items()} == {
        "qsw-en/bm25": True,
        "qde-en/zero-shot": True,
        "qde-en/bm25": True,
        "qde-en/optical/seed=1": False,  # of other settings
    }
    assert planned.stages["cell"] == 4
    assert planned.to_make == {"student": 1, "run": 1, "cell": 1}
    assert str(planned) == "tiny: 4 cells, 3 done; 3 stages to make: student 1, run 1, cell 1"


def test_scores_are_those_of_the_files(small: clirbench.Results) -> None:
    """A row for each cell, topic and measure."""
    scores = small.scores()
    assert list(scores.columns) == ["pair", "method", "seed", "topic", "measure", "value"]
    expected = {}
    for path in sorted(small.path.glob("cells/**/scores.csv")):
        pair, method, *seed = path.parent.relative_to(small.path / "cells").parts
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for measure in ("AP", "nDCG@10"):
                    key = pair, method, *seed, row["topic"], measure
                    expected[key] = float(row[measure])
    got = {
        (
            r.pair,
            r.method,
            *([] if pd.isna(r.seed) else [f"seed={r.seed}"]),
            r.topic,
            r.measure,
        ): r.value
        for r in scores.itertuples()
    }
    assert got == expected
    assert len(got) == 4 * 12 * 2


def test_comparisons_are_those_of_the_file(small: clirbench.Results) -> None:
    """By each measure; another is refused with those there are."""
    for comparisons in small.measures:
        found = small.comparisons(comparisons.measure)
        assert found.p.tolist() == [one.p for one in comparisons.comparisons]
        assert (found.high >= found.low).all()
    with pytest.raises(SuiteError, match="the results have AP, nDCG@10"):
        small.comparisons("RR")


def test_a_table_shows_itself(small: clirbench.Results) -> None:
    """As text, HTML, Markdown, LaTeX and a data frame of its means."""
    table = small.table("AP")
    assert str(table).startswith("tiny: MAP")
    assert "<table" in table._repr_html_()
    assert table.to_markdown().startswith("### tiny: MAP")
    assert r"\toprule" in table.to_latex()
    frame = table.to_frame()
    scores = small.scores()
    own = scores[(scores.method == "bm25") & (scores.pair == "qde-en") & (scores.measure == "AP")]
    assert frame.loc["bm25", "qde-en"] == pytest.approx(own.value.mean(), abs=1e-12)
    assert list(small.table(rows=["bm25"], columns=["qde-en"]).to_frame().index) == ["bm25"]
    with pytest.raises(SuiteError, match="matches none of the methods"):
        small.table(rows=["nothing*"])


def test_results_show_themselves(small: clirbench.Results) -> None:
    """How many cells are done, which are not, and what becomes of the hypothesis."""
    assert repr(small) == f"<Results tiny: 4 of 14 cells done, {small.path}>"
    assert len(small.failed) == 10
    assert set(small.failed.values()) == {"not run"}
    assert small.answer is not None
    assert small.answer.verdict == "Not answered"
    assert "is not tested" in str(small.answer)
    assert "<table" in small._repr_html_()


def test_figures_show_themselves(small: clirbench.Results) -> None:
    """As PNG, without pyplot; one that there are no data for says so."""
    pytest.importorskip("matplotlib", reason="needs clirbench[figures]")
    figure = small.plot.languages()
    assert figure._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]
    assert small.plot.learning().axes
    with pytest.raises(DataError, match="nothing to draw for the figure sweep"):
        small.plot.sweep()


def test_another_thread_and_a_second_run(small: clirbench.Results, tiny: Path) -> None:
    """A run works beside the main thread, where signals cannot be handled, and again after another."""
    found: list[clirbench.Results | BaseException] = []

    def work() -> None:
        try:
            found.append(
                clirbench.run(
                    tiny,
                    only=["qsw-en/zero-shot"],
                    results=tiny.with_name("results"),
                    store=small.path.parent / "store",
                    progress=False,
                )
            )
        except BaseException as error:  # noqa: BLE001 - shown by the assertion
            found.append(error)

    for _ in range(2):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert [type(one) for one in found] == [clirbench.Results, clirbench.Results], found
    first, second = (one.scores() for one in found)  # type: ignore[union-attr]
    assert first.equals(second)


def test_errors_are_raised(tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong suites, unknown devices, folders of something else, and cells that all fail."""
    places = {"results": tmp_path / "results", "store": tmp_path / "store"}
    with pytest.raises(SuiteError, match="no cell matches"):
        clirbench.run(tiny, only=["nothing"], progress=False, **places)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="not a results folder"):
        clirbench.load(tmp_path)
    from clirbench.methods.bm25 import BM25

    monkeypatch.setattr(BM25, "search", lambda *_: 1 / 0)
    with pytest.raises(CellError, match="no cell is done; 2 failed, qsw-en/bm25 for one: "):
        clirbench.run(tiny, only=["*/bm25"], progress=False, **places)  # type: ignore[arg-type]


def test_progress_is_shown_only_if_asked_for(
    tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The library prints nothing by itself."""
    for progress in (False, True):
        clirbench.run(
            tiny,
            only=["qde-en/bm25"],
            results=tmp_path / f"results-{progress}",
            store=tmp_path / f"store-{progress}",
            progress=progress,
        )
        printed = capsys.readouterr()
        assert printed.err == ""
        assert ("2 stages made" in printed.out) == progress


def test_without_pandas(small: clirbench.Results, monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that has it is named."""
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(SuiteError, match=r'pip install "clirbench\[notebook\]"'):
        small.scores()


METHOD = '''
from typing import ClassVar

from clirbench.methods import Distillation
from clirbench.settings import settings
from huber_weights import WEIGHT


@settings
class Weighted(Distillation):
    """The squared error between sentences, weighted by what a module beside it says."""

    name: ClassVar[str] = "weighted"
    level: ClassVar[str] = "sentence"
    equation: ClassVar[str] = "w (s - t)^2"
    reference: ClassVar[str] = "this test"

    def loss(self, student, teacher):
        return WEIGHT * (student.sentences - teacher.sentences).square().mean()
'''


def test_a_changed_helper_module_makes_other_results(tiny: Path, tmp_path: Path) -> None:
    """A method is known by the modules that it imports, too: the cell is made again, not taken over."""
    (tmp_path / "weighted_method.py").write_text(METHOD)
    named = {
        "method.optical.label": "optical",
        "method.optical.name": "weighted_method:Weighted",
        "training.epochs": 1,
    }
    code = f"""
import clirbench
results = clirbench.run({str(tiny)!r}, {named!r}, only=["qde-en/optical/seed=1"],
    results={str(tmp_path / "results")!r}, store={str(tmp_path / "store")!r}, progress=False)
(cell,) = results.cells.scores
print(results.records[cell]["identity"], results.scores().value.sum())
"""
    found = []
    for weight in ("1.0", "1.0", "-1.0"):
        (tmp_path / "huber_weights.py").write_text(f"WEIGHT = {weight}\n")
        environment = {**os.environ, "PYTHONPATH": f"{tmp_path}:{os.environ.get('PYTHONPATH', '')}"}
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False,
            cwd=tmp_path, env=environment,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        found.append(done.stdout.split())
    assert found[0] == found[1]
    assert found[0][0] != found[2][0]
    assert found[0][1] != found[2][1]


def test_a_class_defined_again_makes_other_results(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a notebook's cell is changed and run again."""
    pytest.importorskip("IPython", reason="needs clirbench[test]")
    monkeypatch.setattr("clirbench.methods.registry._REGISTERED", {})
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    found = []
    for weight in ("1.0", "1.0", "-1.0"):
        text = METHOD.replace("from huber_weights import WEIGHT\n", "import clirbench\n")
        text = text.replace("@settings", "@clirbench.register\n@settings").replace("WEIGHT", weight)
        shell.run_cell(text, store_history=True).raise_error()
        results = clirbench.run(
            tiny,
            {
                "method.optical.label": "optical",
                "method.optical.name": "weighted",
                "training.epochs": 1,
            },
            only=["qde-en/optical/seed=1"],
            results=tmp_path / "results",
            store=tmp_path / "store",
            progress=False,
        )
        (cell,) = results.cells.scores
        found.append((results.records[cell]["identity"], results.scores().value.sum()))
    assert found[0] == found[1]
    assert found[0][0] != found[2][0]
    assert found[0][1] != found[2][1]
