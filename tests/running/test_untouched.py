from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.data.base import Download
from clirbench.errors import DataError
from clirbench.running.untouched import Watched

FILE = Download(url="https://example.org/file", sha256="0" * 64, bytes=1)


def edit(path: Path) -> None:
    """Write other bytes into the file."""
    path.write_text("b")


def again(path: Path) -> None:
    """Put a file of the same bytes in its place."""
    other = path.with_name("other")
    other.write_text("a")
    other.replace(path)


@pytest.mark.parametrize("change", [edit, again, Path.unlink, Path.touch])
@pytest.mark.parametrize("then", ["before it is given", "while it is checked", "after"])
def test_a_file_that_is_written_to(
    tmp_path: Path, change: Callable[[Path], None], then: str
) -> None:
    """It is an error from the moment on that the file was checked for the first time."""
    path = tmp_path / "file"
    path.write_text("a")
    time.sleep(0.02)  # a file system's clock may be as coarse as that
    asked: list[Download] = []

    def fetch(download: Download) -> Path:
        asked.append(download)
        if len(asked) == 2 and then == "while it is checked":
            change(path)
        return path

    if then == "before it is given":
        change(path)
    watched = Watched(fetch)
    assert watched(FILE) == path
    if then == "after":
        change(path)
    watched(FILE)  # what is there meanwhile does not become the right one
    if then == "before it is given":
        watched.check("run x")
        return
    with pytest.raises(
        DataError, match=r"/file: changed while run x read it; nothing made from it is kept"
    ):
        watched.check("run x")
