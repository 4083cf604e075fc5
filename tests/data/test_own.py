from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from clirbench.data.own import checksum, own_file
from clirbench.errors import DataError


def test_checksum(tmp_path: Path) -> None:
    """SHA-256 of what is there now."""
    path = tmp_path / "x"
    for content in (b"one", b"two!"):
        path.write_bytes(content)
        assert checksum(path) == hashlib.sha256(content).hexdigest()
    with pytest.raises(DataError, match="y: cannot be read"):
        checksum(tmp_path / "y")


def test_own_file(tmp_path: Path) -> None:
    """The language goes into the name; nothing outside of the folder is read."""
    (tmp_path / "a.sw").write_text("")
    assert own_file(tmp_path, "a.{language}", "sw") == tmp_path / "a.sw"
    (tmp_path / "b.sw.gz").write_text("")
    assert own_file(tmp_path, "b.{language}", "sw") == tmp_path / "b.sw.gz"
    with pytest.raises(DataError, match=r"a\.so: not there$"):
        own_file(tmp_path, "a.{language}", "so")
    with pytest.raises(DataError, match="there is no such folder"):
        own_file(tmp_path / "none", "a", "so")
    for name in ("../a", "/etc/passwd", "b/../../a"):
        with pytest.raises(DataError, match="must be a file in that folder"):
            own_file(tmp_path, name, "so")
