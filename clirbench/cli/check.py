"""`clirbench check`: whether results are as good as a baseline."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path

from rich.table import Table
from rich.text import Text

from clirbench.analysis.baseline import baseline_of
from clirbench.analysis.baseline_file import read_baseline
from clirbench.analysis.regression import Check, Verdict, check
from clirbench.cli.as_json import KEYS, add_json, write_json
from clirbench.cli.options import add_rule, rule_of
from clirbench.errors import DataError, SuiteError
from clirbench.files import write_output
from clirbench.report.annotations import github_annotations
from clirbench.report.check_summary import check_summary
from clirbench.report.junit import junit_xml
from clirbench.results.folder import Folder
from clirbench.screen import Screen

__all__ = ["add_arguments"]

_STYLES = {
    Verdict.REGRESSED: "bold red",
    Verdict.MISSING: "red",
    Verdict.LOWER: "yellow",
    Verdict.IMPROVED: "green",
    Verdict.HELD: "",
}

_REPORTS = {"junit": ("JUnit XML", junit_xml), "summary": ("Markdown", check_summary)}
"""Option → what it writes, and by what."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.epilog = (
        "exit status: 0 all held; 1 something regressed; 2 bad input; 3 cells are missing or failed; "
        "4 no cell is done"
    )
    parser.add_argument("results", type=Path, metavar="RESULTS", help="results folder")
    parser.add_argument(
        "--baseline",
        type=Path,
        required=True,
        metavar="FILE",
        help="file that `clirbench baseline` wrote",
    )
    add_rule(parser)
    parser.add_argument(
        "--exact",
        action="store_true",
        help="any difference of any topic's score is a regression",
    )
    for name, (what, _) in _REPORTS.items():
        parser.add_argument(f"--{name}", type=Path, metavar="FILE", help=f"write {what}")
    parser.add_argument(
        "--annotate",
        choices=["github"],
        help="write annotations for GitHub Actions, and the summary to $GITHUB_STEP_SUMMARY",
    )
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.json and arguments.annotate:
        raise SuiteError("--annotate and --json both write to standard output; choose one")
    rule = replace(rule_of(arguments), exact=arguments.exact)
    baseline = read_baseline(arguments.baseline)
    results = Folder(arguments.results)
    if results.name != baseline.suite:
        raise SuiteError(
            f'{arguments.baseline}: a baseline of the suite "{baseline.suite}", but '
            f'{arguments.results} has results of "{results.name}"'
        )
    now = baseline_of(results, baseline.measure)
    outcome = check(baseline, now, results.cells.faults, rule)
    for name, (_, draw) in _REPORTS.items():
        if path := getattr(arguments, name):
            write_output(path, draw(outcome))
    status = outcome.exit_code if results.cells.scores else 4
    if arguments.json:
        own = {key: getattr(outcome, key) for key in KEYS["check"] if key != "exit_code"}
        write_json("check", {**own, "exit_code": status})
        return status
    console = Screen()
    if not console.is_terminal:
        console = Screen(width=160)
    _show(outcome, console)
    if arguments.annotate:
        console.print(github_annotations(outcome, arguments.baseline), end="", soft_wrap=True)
        if page := os.environ.get("GITHUB_STEP_SUMMARY"):
            _append(Path(page), check_summary(outcome))
    if not results.cells.scores:
        _say(
            console, f"{arguments.results}: no cell is done; nothing was measured", style="bold red"
        )
    return status


def _show(outcome: Check, console: Screen) -> None:
    if any(finding.change is not None for finding in outcome.findings):
        console.print(_table(outcome))
    for verdict in (Verdict.IMPROVED, Verdict.LOWER, Verdict.MISSING, Verdict.REGRESSED):
        for finding in outcome.of(verdict):
            line = f"{verdict.value}: {finding.pair}/{finding.method}: {finding.text}"
            _say(console, line, style=_STYLES[verdict])
    if outcome.new:
        names = ", ".join("/".join(key) for key in outcome.new)
        _say(console, f"not in the baseline, so not checked: {names}")
    for note in outcome.notes:
        _say(console, f"note: {note}")
    _say(console, f"rule: {outcome.rule}")
    _say(console, outcome.summary, style="bold")


def _append(path: Path, text: str) -> None:
    """Add to a file that other steps may have begun.

    Raises:
        DataError: it cannot be written.
    """
    try:
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(f"{text}\n")
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}") from error


def _table(outcome: Check) -> Table:
    drawn = Table(title=Text(f"{outcome.suite}: {outcome.measure}"), title_justify="left")
    for head in ("pair", "method", "baseline", "now", "difference", "p, adjusted", "topics", ""):
        drawn.add_column(head, justify="left" if head in {"pair", "method", ""} else "right")
    for finding in outcome.findings:
        if finding.change is not None:
            drawn.add_row(
                Text(finding.pair),
                Text(finding.method),
                *finding.change.shown,
                str(finding.change.test.topics),
                Text(finding.verdict.value, style=_STYLES[finding.verdict]),
            )
    return drawn


def _say(console: Screen, text: str, *, style: str = "") -> None:
    console.print(text, style=style, soft_wrap=True)
