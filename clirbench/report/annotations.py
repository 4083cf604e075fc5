"""A check as workflow commands of GitHub Actions, which show as annotations of a run and a pull request."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from clirbench.analysis.regression import Check, Verdict
from clirbench.wording import counted

__all__ = ["github_annotations"]

_LEVELS = {
    "error": (Verdict.REGRESSED, Verdict.MISSING),
    "warning": (Verdict.LOWER,),
    "notice": (Verdict.IMPROVED,),
}
_SHOWN = 10
"""Annotations of a level that GitHub shows of one step; it drops the others without a word."""


def github_annotations(check: Check, file: Path) -> str:
    """Write a command for each finding that is more than "held", a line each.

    Args:
        check: the outcome.
        file: the annotations are attached to it: the baseline.
    """
    return "".join(f"{line}\n" for line in _lines(check, _place(file)))


def _lines(check: Check, file: str) -> Iterator[str]:
    for level, verdicts in _LEVELS.items():
        found = [finding for verdict in verdicts for finding in check.of(verdict)]
        shown = found if len(found) <= _SHOWN else found[: _SHOWN - 1]
        for one in shown:
            title = f"{one.verdict.value}: {one.pair}/{one.method}"
            yield _command(level, file, title, f"{check.measure}: {one.text}")
        if rest := len(found) - len(shown):
            yield _command(level, file, check.suite, f"{counted(rest, 'more finding')} in the log")


def _command(level: str, file: str, title: str, text: str) -> str:
    """A workflow command; signs that end one of its parts are escaped as GitHub's toolkit does."""
    return f"::{level} file={_property(file)},title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _place(file: Path) -> str:
    """A file from the root of the repository, where it lies in one that is checked out there."""
    root = Path(os.environ.get("GITHUB_WORKSPACE") or ".").resolve()
    found = file.resolve()
    return (found.relative_to(root) if found.is_relative_to(root) else file).as_posix()
