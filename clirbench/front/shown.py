"""Tables and figures of results, which show themselves in a notebook."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from clirbench.errors import DataError, SuiteError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from clirbench.report.table import ResultTable
    from clirbench.results.folder import Folder
    from clirbench.statistics import Comparisons

__all__ = ["Plots", "Table", "compared", "frame"]


class Table:
    """A table of results; it shows itself in a notebook and prints itself in a terminal.

    Example:
        >>> import clirbench
        >>> table = clirbench.load("results/ntrex-small").table("AP", columns=["low", "high"])
        >>> table.to_frame().round(3).loc["oracle"].tolist()
        [0.753, 0.753]
    """

    def __init__(self, laid_out: ResultTable) -> None:
        self.laid_out = laid_out

    def to_markdown(self) -> str:
        """The table in GitHub's Markdown."""
        from clirbench.report.markdown import markdown_table

        return markdown_table(self.laid_out)

    def to_latex(
        self,
        *,
        fit: Literal["column", "page"] | None = None,
        width: float | None = None,
        label: str | None = None,
        caption: str | None = None,
    ) -> str:
        """The table for LaTeX with booktabs.

        Args:
            fit: choose letters and layout so that it fits a column or a page of a paper.
            width: points that the column or page has; None: as in the narrowest of the usual styles.
            label: for `ref`.
            caption: LaTeX; None: the measure and the suite.

        Raises:
            SuiteError: it does not fit in any way.
        """
        from clirbench.report.latex import Paper, latex_table

        return latex_table(self.laid_out, Paper(fit=fit, width=width, label=label, caption=caption))

    def to_frame(self) -> DataFrame:
        """The means as a data frame: methods in rows, language pairs and macro means in columns.

        Raises:
            SuiteError: pandas is not installed.
        """
        rows = [(m, *(e.found.mean for e in entries)) for m, entries in self.laid_out.rows]
        columns = ["method", *(column.name for column in self.laid_out.columns)]
        return frame(rows, columns).set_index("method")

    def __str__(self) -> str:
        from clirbench.report.terminal import terminal_text

        return terminal_text(self.laid_out)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from clirbench.report.html_table import html_table

        return html_table(self.laid_out)


class Plots:
    """The figures of the report, as matplotlib figures that show themselves in a notebook.

    Example:
        >>> import clirbench
        >>> plot = clirbench.load("results/ntrex-small").plot
        >>> plot.differences(versus="sentence-mse").savefig("differences.pdf")
    """

    def __init__(self, results: Folder) -> None:
        self._results = results

    def differences(self, versus: str | None = None) -> Figure:
        """Each trained method less the reference, with intervals, by language pair.

        Args:
            versus: the reference; None: the hypothesis's rival.

        Raises:
            SuiteError: matplotlib is not installed, or the results have no such method.
            DataError: there is nothing to draw.
        """
        return self._draw("differences", versus)

    def languages(self) -> Figure:
        """Every method's mean on every language pair; raises as `differences`."""
        return self._draw("languages")

    def topics(self) -> Figure:
        """The hypothesis's two methods, topic by topic; raises as `differences`."""
        return self._draw("topics")

    def ranks(self) -> Figure:
        """Mean ranks over the language pairs, and who is not told apart; raises as `differences`."""
        return self._draw("ranks")

    def gaps(self) -> Figure:
        """Means by resource class; raises as `differences`."""
        return self._draw("high-low")

    def learning(self) -> Figure:
        """The loss over the steps of training; raises as `differences`."""
        return self._draw("learning")

    def sweep(self) -> Figure:
        """Means by sentence pairs used, and by the share mis-paired; raises as `differences`."""
        return self._draw("sweep")

    def robustness(self) -> Figure:
        """Means by the share of words that are perturbed; raises as `differences`."""
        return self._draw("robustness")

    def _draw(self, name: str, versus: str | None = None) -> Figure:
        from clirbench.report.figures.export import draw, figures

        make: Callable[[], Figure | None] | None = figures(self._results, versus).get(name)
        figure = draw(make) if make else None
        if figure is None:
            raise DataError(f"{self._results.path}: has nothing to draw for the figure {name}")
        return figure


def compared(every: Comparisons) -> DataFrame:
    """A data frame of the comparisons by a measure; raises as `frame`."""
    from clirbench.statistics import Comparison

    primary = [every.primary] if isinstance(every.primary, Comparison) else []
    rows = [
        (
            one.on,
            one.first,
            one.second,
            one.difference,
            *(one.claimed_interval or (None, None)),
            one.p,
            one.p_adjusted,
            one.family,
        )
        for one in (*primary, *every.comparisons)
    ]
    columns = ["pair", "method", "versus", "difference", "low", "high", "p", "p_adjusted", "family"]
    return frame(list(dict.fromkeys(rows)), columns)


def frame(rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> DataFrame:
    """A data frame of rows.

    Raises:
        SuiteError: pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise SuiteError(
            'data frames need pandas, which is not installed: pip install "clirbench[notebook]"'
        ) from error
    return pd.DataFrame(rows, columns=list(columns))
