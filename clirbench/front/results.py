"""Results as a notebook wants them: data frames, tables and figures that show themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.errors import SuiteError
from clirbench.front.shown import Plots, Table, compared, frame
from clirbench.results.folder import Folder
from clirbench.retrieval.measures import meant
from clirbench.spec.cell import Cell
from clirbench.wording import counted

if TYPE_CHECKING:
    from pandas import DataFrame

    from clirbench.analysis.answer import Answer
    from clirbench.front.student import Student
    from clirbench.statistics import Comparisons

__all__ = ["Results"]


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
        return frame(rows, columns).astype({"seed": "Int64"})

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
        return compared(self._by(measure))

    def interaction(self, measure: str | None = None) -> DataFrame:
        """Whether one step pays more here than there, as `statistics.interaction` of the suite asks.

        For `[["a", "b"], ["c", "d"]]` it is (a - b) - (c - d): a row for each pair of languages or macro
        mean. Columns: pair, first, second (the two differences), difference (first less second), low, high,
        p (not adjusted). Empty where the suite asks for none.

        Args:
            measure: such as "AP"; None: the suite's first.

        Raises:
            SuiteError: pandas is not installed, or the results have no such measure.
            DataError: the folder is damaged.

        Example:
            >>> import clirbench
            >>> clirbench.load("results/ntrex-small").interaction().empty  # its suite asks for none
            True
        """
        from clirbench.analysis.interaction import interaction_of

        by = self._by(measure).measure
        found = interaction_of(self.suite, self.cells.scores, self.clusters, by)
        rows = [
            (
                one.on,
                one.first_mean,
                one.second_mean,
                one.difference,
                *(one.claimed_interval or (None, None)),
                one.p,
            )
            for one in (found.comparisons if found else ())
        ]
        return frame(rows, ("pair", "first", "second", "difference", "low", "high", "p"))

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
        from clirbench.analysis.condition_curves import COLUMNS, robustness_rows

        return frame(list(robustness_rows(self)), COLUMNS)

    def sweep(self) -> DataFrame:
        """What the methods make of other bitexts: a row for each axis, value, pair and method.

        Columns: axis, value (as a suite file has it), sentences (pairs used, of the axis `pairs`), pair
        (or the macro mean's group), method, mean, low, high; versus, difference to it, its low and high, p
        and p_adjusted; lost, lost_low and lost_high (the suite's own score less that with the bitext);
        lost_more (what it lost less what `versus` did), its low, high, p and p_adjusted; harmed (share of
        topics worse than zero-shot), gap_closed. Empty where the suite has no sweep.

        Raises:
            SuiteError: pandas is not installed.
            DataError: the folder is damaged.

        Example:
            >>> import clirbench
            >>> clirbench.load("results/ntrex-small").sweep().empty  # it has no [sweep]
            True
        """
        from clirbench.analysis.condition_curves import SWEEP_COLUMNS, sweep_rows

        return frame(list(sweep_rows(self)), SWEEP_COLUMNS)

    def diagnosis(self) -> DataFrame:
        """What each cell's encoder makes of held-out translations: a row for each cell that was diagnosed.

        Columns: pair, method, seed (missing for an untrained method), language and sentences (number of
        pairs), measure and score (the suite's first, mean over topics), then the measures of
        docs/diagnosis.md; missing where one is not defined, or too few sentences were left. Empty where
        the suite has no [diagnosis].

        Raises:
            SuiteError: pandas is not installed.
            DataError: the folder is damaged.

        Example:
            >>> import clirbench
            >>> clirbench.load("results/ntrex-small").diagnosis().empty  # it asks for none
            True
        """
        from clirbench.analysis.diagnosis import COLUMNS, diagnosed_cells, diagnosis_rows

        found = frame(list(diagnosis_rows(diagnosed_cells(self))), COLUMNS)
        return found.astype({"seed": "Int64"})

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

    def student(
        self,
        cell: Cell | str,
        *,
        suite: Path | str | None = None,
        store: Path | str | None = None,
        device: str = "auto",
        threads: int | None = None,
        deterministic: bool = False,
        mirror: Path | str | None = None,
        progress: bool = True,
    ) -> Student:
        """The trained encoder of a cell, from the store; where it was deleted, it is trained again.

        A cell that trains nothing gives the teacher. `Student.export` writes a folder for transformers,
        sentence-transformers or PyLate.

        Args:
            cell: such as "sw-en/optical/seed=1".
            suite: the suite file, whose folder relative paths start from; None: the copy in the results.
            store: the store of the run; None: the one in the cache.
            device: auto, cpu, cuda or mps.
            threads: as for `clirbench.run`.
            deterministic: as for `clirbench.run`.
            mirror: as for `clirbench.run`.
            progress: whether progress is shown, in a notebook or terminal.

        Raises:
            SuiteError: there is no such cell, it has no encoder, or the suite cannot be read.
            CellError: it is not done, or its student cannot be trained again.
            DataError: the results are damaged, or were made of another suite, data or model.
            StoreError: the store cannot be written to.

        Example:
            >>> import clirbench
            >>> results = clirbench.run(
            ...     "suites/quick.toml",
            ...     {"training.pairs": 64, "teacher.training.epochs": 1},
            ...     only=["qsw-en/sentence-mse/seed=1"],
            ...     progress=False,
            ... )
            >>> student = results.student("qsw-en/sentence-mse/seed=1", progress=False)
            >>> student.encode(["tosel duk"])[0].shape[1]
            64
            >>> student.export("my-student", "pylate").name
            'my-student'
        """
        from clirbench.front.opening import student_of
        from clirbench.running.execution import Execution

        return student_of(
            self,
            cell if isinstance(cell, Cell) else Cell.parse(cell),
            execution=Execution(
                mirror=None if mirror is None else Path(mirror),
                device=device,
                threads=threads,
                deterministic=deterministic,
            ),
            suite=None if suite is None else Path(suite),
            store=None if store is None else Path(store),
            progress=progress,
        )

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
        there = [found.measure for found in self.measures]
        raise SuiteError(
            f'no measure "{measure}"; the results have {", ".join(there)}{meant(measure, there)}'
        )

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
