"""The report: one HTML page that needs nothing but itself."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import clirbench
from clirbench.data.base import Fetch
from clirbench.report.beside import read_beside
from clirbench.report.contents import Contents, Focus, focus_of
from clirbench.report.figures.gaps import gaps
from clirbench.report.figures.learning import curves
from clirbench.report.figures.seeds import seed_means
from clirbench.report.figures.sizes import size_curves
from clirbench.report.page.answer import answer, decisive, minus, percentage, sampled, span
from clirbench.report.page.cost import cost
from clirbench.report.page.examples import examples, wanted_documents, with_texts
from clirbench.report.page.forest import Forest, forests
from clirbench.report.page.heatmap import plan_maps
from clirbench.report.page.languages import GapChart, LanguageChart, gap_chart, languages
from clirbench.report.page.provenance import provenance
from clirbench.report.page.texts import read_texts
from clirbench.report.page.topics import topic_data
from clirbench.report.page.training import learning_charts, size_charts
from clirbench.report.table import ResultTable, result_table
from clirbench.statistics import Comparisons, Design, mean_name, name_of_tests, number, p_value

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["Sheet", "html_report"]

_CORRECTIONS = {
    "holm": "Holm's",
    "bonferroni": "Bonferroni's",
    "bh": "Benjamini and Hochberg's",
    "maxt": "MaxT",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the page shows of one measure."""

    measure: str
    mean: str
    """Name of the mean of the measure."""
    table: ResultTable
    forests: tuple[Forest, ...]
    languages: LanguageChart
    gaps: GapChart | None
    tests: str
    """What the p-values are of."""
    families: tuple[str, ...]
    """What p-values are adjusted within."""


def html_report(
    contents: Contents, *, fetch: Fetch, suite: Path | None = None, versus: str | None = None
) -> str:
    """Write the page of a results folder in which something was measured.

    Args:
        contents: of the folder.
        fetch: gives the collection's downloads, for the texts of topics and documents; where it
            cannot, the page says so.
        suite: the suite file, from whose folder its paths start; None: the results' copy.
        versus: the reference of tables and differences; None: the hypothesis's rival, else the
            first trained method.

    Raises:
        DataError: a cell has no scores by a measure of the comparisons.
        SuiteError: `versus` is no method that is compared.
    """
    main = contents.measures[0]
    focus = focus_of(main)
    found = examples(contents, main.measure, focus) if focus else ()
    wanted = {p.name: set[str]() for p in main.design.pairs} | wanted_documents(found)
    texts = read_texts(contents, wanted, fetch, suite)
    environment = _environment()
    script = _part("page.js")
    return environment.get_template("page.html").render(
        contents=contents,
        design=main.design,
        facts=list(_facts(contents)),
        sheets=_sheets(contents, focus, versus),
        focus=focus,
        answer=answer(contents, main),
        lines=_lines(main.design),
        correction=_CORRECTIONS[main.design.correction],
        remarks=main.remarks,
        learning=learning_charts(curves(contents), main.design, focus),
        sizes=size_charts(size_curves(contents, main), main, focus),
        examples=with_texts(found, texts),
        texts=texts,
        topics=topic_data(contents, contents.measures, texts, focus) if focus else None,
        plans=plan_maps(contents, focus),
        cost=cost(contents),
        provenance=provenance(contents),
        version=clirbench.__version__,
        style=_part("page.css"),
        script=script,
        script_hash=base64.b64encode(sha256(script.encode()).digest()).decode(),
    )


def _facts(contents: Contents) -> Iterator[tuple[str, str]]:
    """Name what the suite was run on, as far as that is recorded."""
    match contents.settings.get("collection"):
        case {"class.name": str(name)}:
            yield "collection", name
    match contents.settings.get("teacher"):
        case {"backbone": str(backbone)}:
            yield "teacher", backbone
    match contents.environment.get("written"):
        case str(written):
            yield "run", written[:10]


def _lines(design: Design) -> str:
    """Say what the lines through a point are."""
    level = f"{100 * (1 - design.alpha):g}\u00a0%"
    if len(design.seeds) > 1:
        return f"Thick line: {level} interval over topics; thin: over topics and seeds."
    return f"Line: {level} interval over topics."


def _sheets(contents: Contents, focus: Focus | None, versus: str | None) -> Sequence[Sheet]:
    return [_sheet(contents, comparisons, focus, versus) for comparisons in contents.measures]


def _sheet(
    contents: Contents, comparisons: Comparisons, focus: Focus | None, versus: str | None
) -> Sheet:
    beside = read_beside(contents.folder)
    table = result_table(comparisons, suite=contents.name, versus=versus, beside=beside)
    seeds = seed_means(contents.cells, comparisons.measure)
    return Sheet(
        measure=comparisons.measure,
        mean=mean_name(comparisons.measure),
        table=table,
        forests=forests(table, comparisons),
        languages=languages(table, comparisons, seeds, focus),
        gaps=gap_chart(gaps(comparisons)),
        tests=name_of_tests(comparisons.design),
        families=tuple(family.label for family in comparisons.families),
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("clirbench.report.page"),
        autoescape=True,  # every name and text is shown as it is, never read as markup
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
    filters: dict[str, Any] = {
        "num": lambda value, sign=False: "–" if value is None else minus(number(value, sign=sign)),
        "p": p_value,
        "sampled": sampled,
        "span": span,
        "decisive": decisive,
        "minus": minus,
        "percentage": percentage,
        "bare_p": lambda p: p_value(p).removeprefix("= "),
    }
    environment.filters.update(filters)
    return environment


def _part(name: str) -> str:
    """Read a part of the page that is ours, to be put in as it is."""
    return (Path(__file__).parent / "page" / "templates" / name).read_text(encoding="utf-8")
