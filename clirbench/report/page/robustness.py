"""Charts and tables of what perturbed topics cost each method."""

from __future__ import annotations

from dataclasses import dataclass

from clirbench.analysis.focus import Focus
from clirbench.analysis.robustness import read_robustness
from clirbench.analysis.robustness_curves import RobustnessCurves, robustness_curves
from clirbench.report.page.lines import Line, line_chart
from clirbench.report.page.training import CurveChart, role_of
from clirbench.report.robustness import RobustnessTable, tables_of
from clirbench.results.folder import Folder
from clirbench.statistics import mean_name, number

__all__ = ["RobustnessPart", "robustness_parts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RobustnessPart:
    """What the page shows of one way to perturb topics."""

    chart: CurveChart
    tables: tuple[RobustnessTable, ...]


def robustness_parts(results: Folder, focus: Focus | None) -> tuple[RobustnessPart, ...]:
    """Draw a panel for each way to perturb topics, a line a method; none where a suite has none.

    Raises:
        DataError: the file of robustness is damaged.
    """
    conditions, claim = read_robustness(results), results.suite.hypothesis
    found = robustness_curves(conditions, claim)
    return tuple(
        RobustnessPart(chart=_chart(curves, focus, place), tables=tables)
        for place, (curves, tables) in enumerate(
            zip(found, tables_of(conditions, claim), strict=True)
        )
    )


def _chart(curves: RobustnessCurves, focus: Focus | None, key: int) -> CurveChart:
    mean, pairs = mean_name(curves.measure), ", ".join(curves.pairs)
    lines = [
        Line(
            label=method,
            points=[(severity, one.mean or 0.0) for severity, one in points],
            name=role_of(method, focus, place),
            marked=True,
            spans=[one.interval for _, one in points],
        )
        for place, (method, points) in enumerate(curves.methods.items())
    ]
    return CurveChart(
        title=f"{curves.perturbation}, {pairs}",
        drawing=line_chart(
            lines,
            key=f"robustness-{key}",
            title=f"{mean} with {curves.perturbation}, on {pairs}",
            description="One line a method, with intervals over topics; the horizontal axis is the share "
            "of words that are perturbed. The numbers are in the table below.",
            across="share of words",
        ),
        heads=("method", "share", mean, "interval"),
        rows=tuple(
            (
                method,
                f"{severity:g}",
                number(one.mean or 0.0),
                f"{number(one.interval.low)} to {number(one.interval.high)}"
                if one.interval
                else "–",
            )
            for method, points in curves.methods.items()
            for severity, one in points
        ),
    )
