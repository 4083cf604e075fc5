"""A suite, from its file to its table: what is planned, and what a run does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.data.base import Fetch
from clirbench.data.lock import Lock
from clirbench.errors import DataError, SuiteError
from clirbench.files import write_text
from clirbench.offline import offline
from clirbench.results.events import Reporter
from clirbench.results.names import CELLS, COSTS, ERROR_LOG, SCORES, SUITE, TABLE, TRAINING
from clirbench.results.reading import check_links, default_results
from clirbench.results.writing import exclusive, sweep_results, write_checked, write_suite
from clirbench.running.diagnoses import Diagnoses
from clirbench.running.execution import Execution, make_stages
from clirbench.running.executor import Failure, Outcome, pending
from clirbench.running.plan import plan_stages
from clirbench.running.planned import Planned, expected
from clirbench.running.stage import Stage, walk
from clirbench.running.stages.cell import CellStage
from clirbench.running.stages.sentences import SentencesStage
from clirbench.running.store import Store, store_folder
from clirbench.running.untouched import Untouched, Watched
from clirbench.spec.cell import Cell, cells, select
from clirbench.spec.data_needs import DataNeeds
from clirbench.spec.model import Suite
from clirbench.spec.read import SuiteFile, read_source

if TYPE_CHECKING:
    from clirbench.results.folder import Folder

__all__ = ["Ran", "Session", "analyse_again"]


def _unheard(text: str) -> None:
    del text


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """Outcome of a run."""

    results: Folder
    chosen: tuple[Cell, ...]
    """The cells that were asked for."""
    done: frozenset[Cell]
    """The finished cells of the suite, whenever they were made."""
    failed: Mapping[Cell, str]
    """The cells that failed in this run, and why."""
    undiagnosed: frozenset[Cell] = frozenset()
    """Finished cells among those asked for that should have a diagnosis but have none."""


@dataclass(frozen=True, kw_only=True)
class Session:
    """A suite file, and where its artifacts and results go.

    Args:
        file: the suite as it was read.
        results: its results folder; None: results/NAME-OF-SUITE.
        store: folder of shared artifacts; None: in the cache.
    """

    file: SuiteFile
    results: Path | None = None
    store: Path | None = None
    says: Callable[[str], None] = _unheard
    """Called with what the user should know."""

    @property
    def suite(self) -> Suite:
        """The suite."""
        return self.file.suite

    @property
    def artifacts(self) -> Store:
        """Where stages lie."""
        return Store(
            shared=store_folder(self.store),
            results=self.results or default_results(self.suite.name),
            keep=self.suite.keep,
        )

    @property
    def lock(self) -> Lock:
        """The checksums of files that are trusted on first use."""
        return Lock.beside(self.file.path)

    def stages(self, only: Sequence[str] = ()) -> Mapping[Cell, CellStage]:
        """Lay out the stages of the cells that match a pattern such as `sw-en/*/seed=1`; none: of all.

        Raises:
            SuiteError: a pattern matches nothing, or the backbone's folder is not complete.
            DataError: a file that the suite names is missing.
        """
        return plan_stages(self.suite, select(self.suite, only), self.lock)

    def planned(self, only: Sequence[str] = ()) -> Planned:
        """Say what a run would do, after a look at the heads of the user's files; as `stages` raises."""
        DataNeeds.of_suite(self.suite, self.lock).glance()
        store, stages = self.artifacts, self.stages(only)
        diagnoses = Diagnoses(self.suite, self.lock, store)
        making = pending(diagnoses.goals(stages), store)
        return Planned(
            suite=self.suite,
            cells={cell: store.done(stage) for cell, stage in stages.items()},
            stages=dict(Counter(stage.kind for stage in walk(diagnoses.every(stages)))),
            to_make=dict(Counter(stage.kind for stage in making)),
            expected=expected(making, store),
            cut={
                stage.title: stage.told(store.folder(stage))
                for stage in walk(stages.values())
                if isinstance(stage, SentencesStage) and store.done(stage)
            },
        )

    def run(
        self,
        execution: Execution,
        shown: Reporter,
        *,
        only: Sequence[str] = (),
        retry_failed: bool = False,
        warns: Callable[[str], None] | None = None,
    ) -> Ran:
        """Make the cells that are not done, and compare all that are.

        Args:
            execution: how stages are made.
            shown: is told every event.
            only: patterns of the cells to make; none: all.
            retry_failed: only those of them that failed last time.
            warns: as for `make_stages`.

        Raises:
            SuiteError: as `stages`, or the device is not there.
            DataError: data of the suite cannot be had, or the results folder is damaged.
            StoreError: the store or the results cannot be written to.
            KeyboardInterrupt: the user or the system asked to stop; what is done is kept.
        """
        from clirbench.analysis.analysis_plan import record_plan
        from clirbench.methods.registry import of_this_process
        from clirbench.results.folder import Folder
        from clirbench.running.costs import costs
        from clirbench.running.needs import trust
        from clirbench.running.origins import write_origins

        suite, store, lock = self.suite, self.artifacts, self.lock
        results = store.results
        if of_this_process(entry.method for entry in suite.methods):
            execution = replace(execution, processes=1)
        if retry_failed and not results.is_dir():
            raise SuiteError(f"--retry failed: no results folder {results}; nothing was run")
        waits = f"another process works on {results}; waiting for it"
        with self.offline(execution, only), exclusive(results, lambda: self.says(waits)):
            check_links(results)
            sweep_results(results)
            trust(suite, lock, execution.cache(lock), self.says)
            everything = plan_stages(suite, cells(suite), lock)
            chosen = {cell: everything[cell] for cell in select(suite, only)}
            if retry_failed:
                chosen = {c: s for c, s in chosen.items() if (store.folder(s) / ERROR_LOG).exists()}
                if not chosen:
                    self.says(f"--retry failed: no cell failed in {results}")
            write_suite(results, self.file)
            record_plan(results, suite)
            diagnoses = Diagnoses(suite, lock, store)
            with store.uses.begun(each.identity() for each in walk(diagnoses.every(chosen))):
                store.drop_damaged(
                    everything.values(), self.says
                )  # nothing damaged is to be in a table
                failed = self._make(
                    chosen,
                    diagnoses,
                    lambda goals: make_stages(
                        goals, store, lock, execution, shown, says=self.says, warns=warns
                    ),
                )
                write_origins(store, walk(chosen.values()))
                done = {cell: stage for cell, stage in everything.items() if store.done(stage)}
                for stage in done.values():  # of an attempt with other settings
                    (store.folder(stage) / ERROR_LOG).unlink(missing_ok=True)
                undiagnosed = diagnoses.write(done) & chosen.keys()
                if done:
                    write_checked(results / COSTS, costs(store, done))
                if any(not cell.varied for cell in done):
                    if suite.collection.cluster != "topic":  # its file is read again
                        for stage in done.values():
                            Untouched(stage)
                    identities = {cell: stage.identity() for cell, stage in done.items()}
                    _analyse(suite, results, execution.cache(lock), identities)
        return Ran(
            results=Folder(results),
            chosen=tuple(chosen),
            done=frozenset(done),
            failed=failed,
            undiagnosed=undiagnosed,
        )

    @contextmanager
    def offline(self, execution: Execution, only: Sequence[str] = ()) -> Iterator[None]:
        """Work without a network, if the execution says so, once all that is needed is known to be here.

        Raises:
            DataError: with all that is missing.
        """
        with offline(execution.offline, sockets=execution.executor != "ray"):
            if execution.offline:
                from clirbench.running.needs import check_at_hand

                store, cache = self.artifacts, execution.cache(self.lock)
                goals = Diagnoses(self.suite, self.lock, store).goals(self.stages(only))
                check_at_hand(goals, self.suite, self.lock, store, cache)
            yield

    def _make(
        self,
        chosen: Mapping[Cell, CellStage],
        diagnoses: Diagnoses,
        make: Callable[[Sequence[Stage]], Outcome],
    ) -> dict[Cell, str]:
        """Make the cells that are not done; give those that failed."""
        goals, store = diagnoses.goals(chosen), diagnoses.store
        if told := diagnoses.told(chosen):
            self.says(told)
        if all(map(store.done, goals)):
            if chosen:
                every = f"all {len(chosen)} cells are" if len(chosen) > 1 else "the cell is"
                self.says(f"nothing to do: {every} done; see {store.results}")
            return {}
        outcome = make(goals)
        failed: dict[Cell, Failure] = {
            cell: outcome.failed[stage.identity()]
            for cell, stage in chosen.items()
            if stage.identity() in outcome.failed
        }
        for cell, failure in failed.items():
            text = failure.trace + failure.text + "\n"
            write_text(store.results / CELLS / str(cell) / ERROR_LOG, text)
        return {cell: failure.text for cell, failure in failed.items()}


