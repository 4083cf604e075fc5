"""The sources of bitext that a user brings: `opus`, `parallel`, `scored`, `tmx`."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from clirbench.data.base import Download, Fetch, SentencePair
from clirbench.data.sources.opus import OPUS
from clirbench.data.sources.parallel import Parallel
from clirbench.data.sources.scored import Scored
from clirbench.data.sources.tmx import TMX
from clirbench.errors import DataError

Serve = Callable[[Mapping[str, bytes]], Fetch]


def no_fetch(download: Download) -> Path:
    """The user's own files need none."""
    raise AssertionError(download)


def moses(files: Mapping[str, str]) -> bytes:
    """A zip file as OPUS has them, README and all."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in {"README": "x", "LICENSE": "y", **files}.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def tmx(*units: Mapping[str, str]) -> str:
    """A translation memory of some units, by language."""
    body = "".join(
        "<tu>"
        + "".join(f'<tuv xml:lang="{lang}"><seg>{text}</seg></tuv>' for lang, text in unit.items())
        + "</tu>"
        for unit in units
    )
    return f'<?xml version="1.0"?><tmx version="1.4"><header/><body>{body}</body></tmx>'


def test_opus(serve: Serve) -> None:
    """Corpus, release and pair make the address; two files in the zip are read line by line."""
    source = OPUS(corpus="WikiMatrix", release="v1")
    (download,) = source.downloads("sw")
    assert download == Download(
        url="https://object.pouta.csc.fi/OPUS-WikiMatrix/v1/moses/en-sw.txt.zip"
    )
    assert source.downloads("de")[0].url.endswith("/de-en.txt.zip")
    data = moses({"WikiMatrix.en-sw.en": "one\ntwo\n", "WikiMatrix.en-sw.sw": "moja\nmbili \n"})
    assert list(source.pairs(serve({"en-sw.txt.zip": data}), "sw")) == [
        SentencePair("moja", "one"),
        SentencePair("mbili", "two"),
    ]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"not a zip", "cannot be read as a zip file of text"),
        (moses({"a.en": "one"}), r'one file that ends in "\.sw" inside \(got 0 of README'),
        (moses({"a.en": "one", "b.en": "one", "a.sw": "moja"}), r'in "\.en" inside \(got 2'),
        (moses({"a.en": "one\ntwo", "a.sw": "moja"}), "1 lines, but .* has 2"),
        (moses({"a.en": "one", "a.sw": "m\0"}), r"a\.sw:1: NUL character"),
        (moses({"a.en": "one", "a.sw": "moja"})[:-30], "cannot be read as a zip file"),
    ],
)
def test_opus_faults(serve: Serve, data: bytes, error: str) -> None:
    """Whatever is wrong with the archive is told with its place in it."""
    with pytest.raises(DataError, match=error):
        list(OPUS(corpus="x", release="v1").pairs(serve({"en-sw.txt.zip": data}), "sw"))


def test_parallel(tmp_path: Path) -> None:
    """Files by name; another content has another checksum."""
    source = Parallel(folder=tmp_path, foreign="q.{language}", english="q.en")
    (tmp_path / "q.sw").write_text("moja\nmbili\n")
    (tmp_path / "q.en").write_text("one\ntwo\n")
    assert list(source.pairs(no_fetch, "sw"))[1] == SentencePair("mbili", "two")
    before = source.content("sw")
    (tmp_path / "q.sw").write_text("moja\ntatu!\n")
    assert source.content("sw") != before
    with pytest.raises(DataError, match=r"q\.so: not there"):
        source.content("so")
    with pytest.raises(DataError, match="must be a file in that folder"):
        Parallel(folder=tmp_path, foreign="../q", english="q.en").content("sw")


@pytest.mark.parametrize("packed", [True, False])
def test_scored(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001 - both ways
    """Pairs of at least the score, in CCMatrix's order of columns."""
    text = "1.2\tone\tmoja\n1.0599\ttwo\tmbili\n1.06\tthree\ttatu\textra\n"
    name = "en-sw.tsv.gz" if packed else "en-sw.tsv"
    data = gzip.compress(text.encode()) if packed else text.encode()
    (tmp_path / name).write_bytes(data)
    source = Scored(folder=tmp_path, file=name.replace("sw", "{language}"))
    assert list(source.pairs(no_fetch, "sw")) == [
        SentencePair("moja", "one"),
        SentencePair("tatu", "three"),
    ]


