from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.statistics import Comparisons, Design, MethodRole, PairRole, Scores, compare, to_json

Call = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[..., Path]
LEVELS = {"low": 0.1, "top": 0.5}


def topics(level: float) -> dict[str, float]:
    """Scores of eight topics."""
    return {f"t{i}": level + i / 100 for i in range(8)}


def comparisons() -> Comparisons:
    """Two methods on one pair, no seeds."""
    records = [
        (method, "sw-en", None, topic, score)
        for method, level in LEVELS.items()
        for topic, score in topics(level).items()
    ]
    design = Design(
        pairs=(PairRole(name="sw-en", resource="low"),),
        methods=tuple(MethodRole(name=name, trained=False) for name in LEVELS),
        seeds=(),
        translated=True,
        flips=1000,
        resamples=1000,
    )
    scores = Scores.from_records(records, measure="AP", seeds=[], untrained=list(LEVELS))
    return compare(scores, design=design)


@pytest.fixture
def results(write_results: Write) -> Path:
    """A results folder of one measure."""
    cells = {f"sw-en/{method}": topics(level) for method, level in LEVELS.items()}
    folder = write_results("results", cells)
    (folder / "comparisons.json").write_text(to_json([comparisons()]), encoding="utf-8")
    return folder


def test_the_page_goes_into_the_results_folder_or_where_it_is_told(
    results: Path, tmp_path: Path, command: Call
) -> None:
    """Both pages are the same; what is printed says where and how large."""
    done = command("report", results)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{results / 'report.html'}: 0.0 MB\n"
    assert command("report", results, "--output", tmp_path / "page.html").returncode == 0
    page = (tmp_path / "page.html").read_bytes()
    assert page == (results / "report.html").read_bytes()
    assert page.startswith(b"<!doctype html>")


def test_figures(results: Path, tmp_path: Path, command: Call) -> None:
    """Those that there is data for are written and named."""
    pytest.importorskip("matplotlib", reason="needs clirbench[figures]")
    done = command("report", results, "--figures", tmp_path / "figures")
    assert done.returncode == 0
    named = done.stdout.splitlines()[1:]
    assert {Path(line).name for line in named} == {
        f"{name}.{ending}" for name in ("languages", "topics") for ending in ("svg", "pdf")
    }
    assert all(Path(line).stat().st_size > 1000 for line in named)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--figures", "f", "--font-size", "99"], "must be 5 to 14 points (got 99)"),
        (["--figures", "f", "--figure-width", "1"], "must be 2.5 to 20 inches (got 1)"),
        (["--figures", "f", "--font", "no such font"], 'font "no such font" is not installed'),
        (["--font", "serif"], "--figures DIR"),
    ],
)
def test_what_is_wrong_with_figures_is_said_before_the_page_is_written(
    results: Path, command: Call, options: list[str], told: str
) -> None:
    """Exit 2, and nothing is left behind."""
    pytest.importorskip("matplotlib", reason="needs clirbench[figures]")
    done = command("report", results, *options)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (results / "report.html").exists()


def test_without_matplotlib_no_page_is_written(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where figures cannot be drawn, the command does nothing at all."""
    from clirbench.cli import main

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main(["report", str(results), "--figures", str(tmp_path / "figures")]) == 2
    assert not (results / "report.html").exists()


def test_nothing_measured(write_results: Write, command: Call) -> None:
    """Without a finished cell there is nothing to report: exit 4, and no page."""
    folder = write_results("empty", {})
    done = command("report", folder)
    assert done.returncode == 4
    assert "nothing was measured" in done.stderr
    assert not (folder / "report.html").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--versus", "x"], "unknown method"),
        (["--output", "/nowhere/at/all"], "cannot be written"),
    ],
)
def test_bad_options(options: list[str], said: str, results: Path, command: Call) -> None:
    """Each exits with 2 and says why."""
    done = command("report", results, *options)
    assert done.returncode == 2
    assert said in done.stderr


def test_no_results(tmp_path: Path, command: Call) -> None:
    """A folder that is none of results is told."""
    done = command("report", tmp_path)
    assert done.returncode == 2
    assert "clirbench run" in done.stderr


def test_the_command_starts_at_once(root: Path) -> None:
    """Help imports neither templates nor figures, let alone torch."""
    code = (
        "import sys; from clirbench.cli import main\n"
        "try: main(['report', '--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'scipy', 'matplotlib', 'jinja2', 'ir_measures', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.splitlines()[-1] == "[]"
