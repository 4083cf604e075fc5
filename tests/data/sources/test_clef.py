from __future__ import annotations

from pathlib import Path

import pytest

from clirbench.data.base import Document, Download
from clirbench.data.sources.clef import CLEF
from clirbench.errors import DataError


def no_fetch(download: Download) -> Path:
    """A licensed copy is not fetched."""
    raise AssertionError(download)


def doc(key: str, text: str) -> str:
    """A document in CLEF's SGML."""
    return f"<DOC>\n<DOCNO> {key} </DOCNO>\n<TEXT>\n<P>{text}</P>\n</TEXT>\n</DOC>\n"


def top(number: int, code: str, title: str) -> str:
    """A topic in CLEF's SGML."""
    return (
        f"<top>\n<num> C{number:03d} </num>\n<{code}-title> {title} </{code}-title>\n"
        f"<{code}-desc> {title}? </{code}-desc>\n</top>\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two newspapers, topics in four languages of three years, judgments in two files."""
    files = {
        "documents/latimes94/la010194": doc("LA1", "one") + doc("LA2", " "),
        "documents/latimes94/more/la010294": doc("LA3", "three"),
        "documents/glasgow95/GH950102.sgml": doc("GH1", "caf\xe9"),
        "documents/README": "not a document",
        "topics/Top-en01.txt": top(41, "EN", "pesticides") + top(42, "EN", "UN"),
        "topics/Top-en03.txt": top(141, "EN", "bomb"),
        "topics/Top-de01.txt": top(41, "DE", "Pestizide") + top(42, "DE", "UNO"),
        "topics/ciir.sw.tsv": "41\tviuatilifu\nC141\tbomu\n",
        "qrels/qrels_EN_2001": "41 0 LA1 1\n41 0 LA3 0\n42 0 LA1 0\n43 0 LA1 1\n",
        "qrels/2003": "141 0 GH1 1\n141 0 LA3 1\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1"))
    return tmp_path


def test_a_small_collection(folder: Path) -> None:
    """Articles with text; topics with a relevant document, in every form of their numbers."""
    source = CLEF(folder=folder)
    assert list(source.documents(no_fetch, "en")) == [
        Document("LA1", "one"),
        Document("LA3", "three"),
        Document("GH1", "café"),
    ]
    assert source.topics(no_fetch, "en") == {"C041": "pesticides pesticides?", "C141": "bomb bomb?"}
    assert source.topics(no_fetch, "de") == {"C041": "Pestizide Pestizide?"}
    assert source.topics(no_fetch, "sw") == {"C041": "viuatilifu", "C141": "bomu"}
    assert source.judgments(no_fetch, "de") == {"C041": {"LA1": 1, "LA3": 0}}
    assert source.left_out(no_fetch, "en") == {
        "topic without a relevant document": ("C042",),
        "empty document": ("LA2",),
    }
    assert "Glasgow Herald was not judged" in (source.caption() or "")


@pytest.mark.parametrize("encoding", ["koi8_r", "cp1251", "iso8859_5", "utf-8"])
def test_topics_in_older_encodings(folder: Path, encoding: str) -> None:
    """They are read by what their language was written in."""
    (folder / "topics/ru.txt").write_bytes(
        top(41, "RU", "Пестициды в детском питании").encode(encoding)
    )
    found = CLEF(folder=folder).topics(no_fetch, "ru")
    assert found == {"C041": "Пестициды в детском питании Пестициды в детском питании?"}


@pytest.mark.parametrize("title", ["Pesticides in baby food", "ïÅÓÔÉÃÉÄÙ × ÄÅÔÓËÏÍ ÐÉÔÁÎÉÉ"])
def test_topics_in_another_script(folder: Path, title: str) -> None:
    """They are refused, by file, line and topic; a short name is none."""
    path = folder / "topics/ru.txt"
    path.write_text(top(41, "RU", title), "utf-8")
    with pytest.raises(
        DataError, match=r"ru\.txt:1: topic C041: only 0% of its letters are in the script"
    ):
        CLEF(folder=folder).topics(no_fetch, "ru")
    path.write_text(top(41, "RU", "WWF"), "utf-8")
    assert CLEF(folder=folder).topics(no_fetch, "ru") == {"C041": "WWF WWF?"}


def test_what_is_test_text(folder: Path) -> None:
    """Each part of topics and documents alone, also what is not searched with."""
    narrative = top(41, "DE", "Pestizide").replace("</top>", "<DE-narr> Nur Obst. </DE-narr></top>")
    (folder / "topics/Top-de01.txt").write_text(narrative)
    (folder / "documents/latimes94/la010194").write_text(
        doc("LA1", "one").replace("<TEXT>", "<HEADLINE> Head </HEADLINE>\n<TEXT>")
    )
    texts = set(CLEF(folder=folder).test_texts(no_fetch, "de", "en"))
    assert texts >= {"Pestizide", "Pestizide?", "Pestizide Pestizide?", "Nur Obst.", "pesticides"}
    assert texts >= {"Head", "one", "Head one"}


def test_parts_of_it(folder: Path) -> None:
    """One paper, one year, titles alone."""
    source = CLEF(folder=folder, papers=("latimes94",), years=(2001,), description=False)
    assert [document.id for document in source.documents(no_fetch, "en")] == ["LA1", "LA3"]
    assert source.topics(no_fetch, "en") == {"C041": "pesticides"}
    assert source.caption() is None
    assert CLEF(folder=folder, years=(2003,)).caption() is None


def test_content(folder: Path) -> None:
    """Every file counts, and nothing else does."""
    source = CLEF(folder=folder)
    before = source.content("sw")
    assert isinstance(before, dict)
    assert len(before) == 9
    (folder / "qrels" / ".DS_Store").write_text("x")
    assert source.content("sw") == before
    (folder / "qrels" / "2003").write_text("141 0 GH1 0\n")
    assert source.content("sw") != before


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("documents/latimes94/x", doc("LA1", "again"), 'document LA1: duplicate id "LA1"'),
        ("documents/latimes94/x", doc("LA9", "x")[:-3], "x:1: <DOC> is not closed"),
        ("topics/x", top(41, "EN", "again"), r'x:1: duplicate topic C041 in "en"'),
        ("topics/x", "41 pesticides\n", "is neither a file of topics in SGML nor a table"),
        ("topics/x.en.tsv", "T1\tx\n", "expected a number such as C001"),
        ("qrels/x", "41 0 LA1 0\n", "has a different grade in another file"),
        ("qrels/x", "41 LA1\n", "x:1: expected 4 or 3 columns"),
        ("qrels/x", "Q41 0 LA1 1\n", "expected a number such as C001"),
    ],
)
def test_faults(folder: Path, name: str, text: str, error: str) -> None:
    """Errors name the file and what is wrong."""
    (folder / name).write_text(text)
    source = CLEF(folder=folder)
    with pytest.raises(DataError, match=error):  # noqa: PT012 - one of them does
        list(source.documents(no_fetch, "en"))
        source.topics(no_fetch, "en")


def test_what_is_missing(folder: Path, tmp_path: Path) -> None:
    """Folders and languages that are not there are named."""
    with pytest.raises(DataError, match=r'topics: no topics in "so"'):
        CLEF(folder=folder).topics(no_fetch, "so")
    with pytest.raises(DataError, match=r"documents/latimes94: no such folder"):
        CLEF(folder=tmp_path / "none").content("sw")
    (folder / "documents" / "glasgow95" / "GH950102.sgml").unlink()
    with pytest.raises(DataError, match=r"documents/glasgow95: no files in it"):
        CLEF(folder=folder).content("sw")
