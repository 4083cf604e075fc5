"""The examples of the front door's docstrings, and the notebook, run as they stand."""

from __future__ import annotations

import doctest
import inspect
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import clirbench
from clirbench.front import results as front_results

pytest.importorskip("pandas", reason="needs clirbench[notebook]")


@pytest.mark.parametrize(
    "module",
    [
        "clirbench.front.merging",
        "clirbench.front.results",
        "clirbench.front.running",
        "clirbench.front.shown",
        "clirbench.methods.registry",
        "clirbench.report.site",
    ],
)
def test_docstrings(
    module: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each example gives what stands below it."""
    for name in ("suites", "results/ntrex-small"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(root / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))
    found = doctest.testmod(import_module(module), optionflags=doctest.FAIL_FAST)
    assert found.attempted > 4
    assert found.failed == 0


def test_every_public_function_has_an_example() -> None:
    """What the front door offers shows how it is used; a figure's is that of `plot`."""
    members = [getattr(clirbench, name) for name in clirbench.__all__]
    members += [
        member
        for name, member in vars(front_results.Results).items()
        if not name.startswith("_") and (callable(member) or isinstance(member, property))
    ]
    lacking = [m for m in members if "Example:" not in (inspect.getdoc(m) or "")]
    assert lacking == []


def test_the_notebook(root: Path, tmp_path: Path) -> None:
    """Cell by cell, as IPython runs them: the method that a cell defines is trained and compared."""
    pytest.importorskip("IPython", reason="needs clirbench[test]")
    code = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in open(sys.argv[1], encoding="utf-8").read().split("# %%")[1:]:
    if not cell.startswith(" [markdown]"):
        shell.run_cell(cell.partition("\\n")[2], store_history=True).raise_error()
values = shell.user_ns
found, results = values["found"], values["results"]
print("END", len(results.failed), results.suite.methods[-1].label, {*found.method, *found.versus} - {"oracle"})
"""
    done = subprocess.run(
        [sys.executable, "-c", code, root / "examples/notebook/first_comparison.py"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    failed, label, *compared = done.stdout.rpartition("END ")[2].split()
    assert (failed, label) == ("0", "sentence-cosine")
    assert len(compared) == 4  # with each of the other methods
