from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.data.lines import decode, parallel, read_lines
from clirbench.errors import DataError


@pytest.mark.parametrize(
    ("data", "lines"),
    [
        (b"", []),
        (b"a", ["a"]),
        (b"a\nb\n", ["a", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"\xef\xbb\xbfa\n\n", ["a", ""]),
        ("a\u2028b\x85c\n".encode(), ["a\u2028b\x85c"]),
    ],
)
def test_lines(data: bytes, lines: list[str]) -> None:
    """Only line feeds part lines, whatever else Unicode has; carriage returns before them go."""
    assert decode(data, "x") == lines


def test_not_utf8() -> None:
    """The error names the line and the byte."""
    with pytest.raises(DataError, match=r"name:2: not UTF-8 text \(byte 0xe9\)"):
        decode("good\ncaf\xe9\n".encode("latin-1"), "name")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_wide_encodings(encoding: str) -> None:
    """Wide encodings are refused, with or without a byte order mark."""
    with pytest.raises(DataError, match=r"name:1: (not UTF-8|NUL character)"):
        decode("some text\n".encode(encoding), "name")


@given(st.binary(max_size=60))
def test_any_bytes(data: bytes) -> None:
    """Any bytes give lines that lack nothing but line ends, or a DataError."""
    try:
        lines = decode(data, "x")
    except DataError:
        return
    assert "\n".join(lines).encode() in data.replace(b"\r\n", b"\n")
    assert len(lines) in (data.count(b"\n"), data.count(b"\n") + 1)


def test_parallel(tmp_path: Path) -> None:
    """Line stands to line."""
    (tmp_path / "sw").write_text("moja \nmbili\n", "utf-8")
    (tmp_path / "en").write_text("one\ntwo", "utf-8")
    pairs = parallel(tmp_path / "sw", tmp_path / "en")
    assert [pair[:2] for pair in pairs] == [("moja", "one"), ("mbili", "two")]


def test_parallel_of_other_lengths(tmp_path: Path) -> None:
    """A missing line is an error, as all after it would be off."""
    (tmp_path / "sw").write_text("moja\nmbili\n", "utf-8")
    (tmp_path / "en").write_text("one\n", "utf-8")
    with pytest.raises(DataError, match=r"sw: 2 lines, but .*en has 1"):
        parallel(tmp_path / "sw", tmp_path / "en")


def test_blank_lines_at_the_end_of_one_side(tmp_path: Path) -> None:
    """They stand for nothing where the other side has no line; in the middle a blank line is a line."""
    (tmp_path / "sw").write_text("moja\n\ntatu\n\n\n", "utf-8")
    (tmp_path / "en").write_text("one\ntwo\nthree\n", "utf-8")
    pairs = parallel(tmp_path / "sw", tmp_path / "en")
    assert [pair[:2] for pair in pairs] == [("moja", "one"), ("", "two"), ("tatu", "three")]


def test_gzip(tmp_path: Path) -> None:
    """Told by the name; damage is an error."""
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"one\ntwo\n"))
    assert read_lines(tmp_path / "x.gz") == ["one", "two"]
    (tmp_path / "x.gz").write_bytes(b"one\n")
    with pytest.raises(DataError, match=r"x\.gz: cannot be read as a gzip file"):
        read_lines(tmp_path / "x.gz")


def test_missing(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(DataError, match=r"nowhere: cannot be read \(No such file"):
        read_lines(tmp_path / "nowhere")
