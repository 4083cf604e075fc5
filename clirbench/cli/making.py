"""How stages are made: device, workers, logs, stopping, and the arguments for these."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from clirbench.cli.display import display
from clirbench.cli.options import cache_folder
from clirbench.data.lock import Lock
from clirbench.errors import SuiteError
from clirbench.running.events import Event, EventLog, Reporter
from clirbench.running.executor import Here, Outcome, Workers, execute
from clirbench.running.results import write_json
from clirbench.running.stage import Context, Stage
from clirbench.running.stop import Stop
from clirbench.running.store import Store
from clirbench.wording import counted, duration

if TYPE_CHECKING:
    from clirbench.running.ray_workers import RayWorkers

__all__ = ["add_making", "make_stages"]

_DEVICES = ("auto", "cpu", "cuda", "mps")
_LOGGER = logging.getLogger("clirbench.run")
_LOGGER.addHandler(
    logging.NullHandler()
)  # else warnings go to the terminal, which shows them itself


def add_making(parser: argparse.ArgumentParser) -> None:
    """Device, executor, checkpoints, mirror, logs."""
    parser.add_argument(
        "--mirror",
        type=Path,
        metavar="DIR|ZIP",
        help="take downloads from here, laid out as host/path, instead of the network (CLIRBENCH_MIRROR)",
    )
    parser.add_argument("--device", choices=_DEVICES, default="auto", help="default: auto")
    parser.add_argument(
        "--deterministic",
        action="store_true",
        help="only algorithms that repeat to the last bit on a GPU, too; slower",
    )
    parser.add_argument(
        "--threads",
        type=_positive(int),
        metavar="N",
        help="CPU threads of a stage; sums in another order differ in the last digits "
        "(default: all cores; with --executor ray 1)",
    )
    parser.add_argument(
        "--checkpoint-every",
        type=_positive(float),
        default=10.0,
        metavar="MINUTES",
        help="how often a training is saved so that it can go on after a crash (default: 10)",
    )
    parser.add_argument(
        "--fail-fast",
        action="store_true",
        help="stop at the first failure, instead of going on with the rest",
    )
    parser.add_argument(
        "--executor",
        choices=("here", "ray"),
        default="here",
        help="here: in this process; ray: on all nodes of a Ray cluster (pip install 'clirbench[ray]')",
    )
    parser.add_argument(
        "--address",
        metavar="ADDRESS",
        help="of the Ray cluster, such as auto or ray-head:6379 (default: one on this machine)",
    )
    parser.add_argument(
        "--gpu-share",
        type=_positive(float),
        default=1.0,
        metavar="SHARE",
        help="part of a GPU that a stage takes with --executor ray: with .25, four small cells at "
        "once on each (default: 1)",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="say more about each stage")
    parser.add_argument("--log-file", type=Path, metavar="FILE", help="write everything said there")


def _positive(kind: type[int | float]) -> Callable[[str], float]:
    def parse(text: str) -> float:
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f"must be > 0 (got {text})")
        return value

    parse.__name__ = "whole number" if kind is int else "number"
    return parse


def make_stages(
    arguments: argparse.Namespace,
    goals: Sequence[Stage],
    store: Store,
    lock: Lock,
    console: Console,
    *,
    recorded: bool,
) -> Outcome:
    """Make stages and all that they need, with the arguments of `add_making`.

    Args:
        arguments: of the command line.
        goals: what is to be there in the end.
        store: where it is to lie.
        lock: of the suite.
        console: where progress is shown.
        recorded: whether events and environment are written to the results folder.

    Raises:
        StoreError: the store or the results cannot be written to.
        SuiteError: the device or the Ray cluster is not there.
        KeyboardInterrupt: the user or the system asked to stop.
    """
    from clirbench.running.environment import environment

    _quieten()
    with ExitStack() as stack:
        stack.enter_context(_logging(arguments.log_file))
        report = _logged(stack.enter_context(display(console, verbose=arguments.verbose)))
        if recorded:
            report = stack.enter_context(EventLog(store.results, report))
        stop = stack.enter_context(Stop(_warn))
        if arguments.executor == "ray":
            ray, described = _on_ray(arguments, store, lock, report, stop)
            workers: Workers = stack.enter_context(ray)
        else:
            workers, described = _here(arguments, store, lock, report, stop)
        console.print(f"device: {described}", highlight=False)
        if recorded:
            write_json(store.results / "environment.json", environment(described))
        outcome = execute(goals, store, workers, report, fail_fast=arguments.fail_fast)
    made = counted(outcome.made, "stage")
    console.print(f"{made} made in {duration(outcome.seconds)}", highlight=False)
    return outcome


def _here(
    arguments: argparse.Namespace, store: Store, lock: Lock, report: Reporter, stop: Stop
) -> tuple[Workers, str]:
    from clirbench.data.download import Cache, default_mirror
    from clirbench.models.device import describe_device, prepare, resolve_device
    from clirbench.models.memory import MicroBatches

    if arguments.address:
        raise SuiteError("--address: only with --executor ray")
    device = resolve_device(arguments.device)
    prepare(threads=arguments.threads, deterministic=arguments.deterministic)

    def downloaded(url: str, done: int, total: int) -> None:
        report(Event(event="download", text=url, done=done, total=total))

    context = Context(
        fetch=Cache(cache_folder(), arguments.mirror or default_mirror(), downloaded, lock=lock),
        device=device,
        stopping=stop,
        checkpoint_every=60 * arguments.checkpoint_every,
        micro_batches=MicroBatches(),
    )
    return Here(store, context, report), describe_device(device)


def _on_ray(
    arguments: argparse.Namespace,
    store: Store,
    lock: Lock,
    report: Reporter,
    stop: Stop,
) -> tuple[RayWorkers, str]:
    from clirbench.data.download import default_mirror
    from clirbench.running.ray_workers import RayWorkers, Recipe

    recipe = Recipe(
        store=store.shared.absolute(),
        results=store.results.absolute(),
        cache=cache_folder().absolute(),
        mirror=arguments.mirror or default_mirror(),
        lock=lock.path.absolute(),
        device=arguments.device,
        threads=arguments.threads or 1,
        deterministic=arguments.deterministic,
        checkpoint_every=60 * arguments.checkpoint_every,
    )
    workers = RayWorkers(
        recipe,
        store,
        report,
        stop=stop,
        address=arguments.address,
        gpu_share=arguments.gpu_share,
    )
    return workers, workers.describe()


def _warn() -> None:
    sys.stderr.write("stopping after this step; once more to stop at once\n")


def _quieten() -> None:
    """Keep transformers' own bars and load reports out of the display."""
    import transformers

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()


