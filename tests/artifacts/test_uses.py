from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from clirbench.artifacts import uses
from clirbench.artifacts.uses import Use

RUN = """
import sys, time
from pathlib import Path
from clirbench.artifacts.uses import Use

with Use(Path(sys.argv[1])).begun(["a", "b"]):
    print("ready", flush=True)
    time.sleep(100)
"""


def test_marks_go_with_their_process(tmp_path: Path) -> None:
    """What a living run uses is spared; once it is killed, nothing is, and its marks are gone."""
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    process.stdout.readline()
    deleted: list[str] = []
    assert Use(tmp_path).end(["a", "c"], deleted.append) == ["a"]
    assert deleted == ["c"]
    process.kill()
    process.communicate()
    assert Use(tmp_path).end(["a", "b"], deleted.append) == []
    assert deleted == ["c", "a", "b"]
    assert list((tmp_path / ".uses").iterdir()) == []


def test_each_artifact_goes_with_its_last_user(tmp_path: Path) -> None:
    """Of two runs the one that ends later with an artifact deletes it."""
    deleted: list[str] = []
    one, other = Use(tmp_path), Use(tmp_path)
    with one.begun(["a", "b"]), other.begun(["a"]):
        one.end(["a", "b"], deleted.append)
        assert deleted == ["b"]
        one.add(["b"])
        other.end(["b", "a"], deleted.append)
        assert deleted == ["b", "a"]
    assert list((tmp_path / ".uses").iterdir()) == []


def test_store_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing may be written, nothing is marked or deleted, and a run goes on."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(uses, "locked", refuse)
    deleted: list[str] = []
    with (use := Use(tmp_path)).begun(["a"]):
        use.end(["a"], deleted.append)
    assert deleted == []
