from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

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

Call = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[..., Path]


def comparisons(measure: str, hypothesis: Hypothesis | None = None) -> Comparisons:
    """Three methods on two pairs, 12 topics, no seeds."""
    levels = {"low": 0.1, "middle": 0.3, "top": 0.5}
    records = [
        (method, pair, None, f"t{i}", level + (i * len(method) % 7) / 100)
        for method, level in levels.items()
        for pair in ("sw-en", "de-en")
        for i in range(12)
    ]
    design = Design(
        pairs=(PairRole(name="sw-en", resource="low"), PairRole(name="de-en", resource="high")),
        methods=tuple(MethodRole(name=name, trained=False) for name in levels),
        seeds=(),
        translated=True,
        hypothesis=hypothesis,
        flips=1000,
        resamples=1000,
    )
    scores = Scores.from_records(records, measure=measure, seeds=[], untrained=list(levels))
    return compare(scores, design=design)


@pytest.fixture
def results(write_results: Write) -> Path:
    """A results folder of two measures."""
    folder = write_results("results", {})
    both = [comparisons("AP"), replace(comparisons("AP"), measure="nDCG@10")]
    (folder / "comparisons.json").write_text(to_json(both), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("terminal", "hand: MAP\n"),
        ("markdown", "### hand: MAP\n"),
        ("latex", "% needs"),
        ("html", "<table"),
        ("csv", "measure,method,on,group,mean,low,high,seed_sd,topics,seeds"),
        ("json", "{"),
    ],
)
def test_formats(name: str, begins: str, results: Path, tmp_path: Path, command: Call) -> None:
    """What is printed is what --output writes."""
    printed = command("table", results, "--format", name)
    assert printed.returncode == 0, printed.stderr
    assert printed.stdout.startswith(begins)
    written = command("table", results, "--format", name, "--output", tmp_path / "table")
    assert written.stdout == ""
    assert (tmp_path / "table").read_text(encoding="utf-8") == printed.stdout


def test_measures(results: Path, command: Call) -> None:
    """Tables show the first measure or the one named; files for programs have all."""
    assert "nDCG@10" in command("table", results, "--measure", "nDCG@10").stdout
    assert "nDCG@10" not in command("table", results).stdout
    lines = command("table", results, "--format", "csv").stdout.splitlines()
    assert len(lines) == 1 + 2 * 3 * 3
    one = command("table", results, "--format", "json", "--measure", "AP").stdout
    assert [table["measure"] for table in json.loads(one)["tables"]] == ["AP"]


def test_rows_columns_and_versus(results: Path, command: Call) -> None:
    """The options choose what is shown and against what."""
    done = command(
        "table", results, "--rows", "top", "m*", "--columns", "sw-*", "--versus", "low",
        "--format", "csv", "--measure", "AP",
    )  # fmt: skip
    lines = [line.split(",") for line in done.stdout.splitlines()[1:]]
    assert [line[1:3] for line in lines] == [["middle", "sw-en"], ["top", "sw-en"]]
    assert [line[-1] for line in lines] == ["better", "better"]


def test_standalone(results: Path, command: Call) -> None:
    """The document holds the table; other formats have none."""
    text = command("table", results, "--format", "latex", "--standalone").stdout
    assert text.startswith("\\documentclass")
    assert text.endswith("\\end{document}\n")
    assert "\\begin{table}" in text
    done = command("table", results, "--standalone")
    assert done.returncode == 2
    assert "--format latex" in done.stderr


