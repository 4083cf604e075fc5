from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from clirbench.report.formats import FORMATS
from clirbench.report.latex import escape, latex_document, latex_table
from clirbench.report.table import ResultTable, number, result_table
from clirbench.statistics import Comparisons

GOLDEN = Path(__file__).parent / "golden"
ENDINGS = {
    "terminal": "txt",
    "markdown": "md",
    "latex": "tex",
    "html": "html",
    "csv": "csv",
    "json": "json",
}


@pytest.fixture(scope="session")
def table(comparisons: Comparisons) -> ResultTable:
    """The table that is drawn."""
    return result_table(comparisons, suite="su_ite <&>")


@pytest.mark.parametrize("name", FORMATS)
def test_golden(name: str, table: ResultTable) -> None:
    """Every format gives the committed bytes; CLIRBENCH_WRITE_GOLDEN=1 commits to new ones."""
    path = GOLDEN / f"table.{ENDINGS[name]}"
    text = FORMATS[name]([table])
    if os.environ.get("CLIRBENCH_WRITE_GOLDEN"):
        path.write_text(text, encoding="utf-8", newline="\n")
    assert text == path.read_bytes().decode()


def shown(table: ResultTable) -> list[list[str]]:
    """The texts that a reader should see: method, then numbers with their marks."""
    return [
        [" ".join(method.split()), *(entry.text + entry.mark for entry in entries)]
        for method, entries in table.rows
    ]


class Cells(HTMLParser):
    """Collects the tags, and the text of each cell of the body."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        if "tbody" in self.open and tag == "tr":
            self.rows.append([])
        if "tbody" in self.open and tag in {"th", "td"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "tbody" in self.open and data.strip():
            self.rows[-1][-1] += data


def test_html_holds_the_texts_and_no_markup_of_names(table: ResultTable) -> None:
    """A parser gets every name and number back, and finds only the table's own elements."""
    parser = Cells()
    parser.feed(FORMATS["html"]([table]))
    assert parser.open == []
    assert parser.rows == shown(table)
    own = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "strong", "u", "sup"}
    assert set(parser.tags) == own


def test_html_headers_have_scopes(table: ResultTable) -> None:
    """A screen reader can tell which header a number belongs to; groups span their columns."""
    text = FORMATS["html"]([table])
    assert len(re.findall(r"<th\b", text)) == text.count("<th scope=")
    spans = [int(span) for span in re.findall(r'scope="colgroup" colspan="(\d+)"', text)]
    assert sum(spans) == len(table.columns)
    assert text.count('scope="row"') == len(table.rows)


def test_markdown_holds_the_texts_and_no_markup_of_names(table: ResultTable) -> None:
    """An independent Markdown parser gets every name and number back."""
    from markdown_it import MarkdownIt

    rendered = MarkdownIt("gfm-like", {"linkify": False}).render(FORMATS["markdown"]([table]))
    parser = Cells()
    parser.feed(rendered)
    assert parser.rows == shown(table)
    assert set(parser.tags) == {
        "h3", "table", "thead", "tbody", "tr", "th", "td", "strong", "ins", "p"
    }  # fmt: skip


def test_csv_and_json_hold_the_same(table: ResultTable) -> None:
    """A line for each method and column, with the mean behind the number that is shown."""
    lines = list(csv.DictReader(FORMATS["csv"]([table]).splitlines()))
    document = json.loads(FORMATS["json"]([table]))
    entries = document["tables"][0]["rows"]
    assert document["suite"] == "su_ite <&>"
    assert document["tables"][0]["versus"] == "contrastive"
    assert len(lines) == len(entries) == len(table.rows) * len(table.columns)
    flat = [
        (method, column.name, entry)
        for method, row in table.rows
        for column, entry in zip(table.columns, row, strict=True)
    ]
    for line, entry, (method, column, drawn) in zip(lines, entries, flat, strict=True):
        assert (line["method"], line["on"], line["shown"]) == (method, column, drawn.text)
        assert line.keys() == entry.keys()
        for key, value in entry.items():
            assert line[key] == ("" if value is None else str(value))
        if entry["mean"] is None:
            assert entry["shown"] == "–"
            assert entry["low"] is entry["high"] is None
        else:
            assert number(entry["mean"]) == entry["shown"]
            assert entry["low"] <= entry["mean"] <= entry["high"]
            assert entry["topics"] == 30
        trained = method not in {"zero-shot", "oracle"}
        assert entry["seeds"] == (2 if trained else 1)
        assert (entry["seed_sd"] is None) == (not trained or entry["mean"] is None)
        assert (entry["mark"] is not None) == bool(drawn.mark)


