"""What a command says, on any terminal and on none, and what its exit status is then."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import clirbench.cli
from clirbench.results.folder import Folder

Call = Callable[..., subprocess.CompletedProcess[str]]
Held = tuple[str, ...]
PROGRAM = (sys.executable, "-m", "clirbench")
SOUND = {"sw-en/m": {"t1": 0.5, "t2": 0.25}}


@pytest.fixture
def held(write_results: Callable[..., Path], tmp_path: Path, command: Call) -> Held:
    """A check that holds."""
    results, kept = write_results("r", SOUND), tmp_path / "b.json"
    assert command("baseline", results, "--output", kept).returncode == 0
    return (*PROGRAM, "check", str(results), "--baseline", str(kept))


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-8"])
def test_any_encoding(held: Held, encoding: str) -> None:
    """What a terminal cannot show is written in other characters; a build that held stays green."""
    done = subprocess.run(
        held, capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding}, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert "hand, AP: 1 held" in done.stdout.decode(encoding)


def test_any_encoding_of_errors(tmp_path: Path) -> None:
    """An error about a name that the terminal lacks is still exit 2, and names it."""
    done = subprocess.run(
        [*PROGRAM, "table", str(tmp_path / "naïve → 漢")],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=False,
    )
    assert done.returncode == 2
    assert b"na\\xefve -> \\u6f22" in done.stderr


def test_closed_output(held: Held) -> None:
    """Whoever closes a stream wants to hear nothing; the exit status is the verdict."""
    for closed in (">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        done = subprocess.run(["/bin/sh", "-c", f'"$@" {closed}', "sh", *held], check=False)
        assert done.returncode == 0, closed


def test_full_output(held: Held) -> None:
    """What cannot be said is an error of its own."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(held, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 74
    assert done.stderr == (
        "clirbench: standard output cannot be written to: No space left on device\n"
    )


@pytest.mark.parametrize("words", [("check",), ("--help",), ("schema",), ("methods",)])
def test_dead_pipe(held: Held, words: tuple[str, ...]) -> None:
    """A reader that has gone ends the command as SIGPIPE would, and quietly."""
    reads, writes = os.pipe()
    os.close(reads)
    words = held if words == ("check",) else (*PROGRAM, *words)
    done = subprocess.run(words, stdout=writes, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writes)
    assert (done.returncode, done.stderr) == (141, "")


def test_full_errors(tmp_path: Path) -> None:
    """Errors that cannot be said leave the exit status as it is."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*PROGRAM, "table", str(tmp_path)], stderr=full, check=False)
    assert done.returncode == 2


def test_crash(held: Held, command: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw is exit 70, and is told in a file that the message names."""
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))

    def broken(self: Folder) -> str:
        raise ZeroDivisionError("of a test")

    monkeypatch.setattr(Folder, "name", property(broken))
    done = command(*held[3:])
    assert done.returncode == 70
    said = re.fullmatch(
        r"clirbench: internal error \(ZeroDivisionError: of a test\); "
        r"please report it with the file (.*)\n",
        done.stderr,
    )
    assert said is not None
    report = Path(said[1]).read_text(encoding="utf-8")
    assert "command: clirbench check" in report
    assert "Traceback" in report


def on_terminal(*words: str) -> str:
    """What a command writes to a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, *words], stdout=theirs, stderr=theirs, env={**os.environ, "TERM": "xterm"}
    )
    os.close(theirs)
    said = b""
    try:
        while piece := os.read(ours, 65536):
            said += piece
    except OSError:  # its end, on Linux
        pass
    process.wait()
    os.close(ours)
    return said.decode()


EVIL = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e"


def test_escapes_in_names(write_results: Callable[..., Path]) -> None:
    """Nothing in a results folder gives a terminal a command; it is shown as what it is."""
    results = write_results("r", SOUND)
    log = results / "cells" / "sw-en" / "m" / "error.log"
    log.write_text(f"failed by {EVIL}", encoding="utf-8")
    baseline = results / "b.json"
    for words in (
        ("check", str(results), "--baseline", str(baseline)),
        ("compare", str(results), str(results)),
        ("export", str(results), "--output", str(results / "out")),
        ("table", f"{results}{EVIL}"),
        ("plan", f"{results}{EVIL}"),
    ):
        log.unlink(missing_ok=True)
        subprocess.run([*PROGRAM, "baseline", str(results), "--output", str(baseline)], check=True)
        log.write_text(f"failed by {EVIL}", encoding="utf-8")
        said = on_terminal(*words)
        for part in ("\x1b]0;", "\x1b[2J", "\x9b", "\u202e", "\x07"):
            assert part not in said, words
        assert "Traceback" not in said


def test_escapes_and_markup_while_running(tiny: Path, tmp_path: Path, places: list[str]) -> None:
    """A path with markup in it is a path, its end included."""
    folder = tmp_path / "x[/b] q[bold]"
    folder.mkdir(parents=True)
    suite = folder / "s.toml"
    suite.write_text(tiny.read_text())
    only = ("--only", "qde-en/bm25", "--store", str(folder / "store[bold]"))
    said = on_terminal("run", str(suite), *only, "--results", str(folder / "r[red]"))
    assert "r[red]" in said.replace("\r\n", "")
    said = on_terminal("store", "list", "--store", str(folder / "store[bold]"))
    assert "store[bold]" in said.replace("\r\n", "").replace("\x1b[3m", "").replace("\x1b[0m", "")


def test_commands_say_all_through_the_screen() -> None:
    """No command has a console that would read markup or pass a control character on."""
    for path in Path(clirbench.cli.__file__).parent.glob("*.py"):
        assert "rich.console" not in path.read_text(encoding="utf-8"), path
