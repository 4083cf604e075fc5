"""The command line; the only place that prints."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module

from clirbench import __version__
from clirbench.cli.output import CRASHED, OutputError, crashed, guarded
from clirbench.errors import ClirbenchError, SuiteError, Terminated

__all__ = ["main"]

_COMMANDS = {
    "align": "show the transport plan between a sentence and its translation",
    "data": "list, fetch, verify or describe collections and bitext",
    "methods": "list the methods, or tell all about one: its loss, settings, sources",
    "init": "write a commented suite to start from",
    "schema": "print a JSON Schema of suite files, for editors",
    "plan": "list the cells and shared stages of a suite, done and to do",
    "power": "say which differences a suite can show, and what it would need to show more",
    "run": "run a suite, or what is left of it, and print its table",
    "analyse": "compare the cells of a results folder again, by this version's statistics",
    "merge": "join results folders of one suite that were made apart, such as by a job array",
    "status": "say how far a run is, from another terminal",
    "store": "list, verify or prune the store of shared artifacts",
    "table": "draw the table of a results folder, for a terminal, a paper or a program",
    "report": "write a results folder as one HTML page, and as figures for papers",
    "site": "write many results folders as one static site, with the answer of each",
    "compare": "say what changed from one results folder to another",
    "export": "write runs, judgments and scores for trec_eval, ranx, PyTerrier, R",
    "export-student": "write the trained model of a cell as a folder for other libraries",
    "import-run": "check another system's TREC runs and add them to a suite as a method",
    "baseline": "keep the scores of a results folder to check later ones against",
    "check": "check a results folder against a baseline",
}
_EPILOG = """\
exit status: 0 done; 1 a regression; 2 a wrong suite or command;
3 cells failed or are missing; 4 nothing was measured;
70 a fault of clirbench itself; 74 the output cannot be written,
141 or its reader has gone; 130 interrupted, 143 by SIGTERM: the same command
again goes on
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    # What is loaded stays: looking through it at every 700th object takes a fifteenth of the start.
    gc.set_threshold(20_000, *gc.get_threshold()[1:])
    # Pydantic would look through all installed packages for plugins, which no setting here needs.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")
    try:
        with guarded():
            return _obey(argv)
    except OutputError as error:
        if not error.pipe and sys.stderr is not None:
            with suppress(OSError):
                sys.stderr.write(f"clirbench: {error}\n")
        return error.exit_code


def _obey(argv: Sequence[str]) -> int:
    """Run a command; whatever goes wrong is said."""
    try:
        arguments = _parser(argv).parse_args(argv)
        status: int = arguments.run(arguments)
    except SuiteError as error:
        for line in error.errors:
            sys.stderr.write(f"{line}\n")
        return error.exit_code
    except ClirbenchError as error:
        sys.stderr.write(f"clirbench: {error}\n")
        return error.exit_code
    except KeyboardInterrupt as error:
        sys.stderr.write("interrupted; what is done is kept: the same command again goes on\n")
        return 143 if isinstance(error, Terminated) else 130
    except Exception as error:  # noqa: BLE001 - Python's own exit status for it is a regression's
        sys.stderr.write(f"{crashed(error, argv)}\n")
        return CRASHED
    return status


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of the command that is named; the others need not be loaded."""
    parser = argparse.ArgumentParser(
        prog="clirbench",
        description="Compare training methods for cross-lingual information retrieval.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"clirbench {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, what in _COMMANDS.items():
        command = commands.add_parser(name, help=what, description=what)
        if name in argv:
            import_module(f"clirbench.cli.{name.replace('-', '_')}").add_arguments(command)
    return parser
