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
from clirbench.wording import nearest, show

__all__ = ["main"]

_GROUPS = {
    "prepare a suite": {
        "init": "write a commented suite to start from",
        "methods": "list the methods, or tell all about one",
        "data": "list, fetch, verify or describe collections and bitext",
        "schema": "print a JSON Schema of suite files, for editors",
        "plan": "list cells and stages, done or not, and the expected time",
        "power": "say which differences a suite can show",
    },
    "run it": {
        "run": "run a suite, or resume it, and print its table",
        "status": "say how far a run is, from another terminal",
        "merge": "join results folders of one suite, as of a job array",
        "store": "list, verify or prune the store of shared artifacts",
    },
    "read its results": {
        "table": "draw the table, for a terminal, a paper or a program",
        "report": "write one HTML page, and figures for papers",
        "site": "write many results folders as one static site",
        "align": "show the transport plan of a sentence and its translation",
        "analyse": "compare the cells again, by this version's statistics",
        "compare": "say what changed from one results folder to another",
    },
    "guard them": {
        "baseline": "keep scores to check later ones against",
        "check": "check a results folder against a baseline",
    },
    "work with other tools": {
        "export": "write runs, judgments and scores for other evaluators",
        "export-student": "write a cell's trained model for other libraries",
        "import-run": "add another system's TREC runs to a suite as a method",
    },
}
"""What is done → the commands for it."""
_COMMANDS = {name: what for group in _GROUPS.values() for name, what in group.items()}
_COMPLETION = "--print-completion"
_EPILOG = """\
exit status: 0 done; 1 a regression; 2 a wrong suite or command;
3 cells failed or are missing; 4 nothing was measured;
70 an internal error; 74 the output cannot be written, 141 or its reader is
gone; 130 interrupted, 143 by SIGTERM: run the same command again to resume
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
        parser = _parser(argv)
        arguments = parser.parse_args(argv)
        if arguments.command is None:
            return _without_command(parser, arguments.print_completion)
        status: int = arguments.run(arguments)
    except SuiteError as error:
        for line in error.errors:
            sys.stderr.write(f"{line}\n")
        return error.exit_code
    except ClirbenchError as error:
        sys.stderr.write(f"clirbench: {error}\n")
        return error.exit_code
    except KeyboardInterrupt as error:
        sys.stderr.write(
            "interrupted; finished work is kept: run the same command again to resume\n"
        )
        return 143 if isinstance(error, Terminated) else 130
    except Exception as error:  # noqa: BLE001 - Python's own exit status for it is a regression's
        sys.stderr.write(f"{crashed(error, argv)}\n")
        return CRASHED
    return status


def _parser(argv: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of the command that is named; the others need not be loaded.

    Raises:
        SuiteError: there is no such command.
    """
    if argv and not argv[0].startswith("-") and argv[0] not in _COMMANDS:
        raise SuiteError(f"unknown command {show(argv[0])}{nearest(argv[0], _COMMANDS)}")
    groups = (
        "\n".join([f"{title}:", *(f"  {name:<16}{what}" for name, what in group.items())])
        for title, group in _GROUPS.items()
    )
    parser = argparse.ArgumentParser(
        prog="clirbench",
        usage="clirbench [-h] [-V] COMMAND ...",
        description="Compare training methods for cross-lingual information retrieval.\n\n"
        + "\n\n".join(groups),
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-V", "--version", action="version", version=f"clirbench {__version__}")
    parser.add_argument(
        _COMPLETION,
        metavar="SHELL",
        help="print a completion script for bash, zsh, fish, tcsh or powershell",
    )
    commands = parser.add_subparsers(
        prog="clirbench", dest="command", metavar="COMMAND", help=argparse.SUPPRESS
    )
    every = any(word.startswith(_COMPLETION) for word in argv)
    for name, what in _COMMANDS.items():
        command = commands.add_parser(name, help=what, description=what)
        if every or name in argv:
            import_module(f"clirbench.cli.{name.replace('-', '_')}").add_arguments(command)
    return parser


def _without_command(parser: argparse.ArgumentParser, shell: str | None) -> int:
    """Print the commands, or what completes them in a shell."""
    if shell is None:
        parser.print_help()
        return 0
    from clirbench.cli.completion import completion

    sys.stdout.write(completion(parser, shell))
    return 0
