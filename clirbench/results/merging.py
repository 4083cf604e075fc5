"""Results folders of one suite, as the jobs of an array left them, joined into one."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from clirbench.artifacts.record import RECORD
from clirbench.data.base import JSON
from clirbench.errors import DataError, StoreError
from clirbench.files import write_json, write_text
from clirbench.results.environment import keep_environment, read_environments
from clirbench.results.folder import Folder
from clirbench.results.names import (
    ANALYSIS_PLAN,
    BACKBONE,
    BITEXT,
    CELLS,
    ENCODERS,
    ERROR_LOG,
    EVENTS,
    GIT,
    LOGS,
    SETTINGS,
    SUITE,
    TEACHER_TRAINING,
    TUNING,
)
from clirbench.results.reading import read_json, read_object
from clirbench.results.writing import settings_hash, write_checked
from clirbench.spec.cell import Cell

__all__ = ["check_alike", "join"]

_MADE_FROM = (BACKBONE, TEACHER_TRAINING)
"""Files that have to be the same wherever they are there."""


def check_alike(folders: Sequence[Folder]) -> Mapping[Cell, Folder]:
    """Make sure that folders are of one suite and contradict each other nowhere.

    Returns:
        The cells that are done, each with a folder that has it.

    Raises:
        DataError: settings differ, a cell is there twice with other bytes, or two cells of a pair were
            judged on other data; names both places.
    """
    first, *others = folders
    for other in others:
        if settings_hash(other.resolved) != settings_hash(first.resolved):
            raise DataError(
                f"{other.path / SETTINGS}: settings differ from {first.path / SETTINGS}: "
                f"{_difference(first.resolved, other.resolved)}; only results of the same suite, "
                "with the same --set, can be merged"
            )
    found: dict[Cell, Folder] = {}
    judged: dict[str, tuple[JSON, Path]] = {}
    for folder in folders:
        for cell in folder.every.scores:
            here = folder.cell(cell) / RECORD
            if cell in found:
                _check_same(cell, found[cell], folder)
            else:
                found[cell] = folder
            settings = folder.records[cell].get("settings")
            data = settings.get("collection") if isinstance(settings, dict) else None
            known, where = judged.setdefault(cell.pair, (data, here))
            if data != known:
                raise DataError(
                    f"{here}: scored on other data than {where}: the collection's files, or "
                    "their locked checksums, differ; give all jobs the same files and the same "
                    "lock file"
                )
    return found


def _check_same(cell: Cell, one: Folder, other: Folder) -> None:
    """Compare a cell that two folders have, file by file."""
    records = [folder.records[cell] for folder in (one, other)]
    first, second = ({**_files(record)} for record in records)
    odd = [name for name in sorted({*first, *second}) if first.get(name) != second.get(name)]
    if odd or records[0]["identity"] != records[1]["identity"]:
        name = odd[0] if odd else RECORD
        raise DataError(
            f"{cell}: {one.cell(cell) / name} and {other.cell(cell) / name} differ, but must be "
            "the same to the last byte. Leave one of the folders out, or run the cell again in "
            "one environment"
        )


def _files(record: Mapping[str, JSON]) -> dict[str, Any]:
    files = record.get("files")
    return (
        {name: own.get("sha256") for name, own in files.items() if isinstance(own, dict)}
        if (isinstance(files, dict))
        else {}
    )


def _difference(one: JSON, other: JSON, at: str = "") -> str:
    """The first place where two settings differ, with both values."""
    if isinstance(one, dict) and isinstance(other, dict):
        keys = [key for key in sorted({*one, *other}) if one.get(key) != other.get(key)]
        return _difference(one.get(keys[0]), other.get(keys[0]), f"{at}.{keys[0]}".lstrip("."))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        place = next(i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
        return _difference(one[place], other[place], f"{at}[{place}]")
    values = (json.dumps(value, ensure_ascii=False)[:80] for value in (other, one))
    return f"{at} is {' and not '.join(values)}"


def join(folders: Sequence[Folder], cells: Mapping[Cell, Folder], target: Path) -> None:
    """Copy what the folders have into a new one; the comparisons are still to be made.

    Args:
        folders: of one suite, as `check_alike` found.
        cells: those that are done, each with the folder that it is taken from.
        target: an empty folder.

    Raises:
        DataError: what the folders say of bitext, tuning or models is not the same.
        StoreError: a file cannot be copied.
    """
    try:
        _copy_cells(folders, cells, target)
        _join_logs(folders, target)
    except OSError as error:
        where = error.filename2 or error.filename or target
        raise StoreError(f"{where}: cannot be copied: {error.strerror}") from error
    _join_plans(folders, target)
    _join_environments(folders, target)
    for name in (*_MADE_FROM, *_inside(folders, TUNING)):
        _join_same([folder.path / name for folder in folders], target / name)
    for name in _inside(folders, BITEXT):
        _join_objects([folder.path / name for folder in folders], target / name)
    encoders: dict[str, JSON] = {}
    for folder in folders:
        encoders |= {json.dumps(each): each for each in read_json(folder.path / ENCODERS) or ()}
    if encoders:
        write_json(target / ENCODERS, list(encoders.values()))


def _copy_cells(folders: Sequence[Folder], cells: Mapping[Cell, Folder], target: Path) -> None:
    """Copy the suite, the cells that are done, and why the others are not."""
    for name in (SUITE, SETTINGS, GIT):
        if (folders[0].path / name).exists():
            shutil.copyfile(folders[0].path / name, target / name)
    for cell, folder in cells.items():
        shutil.copytree(folder.cell(cell), target / CELLS / str(cell))
    for own, cell in ((each, cell) for each in folders for cell in each.every.faults):
        log, copied = own.cell(cell) / ERROR_LOG, target / CELLS / str(cell)
        if log.exists() and not copied.exists():
            copied.mkdir(parents=True)
            shutil.copyfile(log, copied / ERROR_LOG)


def _inside(folders: Sequence[Folder], name: str) -> list[str]:
    """The JSON files in a part of the folders, by their paths in them."""
    return sorted(
        {
            path.relative_to(folder.path).as_posix()
            for folder in folders
            for path in (folder.path / name).rglob("*.json")
            if not path.name.startswith(".")
        }
    )


def _join_logs(folders: Sequence[Folder], target: Path) -> None:
    """Put the logs one after another, each run's as a whole: of it the wall time is the sum."""
    names = {EVENTS} | {
        path.relative_to(folder.path).as_posix()
        for folder in folders
        for path in (folder.path / LOGS).rglob(EVENTS)
    }
    for name in sorted(names):
        parts = [path.read_bytes() for f in folders if (path := f.path / name).exists()]
        if parts:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes(b"".join(part.rstrip(b"\n") + b"\n" for part in parts))


