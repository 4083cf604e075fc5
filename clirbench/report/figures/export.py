"""Figures of a results folder as SVG and PDF, for papers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.analysis.focus import focus_of
from clirbench.analysis.gaps import gaps
from clirbench.analysis.learning_curves import learning_curves
from clirbench.analysis.ranking import ranking
from clirbench.analysis.robustness import read_robustness
from clirbench.analysis.robustness_curves import robustness_curves
from clirbench.analysis.seed_means import seed_means
from clirbench.analysis.size_curves import size_curves
from clirbench.errors import DataError, SuiteError
from clirbench.report.figures.drawing import (
    draw_differences,
    draw_gaps,
    draw_languages,
    draw_topics,
)
from clirbench.report.figures.ranks import draw_ranks
from clirbench.report.figures.robustness import draw_robustness
from clirbench.report.figures.style import RC
from clirbench.report.figures.training import draw_learning, draw_sizes
from clirbench.report.table import table_of
from clirbench.results.folder import Folder

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "draw", "export_figures", "figures"]

FORMATS = ("svg", "pdf")


def export_figures(results: Folder, folder: Path, *, versus: str | None = None) -> tuple[Path, ...]:
    """Draw every figure that there is data for, by the suite's first measure.

    Args:
        results: a results folder in which something was measured.
        folder: to write to; made if it is not there.
        versus: the reference of differences; None: as for tables.

    Returns:
        The files written.

    Raises:
        SuiteError: matplotlib is not installed, or `versus` is no method that is compared.
        DataError: a file cannot be written.
    """
    written = []
    for name, make in figures(results, versus).items():
        figure = draw(make)
        if figure is not None:
            written += [_save(figure, folder / f"{name}.{ending}") for ending in FORMATS]
    return tuple(written)


def draw(make: Callable[[], Figure | None]) -> Figure | None:
    """Draw a figure in the style of papers, and lay it out; None: there are no data for it.

    Raises:
        SuiteError: matplotlib is not installed.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise SuiteError(
            'figures are drawn by matplotlib, which is not installed: pip install "clirbench[figures]"'
        ) from error
    with mpl.rc_context(RC):
        figure = make()
        if figure is not None:
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
    found: dict[str, Callable[[], Figure | None]] = {
        "differences": partial(draw_differences, table, main),
        "languages": partial(draw_languages, table, main, seeds, focus),
        "ranks": partial(draw_ranks, ranking(main), main.design, focus),
        "high-low": partial(draw_gaps, gaps(main), main.measure),
        "learning": partial(draw_learning, learning_curves(results), main.design),
        "bitext-size": partial(draw_sizes, size_curves(results, main), main.measure, focus),
    }
    curves = robustness_curves(read_robustness(results), results.suite.hypothesis)
    found["robustness"] = partial(draw_robustness, curves, focus)
    if focus:
        means = results.topic_means(main.measure)
        found["topics"] = partial(draw_topics, means, focus, main.measure)
    return found


def _save(figure: Figure, path: Path) -> Path:
    import matplotlib as mpl

    made = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}[path.suffix[1:]]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with mpl.rc_context(RC):
            figure.savefig(path, metadata=made)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error
    return path
