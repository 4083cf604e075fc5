"""`clirbench power`: which differences a suite can show, before or after it is run."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.cli.as_json import add_json, write_json
from clirbench.cli.options import cache_folder, number_that, positive, tell_doubts
from clirbench.errors import SuiteError
from clirbench.results.folder import Folder
from clirbench.spec.model import Suite
from clirbench.spec.read import read_suite
from clirbench.wording import counted

if TYPE_CHECKING:
    from clirbench.analysis.power import Power
    from clirbench.screen import Screen
    from clirbench.statistics.power import Spread

__all__ = ["add_arguments"]

_CORRELATION = 0.2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("suite", type=Path, metavar="SUITE", help="suite file (TOML)")
    parser.add_argument(
        "--set",
        dest="overrides",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="override a value of the suite, such as suite.seeds=[1,2,3,4,5]",
    )
    known = parser.add_mutually_exclusive_group(required=True)
    known.add_argument(
        "--pilot",
        type=Path,
        metavar="RESULTS",
        help="results folder that shows how differences vary by topic and by seed",
    )
    known.add_argument(
        "--sd",
        type=positive,
        metavar="SD",
        help="standard deviation over topics of the difference of two methods, such as .2 for AP",
    )
    parser.add_argument(
        "--seed-sd",
        type=_at_least_0,
        metavar="SD",
        help="with --sd: standard deviation over seeds of the difference of two means (default: 0)",
    )
    parser.add_argument(
        "--correlation",
        type=_share,
        metavar="R",
        help="with --sd: correlation of a topic's differences in two languages that it is "
        f"translated into (default: {_CORRELATION}; AP on NTREX has .14)",
    )
    parser.add_argument(
        "--topics",
        type=_count,
        metavar="N",
        help="topics of each language (default: the pilot's, else the collection's)",
    )
    parser.add_argument(
        "--effect",
        type=positive,
        metavar="D",
        help="smallest effect of interest (default: the suite's statistics.smallest_effect)",
    )
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from clirbench.analysis.power import suite_power
    from clirbench.screen import Screen

    if arguments.pilot and (arguments.seed_sd is not None or arguments.correlation is not None):
        raise SuiteError(
            "--seed-sd and --correlation only work with --sd; a pilot estimates its own"
        )
    suite = read_suite(arguments.suite, arguments.overrides).suite
    spreads, sources = _spreads(arguments, suite)
    effect = arguments.effect or suite.statistics.smallest_effect
    found = suite_power(suite, spreads, effect=effect)
    notes = (*sources, *_notes(suite, found, effect))
    if arguments.json:
        values = {
            "suite": suite.name,
            "measure": suite.measures[0],
            "seeds": len(suite.seeds),
            "alpha": suite.statistics.alpha,
            "effect": effect,
            "on": found,
            "notes": notes,
        }
        write_json("power", values)
        return 0
    console = Screen()
    if not console.is_terminal:
        console = Screen(width=160)
    _show(console, suite, found, effect)
    for line in notes:
        console.print(line, soft_wrap=True)
    return 0


def _spreads(
    arguments: argparse.Namespace, suite: Suite
) -> tuple[dict[str, Spread], tuple[str, ...]]:
    from clirbench.analysis.power import pilot_spread, stated_spread

    if arguments.pilot:
        results = Folder(arguments.pilot)
        tell_doubts(results, "the pilot is taken without it")
        pilot = pilot_spread(suite, results, topics=arguments.topics)
        compared = pilot.compared
        what = " less ".join(compared[0]) if len(compared) == 1 else "median of all trained pairs"
        text = (
            f"Spread: of {what} in {arguments.pilot}, {suite.measures[0]}, "
            f"{counted(len(pilot.seeds), 'seed')}."
        )
        return pilot.spreads, (text, *(f"Note: {remark}." for remark in pilot.remarks))
    topics = {str(pair): arguments.topics for pair in suite.pairs}
    if arguments.topics is None:
        topics = _collection_topics(suite)
    correlation = _CORRELATION if arguments.correlation is None else arguments.correlation
    spreads = stated_spread(
        suite, topics, sd=arguments.sd, seed_sd=arguments.seed_sd or 0, correlation=correlation
    )
    text = f"Spread: as stated, SD {arguments.sd:g} over topics and {arguments.seed_sd or 0:g} over seeds"
    if suite.collection.translated:
        text += f", correlation {correlation:g} between languages"
    return spreads, (f"{text}.",)


def _collection_topics(suite: Suite) -> dict[str, int]:
    from clirbench.data.download import Cache, default_mirror

    fetch = Cache(cache_folder(), default_mirror())
    return {str(pair): len(suite.tested.judgments(fetch, pair.query)) for pair in suite.pairs}


def _show(console: Screen, suite: Suite, found: Sequence[Power], effect: float | None) -> None:
    from rich.table import Table
    from rich.text import Text

    from clirbench.statistics import mean_name, number

    seeds = len(suite.seeds)
    drawn = Table(
        title=Text(
            f"{suite.name}: {mean_name(suite.measures[0])} differences detected at 80 %, "
            f"{counted(seeds, 'seed')}"
        ),
        title_justify="left",
    )
    heads = ["on", "topics", "SD, topics", "SD, seeds", "its df", "alone", "corrected", "for"]
    if effect:
        heads += [
            f"topics for {number(effect)}",
            "corrected",
            f"seeds for {number(effect)}",
            "corrected",
        ]
    for head in heads:
        drawn.add_column(head, justify="left" if head == "on" else "right")
    for one in found:
        row = [
            one.on,
            _range(one.topics),
            number(one.sd),
            number(one.seed_sd, digits=4),
            "–" if one.seed_df is None else f"{one.seed_df:.0f}",
            number(one.alone),
            number(one.corrected),
            f"{one.family:,}",
        ]
        if one.need_alone and one.need_corrected:
            row += [
                _needed(one.need_alone.topics),
                _needed(one.need_corrected.topics),
                _needed(one.need_alone.seeds),
                _needed(one.need_corrected.seeds),
            ]
        drawn.add_row(*map(Text, row))
    console.print(drawn)


def _notes(suite: Suite, found: Sequence[Power], effect: float | None) -> list[str]:
    alpha = suite.statistics.alpha
    text = f"Two-sided t-test over topics and seeds at {alpha:g}; corrected: at {alpha:g} over the number "
    notes = [
        text
        + ("of comparisons in the family, as in Bonferroni's method and the first step of Holm's.")
    ]
    claim = suite.hypothesis
    if claim is not None:
        notes.append(
            f"The hypothesis, {claim.better} against {claim.than} on {claim.on}, is tested alone."
        )
    if effect is None:
        notes.append(
            "Set statistics.smallest_effect in the suite, or --effect, to see what that needs."
        )
    elif any(
        None in (n.topics, n.seeds)
        for one in found
        for n in (one.need_alone, one.need_corrected)
        if n
    ):
        notes.append("–: no number of topics (or of seeds) alone is enough.")
    return notes


def _range(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    text = f"{low:,}" if low == high else f"{low:,} to {high:,}"
    return text if len(counts) == 1 else f"{len(counts)} × {text}"


def _needed(n: int | None) -> str:
    return "–" if n is None else f"{n:,}"


def _at_least_0(text: str) -> float:
    return number_that(text, lambda value: 0 <= value < math.inf, "must be a number >= 0")


def _share(text: str) -> float:
    return number_that(text, lambda value: 0 <= value <= 1, "must be a number in [0, 1]")


def _count(text: str) -> int:
    return int(
        number_that(
            text,
            lambda value: value > 1 and value.is_integer(),
            "must be a whole number, at least 2",
        )
    )
