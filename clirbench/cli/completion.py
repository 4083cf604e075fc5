"""What completes commands, options and paths in a shell."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from clirbench.errors import SuiteError
from clirbench.wording import nearest, show

__all__ = ["completion"]

_FOLDERS = {"A", "B", "DIR", "FOLDER", "RESULTS"}
"""What the values of options and arguments that are folders are called."""


def completion(parser: argparse.ArgumentParser, shell: str) -> str:
    """Write the script that a shell is to read.

    Raises:
        SuiteError: no such shell is known.
    """
    import shtab

    if shell not in shtab.SUPPORTED_SHELLS:
        known = nearest(shell, shtab.SUPPORTED_SHELLS)
        raise SuiteError(f"--print-completion: unknown shell {show(shell)}{known}")
    for action in _actions(parser):
        if action.help == argparse.SUPPRESS:  # the commands, which the help tells in groups
            action.help = None
        elif action.type is Path:
            kind = shtab.DIRECTORY if action.metavar in _FOLDERS else shtab.FILE
            action.complete = kind  # type: ignore[attr-defined]
    script: str = shtab.complete(parser, shell)
    return script


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Every option and argument of a parser, and of its commands."""
    for action in parser._actions:  # noqa: SLF001 - argparse has no other way, and shtab goes it too
        yield action
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for command in action.choices.values():
                yield from _actions(command)
