"""`clirbench compare`: what changed from one results folder to another."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from clirbench.analysis.differences import Differences, Setting, differences
from clirbench.analysis.paired import Change
from clirbench.cli.as_json import KEYS, add_json, write_json
from clirbench.cli.options import add_seed_sd, seed_sd_of
from clirbench.results.folder import Folder
from clirbench.screen import Screen
from clirbench.statistics import mean_name, number
from clirbench.wording import counted

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("first", type=Path, metavar="A", help="results folder")
    parser.add_argument("second", type=Path, metavar="B", help="results folder")
    parser.add_argument("--measure", metavar="M", help="default: the first of A's suite")
    parser.add_argument(
        "--effect",
        nargs=2,
        metavar=("BETTER", "THAN"),
        help="methods whose difference in B is checked as a replication of the one in A "
        "(default: those of A's hypothesis)",
    )
    add_seed_sd(parser)
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    found = differences(
        Folder(arguments.first),
        Folder(arguments.second),
        measure=arguments.measure,
        seed_sd=seed_sd_of(arguments),
        effect=tuple(arguments.effect) if arguments.effect else None,
    )
    if arguments.json:
        replicated = [
            {
                "pair": one.pair,
                "advanced": one.advanced,
                "baseline": one.baseline,
                "effect_ratio": one.effect_ratio,
                "delta_relative_improvement": one.delta_relative_improvement,
            }
            for one in found.replications
        ]
        own = {key: getattr(found, key) for key in KEYS["compare"]}
        write_json("compare", {**own, "replications": replicated})
        return 0
    console = Screen()
    if not console.is_terminal:
        console = Screen(width=160)
    _say(console, f"A: {arguments.first}")
    _say(console, f"B: {arguments.second}")
    _show_settings(console, "settings", found.settings)
    _show_settings(console, "versions", found.versions)
    _show_scores(console, found)
    untold = Counter(change.test.why for change in found.changes if change.test.p is None)
    for why, number_of in untold.items():
        _say(console, f"no p for {number_of} of {len(found.changes)}: {why}")
    _show_replications(console, found)
    for line in found.unlike:
        _say(console, f"other seeds: {line}")
    for line in found.apart:
        _say(console, f"not compared: {line}")
    return 0


def _show_settings(console: Screen, what: str, changed: Sequence[Setting]) -> None:
    _say(console, f"\n{what}:" if changed else f"\n{what}: the same")
    for key, before, after in changed:
        old, new = ("–" if value is None else value for value in (before, after))
        _say(console, f"  {key}: {old} → {new}")


def _show_scores(console: Screen, found: Differences) -> None:
    if not found.changes:
        _say(console, "\nscores: A and B share no pair and method")
        return
    same = sum(not change.differing for change in found.changes)
    count = len(found.changes)
    what = "pairs and methods are" if count > 1 else "pair and method is"
    _say(console, f"\nscores: {count} {what} in both, {same} of them the same to the last bit")
    drawn = Table(title=Text(mean_name(found.measure)), title_justify="left")
    for head in ("pair", "method", "A", "B", "B - A", "95 % CI", "p, adjusted", "topics"):
        drawn.add_column(head, justify="left" if head in {"pair", "method"} else "right")
    for change in found.changes:
        drawn.add_row(*_row(change))
    console.print(drawn)
    _say(
        console,
        "95 % CI and p: two-sided t-test over topics and seeds; p adjusted by Holm's method for "
        f"{counted(count, 'comparison')}.",
    )


def _show_replications(console: Screen, found: Differences) -> None:
    if not found.replications:
        return
    one = found.replications[0]
    what = f"{one.advanced} less {one.baseline}, {mean_name(found.measure)}"
    _say(console, f"\n{what}: B as a replication of A")
    drawn = Table()
    for head in ("pair", "A", "B", "effect ratio", "ΔRI"):
        drawn.add_column(head, justify="left" if head == "pair" else "right")
    for one in found.replications:
        ratio, delta = one.effect_ratio, one.delta_relative_improvement
        drawn.add_row(
            Text(one.pair),
            number(one.original.difference, sign=True),
            number(one.replicated.difference, sign=True),
            "–" if ratio is None else number(ratio, digits=2),
            "–" if delta is None else number(delta, sign=True),
        )
    console.print(drawn)
    _say(
        console,
        "Effect ratio: the mean difference in B over that in A; 1: equal. ΔRI: the relative "
        "improvement in A minus that in B; 0: equal (Breuer et al., SIGIR 2020). Neither has an "
        "interval.",
    )


def _row(change: Change) -> list[Text | str]:
    interval = "–"
    if change.test.interval is not None:
        interval = "[{}, {}]".format(*(number(end, sign=True) for end in change.test.interval))
    *numbers, p = change.shown
    return [
        Text(change.pair),
        Text(change.method),
        *numbers,
        Text(interval),
        p,
        str(change.test.topics),
    ]


def _say(console: Screen, text: str) -> None:
    console.print(text, soft_wrap=True)