@contextmanager
def _logging(path: Path | None) -> Iterator[None]:
    """Write what is said, also by libraries and as warnings, to a file."""
    if path is None:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise SuiteError(f"--log-file {path}: cannot be written: {error.strerror}") from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root, level = logging.getLogger(), _LOGGER.level
    root.addHandler(handler)
    _LOGGER.setLevel(logging.DEBUG)
    logging.captureWarnings(capture=True)
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        _LOGGER.setLevel(level)
        root.removeHandler(handler)
        handler.close()


_LEVELS = {
    "progress": logging.DEBUG,
    "download": logging.DEBUG,
    "note": logging.WARNING,
    "repaired": logging.WARNING,
    "failed": logging.ERROR,
}


def _logged(shown: Reporter) -> Reporter:
    """Log what is shown."""

    def report(event: Event) -> None:
        level = _LEVELS.get(event.event, logging.INFO)
        if _LOGGER.isEnabledFor(level):
            parts = [event.event, event.stage, event.text]
            if event.total:
                parts.append(f"{event.done} of {event.total}")
            if event.seconds:
                parts.append(f"{event.seconds} s")
            text = ": ".join(part for part in parts if part)
            _LOGGER.log(level, "%s", "\n".join(filter(None, [text, event.trace])))
        shown(event)

    return report
