from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clirbench.data.base import Document
from clirbench.data.tables import read_keyed, read_qrels, read_rows, stream_documents
from clirbench.errors import DataError

DOCUMENTS = '{"id": "d1", "text": "one", "title": "T", "url": "x"}\n{"id": "d2", "text": " two "}\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a file may be written."""
    return tmp_path / "file"


def test_rows(path: Path) -> None:
    """Line numbers from 1; white space around values goes."""
    path.write_text("a\t b \nc\td\n", "utf-8")
    assert list(read_rows(path, ("x", "y"))) == [(1, ("a", "b")), (2, ("c", "d"))]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tb\nc", r"file:2: expected 2 values separated by tabs, x, y \(got 1\)"),
        ("a\tb\tc", r"file:1: .*\(got 3\)"),
        ("a\tb\n\nc\td\n", "file:2: expected 2 values"),
        ("a\t \n", "file:1: y: empty"),
        ("\tb\n", "file:1: x: empty"),
    ],
)
def test_malformed_rows(path: Path, text: str, message: str) -> None:
    """Too few or too many values, or none in one, name the line and the field."""
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=message):
        list(read_rows(path, ("x", "y")))


def test_keyed(path: Path) -> None:
    """Id to text, in order."""
    path.write_text("b\tone\na\ttwo\n", "utf-8")
    assert list(read_keyed(path).items()) == [("b", "one"), ("a", "two")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a\tx\na\ty", 'file:2: duplicate id "a"'),
        ("a b\tx", r'file:1: id: .*white space.*"a b"'),
    ],
)
def test_malformed_ids(path: Path, text: str, message: str) -> None:
    """Ids are unique and fit into TREC files."""
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=message):
        read_keyed(path)


@pytest.mark.parametrize("name", ["docs.jsonl", "docs.jsonl.gz"])
def test_documents(tmp_path: Path, name: str) -> None:
    """Title before text; other keys are passed over; gzip by its name."""
    data = DOCUMENTS.encode()
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert list(stream_documents(tmp_path / name)) == [
        Document("d1", "T one"),
        Document("d2", "two"),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "file:2: not JSON"),
        ("[" * 100_000, "file:2: not JSON"),
        ('{"id": ' + "1" * 5000 + ', "text": "x"}', "file:2: not JSON|id: expected a string"),
        ("[1]", r"file:2: expected a JSON object \(got list\)"),
        ('{"text": "x"}', r"file:2: id: missing \(the line has text\)"),
        ("{}", "file:2: id: missing"),
        ('{"id": 7, "text": "x"}', r"file:2: id: expected a string \(got int\)"),
        ('{"id": "", "text": "x"}', "file:2: id: empty"),
        ('{"id": "a\\u00a0b", "text": "x"}', "file:2: id: contains white space"),
        ('{"id": "d0", "text": "x"}', 'file:2: duplicate id "d0"'),
        ("\n{}", "file:2: not JSON"),
        ('{"id": "d", "text": null}', r"file:2: text: expected a string \(got NoneType\)"),
        ('{"id": "d", "text": "x", "title": 1}', "file:2: title: expected a string"),
        (
            '{"id": "d", "text": "\\ud800x"}',
            "file:2: text: contains a NUL character or half a surrogate pair",
        ),
        ('{"id": "d", "text": "\\u0000"}', "file:2: text: contains a NUL"),
    ],
)
def test_malformed_documents(path: Path, line: str, message: str) -> None:
    """Each fault names the line and the field."""
    path.write_text('{"id": "d0", "text": "x"}\n' + line + "\n", "utf-8")
    with pytest.raises(DataError, match=message):
        list(stream_documents(path))


@pytest.mark.parametrize("read", [read_keyed, read_qrels, stream_documents])
def test_all_wrong_lines_are_told(path: Path, read: Callable[[Path], Iterable[object]]) -> None:
    """The first twenty with their numbers, and how many more there are."""
    good = {"read_keyed": "a\tb", "read_qrels": "t 0 d 1"}.get(
        read.__name__, '{"id": "a", "text": "b"}'
    )
    path.write_text("\n".join([good, *["wrong"] * 25, ""]), "utf-8")
    with pytest.raises(DataError) as caught:
        list(read(path))
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[0] for line in lines[:20]] == [f"{path}:{n}" for n in range(2, 22)]
    assert lines[20:] == ["and 5 more lines"]


def test_the_head_of_a_file(path: Path) -> None:
    """No more is read than is asked for."""
    path.write_text("a\tb\nc\td\nwrong\n", "utf-8")
    assert read_keyed(path, 2) == {"a": "b", "c": "d"}
    with pytest.raises(DataError, match="file:3"):
        read_keyed(path, 3)


