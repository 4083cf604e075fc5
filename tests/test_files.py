from __future__ import annotations

import os
from pathlib import Path

import pytest

from clirbench import files
from clirbench.files import sweep_halves, write_whole


def test_written_and_replaced(tmp_path: Path) -> None:
    """The file has the new text, readable by all, and nothing lies beside it."""
    path = tmp_path / "a.txt"
    write_whole(path, "old")
    write_whole(path, "néw")
    assert path.read_text(encoding="utf-8") == "néw"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(tmp_path.iterdir()) == [path]


def test_what_cannot_be_synced_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a full disk the old file stays, and no half of the new one."""

    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    path = tmp_path / "a.txt"
    write_whole(path, "old")
    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_killed_processes_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was never renamed is swept; other hidden files, folders and others' files are not."""
    (tmp_path / ".git-aaaaaaaa").mkdir()
    for name in (".a.txt", ".a.txt-short", "a.txt-aaaaaaaa", ".b.txt-aaaaaaaa"):
        (tmp_path / name).write_text("x")
    kept = sorted(tmp_path.iterdir())
    with monkeypatch.context() as patch:  # as if killed between writing and renaming
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        patch.setattr(Path, "unlink", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            write_whole(tmp_path / "a.txt", "half")
    assert len(list(tmp_path.iterdir())) == len(kept) + 1
    sweep_halves(tmp_path.rglob(".*"), lambda name: name == "a.txt")
    assert sorted(tmp_path.iterdir()) == kept
