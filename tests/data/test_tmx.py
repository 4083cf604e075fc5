from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clirbench.data.tmx import Unit, read_tmx
from clirbench.errors import DataError

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n<tmx version="1.4"><header/><body>'
UNITS = """
<tu tuid="a:1"><prop type="note">x</prop>
<tuv xml:lang="en"><seg>one &amp; <hi>two</hi></seg></tuv><tuv xml:lang="so"><seg> laba </seg></tuv></tu>
<tu><tuv lang="EN"><seg>three</seg></tuv><tuv xml:lang="so"><seg>saddex</seg></tuv></tu>
"""
TAIL = "</body></tmx>"
READ = [
    Unit("a:1", {"en": "one & two", "so": "laba"}),
    Unit("2", {"en": "three", "so": "saddex"}),
]


def zipped(*members: tuple[str, str | bytes]) -> bytes:
    """A zip file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data)
    return file.getvalue()


def read(folder: Path, data: bytes) -> list[Unit]:
    """The units of a zip file of these bytes."""
    path = folder / "memory.tmx.zip"
    path.write_bytes(data)
    return read_tmx(path)


def test_units(tmp_path: Path) -> None:
    """Text inside of other elements belongs to its segment; a unit without an id is counted."""
    assert read(tmp_path, zipped(("a.tmx", HEAD + UNITS + TAIL), ("readme.txt", ""))) == READ


def test_markup_is_no_text(tmp_path: Path) -> None:
    """Codes of the translated file's markup go with all that is in them; what they mark stays."""
    segment = (
        '<bpt i="1">&lt;b class="x"&gt;<sub>a title</sub></bpt>Bees <hi>see <ph x="2"/>blue</hi>'
        '<ept i="1">&lt;/b&gt;</ept><it pos="begin">{</it>.<ut>\\par</ut>'
    )
    body = f'<tu><tuv xml:lang="en"><seg>{segment}</seg></tuv></tu>'
    assert read(tmp_path, zipped(("a.tmx", HEAD + body + TAIL))) == [
        Unit("1", {"en": "Bees see blue."})
    ]


def test_a_namespace(tmp_path: Path) -> None:
    """It does not matter."""
    head = HEAD.replace("<tmx ", '<tmx xmlns="http://www.lisa.org/tmx14" ')
    assert read(tmp_path, zipped(("a.tmx", head + UNITS + TAIL))) == READ


def test_gzip(tmp_path: Path) -> None:
    """Told by its name; cut off, it is an error."""
    path = tmp_path / "memory.en-so.tmx.gz"
    data = gzip.compress((HEAD + UNITS + TAIL).encode())
    path.write_bytes(data)
    assert read_tmx(path) == READ
    for broken in (data[:-9], b"", b"<tmx/>"):
        path.write_bytes(broken)
        with pytest.raises(DataError, match=r"tmx\.gz: (cannot be read as a gzip|not well-formed)"):
            read_tmx(path)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (HEAD + UNITS, "not well-formed TMX .*line 6"),
        (HEAD + "<tu><tuv xml:lang='en'/></tu>" + TAIL, "unit 1: a <tuv> has no <seg>"),
        (HEAD + "<tu><tuv><seg>x</seg></tuv></tu>" + TAIL, "unit 1: a <tuv> has no language"),
        (
            HEAD + "<tu>" + "<tuv xml:lang='en'><seg>x</seg></tuv>" * 2 + "</tu>" + TAIL,
            'unit 1: duplicate language "en"',
        ),
        (HEAD + TAIL, "it has no <tu>"),
        ("", "not well-formed"),
        ('<?xml version="1.0" encoding="klingon"?><tmx/>', "klingon|well-formed|zip file"),
    ],
)
def test_malformed(tmp_path: Path, body: str, message: str) -> None:
    """What is not TMX is a DataError that names file and unit."""
    with pytest.raises(DataError, match=message) as caught:
        read(tmp_path, zipped(("a.tmx", body)))
    assert "memory.tmx.zip" in str(caught.value)


def test_entities_do_not_explode(tmp_path: Path) -> None:
    """Entities that would fill the memory are refused."""
    entities = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(12))
    body = (
        f'<!DOCTYPE tmx [<!ENTITY e0 "{"x" * 100}">{entities}]><tmx><tu><tuv lang="en">'
        "<seg>&e12;</seg></tuv></tu></tmx>"
    )
    with pytest.raises(DataError, match="well-formed"):
        read(tmp_path, zipped(("a.tmx", body)))


@pytest.mark.parametrize("members", [[], [("a.txt", "")], [("a.tmx", ""), ("b.tmx", "")]])
def test_other_zip_files(tmp_path: Path, members: list[tuple[str, str | bytes]]) -> None:
    """There must be one .tmx file inside."""
    with pytest.raises(DataError, match=r"expected one \.tmx file inside"):
        read(tmp_path, zipped(*members))


def test_missing(tmp_path: Path) -> None:
    """A missing file is a DataError."""
    with pytest.raises(DataError, match=r"nowhere\.zip"):
        read_tmx(tmp_path / "nowhere.zip")


GOOD = zipped(("a.tmx", HEAD + UNITS + TAIL))


@settings(max_examples=300)
@given(st.integers(0, len(GOOD) - 1), st.integers(0, 7), st.booleans())
def test_damaged_zip_files(
    tmp_path_factory: pytest.TempPathFactory,
    place: int,
    bit: int,
    cut: bool,  # noqa: FBT001
) -> None:
    """A cut file, or one bit changed, gives the right units or a DataError."""
    data = (
        GOOD[:place] if cut else GOOD[:place] + bytes([GOOD[place] ^ 1 << bit]) + GOOD[place + 1 :]
    )
    try:
        units = read(tmp_path_factory.getbasetemp(), data)
    except DataError:
        return
    assert units == READ


@settings(max_examples=200)
@given(
    st.binary(max_size=200)
    | st.sampled_from(["utf-16", "latin-1", "cp500"]).map((HEAD + UNITS + "é" + TAIL).encode)
)
def test_other_bytes_inside(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Bytes that are no TMX, or TMX in another encoding, are a DataError."""
    with pytest.raises(DataError):
        read(tmp_path_factory.getbasetemp(), zipped(("a.tmx", data)))