def analyse_again(
    results: Path,
    execution: Execution,
    *,
    suite: Path | None = None,
    smallest_effect: float | None = None,
    waits: Callable[[], object] = lambda: None,
) -> Folder:
    """Compare the cells of a results folder again, by the statistics of this version.

    Args:
        results: the folder; its comparisons and its table are replaced.
        execution: where downloads are taken from.
        suite: the suite file, from whose folder relative paths start; None: the folder's copy.
        smallest_effect: difference that matters; None: the suite's, or the one of the latest analysis.
        waits: called once if a run holds the folder, before waiting for its end.

    Raises:
        SuiteError: the suite cannot be read.
        DataError: the collection is not at hand, or lacks topics of the results.
        StoreError: the folder cannot be written to.
    """
    from clirbench.analysis.analysis_plan import latest_effect, record_plan
    from clirbench.results.folder import Folder

    with exclusive(results, waits):
        folder = Folder(results)
        # The suite as it was run, but for its collection, whose files are to be read.
        collection = read_source(suite or results / SUITE, folder.overrides)
        ran = replace(folder.suite, collection=collection)
        effect = smallest_effect or ran.statistics.smallest_effect or latest_effect(results)
        ran = replace(ran, statistics=replace(ran.statistics, smallest_effect=effect))
        fetch = execution.cache(Lock.beside(suite or results / SUITE))
        done = {
            cell: str(folder.records[cell]["identity"])
            for cell in cells(ran)
            if cell in folder.every.scores
        }
        record_plan(results, ran)
        _analyse(ran, results, fetch, done)
    return Folder(results)


