from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from clirbench.errors import SuiteError
from clirbench.report.formats import FORMATS
from clirbench.report.latex import Paper, escape, latex_document, latex_table
from clirbench.report.latex_fit import WIDTHS, laid_out, width_of
from clirbench.report.table import Column, Entry, ResultTable, Style, number, result_table
from clirbench.statistics import Comparisons, MethodMean

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


ARTICLE = r"\documentclass{article}"
"""One column of 345 pt."""
ACL = r"""\documentclass[11pt,twocolumn,a4paper]{article}
\usepackage[margin=2.5cm,columnsep=0.6cm]{geometry}
\IfFileExists{times.sty}{\usepackage{times}}{}"""
"""As ACL's style: two columns of 7.7 cm."""


def many(columns: int, names: Sequence[str], mark: str = "▲") -> ResultTable:
    """A table of so many pairs in three classes, and their means."""
    found = MethodMean(
        method="", on="", topics=9, seeds=1, mean=0.5, interval=None, seed_sd=None, gap_closed=None,
        gap_interval=None, undefined=(), clusters=9, languages=1,
    )  # fmt: skip
    groups = ["low", "medium", "high"]
    heads = [(f"{chr(97 + i // 26)}{chr(97 + i % 26)}-en", groups[i * 3 // columns]) for i in range(columns)]  # fmt: skip
    heads += [(name, "mean") for name in ("low", "high", "all")]
    entries = tuple(
        Entry(text=".888", found=found, best=i % 3 == 0, mark=mark * (i % 2))
        for i in range(len(heads))
    )
    return ResultTable(
        suite="wide",
        measure="AP",
        versus=None,
        columns=tuple(Column(name=name, group=group) for name, group in heads),
        rows=tuple((name, entries) for name in names),
        notes=("A note that is longer than a column of a paper, so that it has to be broken.",) * 2,
    )


SIX = ["zero-shot", "bm25", "oracle", "sentence-mse", "sentence-contrastive", "optical"]


def compiled(text: str, folder: Path) -> str:
    """The log of LaTeX."""
    (folder / "paper.tex").write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "paper.tex"],  # noqa: S607
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return (folder / "paper.log").read_text(encoding="latin-1")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("pdflatex"), reason="needs pdflatex")
@pytest.mark.parametrize("style", [ARTICLE, ACL], ids=["article", "acl"])
def test_tables_fit_papers(style: str, tmp_path: Path) -> None:
    """No box is overfull, whatever is fitted; what was estimated is no less than what LaTeX sets."""
    tables = [many(3 * i, SIX[:j]) for i in range(1, 7) for j in (2, 4, 6)]
    parts, layouts = [], []
    for i, one in enumerate(tables):
        for fit in WIDTHS:
            layout = laid_out(one, fit)
            layouts.append((fit, layout))
            drawn = latex_table(one, Paper(fit=fit, label=f"t{i}{fit}"))
            assert f"label{{t{i}{fit}}}" in drawn
            inner = drawn[drawn.index(r"{\fontsize") : drawn.index(r"\end{tabular}}") + len(r"\end{tabular}}")]  # fmt: skip
            parts += [
                rf"\setbox0=\hbox{{{inner}}}\typeout{{WIDTH \the\wd0}}",
                drawn,
                r"\clearpage",
            ]
    head = rf"{style}\usepackage[T1]{{fontenc}}\usepackage{{amssymb,booktabs,graphicx}}"
    log = compiled("\n".join([head, r"\begin{document}", *parts, r"\end{document}"]), tmp_path)
    assert not re.findall(r"Overfull .*", log)
    widths = [float(width) for width in re.findall(r"WIDTH ([0-9.]+)pt", log)]
    assert len(widths) == len(layouts)
    for width, (fit, layout) in zip(widths, layouts, strict=True):
        assert width <= width_of(layout) <= WIDTHS[fit]
        assert width > 0.8 * width_of(layout)
    assert {layout.size for _, layout in layouts} >= {7, 10}
    assert {layout.swapped for _, layout in layouts} == {True, False}


def test_what_fits_is_chosen_in_a_stated_order() -> None:
    """Smaller letters first, then rows and columns swapped, then upright names, then means alone."""
    found = [
        laid_out(many(columns, names), "page", width).said.partition(": ")[2]
        for columns, names, width in (
            (3, SIX[:2], 345),
            (7, SIX[:4], 345),
            (12, ["a", "b"], 260),
            (12, SIX, 270),
            (12, SIX[:5], 150),
        )
    ]
    assert found == [
        "letters of 10 pt",
        "letters of 8 pt",
        "rows and columns swapped, letters of 10 pt",
        "rows and columns swapped, names upright, letters of 10 pt",
        "macro means alone, letters of 7 pt",
    ]
    with pytest.raises(SuiteError, match=r"column of 50 pt.*--rows.*--columns.*--names"):
        laid_out(many(3, SIX), "column", 50)


def test_a_table_for_a_page_spans_the_columns() -> None:
    """It is a `table*`; label and caption are the author's own; without notes there is no box of them."""
    one = many(3, SIX[:2])
    text = latex_table(replace(one, notes=()), Paper(fit="page", label="tab:x", caption=r"Of \emph{all}."))  # fmt: skip
    assert text.splitlines()[2] == r"\begin{table*}[t]"
    assert text.splitlines()[-1] == r"\end{table*}"
    assert "\\caption{Of \\emph{all}.}\n\\label{tab:x}\n" in text
    assert "minipage" not in text


def test_rows_and_columns_swapped_hold_the_same() -> None:
    """Each pair is a row below its class, each method a column, and each number where it was."""
    one = many(12, ["a", "b"])
    bare = tuple(replace(entry, mark="") for entry in one.rows[1][1])
    one = replace(one, rows=(one.rows[0], ("b", bare)))
    assert laid_out(one, "page", 260).swapped
    text = latex_table(one, Paper(fit="page", width=260))
    rows = [re.split(r"(?<!\\)&", line) for line in text.splitlines() if "-en" in line]
    assert [row[0].strip() for row in rows] == [column.name for column in one.columns[:12]]
    assert {len(row) for row in rows} == {3}
    assert [r"\textbf" in row[1] for row in rows] == [e.best for e in one.rows[0][1][:12]]
    # a mark, or room for one, in every row of a column or in none: so its numbers align
    assert all(r"\blacktriangle" in row[1] for row in rows)
    assert [r"\phantom" in row[1] for row in rows] == [not e.mark for e in one.rows[0][1][:12]]
    assert not any(r"\blacktriangle" in row[2] for row in rows)


@pytest.mark.parametrize("name", ["terminal", "markdown", "latex", "html"])
def test_titles(name: str, comparisons: Comparisons) -> None:
    """People see the title, in heads, rows and notes; --percent and --digits change every number."""
    style = Style(
        titles={"contrastive": "Con", "sw-en": "Swahili", "low": "Poor"}, percent=True, digits=2
    )
    text = FORMATS[name]([result_table(comparisons, suite="s", style=style)])
    for title in ("Con", "Swahili", "Poor", "MAP"):
        assert title in text
    assert not re.search(r"\bcontrastive\b|sw-en|\blow\b", text)
    assert ("MAP (%)" in text) or (r"MAP (\%)" in text)
    assert re.search(r"\b\d\d\.\d\d\b", text)


def test_machines_get_the_names(comparisons: Comparisons) -> None:
    """Titles are for people: what is read again has the names."""
    style = Style(titles={"contrastive": "Con"})
    assert "Con," not in FORMATS["csv"]([result_table(comparisons, suite="s", style=style)])


def test_equal_numbers_share_a_place_as_they_are_shown(comparisons: Comparisons) -> None:
    """With fewer digits more are best."""
    table = result_table(comparisons, suite="s", style=Style(digits=0))
    for i in range(len(table.columns)):
        own = [row[i] for _, row in table.rows if row[i].best]
        assert len({entry.text for entry in own}) == 1
