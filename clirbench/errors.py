"""What can go wrong, as a tree.

ClirbenchError
├── SuiteError         a suite file or a command is wrong            exit 2
├── DataError          a collection, bitext or download is wrong     exit 2
│   └── OfflineError      the network was asked for, and is refused
├── StoreError         an artifact cannot be written                 exit 3
├── CellError          one cell failed; the others go on             exit 3
│   └── DivergenceError   a training's loss is not finite
└── StatisticsError    a test cannot be computed from what it got    exit 2
"""

from __future__ import annotations

from collections.abc import Sequence


class ClirbenchError(Exception):
    """Root of every error that is the user's to know; the command line prints it without a traceback."""

    exit_code = 2


class SuiteError(ClirbenchError):
    """A suite file or a command-line value is wrong; carries every error found, one text each."""

    def __init__(self, errors: str | Sequence[str]) -> None:
        self.errors = (errors,) if isinstance(errors, str) else tuple(errors)
        super().__init__("\n".join(self.errors))


class DataError(ClirbenchError):
    """A collection, bitext or download is missing, damaged or malformed."""


class OfflineError(DataError):
    """A connection was refused, since the work is to be done without a network."""


class StoreError(ClirbenchError):
    """An artifact cannot be written; no other could be, either."""

    exit_code = 3


class CellError(ClirbenchError):
    """One cell could not be finished."""

    exit_code = 3


class DivergenceError(CellError):
    """A training came to a loss or gradient that is not finite."""


class StatisticsError(ClirbenchError):
    """A statistic is not defined for the scores given."""


class Terminated(KeyboardInterrupt):
    """The system, not the user, asked to stop: SIGTERM."""
