"""Charts of training: learning curves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from clirbench.analysis.focus import Focus
from clirbench.analysis.learning_curves import Curve
from clirbench.report.page.lines import Line, line_chart
from clirbench.statistics import Design, number
from clirbench.wording import counted

__all__ = ["CurveChart", "learning_charts"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CurveChart:
    """A panel, and the numbers at its ends."""

    title: str
    drawing: Markup
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: tuple[str, ...] = ()
    """Methods that have rows, and no line."""


def learning_charts(
    curves: Sequence[Curve], design: Design, focus: Focus | None
) -> tuple[CurveChart, ...]:
    """Draw a panel a method, a line a language pair, coloured by its resource class."""
    resources = {pair.name: pair.resource for pair in design.pairs}
    by_method: defaultdict[str, list[Curve]] = defaultdict(list)
    for curve in curves:
        if curve.pair in resources:
            by_method[curve.method].append(curve)
    order = [role.name for role in design.methods if role.name in by_method]
    if focus:
        order.sort(key=lambda name: (name != focus.first, name != focus.second))
    return tuple(_learning(name, by_method[name], resources, i) for i, name in enumerate(order))


def _learning(
    method: str, own: Sequence[Curve], resources: Mapping[str, str], i: int
) -> CurveChart:
    lines = [
        Line(
            label=_language(curve.pair, own),
            points=list(zip(curve.steps, curve.losses, strict=True)),
            name=resources[curve.pair],
        )
        for curve in own
    ]
    runs = max(curve.runs for curve in own)
    return CurveChart(
        title=method,
        drawing=line_chart(
            lines,
            key=f"learning-{i}",
            title=f"Loss of {method} in training",
            description=f"One line for each language pair, mean of {counted(runs, 'run')}; "
            "the numbers at both ends are in the table below.",
            across="steps",
        ),
        heads=(
            "pair",
            "runs",
            "steps",
            "first loss",
            "last loss",
            "gradient norm",
            "clipped steps",
        ),
        rows=tuple(
            (
                curve.pair,
                str(curve.runs),
                f"{curve.steps[-1]:,.0f}",
                number(curve.losses[0]),
                number(curve.losses[-1]),
                "–" if curve.gradient_norm is None else f"{curve.gradient_norm:.3g}",
                "–" if curve.clipped is None else f"{curve.clipped:.0%}",
            )
            for curve in own
        ),
    )


def _language(pair: str, own: Sequence[Curve]) -> str:
    """Shorten a pair to its query language where that tells it from the others."""
    query = pair.partition("-")[0]
    return query if [c.pair.partition("-")[0] for c in own].count(query) == 1 else pair