@pytest.mark.parametrize(
    "broken", [None, "", "{}", '{"format": "clirbench-comparisons", "version": 1, "measures": []}']
)
def test_without_comparisons_the_user_is_told_to_run_again(
    broken: str | None, results: Path, command: Call
) -> None:
    """A missing or damaged file exits with 2 and the way out."""
    path = results / "comparisons.json"
    path.unlink()
    if broken is not None:
        path.write_text(broken)
    done = command("table", results)
    assert done.returncode == 2
    assert str(path) in done.stderr
    assert "clirbench run" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--measure", "P@7"], "the results have AP, nDCG@10\n"),
        (["--measure", "map"], 'the results have AP, nDCG@10; did you mean "AP"?'),
        (["--rows", "x"], "matches none of the methods"),
        (["--versus", "x"], "unknown method"),
        (["--format", "pdf"], "invalid choice"),
        (["--output", "/nowhere/at/all"], "cannot be written"),
    ],
)
def test_bad_options(options: list[str], said: str, results: Path, command: Call) -> None:
    """Each exits with 2 and says what there is."""
    done = command("table", results, *options)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("table",),
        ("report",),
        ("status",),
        ("analyse",),
        ("baseline", "--output", "b.json"),
        ("export", "--output", "out"),
    ],
)
def test_what_is_no_results_folder(
    words: tuple[str, ...],
    tiny: Path,
    tmp_path: Path,
    command: Call,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A suite is answered with the place of its results, and no other folder is written to."""
    monkeypatch.chdir(tmp_path)
    name, *options = words
    done = command(name, "tiny.toml", *options)
    assert done.returncode == 2
    assert (
        "would be in results/tiny, which does not exist; run `clirbench run tiny.toml`"
        in done.stderr
    )
    (tmp_path / "results" / "tiny").mkdir(parents=True)
    done = command(name, "tiny.toml", *options)
    assert done.stderr == (
        "clirbench: tiny.toml: a file; expected a results folder. The results of this suite are in "
        "results/tiny\n"
    )
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("no suite")
    (tmp_path / "other" / "link").symlink_to(tmp_path / "results")
    done = command(name, "other", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert "other: not a results folder" in done.stderr
    assert "--results other" not in done.stderr
    assert "put the file" not in done.stderr
    assert command(name, "other/notes.txt", *options).stderr == (
        "clirbench: other/notes.txt: a file; expected a results folder\n"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "results", "tiny.toml"]


def test_commands_on_results_import_nothing_heavy(
    results: Path, root: Path, write_results: Write
) -> None:
    """Tables, checks and comparisons know only files; the last two need a t distribution, and no more."""
    other = write_results("other", {"sw-en/m": {f"t{i}": 0.1 * i for i in range(5)}})
    code = (
        "import sys; from clirbench.cli import main\n"
        "status = main(sys.argv[1:])\n"
        "heavy = {'torch', 'transformers', 'scipy', 'scipy.stats', 'statsmodels', 'ot', 'ir_measures'}\n"
        "print(status, sorted(heavy & set(sys.modules)))"
    )
    baseline = other / "baseline.json"
    for arguments in (
        ["table", results],
        ["baseline", other, "--output", baseline],
        ["check", other, "--baseline", baseline],
        ["compare", other, other],
    ):
        done = subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            capture_output=True,
            text=True,
            check=True,
            cwd=root,
        )
        needed = ["scipy"] if arguments[0] in {"check", "compare"} else []
        assert done.stdout.splitlines()[-1] == f"0 {needed}"


def test_a_table_for_a_paper(results: Path, command: Call) -> None:
    """Names, digits, label, caption and layout are the author's; notes can be left out."""
    done = command(
        "table", results, "--format", "latex", "--fit", "column", "--label", "tab:main",
        "--caption", r"Our \emph{results}.", "--names", 'top=TOP,sw-en="Swahili, coast",all=Mean',
        "--percent", "--digits", "2", "--no-notes",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "% fits a column of 219 pt: " in done.stdout
    assert r"\caption{Our \emph{results}.}" in done.stdout
    assert r"\label{tab:main}" in done.stdout
    assert "Swahili, coast" in done.stdout
    assert "\nTOP & " in done.stdout
    assert "minipage" not in done.stdout
    assert re.search(r"\\textbf\{\d\d\.\d\d\}", done.stdout)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--fit", "column"], "--fit needs --format latex, not terminal"),
        (["--format", "latex", "--width", "9"], "--width must be a number of points above 0"),
        (["--format", "latex", "--fit", "page", "--standalone"], "--standalone scales"),
        (["--format", "latex", "--fit", "page", "--width", "20"], "does not fit a page of 20 pt"),
        (["--names", "topp=TOP"], '--names "topp": unknown; did you mean "top"'),
        (["--names", "top"], 'expected NAME=TITLE,... (got "top")'),
    ],
)
def test_options_of_papers_that_cannot_be(
    results: Path, command: Call, options: list[str], told: str
) -> None:
    """It is said what goes."""
    done = command("table", results, *options)
    assert done.returncode == 2
    assert told in " ".join(done.stderr.split())


def test_the_answer_stands_above_the_table(write_results: Write, command: Call) -> None:
    """As on the first screen of the report; other formats are the table alone."""
    folder = write_results("results", {})
    claim = Hypothesis(better="top", than="low", on="all", measure="AP")
    decided = comparisons("AP", claim)
    (folder / "comparisons.json").write_text(to_json([decided]), encoding="utf-8")
    lines = command("table", folder).stdout.splitlines()
    assert lines[0].startswith("top is better than low")
    assert lines[2] == "hand: MAP"
    assert command("table", folder, "--format", "markdown").stdout.startswith("### hand: MAP")
