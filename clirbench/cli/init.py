"""`clirbench init`: a commented suite to start from."""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any

from clirbench.errors import DataError, SuiteError
from clirbench.files import write_output
from clirbench.spec.commented import commented
from clirbench.spec.shipped import SAMPLE, shipped
from clirbench.wording import nearest, show

__all__ = ["add_arguments"]

_OWN = "files"
_BASE = "ntrex"
"""The suite that the one of own files takes its teacher and methods from."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("file", type=Path, metavar="FILE", help="suite file to write (TOML)")
    parser.add_argument(
        "--collection",
        default="synthetic",
        metavar="NAME",
        help=f"the collection to start with: {', '.join(_names())} (default: %(default)s); "
        f"{_OWN}: your own, with a small sample written beside FILE",
    )
    parser.add_argument("--force", action="store_true", help="overwrite FILE if it exists")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    file, collection = arguments.file, arguments.collection
    if collection not in _names():
        raise SuiteError(f"--collection {show(collection)}: unknown{nearest(collection, _names())}")
    if file.exists() and not arguments.force:
        raise SuiteError(f"{file}: already exists; --force overwrites it")
    name = re.sub(r"[^A-Za-z0-9._+-]", "-", file.stem).lstrip("._+-")[:80] or "suite"
    base = shipped()[_BASE if collection == _OWN else collection]
    text = base.read_text(encoding="utf-8")
    values = tomllib.loads(text)
    values["suite"]["name"] = name
    head = _head(text.splitlines())
    if collection == _OWN:
        folder = Path(f"{name}-data")
        values |= _own(folder)
        head = ["# A comparison on your own files."]
    lines = [
        *head,
        "#",
        f"# `clirbench plan {file.name}` shows what is left, `clirbench run {file.name}` does it.",
        "# With `clirbench schema --output suite.schema.json`, and `#:schema suite.schema.json` as",
        "# the first line here, editors complete and check this file.",
    ]
    write_output(file, "\n".join(lines) + "\n" + commented(values))
    sys.stdout.write(f"{file}: a suite on the collection {values['collection']['source']}\n")
    if collection == _OWN:
        _sample(file.parent / folder)
    sys.stdout.write(f"next: clirbench plan {file}; clirbench run {file}\n")
    return 0


def _names() -> list[str]:
    return sorted({*shipped(), _OWN})


def _head(lines: Iterable[str]) -> list[str]:
    """The comment that a suite begins with."""
    comment = takewhile(lambda line: line.startswith("#"), lines)
    return [line for line in comment if not line.startswith("#:")]


def _own(folder: Path) -> Mapping[str, Any]:
    return {
        "collection": {"source": _OWN, "folder": folder.as_posix()},
        "pair": [{"query": "sw", "resource": "low", "bitext": [_OWN]}],
    }


def _sample(folder: Path) -> None:
    """Write the sample; a folder that is there is left as it is."""
    if folder.is_dir():
        sys.stdout.write(f"{folder}: already exists, and is left as it is\n")
        return
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise DataError(f"{folder}: cannot be written: {error.strerror}") from error
    for name, text in SAMPLE.items():
        write_output(folder / name, text)
    sys.stdout.write(f"{folder}: a sample of the files that it reads; replace them with yours\n")