def test_blank_lines_at_the_end(path: Path) -> None:
    """They are no lines of a table, of documents, or of judgments."""
    path.write_text("a\tb\n\n \n\n", "utf-8")
    assert read_keyed(path) == {"a": "b"}
    path.write_text(DOCUMENTS + "\n\r\n", "utf-8")
    assert len(list(stream_documents(path))) == 2
    path.write_text("t 0 d 1\n\n", "utf-8")
    assert read_qrels(path) == {"t": {"d": 1}}


def test_no_documents(path: Path) -> None:
    """An empty file is no collection."""
    path.write_text("")
    with pytest.raises(DataError, match="file: no documents"):
        list(stream_documents(path))


def test_qrels(path: Path) -> None:
    """Any white space between columns, of which there are four or three; grades may be negative."""
    for text in ("t1 0 d1 2\nt1\tQ0\td2\t-1\nt2 0 d1 0\n", "t1 d1 2\nt1\td2\t-1\nt2 d1 0"):
        path.write_text(text, "utf-8")
        assert read_qrels(path) == {"t1": {"d1": 2, "d2": -1}, "t2": {"d1": 0}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("t d", r"file:1: expected 4 or 3 columns: topic, iteration, document, grade, .*\(got 2\)"),
        ("t 0 d 1\nt d 1", r"file:2: expected 4 columns, as before: .*\(got 3\)"),
        ("t 0 d 1\n\nt 0 e 1\n", r"file:2: expected 4 columns.*\(got 0\)"),
        ("t 0 d 0.5", r'file:1: grade: expected a whole number \(got "0.5"\)'),
        ("t 0 d \N{ARABIC-INDIC DIGIT ONE}", "file:1: grade"),
        ("t 0 d 1\nt 0 d 1", 'file:2: document: "d" is judged twice for topic "t"'),
        ("", "file: no judgments"),
    ],
)
def test_malformed_qrels(path: Path, text: str, message: str) -> None:
    """Each fault names the line and the column."""
    path.write_text(text, "utf-8")
    with pytest.raises(DataError, match=message):
        read_qrels(path)


GZIP = gzip.compress(DOCUMENTS.encode(), mtime=0)


@settings(max_examples=200)
@given(st.integers(0, len(GZIP) - 1), st.integers(0, 7), st.booleans())
def test_damaged_gzip_files(
    tmp_path_factory: pytest.TempPathFactory,
    place: int,
    bit: int,
    cut: bool,  # noqa: FBT001
) -> None:
    """A cut file, or one bit changed, gives the right documents or a DataError."""
    path = tmp_path_factory.getbasetemp() / "docs.jsonl.gz"
    path.write_bytes(
        GZIP[:place] if cut else GZIP[:place] + bytes([GZIP[place] ^ 1 << bit]) + GZIP[place + 1 :]
    )
    try:
        documents = list(stream_documents(path))
    except DataError:
        return
    assert documents == [Document("d1", "T one"), Document("d2", "two")]


@settings(max_examples=300)
@given(
    st.binary(max_size=80)
    | st.text(max_size=80).map(str.encode)
    | st.lists(
        st.dictionaries(
            st.sampled_from(["id", "text", "title"]), st.text(max_size=3) | st.integers()
        )
    ).map(lambda records: "\n".join(map(json.dumps, records)).encode())
    | st.tuples(st.integers(0, len(DOCUMENTS) - 1), st.integers(0, 255)).map(
        lambda change: (
            DOCUMENTS.encode()[: change[0]]
            + bytes([change[1]])
            + DOCUMENTS.encode()[change[0] + 1 :]
        )
    )
)
def test_any_documents(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Any bytes give well-formed documents or a DataError."""
    path = tmp_path_factory.getbasetemp() / "docs.jsonl"
    path.write_bytes(data)
    try:
        documents = list(stream_documents(path))
    except DataError:
        return
    assert len({document.id for document in documents}) == len(documents) > 0
    for document in documents:
        assert document.text.strip()
        assert len(document.id.split()) == 1
        document.text.encode()


@settings(max_examples=200)
@given(st.binary(max_size=60) | st.text("td01 \t\n", max_size=60).map(str.encode))
def test_any_tables(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Any bytes give well-formed tables and judgments or a DataError."""
    path = tmp_path_factory.getbasetemp() / "table"
    path.write_bytes(data)
    for read in (read_keyed, read_qrels):
        try:
            table = read(path)
        except DataError:
            continue
        for key, value in table.items():
            assert len(key.split()) == 1
            assert value
