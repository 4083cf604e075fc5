"""Figures of a results folder as SVG and PDF, for papers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.analysis.condition_curves import robustness_curves, sweep_curves
from clirbench.analysis.conditions import read_conditions
from clirbench.analysis.focus import focus_of
from clirbench.analysis.gaps import gaps
from clirbench.analysis.learning_curves import learning_curves
from clirbench.analysis.ranking import ranking
from clirbench.analysis.robustness import PERTURBED
from clirbench.analysis.seed_means import seed_means
from clirbench.analysis.sweep import SWEPT
from clirbench.errors import DataError, SuiteError
from clirbench.report.figures.conditions import draw_conditions
from clirbench.report.figures.drawing import (
    draw_differences,
    draw_gaps,
    draw_languages,
    draw_topics,
)
from clirbench.report.figures.ranks import draw_ranks
from clirbench.report.figures.style import SIZES, USUAL, WIDTHS, Look, looking
from clirbench.report.figures.training import draw_learning
from clirbench.report.table import MEAN, table_of
from clirbench.results.folder import Folder
from clirbench.spec.model import titles_of
from clirbench.wording import close

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "check_look", "draw", "export_figures", "figures"]

FORMATS = ("svg", "pdf")
_GENERIC = ("serif", "sans-serif", "monospace")
_PASSES = 3
"""The layout of a pass starts from the sizes that labels had in the one before."""


def export_figures(
    results: Folder, folder: Path, *, versus: str | None = None, look: Look = USUAL
) -> tuple[Path, ...]:
    """Draw every figure that there is data for, by the suite's first measure.

    Args:
        results: a results folder in which something was measured.
        folder: to write to; made if it is not there.
        versus: the reference of differences; None: as for tables.
        look: width and letters.

    Returns:
        The files written.

    Raises:
        SuiteError: matplotlib or the font is not installed, or `versus` is no method that is compared.
        DataError: a file cannot be written.
    """
    written = []
    for name, make in figures(results, versus).items():
        figure = draw(make, look)
        if figure is not None:
            written += [_save(figure, folder / f"{name}.{ending}", look) for ending in FORMATS]
    return tuple(written)


def check_look(look: Look) -> None:
    """Make sure that figures can be drawn so.

    Raises:
        SuiteError: matplotlib or the font is not installed, or a size is none.
    """
    try:
        from matplotlib import font_manager
    except ImportError as error:
        raise SuiteError(
            'figures need matplotlib, which is not installed: pip install "clirbench[figures]"'
        ) from error
    low, high = WIDTHS
    if look.width is not None and not low <= look.width <= high:
        raise SuiteError(
            f"a figure's width must be {low:g} to {high:g} inches (got {look.width:g})"
        )
    low, high = SIZES
    if not low <= look.size <= high:
        raise SuiteError(
            f"the size of letters must be {low:g} to {high:g} points (got {look.size:g})"
        )
    if look.font and look.font not in _GENERIC:
        known = set(font_manager.get_font_names())
        if look.font not in known:
            near = close(look.font, known)
            raise SuiteError(f'the font "{look.font}" is not installed{near}')


def draw(make: Callable[[], Figure | None], look: Look = USUAL) -> Figure | None:
    """Draw a figure in the style of papers, and lay it out; None: there are no data for it.

    Raises:
        SuiteError: as `check_look`.
    """
    check_look(look)
    with looking(look):
        figure = make()
        if figure is not None:
            for _ in range(_PASSES):
                figure.draw_without_rendering()
            figure.set_layout_engine("none")  # what is laid out once is not laid out for each file
    return figure


def figures(results: Folder, versus: str | None) -> Mapping[str, Callable[[], Figure | None]]:
    """Give what draws each figure, by the name of its file.

    Raises:
        SuiteError: `versus` is no method that is compared.
    """
    main = results.measures[0]
    focus = focus_of(main)
    table = table_of(results, main, versus=versus)
    seeds = seed_means(results.cells, main.measure)
    titles = titles_of(results.suite)
    found: dict[str, Callable[[], Figure | None]] = {
        "differences": partial(draw_differences, table, main, titles),
        "languages": partial(draw_languages, table, main, seeds, focus, titles),
        "ranks": partial(draw_ranks, ranking(main), main.design, focus, titles),
        "high-low": partial(draw_gaps, gaps(main), main.measure, titles),
        "learning": partial(draw_learning, learning_curves(results), main.design, titles),
    }
    perturbed = read_conditions(results, PERTURBED)
    for name, curves in (
        ("robustness", robustness_curves(perturbed, results.suite.hypothesis)),
        ("sweep", sweep_curves(results, read_conditions(results, SWEPT))),
    ):
        found[name] = partial(draw_conditions, curves, focus, titles)
    if focus:
        means = results.topic_means(main.measure)
        pairs = [column.name for column in table.columns if column.group != MEAN]
        found["topics"] = partial(draw_topics, means, focus, main.measure, pairs, titles)
    return found


def _save(figure: Figure, path: Path, look: Look) -> Path:
    made = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}[path.suffix[1:]]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with looking(look):
            figure.savefig(path, metadata=made)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error
    return path
