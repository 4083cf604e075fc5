"""Arguments that commands share."""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.errors import SuiteError

if TYPE_CHECKING:
    from clirbench.analysis.regression import Rule
    from clirbench.results.folder import Folder
    from clirbench.screen import Screen
    from clirbench.session import Session

__all__ = [
    "add_mirror",
    "add_offline",
    "add_places",
    "add_rule",
    "add_seed_sd",
    "add_sources",
    "add_suite",
    "cache_folder",
    "nothing_done",
    "number_that",
    "positive",
    "rule_of",
    "seed_sd_of",
    "session_of",
    "tell_doubts",
]


def add_suite(parser: argparse.ArgumentParser) -> None:
    """SUITE, --set and --only."""
    parser.add_argument("suite", type=Path, metavar="SUITE", help="suite file (TOML)")
    parser.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a value of the suite, such as training.pairs=2000, suite.seeds=[1,2,3] or "
        "method.optical.solver=exact",
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PATTERN",
        help="run only the cells that match, such as 'sw-en/*/seed=1'; may be repeated",
    )


def add_places(parser: argparse.ArgumentParser) -> None:
    """--results and --store."""
    parser.add_argument(
        "--results",
        type=Path,
        metavar="DIR",
        help="results folder (default: results/NAME-OF-SUITE)",
    )
    parser.add_argument(
        "--store",
        type=Path,
        metavar="DIR",
        help="folder of shared artifacts (default: in the cache)",
    )


def add_sources(parser: argparse.ArgumentParser, purpose: str = "") -> None:
    """--suite and --mirror, of commands that read the collection of a results folder.

    Args:
        parser: the command's.
        purpose: what the collection is read for, where not all of the command needs it.
    """
    parser.add_argument(
        "--suite",
        type=Path,
        metavar="FILE",
        help=f"{purpose}the suite file; relative paths start from its folder (default: the copy "
        "in RESULTS)",
    )
    add_mirror(parser)


def add_mirror(parser: argparse.ArgumentParser) -> None:
    """--mirror, of commands that read a collection."""
    parser.add_argument(
        "--mirror",
        type=Path,
        metavar="DIR|ZIP",
        help="take downloads from here, laid out as host/path, instead of the network (CLIRBENCH_MIRROR)",
    )


def add_offline(parser: argparse.ArgumentParser) -> None:
    """--offline, of commands that read data or models."""
    parser.add_argument(
        "--offline",
        action="store_true",
        help="never use the network; what is missing on this machine is reported first (fetch "
        "it elsewhere with `clirbench data get SUITE --to FOLDER`, then give --mirror "
        "FOLDER)",
    )


def cache_folder() -> Path:
    """The cache: CLIRBENCH_CACHE, or the platform's."""
    from clirbench.data.download import default_folder

    return default_folder()


def session_of(arguments: argparse.Namespace, console: Screen | None = None) -> Session:
    """Read the suite that the arguments of `add_suite` and `add_places` name.

    Args:
        arguments: of the command line.
        console: where what the user should know is printed.

    Raises:
        SuiteError: with all that is wrong with the suite.
    """
    from clirbench.methods.registry import strangers
    from clirbench.session import Session
    from clirbench.spec.read import read_suite

    file = read_suite(arguments.suite, arguments.overrides)

    def says(text: str) -> None:
        if console is not None:
            console.print(text, soft_wrap=True)

    for method in strangers({each.label: each.method for each in file.suite.methods}):
        says(f"runs code that is not clirbench's: {method}")
    return Session(file=file, results=arguments.results, store=arguments.store, says=says)


def add_rule(parser: argparse.ArgumentParser) -> None:
    """--tolerance, --alpha and --seed-sd."""
    from clirbench.analysis.regression import Rule

    rule = Rule()
    parser.add_argument(
        "--tolerance",
        type=float,
        default=rule.tolerance,
        metavar="T",
        help="largest drop of a mean that is not a regression (default: %(default)s)",
    )
    parser.add_argument(
        "--alpha",
        type=float,
        default=rule.alpha,
        metavar="A",
        help="level of significance, Holm-corrected over the whole baseline (default: %(default)s)",
    )
    add_seed_sd(parser)


def add_seed_sd(parser: argparse.ArgumentParser) -> None:
    """--seed-sd."""
    parser.add_argument(
        "--seed-sd",
        type=float,
        metavar="SD",
        help="standard deviation by seed of a trained method's mean on a pair, for suites with "
        "one seed; a larger one in the runs replaces it",
    )


def rule_of(arguments: argparse.Namespace) -> Rule:
    """Read what `add_rule` added.

    Raises:
        SuiteError: a value is out of range.
    """
    from clirbench.analysis.regression import Rule

    errors = []
    if not (math.isfinite(arguments.tolerance) and arguments.tolerance >= 0):
        errors.append(f"--tolerance {arguments.tolerance}: must be 0 or more")
    if not 0 < arguments.alpha < 1:
        errors.append(f"--alpha {arguments.alpha}: must be between 0 and 1")
    if errors:
        raise SuiteError(errors)
    return Rule(tolerance=arguments.tolerance, alpha=arguments.alpha, seed_sd=seed_sd_of(arguments))


def seed_sd_of(arguments: argparse.Namespace) -> float | None:
    """Read what `add_seed_sd` added.

    Raises:
        SuiteError: it is out of range.
    """
    stated: float | None = arguments.seed_sd
    if stated is not None and not (math.isfinite(stated) and stated >= 0):
        raise SuiteError(f"--seed-sd {stated}: must be 0 or more")
    return stated


def positive(text: str) -> float:
    """Read a number above 0."""
    return number_that(text, lambda value: 0 < value < math.inf, "must be a number > 0")


def number_that(text: str, allowed: Callable[[float], bool], what: str) -> float:
    """Read a number that is allowed.

    Raises:
        ArgumentTypeError: `what` it must be.
    """
    with suppress(ValueError):
        if allowed(value := float(text)):
            return value
    raise argparse.ArgumentTypeError(f"{what} (got {text})")


def nothing_done(results: Folder, what: str) -> bool:
    """Whether no cell of a results folder is done; then it is said, and what follows."""
    if results.cells.scores:
        return False
    sys.stderr.write(f"clirbench: {results.path}: no cell of {results.name} is done; {what}\n")
    return True


def tell_doubts(
    results: Folder, what: str = ("what is shown was made from the earlier scores")
) -> None:
    """Say which scores are no longer those that the figures of a results folder were made of.

    Args:
        results: the folder.
        what: follows from it.
    """
    for cell, why in results.doubts.items():
        sys.stderr.write(f"clirbench: {results.path}: {cell}: {why}; {what}\n")
