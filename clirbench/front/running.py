"""Reading, planning and running suites from Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Literal

from clirbench.display import display
from clirbench.errors import CellError
from clirbench.front.results import Results
from clirbench.results.events import Event, Reporter
from clirbench.running.execution import Execution, default_processes
from clirbench.running.planned import Planned
from clirbench.screen import Screen
from clirbench.session import Session
from clirbench.spec.model import Suite
from clirbench.spec.read import SuiteFile, read_suite
from clirbench.spec.toml import toml_text

__all__ = ["load", "plan", "run", "suite"]


def suite(file: Path | str, set: Mapping[str, object] | None = None) -> Suite:  # noqa: A002
    """Read and check a suite file.

    Args:
        file: the suite file (TOML).
        set: values to override, such as `{"training.pairs": 500, "method.optical.solver": "exact"}`.

    Raises:
        SuiteError: with every error of the file, each with its line and column.

    Example:
        >>> import clirbench
        >>> quick = clirbench.suite("suites/quick.toml", set={"suite.seeds": [1]})
        >>> quick.name, quick.seeds, str(quick.pairs[0])
        ('quick', (1,), 'qsw-en')
    """
    return _read(file, set).suite


def plan(
    suite: Path | str,
    set: Mapping[str, object] | None = None,  # noqa: A002
    *,
    only: Sequence[str] = (),
    results: Path | str | None = None,
    store: Path | str | None = None,
) -> Planned:
    """Say what a run of a suite would do: its cells, its stages, and which of them are done.

    Args:
        suite: the suite file.
        set: values to override.
        only: patterns of cells, such as `["sw-en/*/seed=1"]`; none: all.
        results: the results folder; None: results/NAME-OF-SUITE.
        store: folder of shared artifacts; None: in the cache.

    Raises:
        SuiteError: the suite is wrong, or a pattern matches nothing.
        DataError: a file that the suite names is missing.

    Example:
        >>> import clirbench
        >>> planned = clirbench.plan("suites/quick.toml", only=["qde-en/bm25"])
        >>> [str(cell) for cell in planned.cells]
        ['qde-en/bm25']
        >>> planned.stages
        {'run': 1, 'cell': 1}
    """
    return _session(_read(suite, set), results, store).planned(only)


def run(
    suite: Path | str,
    set: Mapping[str, object] | None = None,  # noqa: A002
    *,
    only: Sequence[str] = (),
    results: Path | str | None = None,
    store: Path | str | None = None,
    retry_failed: bool = False,
    device: str = "auto",
    threads: int | None = None,
    processes: int | None = None,
    deterministic: bool = False,
    mirror: Path | str | None = None,
    offline: bool = False,
    checkpoint_every: float = 10.0,
    fail_fast: bool = False,
    executor: Literal["here", "ray"] = "here",
    address: str | None = None,
    gpu_share: float = 1.0,
    tensorboard: Path | str | None = None,
    progress: bool = True,
) -> Results:
    """Run a suite: train, search, judge, compare. Cells that are done are skipped.

    An interrupted run is resumed by the same call. The other arguments are those of `clirbench run`.

    Args:
        suite: the suite file.
        set: values to override, such as `{"training.pairs": 500}`.
        only: patterns of the cells to make, such as `["sw-en/*"]`; none: all.
        results: the results folder; None: results/NAME-OF-SUITE.
        store: folder of shared artifacts; None: in the cache.
        retry_failed: make only the cells that failed last time.
        device: auto, cpu, cuda or mps.
        threads: CPU threads of a stage; None: 1, beside a GPU all cores.
        processes: stages that are made at once; None: what CLIRBENCH_PROCESSES says, else on a CPU as many
            as there are cores.
        deterministic: use only algorithms that repeat to the last bit on a GPU, too.
        mirror: a folder or zip file that downloads are taken from; None: the network.
        offline: never touch the network; what is missing is told before any work.
        checkpoint_every: minutes between two savings of a training.
        fail_fast: stop at the first failure.
        executor: here, or on a Ray cluster.
        address: of the Ray cluster.
        gpu_share: part of a GPU that a stage takes on a Ray cluster.
        tensorboard: folder that training steps are written to for TensorBoard; None: nowhere.
        progress: whether progress is shown, in a notebook or terminal.

    Returns:
        The results, also of cells that were made before; `Results.failed` names those that failed.

    Raises:
        SuiteError: the suite is wrong, or the device is not there.
        DataError: data cannot be had, or are damaged.
        StoreError: the results or the store cannot be written.
        CellError: every cell failed.
        KeyboardInterrupt: the work was stopped; what is done is kept.

    Example:
        >>> import clirbench
        >>> results = clirbench.run("suites/quick.toml", only=["qde-en/bm25"], progress=False)
        >>> [str(cell) for cell in results.cells.scores]
        ['qde-en/bm25']
    """
    file = _read(suite, set)
    execution = Execution(
        mirror=None if mirror is None else Path(mirror),
        offline=offline,
        device=device,
        deterministic=deterministic,
        threads=threads,
        processes=processes or default_processes(),
        checkpoint_every=checkpoint_every,
        fail_fast=fail_fast,
        executor=executor,
        address=address,
        gpu_share=gpu_share,
        tensorboard=None if tensorboard is None else Path(tensorboard),
    )
    console = Screen(quiet=not progress)
    with ExitStack() as stack:
        shown: Reporter = stack.enter_context(display(console)) if progress else _unseen
        ran = _session(file, results, store, console).run(
            execution, shown, only=only, retry_failed=retry_failed
        )
    if ran.failed and not ran.done:
        cell, why = next(iter(ran.failed.items()))
        raise CellError(f"no cell is done; {len(ran.failed)} failed, {cell} for one: {why}")
    return Results(ran.results.path)


def load(folder: Path | str) -> Results:
    """Read a results folder, as `run` and `clirbench run` leave one.

    Args:
        folder: the results folder.

    Raises:
        DataError: it is no results folder, or it is damaged.

    Example:
        >>> import clirbench
        >>> results = clirbench.load("results/ntrex-small")
        >>> results.name, len(results.cells.scores)
        ('ntrex', 77)
    """
    found = Results(folder)
    _ = found.suite  # an error is told here, not later
    return found


def _read(file: Path | str, set_: Mapping[str, object] | None) -> SuiteFile:
    return read_suite(
        Path(file), [f"{key}={toml_text(value)}" for key, value in (set_ or {}).items()]
    )


def _session(
    file: SuiteFile,
    results: Path | str | None,
    store: Path | str | None,
    console: Screen | None = None,
) -> Session:
    def says(text: str) -> None:
        if console is not None:
            console.print(text, soft_wrap=True)

    return Session(
        file=file,
        results=None if results is None else Path(results),
        store=None if store is None else Path(store),
        says=says,
    )


def _unseen(event: Event) -> None:
    del event
