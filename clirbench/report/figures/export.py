"""Figures of a results folder as SVG and PDF, for papers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.errors import DataError, SuiteError
from clirbench.report.contents import Contents, focus_of
from clirbench.report.figures.drawing import (
    draw_differences,
    draw_gaps,
    draw_languages,
    draw_topics,
)
from clirbench.report.figures.gaps import gaps
from clirbench.report.figures.learning import curves
from clirbench.report.figures.seeds import seed_means
from clirbench.report.figures.sizes import size_curves
from clirbench.report.figures.style import RC
from clirbench.report.figures.training import draw_learning, draw_sizes
from clirbench.report.folder import topic_means
from clirbench.report.table import result_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "export_figures"]

FORMATS = ("svg", "pdf")


def export_figures(
    contents: Contents, folder: Path, *, versus: str | None = None
) -> tuple[Path, ...]:
    """Draw every figure that there is data for, by the suite's first measure.

    Args:
        contents: of a results folder in which something was measured.
        folder: to write to; made if it is not there.
        versus: the reference of differences; None: as for tables.

    Returns:
        The files written.

    Raises:
        SuiteError: matplotlib is not installed, or `versus` is no method that is compared.
        DataError: a file cannot be written.
    """
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise SuiteError(
            'figures are drawn by matplotlib, which is not installed: pip install "clirbench[figures]"'
        ) from error
    written = []
    with mpl.rc_context(RC):
        for name, draw in _figures(contents, versus).items():
            figure = draw()
            if figure is not None:
                figure.draw_without_rendering()
                figure.set_layout_engine(
                    "none"
                )  # what is laid out once is not laid out for each file
                written += [_save(figure, folder / f"{name}.{ending}") for ending in FORMATS]
    return tuple(written)


def _figures(contents: Contents, versus: str | None) -> Mapping[str, Callable[[], Figure | None]]:
    """Name of a file → what draws it."""
    main = contents.measures[0]
    focus = focus_of(main)
    table = result_table(main, suite=contents.name, versus=versus)
    seeds = seed_means(contents.cells, main.measure)
    figures: dict[str, Callable[[], Figure | None]] = {
        "differences": partial(draw_differences, table, main),
        "languages": partial(draw_languages, table, main, seeds, focus),
        "high-low": partial(draw_gaps, gaps(main), main.measure),
        "learning": partial(draw_learning, curves(contents), main.design),
        "bitext-size": partial(draw_sizes, size_curves(contents, main), main.measure, focus),
    }
    if focus:
        means = topic_means(contents.cells, main.measure, where=contents.folder)
        figures["topics"] = partial(draw_topics, means, focus, main.measure)
    return figures


def _save(figure: Figure, path: Path) -> Path:
    made = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}[path.suffix[1:]]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata=made)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error
    return path
