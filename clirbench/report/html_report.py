"""The report: one HTML page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clirbench.analysis.focus import Focus, focus_of
from clirbench.analysis.gaps import gaps
from clirbench.analysis.learning_curves import learning_curves
from clirbench.analysis.ranking import ranking
from clirbench.analysis.seed_means import seed_means
from clirbench.data.base import Fetch
from clirbench.report.diagnosis import diagnosis_tables
from clirbench.report.page.answer import AnswerSection, answer_section
from clirbench.report.page.conditions import conditions_parts
from clirbench.report.page.cost import Cost, cost
from clirbench.report.page.examples import PairExamples, examples, wanted_documents, with_texts
from clirbench.report.page.forest import Forest, forests
from clirbench.report.page.heatmap import plan_maps
from clirbench.report.page.languages import GapChart, LanguageChart, gap_chart, languages
from clirbench.report.page.provenance import provenance
from clirbench.report.page.ranks import RankChart, rank_chart
from clirbench.report.page.render import render
from clirbench.report.page.texts import read_texts
from clirbench.report.page.topics import topic_data
from clirbench.report.page.training import CurveChart, learning_charts
from clirbench.report.table import ResultTable, table_of
from clirbench.results.folder import Folder
from clirbench.results.names import PLANS
from clirbench.statistics import Comparisons, Design, mean_name, name_of_tests
from clirbench.wording import counted

__all__ = ["Sheet", "facts", "html_report"]

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
    answer: AnswerSection | None
    """To the hypothesis, by this measure; None: the suite states none."""
    languages: LanguageChart
    ranks: RankChart | None
    gaps: GapChart | None
    tests: str
    """What the p-values are of."""
    families: tuple[str, ...]
    """What p-values are adjusted within."""


def html_report(
    results: Folder,
    *,
    fetch: Fetch,
    suite: Path | None = None,
    versus: str | None = None,
    index: str | None = None,
) -> str:
    """Write the page of a results folder in which something was measured.

    Args:
        results: the folder.
        fetch: gives the collection's downloads, for the texts of topics and documents; where it
            cannot, the page says so.
        suite: the suite file, from whose folder its paths start; None: the results' copy.
        versus: the reference of tables and differences; None: the hypothesis's rival, else the
            first trained method.
        index: the page that leads here, as the address of a link; None: there is none.

    Raises:
        DataError: a cell has no scores by a measure of the comparisons.
        SuiteError: `versus` is no method that is compared.
    """
    main = results.measures[0]
    focus = focus_of(main)
    found = examples(results, main.measure, focus) if focus else ()
    wanted = {p.name: set[str]() for p in main.design.pairs} | wanted_documents(found)
    texts = read_texts(results, wanted, fetch, suite)
    costs = cost(results)
    learning = learning_charts(learning_curves(results), main.design, focus)
    sheets = _sheets(results, focus, versus)
    return render(
        "page.html",
        results=results,
        design=main.design,
        facts=list(facts(results)),
        sheets=sheets,
        means=[sheet.mean for sheet in sheets],
        index=index,
        focus=focus,
        absent=tuple(_absent(results, costs, learning, found)),
        lines=_lines(main.design),
        correction=_CORRECTIONS[main.design.correction],
        remarks=main.remarks,
        learning=learning,
        examples=with_texts(found, texts),
        texts=texts,
        topics=topic_data(results, texts, focus) if focus else None,
        plans=plan_maps(results, focus),
        conditions=tuple(conditions_parts(results, focus)),
        diagnosis=diagnosis_tables(results),
        level=_level(main.design),
        cost=costs,
        provenance=provenance(results),
    )


def facts(results: Folder) -> Iterator[tuple[str, str]]:
    """Name what the suite was run on, as far as that is recorded."""
    yield "collection", results.suite.collection.name
    yield "teacher", results.suite.teacher.backbone
    if results.suite.student:
        yield "students start from", results.suite.student.backbone
    if written := results.environment.get("written"):
        yield "run", str(written)[:10]


def _absent(
    results: Folder, costs: Cost, learning: Sequence[CurveChart], found: Sequence[PairExamples]
) -> Iterator[str]:
    """Name what the page lacks since the results folder has no data of it."""
    if not (costs.methods or costs.shared):
        yield "what stages cost"
    if not learning:
        yield "the log of any training"
    if missing := sum(len(one.missing) for one in found):
        yield f"the rankings of {counted(missing, 'run')} whose topics are shown"
    if missing := results.left_out(PLANS):
        yield f"the transport plans of {counted(missing, 'cell')}"


def _level(design: Design) -> str:
    return f"{100 * (1 - design.alpha):g}\u00a0%"


def _lines(design: Design) -> str:
    """Say what the lines through a point are."""
    level = _level(design)
    if len(design.seeds) > 1:
        return f"Thick line: {level} interval over topics; thin: over topics and seeds."
    return f"Line: {level} interval over topics."


def _sheets(results: Folder, focus: Focus | None, versus: str | None) -> Sequence[Sheet]:
    return [_sheet(results, comparisons, focus, versus) for comparisons in results.measures]


def _sheet(
    results: Folder, comparisons: Comparisons, focus: Focus | None, versus: str | None
) -> Sheet:
    table = table_of(results, comparisons, versus=versus, titled=False)
    seeds = seed_means(results.cells, comparisons.measure)
    return Sheet(
        measure=comparisons.measure,
        mean=mean_name(comparisons.measure),
        table=table,
        answer=answer_section(results, comparisons),
        forests=forests(table, comparisons),
        languages=languages(table, comparisons, seeds, focus),
        ranks=rank_chart(ranking(comparisons)),
        gaps=gap_chart(gaps(comparisons)),
        tests=name_of_tests(comparisons.design),
        families=tuple(family.label for family in comparisons.families),
    )
