"""The arguments for how stages are made, and what is shown while they are."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from clirbench.cli.options import add_mirror, add_offline
from clirbench.errors import SuiteError
from clirbench.running.execution import LOGGER, PROCESSES, Execution, default_processes

__all__ = ["add_execution", "execution_of", "log_to", "warn"]

_DEVICES = ("auto", "cpu", "cuda", "mps")


def add_execution(parser: argparse.ArgumentParser) -> None:
    """Device, executor, checkpoints, mirror, logs."""
    add_mirror(parser)
    add_offline(parser)
    parser.add_argument("--device", choices=_DEVICES, default="auto", help="default: auto")
    parser.add_argument(
        "--deterministic",
        action="store_true",
        help="use only algorithms that repeat to the last bit on a GPU too; slower",
    )
    parser.add_argument(
        "--threads",
        type=_positive(int),
        metavar="N",
        help="CPU threads of a stage (default: 1; beside a GPU all cores). More help if there "
        "are fewer stages than cores and the encoder is at least of MiniLM's size. Another "
        "number changes the last digits.",
    )
    parser.add_argument(
        "--processes",
        type=_positive(int),
        metavar="N",
        help="stages that run at once, each in its own process; the numbers are the same. "
        f"Default: {PROCESSES}, else as many as the cores allow; on a GPU 1.",
    )
    parser.add_argument(
        "--checkpoint-every",
        type=_positive(float),
        default=10.0,
        metavar="MINUTES",
        help=(
            "minutes between checkpoints of a training, from which it resumes after a crash "
            "(default: 10)"
        ),
    )
    parser.add_argument(
        "--fail-fast",
        action="store_true",
        help="stop at the first failure; otherwise go on with the rest",
    )
    parser.add_argument(
        "--executor",
        choices=("here", "ray"),
        default="here",
        help="here: on this machine; ray: on all nodes of a Ray cluster (pip install 'clirbench[ray]')",
    )
    parser.add_argument(
        "--address",
        metavar="ADDRESS",
        help=(
            "address of the Ray cluster, such as auto or ray-head:6379 (default: one on this "
            "machine)"
        ),
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
    parser.add_argument("--log-file", type=Path, metavar="FILE", help="write the log to this file")


def execution_of(arguments: argparse.Namespace) -> Execution:
    """What the arguments of `add_execution` say."""
    return Execution(
        mirror=arguments.mirror,
        offline=arguments.offline,
        device=arguments.device,
        deterministic=arguments.deterministic,
        threads=arguments.threads,
        processes=arguments.processes or default_processes(),
        checkpoint_every=arguments.checkpoint_every,
        fail_fast=arguments.fail_fast,
        executor=arguments.executor,
        address=arguments.address,
        gpu_share=arguments.gpu_share,
    )


def _positive(kind: type[int | float]) -> Callable[[str], float]:
    def parse(text: str) -> float:
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f"must be > 0 (got {text})")
        return value

    parse.__name__ = "whole number" if kind is int else "number"
    return parse


def warn(text: str) -> None:
    """Say something from within a signal handler, past the display."""
    sys.stderr.write(f"{text}\n")


@contextmanager
def log_to(path: Path | None) -> Iterator[None]:
    """Write what is said, also by libraries and as warnings, to a file; None: nowhere."""
    if path is None:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise SuiteError(f"--log-file {path}: cannot be written: {error.strerror}") from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root, level = logging.getLogger(), LOGGER.level
    root.addHandler(handler)
    LOGGER.setLevel(logging.DEBUG)
    logging.captureWarnings(capture=True)
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        LOGGER.setLevel(level)
        root.removeHandler(handler)
        handler.close()