def test_terminal_and_latex_align(table: ResultTable) -> None:
    """In LaTeX every row has the same number of cells, and numbers without a mark its width."""
    body = latex_table(table).partition(r"\midrule")[2].partition(r"\bottomrule")[0]
    rows = [line for line in body.splitlines() if line]
    assert len(rows) == len(table.rows)
    for row, (_, entries) in zip(rows, table.rows, strict=True):
        cells = re.split(r"(?<!\\)&", row)
        assert len(cells) == 1 + len(entries)
        assert row.endswith(r" \\")
        for cell, entry in zip(cells[1:], entries, strict=True):
            assert r"\blacktriangle" in cell
            assert (r"\phantom" in cell) == (not entry.mark)
    assert table.rows[-1][0] == "[first]"
    assert rows[-1].startswith("{[}first{]}")  # else the bracket is an argument of the line break


def test_latex_columns_without_marks_have_no_phantoms(comparisons: Comparisons) -> None:
    """Where nothing differs from the reference nothing is made wider."""
    table = result_table(comparisons, suite="s", rows=["contrastive", "oracle"])
    assert r"\phantom" not in latex_table(table)


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("50%_&", r"50\%\_\&"),
        ("\\input{x}", r"\textbackslash{}input\{x\}"),
        ("a\n\nb", "a b"),
        ("--,,''", "-{}-,{},'{}'"),
        ("a-b, c", "a-b, c"),
        ("$x^2~$#", r"\$x\textasciicircum{}2\textasciitilde{}\$\#"),
        ("", ""),
    ],
)
def test_latex_escape(text: str, escaped: str) -> None:
    """Nothing in a name is a command, a paragraph or a ligature."""
    assert escape(text) == escaped


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
@pytest.mark.parametrize("many", [False, True])
def test_latex_document_compiles_without_a_warning(
    many: bool,  # noqa: FBT001
    table: ResultTable,
    tmp_path: Path,
    nasty: str,
) -> None:
    """LaTeX has nothing to say, and the page shows names and notes as they are."""
    if many:
        columns = tuple(column for column in table.columns for _ in range(6))
        rows = [
            (method, tuple(entry for entry in entries for _ in range(6)))
            for method, entries in table.rows
        ]
        table = ResultTable(
            suite=table.suite,
            measure=table.measure,
            versus=table.versus,
            columns=columns,
            rows=tuple(rows * 8),
            notes=table.notes * 3,
        )
    (tmp_path / "table.tex").write_text(latex_document(table), encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "table.tex"],  # noqa: S607
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    log = (tmp_path / "table.log").read_text(encoding="latin-1")
    assert not re.findall(
        r"^.*(?:warning|overfull|underfull|missing char).*$", log, re.IGNORECASE | re.MULTILINE
    )
    assert "(1 page" in done.stdout
    if shutil.which("pdftotext"):
        words = ["pdftotext", "-layout", "table.pdf", "-"]
        page = subprocess.run(
            words, cwd=tmp_path, capture_output=True, text=True, check=True
        ).stdout
        assert "".join(nasty.split()) in "".join(page.split()).replace("’", "'").replace("‘", "`")
        assert "mean over 30 topics and, for trained methods, 2 seeds" in " ".join(page.split())
