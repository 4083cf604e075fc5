"""`clirbench store`: what the store holds, whether it is sound, and what can go."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.table import Table

from clirbench.artifacts.artifact import damage, remove
from clirbench.artifacts.inventory import Stored, needed, stored, unrecorded
from clirbench.artifacts.record import RECORD, read_record, unreadable
from clirbench.artifacts.uses import Use
from clirbench.cli.as_json import add_json, write_json
from clirbench.errors import SuiteError
from clirbench.results.names import CELLS
from clirbench.running.store import store_folder
from clirbench.screen import Screen
from clirbench.wording import counted, size

__all__ = ["add_arguments"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "action",
        choices=("list", "verify", "prune"),
        help="list: artifacts and sizes; verify: compare every checksum, exit 3 if one is "
        "wrong; prune: delete what neither the results named by --keep nor a run in progress "
        "needs",
    )
    parser.add_argument("--store", type=Path, metavar="DIR", help="default: in the cache")
    parser.add_argument(
        "--keep",
        type=Path,
        action="append",
        default=[],
        metavar="RESULTS",
        help="results folder whose artifacts are kept; may be repeated",
    )
    add_json(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    store = store_folder(arguments.store)
    if arguments.store is not None and not store.is_dir():
        raise SuiteError(f"--store {store}: no such folder")
    if arguments.json and arguments.action != "list":
        raise SuiteError("--json goes with store list")
    console = Screen(highlight=False)
    artifacts = list(stored(store))
    if arguments.json:
        return _as_json(artifacts, store)
    if arguments.action == "list":
        return _list(artifacts, store, console)
    if arguments.action == "verify":
        return _verify(artifacts, list(unrecorded(store)), console)
    return _prune(artifacts, arguments.keep, store, console)


def _list(artifacts: list[Stored], store: Path, console: Screen) -> int:
    table = Table(title=f"{store}: {counted(len(artifacts), 'artifact')}, {_size(artifacts)}")
    for column in ("kind", "title", "identity", "made", "size"):
        table.add_column(
            column,
            justify="right" if column == "size" else "left",
            no_wrap=column != "title",
            overflow="fold",
        )
    for one in artifacts:
        table.add_row(
            one.record.kind,
            one.record.title,
            one.record.identity[:12],
            one.record.made[:16],
            _size([one]),
        )
    console.print(table)
    return 0


def _as_json(artifacts: list[Stored], store: Path) -> int:
    listed = [
        {
            "kind": one.record.kind,
            "title": one.record.title,
            "identity": one.record.identity,
            "made": one.record.made,
            "bytes": one.bytes,
            "seconds": one.record.cost.seconds,
            "memory": one.record.cost.memory,
            "folder": one.folder,
        }
        for one in artifacts
    ]
    total = sum(one.bytes for one in artifacts)
    write_json("store list", {"store": store, "bytes": total, "artifacts": listed})
    return 0


def _verify(artifacts: list[Stored], unrecorded: list[Path], console: Screen) -> int:
    faults = [
        fault for one in artifacts if (fault := damage(one.folder, one.record, checksums=True))
    ]
    faults += [
        unreadable(path) or (f"{path}: its record is missing or damaged") for path in unrecorded
    ]
    for fault in faults:
        console.print(f"damaged: {fault}")
    console.print(
        f"{counted(len(artifacts) + len(unrecorded), 'artifact')}, {len(faults)} damaged; "
        "damaged ones are made again when needed"
    )
    return 3 if faults else 0


def _prune(artifacts: list[Stored], keep: list[Path], store: Path, console: Screen) -> int:
    if not keep:
        raise SuiteError("store prune: name the results to keep: --keep RESULTS")
    for results in keep:
        if not any(_records(results)):
            raise SuiteError(f"--keep {results}: no finished cell in it; expected a results folder")
    wanted = needed([record for results in keep for record in _records(results)], artifacts)
    going = [one for one in artifacts if one.record.identity not in wanted]
    used = _delete(going, store)
    gone = [one for one in going if one.record.identity not in used]
    spared = len(going) - len(gone)
    kept = f"{len(artifacts) - len(gone)} kept"
    if spared:
        kept += f", {spared} of them because a run in progress uses them"
    console.print(f"{counted(len(gone), 'artifact')} deleted, {_size(gone)}; {kept}")
    return 0


def _delete(going: Iterable[Stored], store: Path) -> set[str]:
    """Delete artifacts, but for those that a run uses; gives the identities of these."""
    folders: defaultdict[str, list[Path]] = defaultdict(list)
    for one in going:  # an artifact and its checkpoint have one identity
        folders[one.record.identity].append(one.folder)

    def delete(identity: str) -> None:
        for folder in folders[identity]:
            remove(folder)

    return set(Use(store).end(folders, delete))


def _records(results: Path) -> Iterator[object]:
    for path in sorted((results / CELLS).rglob(RECORD)):
        if record := read_record(path.parent):
            yield record.settings


def _size(artifacts: list[Stored]) -> str:
    return size(sum(one.bytes for one in artifacts))
