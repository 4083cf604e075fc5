from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from clirbench.data.sgml import old_text, read_sgml_documents, read_sgml_topics
from clirbench.errors import DataError

LATIMES = """\
<DOC>
<DOCNO> LA010194-0001 </DOCNO>
<DOCID> 000001 </DOCID>
<SOURCE><P>Los Angeles Times</P></SOURCE>
<DATE><P>January 1, 1994, Saturday, Home Edition </P></DATE>
<SECTION><P>Business; Part D; Page 1; Column 2; Financial Desk </P></SECTION>
<LENGTH><P>1071 words </P></LENGTH>
<HEADLINE>
<P>
CALIFORNIA BATS .1000; &amp; MORE
</P>
</HEADLINE>
<BYLINE><P>By JAMES FLANIGAN </P></BYLINE>
<TEXT>
<P>
First   paragraph &equo;quoted&equo;.
</P>
<P>
Second.
</P>
</TEXT>
<GRAPHIC><P>Photo, none of it text </P></GRAPHIC>
</DOC>
<DOC>
<DOCNO> LA010194-0002 </DOCNO>
<DOCID> 000002 </DOCID>
</DOC>
"""
GLASGOW = """\
<DOC>
<DOCNO>GH950103-000000</DOCNO>
<DOCID>GH950103-000000</DOCID>
<DATE>950103</DATE>
<HEADLINE>Chance of a lifetime</HEADLINE>
<EDITION>3</EDITION>
<PAGE>3</PAGE>
<RECORDNO>980549733</RECORDNO>
<TEXT>It cost \xa35 in Caf\xe9 Roma.
</TEXT>
</DOC>
"""
TOPICS = """\
<?xml version="1.0"?>
<topics>
<top>
<num> C041 </num>
<DE-title> Pestizide in Babykost </DE-title>
<DE-desc> Berichte \xfcber Pestizide. </DE-desc>
<DE-narr> Relevante Dokumente. </DE-narr>
</top>
<top><num>C042</num><DE-title>UNO</DE-title><DE-desc></DE-desc></top>
</topics>
"""
PARTS = ("HEADLINE", "TEXT")


def write(path: Path, text: str, encoding: str = "latin-1") -> Path:
    """A file in an encoding."""
    data = text.encode(encoding)
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["la010194", "la010194.gz"])
def test_los_angeles_times(tmp_path: Path, name: str) -> None:
    """Headline and text, without tags and the entities that nobody knows."""
    assert list(read_sgml_documents(write(tmp_path / name, LATIMES), PARTS)) == [
        (
            "LA010194-0001",
            ("CALIFORNIA BATS .1000; & MORE", "First paragraph quoted . Second."),
        ),
        ("LA010194-0002", ()),
    ]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig", "cp1252"])
def test_glasgow_herald(tmp_path: Path, encoding: str) -> None:
    """Latin-1 and UTF-8 are told apart; line ends do not matter."""
    text = GLASGOW.replace("\n", "\r\n")
    assert list(read_sgml_documents(write(tmp_path / "gh", text, encoding), PARTS)) == [
        ("GH950103-000000", ("Chance of a lifetime", "It cost £5 in Café Roma."))
    ]


def test_topics(tmp_path: Path) -> None:
    """Number, language, title and description, with the line for errors."""
    path = tmp_path / "t"
    one, two = read_sgml_topics(TOPICS, path)
    assert one[:4] == ("C041", "de", "Pestizide in Babykost", "Berichte über Pestizide.")
    assert one.at == f"{path}:3"
    assert two[:4] == ("C042", "de", "UNO", "")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (LATIMES[:-10], r"la:24: <DOC> is not closed; is the file cut off"),
        (LATIMES[:300], r"la:1: <DOC> is not closed"),
        (LATIMES.replace("</DOC>\n<DOC>", "<DOC>"), r"la:1: <DOC> is not closed"),
        (LATIMES.replace("</DOC>\n<DOC>", "</DOC>\nstray\n<DOC>"), r"text outside of all elements"),
        (LATIMES + "</DOC>", r"text outside of all elements"),
        (LATIMES.replace("<DOCNO> LA010194-0002 </DOCNO>", ""), r"la:24: <DOC>: expected one <DOCNO>"),
        (LATIMES.replace("LA010194-0002", "LA01 2"), r"la:24: .* with one id \(got \[' LA01 2 '\]"),
        (LATIMES.replace("</TEXT>", ""), r"la:1: <TEXT> is not closed"),
        (LATIMES.replace("LENGTH", "\0"), r"la:7: NUL character"),
    ],
)  # fmt: skip
def test_document_faults(tmp_path: Path, text: str, error: str) -> None:
    """A file that was cut or garbled is told with its line."""
    with pytest.raises(DataError, match=error):
        list(read_sgml_documents(write(tmp_path / "la", text), PARTS))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (TOPICS.replace("</top>\n<top>", "<top>"), "<top> is not closed"),
        (TOPICS.replace("<num> C041 </num>", ""), r"t:3: <top>: expected one <num>"),
        (TOPICS.replace("<DE-desc> B", "<FR-desc> B"), r"parts of one language.*1 and DE, FR"),
        (TOPICS.replace("UNO", " "), "t:9: <DE-title>: empty"),
    ],
)
def test_topic_faults(tmp_path: Path, text: str, error: str) -> None:
    """A topic that lacks something is an error."""
    with pytest.raises(DataError, match=error):
        read_sgml_topics(text, tmp_path / "t")


def test_encodings(tmp_path: Path) -> None:
    """What is neither UTF-8 nor Latin-1, or is not there, is an error with its line."""
    (tmp_path / "a").write_bytes(b"x\ny\x81\xff")
    with pytest.raises(DataError, match=r"a:2: not valid UTF-8, nor any of cp1252 \(byte 0x81\)"):
        old_text(tmp_path / "a")
    (tmp_path / "a").write_text("abc", "utf-16")
    assert old_text(tmp_path / "a") == "abc"
    (tmp_path / "a").write_text("abc", "utf-16-le")
    with pytest.raises(DataError, match=r"a:1: NUL character"):
        old_text(tmp_path / "a")
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"abc")[:-5])
    with pytest.raises(DataError, match=r"a\.gz: cannot be read"):
        old_text(tmp_path / "a.gz")
    with pytest.raises(DataError, match="No such file"):
        old_text(tmp_path / "b")


def test_references_to_what_is_no_character(tmp_path: Path) -> None:
    """A blank, as what no entity is called: no mark of replacement comes into a text."""
    path = tmp_path / "x"
    text = "<DOC><DOCNO>1</DOCNO><TEXT>a&#0;b &#xD800; c&nosuch;d &amp; &eacute;</TEXT></DOC>"
    path.write_text(text)
    assert list(read_sgml_documents(path, ["TEXT"])) == [("1", ("a b c d & é",))]
