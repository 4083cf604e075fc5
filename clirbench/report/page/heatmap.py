"""Transport plans as heat maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from markupsafe import Markup

from clirbench.analysis.focus import Focus
from clirbench.data.base import JSON
from clirbench.report.page.svg import shortened, tag
from clirbench.results.folder import Folder
from clirbench.spec.cell import Cell
from clirbench.statistics import number

__all__ = ["PlanMap", "draw_plan", "plan_maps"]

_SIDE = 18
"""Of a square, in pixels at full size."""
_LETTER = 7.2
_LONGEST = 16
"""Letters of a token that are shown."""
_LEAST = 0.02
"""Share of the largest mass below which a square is left blank."""
_TOKENS = 64
_STYLE = "text{font:12px sans-serif;fill:#222}.field{fill:#fff;stroke:#ccc}.mass{fill:#0b5cad}"
_PER_CELL = 2
_IN_ALL = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMap:
    """A plan between the tokens of a sentence and of its translation."""

    cell: Cell
    source: str
    target: str
    drawing: Markup
    aligned: tuple[tuple[str, str, str], ...]
    """Foreign token, the English token that it sends most to, and how much of its mass."""


def plan_maps(results: Folder, focus: Focus | None) -> tuple[PlanMap, ...]:
    """Draw the plans of `plans.json` in the cells' folders, the focus first; malformed ones are left out.

    A plan is `{"source": [foreign tokens], "target": [English tokens], "plan": [[mass]]}`.
    """
    order = {name: i for i, name in enumerate([focus.first, focus.second] if focus else [])}
    seen: set[tuple[str, str]] = set()
    found: list[PlanMap] = []
    for cell in sorted(results.cells.scores, key=lambda c: (order.get(c.method, 9), _seeded(c))):
        plans = results.plans(cell)
        if plans and (cell.pair, cell.method) not in seen:
            seen.add((cell.pair, cell.method))
            drawn = [
                _draw(cell, *parts, key=f"plan-{len(found) + i}")
                for i, parts in enumerate(filter(None, map(_parts, plans[:_PER_CELL])))
            ]
            found += drawn
    return tuple(found[:_IN_ALL])


def draw_plan(cell: Cell, plan: JSON) -> str:
    """Draw one plan as a file of its own, SVG.

    Raises:
        ValueError: it is malformed, or has more than 64 tokens on a side.
    """
    parts = _parts(plan)
    if parts is None:
        raise ValueError(f"{cell}: not a plan of at most {_TOKENS} tokens a side")
    drawing = str(_draw(cell, *parts, key="plan").drawing)
    head, _, rest = drawing.partition(">")
    head = head.replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
    return f"{head}><style>{_STYLE}</style>{rest}\n"


def _seeded(cell: Cell) -> tuple[str, int]:
    return cell.pair, -1 if cell.seed is None else cell.seed


def _parts(one: JSON) -> tuple[list[str], list[str], list[list[float]]] | None:
    match one:
        case {"source": list(source), "target": list(target), "plan": list(plan)}:
            rows = [
                [float(mass) for mass in row if isinstance(mass, int | float) and isfinite(mass)]
                for row in plan
                if isinstance(row, list)
            ]
            whole = len(rows) == len(source) and all(len(row) == len(target) for row in rows)
            if whole and 0 < len(source) <= _TOKENS and 0 < len(target) <= _TOKENS:
                return [str(token) for token in source], [str(token) for token in target], rows
    return None


def _draw(
    cell: Cell, source: list[str], target: list[str], plan: list[list[float]], *, key: str
) -> PlanMap:
    left = _LETTER * max(len(shortened(token, _LONGEST)) for token in source) + 8
    top = _LETTER * max(len(shortened(token, _LONGEST)) for token in target) + 8
    most = max(max(row) for row in plan) or 1.0
    marks = [
        tag("title", f"Transport plan of {cell}", id=f"{key}-title"),
        tag(
            "desc",
            f"{len(source)} foreign tokens in rows, {len(target)} English tokens in columns; "
            "stronger colour: more mass. The list below gives the largest of each row.",
            id=f"{key}-desc",
        ),
        tag(
            "rect", x=left, y=top, width=_SIDE * len(target), height=_SIDE * len(source),
            class_="field",
        ),
    ]  # fmt: skip
    for j, token in enumerate(target):
        x = left + _SIDE * (j + 0.5)
        at = f"translate({x:.1f} {top - 5:.1f}) rotate(-90)"
        marks.append(tag("text", shortened(token, _LONGEST), transform=at, y=4))
    for i, (token, row) in enumerate(zip(source, plan, strict=True)):
        y = top + _SIDE * i
        marks.append(
            tag(
                "text",
                shortened(token, _LONGEST),
                x=left - 5,
                y=y + _SIDE / 2 + 4,
                text_anchor="end",
            )
        )
        marks += [
            tag(
                "rect",
                tag("title", f"{token} → {target[j]}: {number(mass, digits=4)}"),
                x=left + _SIDE * j, y=y, width=_SIDE - 1, height=_SIDE - 1, class_="mass",
                fill_opacity=max(mass / most, 0.06),
            )
            for j, mass in enumerate(row)
            if mass > _LEAST * most
        ]  # fmt: skip
    width, height = left + _SIDE * len(target) + 2, top + _SIDE * len(source) + 2
    return PlanMap(
        cell=cell,
        source=" ".join(source),
        target=" ".join(target),
        drawing=tag(
            "svg", *marks, width=width, height=height, viewBox=f"0 0 {width:.0f} {height:.0f}",
            class_="heat", role="img", aria_labelledby=f"{key}-title {key}-desc",
        ),
        aligned=tuple(_largest(token, row, target) for token, row in zip(source, plan, strict=True)),
    )  # fmt: skip


def _largest(token: str, row: Sequence[float], target: Sequence[str]) -> tuple[str, str, str]:
    total = sum(row)
    if total <= 0:
        return token, "–", "–"
    best = max(range(len(row)), key=row.__getitem__)
    return token, target[best], f"{row[best] / total:.0%}"