def _join_plans(folders: Sequence[Folder], target: Path) -> None:
    """Take the plan of analysis with the longest history, so that a change of it is still told.

    Of equal ones it is that which was written after most cells had been made, and then the earliest.
    """
    plans = [(folder, read_json(folder.path / ANALYSIS_PLAN)) for folder in folders]
    there = [(folder, plan["versions"]) for folder, plan in plans if plan and plan.get("versions")]
    if not there:
        return

    def rank(item: tuple[Folder, list[dict[str, Any]]]) -> tuple[int, int, float]:
        versions = item[1]
        made = datetime.fromisoformat(str(versions[0]["made"])).timestamp()
        return -len(versions), -int(versions[0]["cells"]), made

    folder, _ = min(there, key=rank)
    shutil.copyfile(folder.path / ANALYSIS_PLAN, target / ANALYSIS_PLAN)


def _join_environments(folders: Sequence[Folder], target: Path) -> None:
    """Keep every environment, the latest last."""
    every = [each for folder in folders for each in read_environments(folder.path)]
    for each in sorted(every, key=lambda one: str(one.get("written", ""))):
        keep_environment(target, each)


def _join_same(paths: Sequence[Path], target: Path) -> None:
    """Take a file that is the same wherever it is there."""
    there = [(path, read_json(path)) for path in paths if path.exists()]
    for path, value in there:
        if value != there[0][1]:
            raise DataError(
                f"{path} and {there[0][0]} differ, though the settings are the same; give all jobs the "
                "same files, models and lock file, and run again"
            )
    if there:
        write_text(target, there[0][0].read_text(encoding="utf-8"))


def _join_objects(paths: Sequence[Path], target: Path) -> None:
    """Put objects together; what several have has to be the same."""
    found: dict[str, tuple[JSON, Path]] = {}
    for path in (path for path in paths if path.exists()):
        for key, value in read_object(path).items():
            known, where = found.setdefault(key, (value, path))
            if known != value:
                raise DataError(
                    f"{path} and {where} differ at {key}, though the settings are the same; give all jobs "
                    "the same files and lock file, and run again"
                )
    write_checked(target, {key: value for key, (value, _) in found.items()})
