"""Results as a notebook wants them: data frames, tables and figures that show themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from clirbench.errors import DataError, SuiteError
from clirbench.results.folder import Folder
from clirbench.spec.cell import Cell
from clirbench.wording import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

    from clirbench.analysis.answer import Answer
    from clirbench.report.table import ResultTable
    from clirbench.statistics import Comparisons

__all__ = ["Plots", "Results", "Table"]


class Results(Folder):
    """A results folder. Each part is read once, when it is first asked for.

    Beside what is listed here it has the parts of the folder as objects: `suite`, `cells`, `lacking`,
    `environment`, `costs`.

    Args:
        path: the folder.

    Example:
        >>> import clirbench
        >>> results = clirbench.load("results/ntrex-small")
        >>> print(results.answer)  # doctest: +ELLIPSIS
        optical is not shown to be better than sentence-contrastive on the low-resource pairs: -.018 ...
    """

    def scores(self) -> DataFrame:
        """Every topic's score: a row for each cell, topic and measure.

        Columns: pair, method, seed (missing for an untrained method), topic, measure, value.

        Raises:
            SuiteError: pandas is not installed.
            DataError: the folder is damaged.

        Example:
            >>> import clirbench
            >>> scores = clirbench.load("results/ntrex-small").scores()
            >>> means = scores[scores.measure == "AP"].groupby(["method", "pair"]).value.mean()
            >>> float(means["oracle", "sw-en"].round(3))
            0.753
        """
        rows = [
            (cell.pair, cell.method, cell.seed, topic, measure, value)
            for cell, topics in self.cells.scores.items()
            for topic, values in topics.items()
            for measure, value in values.items()
        ]
        columns = ("pair", "method", "seed", "topic", "measure", "value")
        return _frame(rows, columns).astype({"seed": "Int64"})

    def comparisons(self, measure: str | None = None) -> DataFrame:
        """Every comparison of two methods: a row for each pair of languages or macro mean.

        Columns: pair (or the macro mean's group), method, versus, difference (method less versus), low
        and high (its confidence interval), p, p_adjusted (within the family), family.

        Args:
            measure: such as "AP"; None: the suite's first.

        Raises:
            SuiteError: pandas is not installed, or the results have no such measure.
            DataError: the folder is damaged.

        Example:
            >>> import clirbench
            >>> found = clirbench.load("results/ntrex-small").comparisons("AP")
            >>> found = found[(found.method == "sentence-mse") & (found.versus == "optical")]
            >>> float(found.set_index("pair").difference["low"].round(3))
            0.005
        """
        from clirbench.statistics import Comparison

        every = self._by(measure)
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
        columns = (
            "pair",
            "method",
            "versus",
            "difference",
            "low",
            "high",
            "p",
            "p_adjusted",
            "family",
        )
        return _frame(list(dict.fromkeys(rows)), columns)

    def robustness(self) -> DataFrame:
        """What perturbed topics cost each method: a row for each way, severity, pair and method.

        Columns: perturbation, severity (0: topics as they are; missing: the area under the curve), pair
        (or the macro mean's group), method, mean, low, high; lost, lost_low and lost_high (the score less
        that on perturbed topics); versus, difference, p and p_adjusted (what it lost less what `versus`
        did); rbo (overlap with the rankings of topics as they are), harmed (share of topics worse than
        zero-shot on these), gap_closed. Empty where the suite perturbs no topics.

        Raises:
            SuiteError: pandas is not installed.
            DataError: the folder is damaged.

        Example:
            >>> import clirbench
            >>> clirbench.load("results/ntrex-small").robustness().empty  # it perturbs no topics
            True
        """
        from clirbench.analysis.robustness import read_robustness
        from clirbench.analysis.robustness_curves import COLUMNS, robustness_rows

        return _frame(list(robustness_rows(read_robustness(self))), COLUMNS)

    def table(
        self,
        measure: str | None = None,
        *,
        rows: Sequence[str] = (),
        columns: Sequence[str] = (),
        versus: str | None = None,
    ) -> Table:
        """The table of a measure: methods by language pairs. It shows itself in a notebook.

        Args:
            measure: such as "AP"; None: the suite's first.
            rows: patterns of the methods to show, such as `["optical*"]`; none: all.
            columns: patterns of pairs and macro means, such as `["sw-*", "low"]`; none: all.
            versus: the method that significance is marked against; None: the hypothesis's rival.

        Raises:
            SuiteError: the results have no such measure, method or pair.
            DataError: the folder is damaged.

        Example:
            >>> import clirbench
            >>> table = clirbench.load("results/ntrex-small").table("AP", columns=["low"])
            >>> print(table.to_markdown().splitlines()[0])
            ### ntrex: MAP
        """
        from clirbench.report.table import table_of

        return Table(table_of(self, self._by(measure), rows=rows, columns=columns, versus=versus))

    @cached_property
    def answer(self) -> Answer | None:
        """The suite's hypothesis, decided; as text it is the sentence for a paper. None: it has none.

        Example:
            >>> import clirbench
            >>> answer = clirbench.load("results/ntrex-small").answer
            >>> answer.verdict, round(answer.comparison.difference, 3)
            ('Not shown', -0.018)
        """
        from clirbench.analysis.answer import answer_of

        return answer_of(self.measures[0], self.suite.hypothesis) if self.cells.scores else None

    @property
    def failed(self) -> Mapping[Cell, str]:
        """The cells that are not done, and why.

        Example:
            >>> import clirbench
            >>> dict(clirbench.load("results/ntrex-small").failed)
            {}
        """
        return self.lacking

    @property
    def plot(self) -> Plots:
        """The figures of the report, drawn by matplotlib.

        Example:
            >>> import clirbench
            >>> figure = clirbench.load("results/ntrex-small").plot.differences()
            >>> type(figure).__name__
            'ShownFigure'
        """
        return Plots(self)

    def _by(self, measure: str | None) -> Comparisons:
        """The comparisons by a measure."""
        if measure is None:
            return self.measures[0]
        for found in self.measures:
            if found.measure == measure:
                return found
        there = ", ".join(found.measure for found in self.measures)
        raise SuiteError(f'no measure "{measure}"; the results have {there}')

    def __repr__(self) -> str:
        done, lacking = len(self.every.scores), len(self.lacking)
        return (
            f"<Results {self.name}: {done} of {counted(done + lacking, 'cell')} done, {self.path}>"
        )

    def _repr_html_(self) -> str:
        from html import escape

        if not self.cells.scores:
            return f"<p>{escape(repr(self))}</p>"
        answer = f"<p><strong>{escape(str(self.answer))}</strong></p>" if self.answer else ""
        return answer + self.table()._repr_html_()


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

    def to_latex(self) -> str:
        """The table for LaTeX with booktabs."""
        from clirbench.report.latex import latex_table

        return latex_table(self.laid_out)

    def to_frame(self) -> DataFrame:
        """The means as a data frame: methods in rows, language pairs and macro means in columns.

        Raises:
            SuiteError: pandas is not installed.
        """
        rows = [(m, *(e.found.mean for e in entries)) for m, entries in self.laid_out.rows]
        columns = ["method", *(column.name for column in self.laid_out.columns)]
        return _frame(rows, columns).set_index("method")

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

    def __init__(self, results: Results) -> None:
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

    def sizes(self) -> Figure:
        """Means by the number of sentence pairs; raises as `differences`."""
        return self._draw("bitext-size")

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


def _frame(rows: Sequence[tuple[Any, ...]], columns: Sequence[str]) -> DataFrame:
    try:
        import pandas as pd
    except ImportError as error:
        raise SuiteError(
            'data frames need pandas, which is not installed: pip install "clirbench[notebook]"'
        ) from error
    return pd.DataFrame(rows, columns=list(columns))
