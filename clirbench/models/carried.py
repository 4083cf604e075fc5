"""Models in a folder that is carried to a machine without a network, laid out as a hub's local cache.

FOLDER/hub/models--ORG--NAME/refs/main                the commit
FOLDER/hub/models--ORG--NAME/snapshots/COMMIT/...     the files, none of them a link
FOLDER/index.json                                     size and SHA-256 of every file of FOLDER
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from clirbench.data.base import JSON
from clirbench.errors import DataError
from clirbench.files import parse_json, sha256, write_whole
from clirbench.models.hub import Model

__all__ = ["INDEX", "add_to_index", "copy_whole", "give", "take"]

INDEX = "index.json"
_FORMAT = 1
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SENT = "copy the folder again from where `clirbench data get --to` wrote it"


def give(model: Model, snapshot: Path, commit: str, folder: Path) -> list[Path]:
    """Copy a model into the folder to be carried; gives its files there, those that were there, too.

    Args:
        model: as the suite names it.
        snapshot: where its files lie.
        commit: that they are of.
        folder: the folder.

    Raises:
        DataError: a file cannot be copied.
    """
    home = folder / "hub" / _place(model.name)
    files = []
    for path in sorted(snapshot.rglob("*")):
        if path.is_file():
            target = home / "snapshots" / commit / path.relative_to(snapshot)
            copy_whole(path, target)
            files.append(target)
    ref = home / "refs" / (model.revision or "main")
    if model.revision != commit:
        _write(ref, commit)
        files.append(ref)
    return files


def take(mirror: Path, model: Model) -> bool:
    """Copy a model from a folder that was carried here into the hub's local cache; False: it has none.

    Raises:
        DataError: a file of it is damaged or missing, or cannot be copied.
    """
    home = mirror / "hub" / _place(model.name)
    commit = model.revision or ""
    if not _COMMIT.fullmatch(commit):
        ref = home / "refs" / (model.revision or "main")
        commit = ref.read_text(encoding="utf-8").strip() if ref.is_file() else ""
        if ref.is_file() and not _COMMIT.fullmatch(commit):
            raise DataError(f"{ref}: expected a commit, 40 hexadecimal digits; {_SENT}")
    if not commit or not (snapshot := home / "snapshots" / commit).is_dir():
        return False
    from huggingface_hub import constants

    known, own = _index(mirror), Path(constants.HF_HUB_CACHE, _place(model.name))
    inside = f"{snapshot.relative_to(mirror).as_posix()}/"
    files = [name for name in known if name.startswith(inside)]
    target = own / "snapshots" / commit
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".clirbench-") as half:
            for name in files:
                copied = Path(half, "files", name.removeprefix(inside))
                copied.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(mirror / name, copied)
                if (copied.stat().st_size, sha256(copied)) != known[name]:
                    raise DataError(f"{mirror / name}: failed the checksum of {INDEX}; {_SENT}")
            if target.exists():  # not whole, else nobody would ask
                shutil.rmtree(target)
            Path(half, "files").rename(target)
    except OSError as error:
        where = error.filename2 or error.filename or target
        raise DataError(f"{where}: cannot be copied ({error.strerror}); {_SENT}") from error
    for ref in (path for path in (home / "refs").rglob("*") if path.is_file()):
        mine = own / "refs" / ref.relative_to(home / "refs")
        if not mine.exists() and ref.read_text(encoding="utf-8").strip() == commit:
            _write(mine, commit)
    return True


def add_to_index(folder: Path, files: list[Path]) -> None:
    """Write down size and SHA-256 of files of a folder, beside those that are written down.

    Raises:
        DataError: the index is damaged or cannot be written.
    """
    known = _index(folder)
    for path in files:
        name = path.relative_to(folder).as_posix()
        known[name] = path.stat().st_size, sha256(path)
    listed: list[JSON] = [
        {"path": name, "bytes": size, "sha256": digest}
        for name, (size, digest) in sorted(known.items())
        if (folder / name).is_file()
    ]
    text = json.dumps({"format": _FORMAT, "files": listed}, indent=1, ensure_ascii=False)
    _write(folder / INDEX, text + "\n")


def copy_whole(path: Path, target: Path) -> None:
    """Copy a file, whole or not at all; one of the same bytes is left alone.

    Raises:
        DataError: it cannot be copied.
    """
    try:
        if target.is_file() and sha256(target) == sha256(path):
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".clirbench-") as half:
            copied = Path(half, "file")
            shutil.copyfile(path, copied)
            copied.replace(target)
    except OSError as error:
        raise DataError(f"{target}: cannot be written ({error.strerror})") from error


def _index(folder: Path) -> dict[str, tuple[int, str]]:
    """Size and SHA-256 of the files of a folder, as its index has them; none where there is no index."""
    path = folder / INDEX
    if not path.exists():
        return {}
    try:
        return dict(_listed(parse_json(path.read_bytes())))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: damaged ({error}); {_SENT}") from error


def _listed(values: Any) -> Iterator[tuple[str, tuple[int, str]]]:  # noqa: ANN401 - whatever JSON holds
    if values["format"] != _FORMAT:
        raise ValueError(f"format {values['format']!r}, expected {_FORMAT}")
    for each in values["files"]:
        if ".." in Path(each["path"]).parts or Path(each["path"]).is_absolute():
            raise ValueError(f"{each['path']!r} is not in the folder")
        yield str(each["path"]), (int(each["bytes"]), str(each["sha256"]))


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, text)
    except OSError as error:
        raise DataError(f"{path}: cannot be written ({error.strerror})") from error


def _place(name: str) -> str:
    """How a hub's local cache calls the folder of a model."""
    return f"models--{name.replace('/', '--')}"
