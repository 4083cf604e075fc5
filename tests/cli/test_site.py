from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.statistics import Design, MethodRole, PairRole, Scores, compare, to_json

Call = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[..., Path]


@pytest.fixture
def make(write_results: Write) -> Callable[[str], Path]:
    """Writes a results folder of two methods on one pair."""

    def make(name: str) -> Path:
        levels = {"low": 0.1, "top": 0.5}
        topics = {m: {f"t{i}": level + i / 100 for i in range(8)} for m, level in levels.items()}
        folder = write_results(name, {f"sw-en/{method}": own for method, own in topics.items()})
        records = [
            (m, "sw-en", None, t, value) for m, own in topics.items() for t, value in own.items()
        ]
        design = Design(
            pairs=(PairRole(name="sw-en", resource="low"),),
            methods=tuple(MethodRole(name=name, trained=False) for name in levels),
            seeds=(),
            translated=True,
            flips=1000,
            resamples=1000,
        )
        scores = Scores.from_records(records, measure="AP", seeds=[], untrained=list(levels))
        found = to_json([compare(scores, design=design)])
        (folder / "comparisons.json").write_text(found, encoding="utf-8")
        return folder

    return make


def test_a_site_of_folders(make: Callable[[str], Path], tmp_path: Path, command: Call) -> None:
    """The first page is named, and each folder has its report beside it."""
    output = tmp_path / "new" / "site"
    done = command("site", make("one"), make("two"), "--output", output)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{output / 'index.html'}\n"
    made = sorted(str(path.relative_to(output)) for path in output.rglob("*.html"))
    assert made == ["index.html", "reports/hand-one.html", "reports/hand-two.html"]
    again = command("site", tmp_path / "one", "--output", output)
    assert again.returncode == 0


def test_folders_without_a_cell(
    make: Callable[[str], Path], write_results: Write, tmp_path: Path, command: Call
) -> None:
    """One is named, and the others are shown; alone it is exit 4, and no site."""
    empty = write_results("empty", {})
    done = command("site", make("one"), empty, "--output", tmp_path / "site")
    assert done.returncode == 0
    assert f"clirbench: {empty}: no cell of hand is done; it has no report" in done.stderr
    done = command("site", empty, "--output", tmp_path / "other")
    assert done.returncode == 4
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("name", ["comparisons.json", "settings.json"])
def test_a_damaged_folder(
    make: Callable[[str], Path], tmp_path: Path, command: Call, name: str
) -> None:
    """It is named, and nothing is written."""
    bad = make("bad")
    (bad / name).write_text("[]")
    done = command("site", make("good"), bad, "--output", tmp_path / "site")
    assert done.returncode == 2
    assert done.stderr.startswith(f"clirbench: {bad / name}: ")
    assert not (tmp_path / "site").exists()


def test_scores_that_were_changed(
    make: Callable[[str], Path], tmp_path: Path, command: Call
) -> None:
    """As of a report: the cell is missing, which is said here and on the page."""
    bad = make("bad")
    scores = bad / "cells/sw-en/top/scores.csv"
    scores.write_text(scores.read_text().replace("0.5", "0.9"))
    done = command("site", bad, "--output", tmp_path / "site")
    assert done.returncode == 0
    assert f"clirbench: {bad}: sw-en/top: " in done.stderr
    assert "1 of 2 cells are missing" in (tmp_path / "site" / "index.html").read_text()


def test_links_are_not_followed(make: Callable[[str], Path], tmp_path: Path, command: Call) -> None:
    """A link out of a results folder is refused, by its name."""
    bad, secret = make("bad"), tmp_path / "secret"
    secret.write_text("hunter2")
    (bad / "suite.toml").symlink_to(secret)
    done = command("site", bad, "--output", tmp_path / "site")
    assert done.returncode == 2
    assert done.stderr.startswith(
        f"clirbench: {bad / 'suite.toml'}: a link that leads to {secret};"
    )


def test_what_cannot_be_read_or_written(
    make: Callable[[str], Path], tmp_path: Path, command: Call
) -> None:
    """A folder that is none of results, and a place that is a file."""
    done = command("site", tmp_path, "--output", tmp_path / "site")
    assert done.returncode == 2
    assert f"{tmp_path}: not a results folder" in done.stderr
    (tmp_path / "file").touch()
    done = command("site", make("one"), "--output", tmp_path / "file")
    assert done.returncode == 2
    assert f"{tmp_path / 'file'}: cannot be written" in done.stderr


def test_the_command_starts_at_once(root: Path) -> None:
    """Help imports neither templates nor NumPy."""
    code = (
        "import sys; from clirbench.cli import main\n"
        "try: main(['site', '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'scipy', 'jinja2', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    assert done.stdout.splitlines()[-1] == "[]"
