from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import clirbench
from clirbench.cli import _COMMANDS

Call = Callable[..., subprocess.CompletedProcess[str]]


def test_help_fits_a_terminal(command: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line of the help is wider than 80 columns."""
    monkeypatch.setenv("COLUMNS", "80")
    lines = command("--help").stdout.splitlines()
    assert "exit status: 0 done;" in "\n".join(lines)
    assert [line for line in lines if len(line) > 80] == []


def test_without_a_command(command: Call) -> None:
    """The commands are printed, each with one line, which is no error."""
    done = command()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == command("--help").stdout
    for name, what in _COMMANDS.items():
        assert f"\n  {name:<16}{what}\n" in done.stdout


def test_version(command: Call) -> None:
    """It has a short option, too."""
    said = f"clirbench {clirbench.__version__}\n"
    assert [command(option).stdout for option in ("-V", "--version")] == [said, said]


def test_unknown_command(command: Call) -> None:
    """The command that was probably meant is named."""
    done = command("stats", "results")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'unknown command "stats"; did you mean "status"? (known: align, ' in done.stderr


def test_help_loads_nothing_heavy() -> None:
    """The first screen comes at once."""
    code = (
        "import sys; from clirbench.cli import main\n"
        "try: main(sys.argv[1:])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'pydantic', 'rich', 'shtab', 'ir_measures'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    for words in ((), ("--help",), ("-V",), ("stats",)):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True
        )
        assert done.stderr.splitlines()[-1] == "[]", words


COMPLETE = """
. /dev/stdin
COMP_WORDS=(clirbench "$@") COMP_CWORD=$#
_shtab_clirbench clirbench "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
printf '%s\n' "${COMPREPLY[@]}"
"""


def test_completion(command: Call, tmp_path: Path) -> None:
    """A shell that has read the script knows commands, options, choices, files and folders."""
    done = command("--print-completion", "bash")
    assert (done.returncode, done.stderr) == (0, "")
    (tmp_path / "a-folder").mkdir()
    (tmp_path / "a.toml").touch()

    def completed(*words: str) -> set[str]:
        found = subprocess.run(
            ["bash", "--norc", "-c", COMPLETE, "bash", *words],  # noqa: S607
            input=done.stdout,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=True,
        )
        return {word.rstrip(" /") for word in found.stdout.splitlines()}

    assert completed("st") == {"status", "store"}
    assert completed("table", "--form") == {"--format"}
    assert completed("table", "--format", "mark") == {"markdown"}
    assert completed("table", "a") == {"a-folder"}
    assert completed("plan", "a") == {"a-folder", "a.toml"}
    for shell in ("zsh", "fish", "tcsh", "powershell"):
        assert "export-student" in command("--print-completion", shell).stdout
    assert 'did you mean "bash"?' in command("--print-completion", "bsh").stderr


def test_one_cell_is_one_cell(tiny: Path, places: list[str], command: Call) -> None:
    """Counts and their nouns go together."""
    assert "14 cells, 0 done" in command("plan", tiny, *places).stdout
    one = command("plan", tiny, *places, "--only", "qde-en/bm25")
    assert "1 cell, 0 done" in one.stdout


def test_one_pair_and_method(
    write_results: Callable[..., Path], tmp_path: Path, command: Call
) -> None:
    """A baseline of a single method on a single pair says so, and so does a comparison."""
    results = write_results("r", {"sw-en/m": {"t1": 0.5, "t2": 0.25}})
    done = command("baseline", results, "--output", tmp_path / "b.json")
    assert done.stdout.endswith("AP of 1 pair and method\n")
    said = command("compare", results, results).stdout
    assert "scores: 1 pair and method is in both" in said
    assert "for 1 comparison." in said
