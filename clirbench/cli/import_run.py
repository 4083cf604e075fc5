"""`clirbench import-run`: another system's TREC runs become a method of a suite."""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from clirbench.cli.options import add_mirror, cache_folder
from clirbench.data.lock import Lock
from clirbench.errors import DataError, SuiteError
from clirbench.files import write_text
from clirbench.methods.outside import Outside
from clirbench.spec.model import LanguagePair, Name, Suite
from clirbench.spec.read import SuiteFile, read_suite
from clirbench.wording import counted, listed, show

if TYPE_CHECKING:
    from clirbench.data.base import Fetch

__all__ = ["add_arguments"]

_SHOWN = 20
_NAMED = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.epilog = (
        "The runs are checked against the suite's topics and documents, copied to runs/NAME beside "
        "the suite file, and declared at its end; `clirbench run` then adds their row to the table."
    )
    parser.add_argument("suite", type=Path, metavar="SUITE", help="suite file (TOML)")
    parser.add_argument(
        "runs",
        nargs="+",
        metavar="RUN",
        help="TREC run file, plain or .gz, one for each language pair; if its name does not "
        "contain the pair, put that in front: sw-en=FILE",
    )
    parser.add_argument(
        "--name", required=True, help=("name of the system, for its row of the table")
    )
    parser.add_argument(
        "--ties",
        choices=("refuse", "rank"),
        default="refuse",
        help="documents of equal score: refuse them, or order them by rank (default: %(default)s)",
    )
    parser.add_argument(
        "--missing",
        choices=("refuse", "zero"),
        default="refuse",
        help="judged topics without a line: refuse the run, or score them 0 (default: %(default)s)",
    )
    add_mirror(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from clirbench.data.download import Cache, default_mirror

    file = read_suite(arguments.suite)
    _check_name(arguments.name, file)
    files = _by_pair(arguments.runs, file.suite)
    covered = [str(pair) for pair in file.suite.pairs if str(pair) in files]
    method = Outside(
        runs=Path("runs", arguments.name, "{pair}.trec.gz"),
        pairs=() if len(covered) == len(file.suite.pairs) else tuple(covered),
        ties=arguments.ties,
        missing=arguments.missing,
    )
    lock = Lock.beside(arguments.suite)
    fetch = Cache(cache_folder(), arguments.mirror or default_mirror(), lock=lock)
    unjudged = {name: _unjudged(file.suite, name, fetch) for name in files}
    topics = _check(files, method, file.suite, fetch, unjudged)
    out: dict[str, list[str]] = {}
    for pair, path in files.items():
        (target,) = method.files(pair)
        out[pair] = _copy(path, file.path.parent / target, unjudged[pair])
    _declare(file, method, arguments.name)
    for pair in covered:
        sys.stdout.write(f"{pair}: {topics[pair]} topics, {files[pair]}\n")
        if out[pair]:
            sys.stdout.write(
                f"{pair}: left out, since nothing is judged for them: "
                f"{counted(len(out[pair]), 'topic')} ({listed(out[pair], _NAMED, between=', ')})\n"
            )
    sys.stdout.write(
        f"{arguments.name}: copied to {file.path.parent / method.runs.parent}, declared in "
        f"{file.path}; `clirbench run {file.path}` adds it to the table\n"
    )
    return 0


def _check_name(name: str, file: SuiteFile) -> None:
    try:
        TypeAdapter(Name).validate_python(name)
    except ValidationError:
        raise SuiteError(
            f"--name {show(name)}: expected letters, digits and . _ + -, a letter or digit first"
        ) from None
    if name in {entry.label for entry in file.suite.methods}:
        raise SuiteError(
            f"--name {show(name)}: {file.path} already has a method with that label; choose "
            "another, or delete its table"
        )


def _by_pair(runs: Sequence[str], suite: Suite) -> dict[str, Path]:
    """Tell the pair of each file.

    Raises:
        SuiteError: one's name tells none or several, two are of one pair, or one is not there.
    """
    names = [str(pair) for pair in suite.pairs]
    found: dict[str, Path] = {}
    errors = []
    for run in runs:
        pair, equals, rest = run.partition("=")
        named = equals and pair in names
        path = Path(rest if named else run)
        of = [pair] if named else _told(path.name, names)
        if not path.is_file():
            errors.append(f"{path}: no such file")
        elif len(of) != 1:
            errors.append(
                f"{path}: its name contains no pair, or several, of {', '.join(names)}; write "
                f"PAIR={path}"
            )
        elif of[0] in found:
            errors.append(f"{path}: {found[of[0]]} was already given for {of[0]}")
        else:
            found[of[0]] = path
    if errors:
        raise SuiteError(errors)
    return found


def _told(name: str, pairs: Sequence[str]) -> Sequence[str]:
    if len(pairs) == 1:
        return pairs
    return [pair for pair in pairs if re.search(rf"(?<![^\W_]){re.escape(pair)}(?![^\W_])", name)]


def _unjudged(suite: Suite, name: str, fetch: Fetch) -> frozenset[str]:
    """The topics of a pair that nothing is judged for, which runs in TREC often have."""
    (query,) = (pair.query for pair in suite.pairs if str(pair) == name)
    return frozenset(suite.collection.unjudged(fetch, query))


def _check(
    files: Mapping[str, Path],
    method: Outside,
    suite: Suite,
    fetch: Fetch,
    unjudged: Mapping[str, frozenset[str]],
) -> dict[str, int]:
    """Check every run; gives the number of topics of each that are judged.

    Raises:
        SuiteError: with all that is wrong with them.
    """
    pairs: dict[str, LanguagePair] = {str(pair): pair for pair in suite.pairs}
    topics: dict[str, int] = {}
    errors: list[str] = []
    for name, path in files.items():
        pair = pairs[name]
        found, faults = method.read(
            path,
            topics={*suite.collection.topics(fetch, pair.query), *unjudged[name]},
            judged=suite.collection.judgments(fetch, pair.query),
            documents={d.id for d in suite.collection.documents(fetch, pair.documents)},
        )
        topics[name] = len(found.keys() - unjudged[name])
        errors += faults
    if errors:
        raise SuiteError(listed(errors, _SHOWN, between="\n").splitlines())
    return topics


def _copy(run: Path, target: Path, without: frozenset[str]) -> list[str]:
    """Copy a run, compressed, but for some topics; gives those of them that it had.

    A run without them is copied as it is, byte by byte.
    """
    out: dict[str, None] = {}
    try:
        data = run.read_bytes()
        lines = (gzip.decompress(data) if run.suffix == ".gz" else data).splitlines(keepends=True)
        kept = []
        for line in lines:
            topic = line.split(maxsplit=1)[0].decode() if line.strip() else ""
            if topic in without:
                out[topic] = None
            else:
                kept.append(line)
        if out:
            data = gzip.compress(b"".join(kept), mtime=0)
        elif run.suffix != ".gz":
            data = gzip.compress(data, mtime=0)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    except OSError as error:
        raise DataError(f"{target}: cannot be written: {error.strerror}") from error
    return list(out)


def _declare(file: SuiteFile, method: Outside, name: str) -> None:
    """Put the method's table at the end of the suite file; what cannot be read is taken back."""
    own = {"runs": method.runs.as_posix(), "pairs": list(method.pairs)}
    given = {key: value for key, value in own.items() if value}
    given |= {
        key: getattr(method, key)
        for key in ("ties", "missing")
        if getattr(method, key) != getattr(Outside(), key)
    }
    table = {"name": Outside.name, "label": name, **given}
    lines = ["", "[[method]]", *(f"{key} = {json.dumps(value)}" for key, value in table.items())]
    write_text(file.path, file.text.rstrip("\n") + "\n" + "\n".join(lines) + "\n")
    try:
        read_suite(file.path)
    except SuiteError:
        write_text(file.path, file.text)
        raise