def test_scored_as_nllb_has_it(tmp_path: Path) -> None:
    """The columns are told; the rest of a line does not matter."""
    (tmp_path / "en-sw.tsv").write_text("one\tmoja\t1.07\t0.9\tx\ntwo\tmbili\t0.5\t1\ty\n")
    file = "en-{language}.tsv"
    source = Scored(folder=tmp_path, file=file, english=1, foreign=2, score=3)
    assert list(source.pairs(no_fetch, "sw")) == [SentencePair("moja", "one")]
    with pytest.raises(ValueError, match="must be different columns"):
        Scored(folder=tmp_path, english=1)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("1.2\tone\n", r"en-sw\.tsv:1: expected at least 3 values"),
        ("1.2\tone\tmoja\nx\ttwo\tmbili\n", r":2: score: expected a number \(got 'x'\)"),
        ("nan\tone\tmoja\n", ":1: score: expected a number"),
    ],
)
def test_scored_faults(tmp_path: Path, text: str, error: str) -> None:
    """A line of another form is an error, not a pair of score 0."""
    (tmp_path / "en-sw.tsv").write_text(text)
    with pytest.raises(DataError, match=error):
        list(Scored(folder=tmp_path, file="en-{language}.tsv").pairs(no_fetch, "sw"))


def test_tmx(tmp_path: Path) -> None:
    """Units with both languages, whatever their region; plain or in a zip file."""
    text = tmx(
        {"en-US": "one", "sw-KE": "moja"},
        {"en": "two", "fr": "deux"},
        {"sw": "tatu", "en": "three"},
    )
    (tmp_path / "en-sw.tmx").write_text(text)
    with zipfile.ZipFile(tmp_path / "en-sw.tmx.zip", "w") as archive:
        archive.writestr("x.tmx", text)
    expected = [SentencePair("moja", "one"), SentencePair("tatu", "three")]
    for file in ("en-{language}.tmx", "en-{language}.tmx.zip"):
        assert list(TMX(folder=tmp_path, file=file).pairs(no_fetch, "sw")) == expected
    assert TMX(folder=tmp_path).languages() is None


def test_tmx_by_other_codes(tmp_path: Path) -> None:
    """Codes of three letters are those of two; of several variants the plain one is taken, and told."""
    text = tmx(
        {"eng": "one", "swa": "moja"},
        {"en-GB": "grey", "en-US": "gray", "sw": "kijivu"},
        {"en-US": "color", "en": "colour", "SWH": "rangi"},
        {"en_US": "four", "swh": "nne"},
    )
    (tmp_path / "en-sw.tmx.gz").write_bytes(gzip.compress(text.encode()))
    source = TMX(folder=tmp_path)
    assert list(source.pairs(no_fetch, "sw")) == [
        SentencePair("moja", "one"),
        SentencePair("kijivu", "grey"),
    ]
    assert source.content("sw")
    assert source.notes(no_fetch, "sw") == (
        "units with several texts in en, as en-gb, en-us: 1; the one under en is taken, else the first",
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (tmx({"en": "one", "fr": "un"}), 'no unit has both "sw" and "en"'),
        (tmx({"en": "one", "sw": "moja"})[:-20], "not well-formed TMX"),
        ("", "not well-formed TMX"),
        ("<tmx/>", "it has no <tu>"),
    ],
)
def test_tmx_faults(tmp_path: Path, text: str, error: str) -> None:
    """Nothing is given from a file that is not whole."""
    (tmp_path / "en-sw.tmx").write_text(text)
    with pytest.raises(DataError, match=error):
        list(TMX(folder=tmp_path).pairs(no_fetch, "sw"))
