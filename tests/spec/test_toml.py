from __future__ import annotations

from pathlib import Path

import pytest

from clirbench.errors import SuiteError
from clirbench.spec.toml import parse_value, read_toml

TEXT = """\
top = 1
a.b = { c = [1, 2], "d e" = 3 }

[[pair]]
x = 1
  y = [ "ä", # comment
        "b" ]
[pair.sub]
z = 1

[[pair]]
x = 2
"""


def test_places(tmp_path: Path) -> None:
    """Each key and item knows its line and column; what is not there, its table's."""
    path = tmp_path / "a.toml"
    path.write_text(TEXT)
    file = read_toml(path)
    places = {
        ("top",): "1:1",
        ("a", "b"): "2:1",
        ("a", "b", "c"): "2:9",
        ("a", "b", "c", 1): "2:17",
        ("a", "b", "d e"): "2:21",
        ("pair", 0): "4:1",
        ("pair", 0, "y"): "6:3",
        ("pair", 0, "y", 1): "7:9",
        ("pair", 0, "sub", "z"): "9:1",
        ("pair", 1, "x"): "12:1",
        ("pair", 1, "missing"): "11:1",
        ("nowhere",): "1:1",
    }
    assert {key: file.place(key) for key in places} == {k: f"{path}:{v}" for k, v in places.items()}


def test_byte_order_mark(tmp_path: Path) -> None:
    """Windows editors begin a file with one; places are as without."""
    path = tmp_path / "a.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.encode())
    file = read_toml(path)
    assert file.text == TEXT
    assert file.place(("top",)) == f"{path}:1:1"


@pytest.mark.parametrize("value", ["9" * 5000, "[" * 5000, "{a=" * 5000])
def test_what_python_cannot_hold(value: str, tmp_path: Path) -> None:
    """Numbers and tables beyond Python's limits are an error that names the line, or a string."""
    path = tmp_path / "a.toml"
    path.write_text(f"a = {value}\n")
    with pytest.raises(SuiteError, match=r"a\.toml:1:\d+: "):
        read_toml(path)
    assert parse_value(value) == value


def test_not_utf8(tmp_path: Path) -> None:
    """A file in another encoding is told by line and byte."""
    path = tmp_path / "a.toml"
    path.write_bytes(b'a = 1\nb = "\xe4"\n')
    with pytest.raises(SuiteError, match=r"a\.toml:2:1: not UTF-8 text \(byte 0xe4\)"):
        read_toml(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("[1, 2]", [1, 2]),
        ("true", True),
        ("exact", "exact"),
        ('"1"', "1"),
        ("1\nb = 2", "1\nb = 2"),
        ("", ""),
    ],
)
def test_parse_value(text: str, value: object) -> None:
    """A value is TOML if it can be, else a string."""
    assert parse_value(text) == value
