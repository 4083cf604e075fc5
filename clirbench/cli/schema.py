"""`clirbench schema`: a JSON Schema of suite files, for editors."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from clirbench.files import write_output
from clirbench.spec.schema import suite_schema

__all__ = ["add_arguments", "schema_text"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.epilog = (
        "An editor with taplo (Even Better TOML) completes and checks a suite whose first line is "
        "`#:schema PATH`."
    )
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there (default: print)")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.output is None:
        sys.stdout.write(schema_text())
    else:
        write_output(arguments.output, schema_text())
    return 0


def schema_text() -> str:
    """The schema as a file has it."""
    return json.dumps(suite_schema(), indent=1, ensure_ascii=False) + "\n"