def _analyse(suite: Suite, results: Path, fetch: Fetch, done: Mapping[Cell, str]) -> None:
    """Note which topics belong together, compare, and write the table.

    Args:
        suite: the suite.
        results: the results folder.
        fetch: gives downloads.
        done: the cells whose scores are there, each with its identity.
    """
    from clirbench.analysis.comparing import analyse
    from clirbench.analysis.learning_curves import learning_curves, training_csv
    from clirbench.report.markdown import markdown_page
    from clirbench.results.clusters import Clusters, write_clusters
    from clirbench.results.folder import Folder
    from clirbench.results.scores import read_scores

    source, shown = suite.collection, {cell.pair: cell for cell in done}
    fetch = Watched(fetch)
    of = {}
    if source.cluster != "topic":
        for pair in [pair for pair in suite.pairs if str(pair) in shown]:
            topics = read_scores(results / CELLS / str(shown[str(pair)]) / SCORES).keys()
            every = source.clusters(fetch, pair.query)
            if unknown := sorted(topics - every.keys()):
                raise DataError(
                    f"{results}: {pair} has scores of topics that {source.name} lacks, such as "
                    f"{unknown[0]}"
                )
            of[str(pair)] = {topic: name for topic, name in every.items() if topic in topics}
    fetch.check("the comparison")
    write_clusters(results, Clusters(name=source.cluster, of=of))
    analyse(suite, results, done)
    if curves := learning_curves(Folder(results)):
        write_text(results / TRAINING, training_csv(curves))
    write_text(results / TABLE, markdown_page(Folder(results)))
