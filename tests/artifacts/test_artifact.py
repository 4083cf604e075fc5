from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from clirbench.artifacts import artifact
from clirbench.artifacts.artifact import alone, damage, filling, remove, sweep
from clirbench.artifacts.meter import Cost
from clirbench.artifacts.record import read_record, write_record
from clirbench.errors import StoreError


def write(folder: Path, text: str = "hello") -> None:
    """Make an artifact with a file in a subfolder."""
    with filling(folder, kind="test", identity="abc", title="t", settings={"a": 1}) as (
        inside,
        commit,
    ):
        (inside / "sub").mkdir()
        (inside / "sub" / "file.txt").write_text(text)
        commit(Cost(seconds=1.5))


def test_finished_artifact_has_a_record(tmp_path: Path) -> None:
    """The record tells what it is and the checksum of each file."""
    write(tmp_path / "a")
    record = read_record(tmp_path / "a")
    assert record is not None
    assert (record.kind, record.identity, record.settings, record.cost.seconds) == (
        "test",
        "abc",
        {"a": 1},
        1.5,
    )
    assert set(record.files) == {"sub/file.txt"}
    assert damage(tmp_path / "a", record, checksums=True) is None
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("when", ["before commit", "error"])
def test_unfinished_leaves_nothing(when: str, tmp_path: Path) -> None:
    """Without a commit, or after an error, there is no artifact and no temporary folder."""
    with (
        pytest.raises(ValueError, match="stop")
        if when == "error"
        else pytest.MonkeyPatch.context(),
        filling(tmp_path / "a", kind="test", identity="abc", title="t", settings={}) as (inside, _),
    ):
        (inside / "file").write_text("half")
        if when == "error":
            raise ValueError("stop")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("position", range(5))
def test_a_flipped_bit_is_found(position: int, tmp_path: Path) -> None:
    """Any change of a byte is named; a change of size is found without reading the file."""
    write(tmp_path / "a")
    record = read_record(tmp_path / "a")
    assert record is not None
    path = tmp_path / "a" / "sub" / "file.txt"
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    assert damage(tmp_path / "a", record, checksums=False) is None
    assert "sha256" in (damage(tmp_path / "a", record, checksums=True) or "")
    path.write_bytes(content[:-1])
    assert "4 bytes, recorded 5" in (damage(tmp_path / "a", record, checksums=False) or "")
    path.unlink()
    assert "No such file" in (damage(tmp_path / "a", record, checksums=False) or "")


def test_an_optional_file_may_be_missing_but_not_wrong(tmp_path: Path) -> None:
    """A file that may be taken away is no damage when it is gone; changed, it is."""
    write(tmp_path / "a")
    record = read_record(tmp_path / "a")
    assert record is not None
    path, optional = tmp_path / "a" / "sub" / "file.txt", {"sub/file.txt"}
    path.write_text("other")
    assert damage(tmp_path / "a", record, checksums=True, optional=optional)
    path.unlink()
    assert damage(tmp_path / "a", record, checksums=True, optional=optional) is None
    assert damage(tmp_path / "a", record, checksums=True)


def test_replaces_a_damaged_one(tmp_path: Path) -> None:
    """Making an artifact again puts the new one in place of a damaged or other one."""
    write(tmp_path / "a", "old")
    (tmp_path / "a" / "sub" / "file.txt").unlink()
    write(tmp_path / "a", "new")
    assert (tmp_path / "a" / "sub" / "file.txt").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_leaves_what_another_process_made(tmp_path: Path) -> None:
    """Of two processes that make the same, the second leaves the first one's files alone."""
    write(tmp_path / "a", "first")
    inode = (tmp_path / "a" / "sub" / "file.txt").stat().st_ino
    write(tmp_path / "a", "second")
    assert (tmp_path / "a" / "sub" / "file.txt").stat().st_ino == inode
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_garbled_record_is_not_done(tmp_path: Path) -> None:
    """A record that cannot be read, or of another format, does not count."""
    write(tmp_path / "a")
    path = tmp_path / "a" / "record.json"
    text = path.read_text()
    for broken in (text[:-5], text.replace('"format": 4', '"format": 99'), "[]", "", '{"x": 1}'):
        path.write_text(broken)
        assert read_record(tmp_path / "a") is None


def test_removed_is_gone(tmp_path: Path) -> None:
    """Nothing is left of a removed artifact; removing it again is no error."""
    write(tmp_path / "a")
    remove(tmp_path / "a")
    remove(tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS])
def test_full_or_read_only_disk(code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that takes nothing gives an error that names the artifact, and nothing half-written."""

    def fail(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(artifact.os, "fsync", fail)
    with pytest.raises(StoreError, match=f"a: cannot be written: {os.strerror(code)}"):
        write(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_cannot_be_made(tmp_path: Path) -> None:
    """Whatever keeps the folder from being made is an error of the store."""
    (tmp_path / "store").write_text("a file")
    with (
        pytest.raises(StoreError, match=r"store/a: cannot be written: Not a directory"),
        filling(tmp_path / "store" / "a", kind="k", identity="i", title="t", settings={}),
    ):
        pytest.fail("filled nowhere")


def test_a_file_elsewhere_that_cannot_be_read_is_no_full_disk(tmp_path: Path) -> None:
    """An input without permission is that stage's failure, and does not stop the others."""
    secret = str(tmp_path / "input" / "topics.tsv")
    with (
        pytest.raises(PermissionError, match=r"topics\.tsv"),
        filling(tmp_path / "store" / "a", kind="k", identity="i", title="t", settings={}),
    ):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), secret)
    assert list((tmp_path / "store").iterdir()) == []


HALF = """
import sys, time
from pathlib import Path
from clirbench.artifacts.artifact import alone, filling

with alone(Path(sys.argv[1])), filling(
    Path(sys.argv[1]), kind="test", identity="abc", title="t", settings={}
) as (inside, _):
    (inside / "half").write_text("half")
    print(inside, flush=True)
    time.sleep(100)
"""


@pytest.mark.parametrize("where", ["here", "container"])
def test_sweep_takes_what_dead_processes_left(where: str, tmp_path: Path) -> None:
    """What a living process is filling stays, in another container, too; what a dead one left goes."""
    words = [sys.executable, "-c", HALF, str(tmp_path / "x" / "a")]
    if (
        where == "container"
    ):  # as there, process numbers begin at 1, and the host's name may be this one's
        unshare = shutil.which("unshare")
        isolated = [unshare or "", "--pid", "--fork", "--kill-child", "--map-root-user"]
        if not unshare or subprocess.run([*isolated, "true"], check=False).returncode:
            pytest.skip("no process may have a name space of its own here")
        words = [*isolated, *words]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    half = Path(process.stdout.readline().strip())
    sweep(tmp_path)
    assert (half / "half").exists()
    process.kill()
    process.communicate()
    sweep(tmp_path)
    assert list((tmp_path / "x").iterdir()) == []


def test_sweep_of_what_has_no_lock(tmp_path: Path) -> None:
    """A folder of an earlier version, which set no locks, goes when it was idle for a day."""
    old, new = tmp_path / ".tmp-host-12-12345678", tmp_path / ".tmp-host-13-12345678"
    for folder in (old, new):
        folder.mkdir()
    os.utime(old, (0, 0))
    sweep(tmp_path)
    assert [folder.exists() for folder in (old, new)] == [False, True]


def test_two_make_the_same_at_once(tmp_path: Path) -> None:
    """However the commits of several fall together, the last one's artifact is whole, and no error."""

    def fill(text: str) -> None:
        for _ in range(100):
            with filling(tmp_path / "a", kind="k", identity="i", title="t", settings={}) as (
                inside,
                commit,
            ):
                (inside / "file").write_text(text)
                commit(Cost(seconds=0.0), replace=True)

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(fill, text) for text in "abcd"]:
            done.result()
    record = read_record(tmp_path / "a")
    assert record is not None
    assert damage(tmp_path / "a", record, checksums=True) is None
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_one_at_a_time(tmp_path: Path) -> None:
    """Who wants to make what another is making waits until that is done or dead."""
    waited: list[int] = []

    def wait() -> None:
        waited.append(1)
        if len(waited) == 3:
            first.close()

    with ExitStack() as first:
        first.enter_context(alone(tmp_path / "a"))
        with alone(tmp_path / "a", wait):
            assert len(waited) == 3
    assert list(tmp_path.iterdir()) == []


class PowerLoss(BaseException):
    """The machine is off: nothing after it happens, no cleaning up either."""


def writes(monkeypatch: pytest.MonkeyPatch, allowed: int) -> None:
    """Lets so many operations on the disk happen, then loses the power."""
    left = [allowed]

    def counted(operation: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **options: object) -> object:
            if left[0] == 0:
                raise PowerLoss
            left[0] -= 1
            return operation(*arguments, **options)

        return call

    for name in ("write_text", "rename", "mkdir"):
        monkeypatch.setattr(Path, name, counted(getattr(Path, name)))
    monkeypatch.setattr(artifact.os, "fsync", counted(os.fsync))
    monkeypatch.setattr(artifact.shutil, "rmtree", counted(shutil.rmtree))


@pytest.mark.parametrize("before", ["nothing", "damaged", "other"])
def test_power_may_be_lost_after_any_write(before: str, tmp_path: Path) -> None:
    """Whenever the power goes, what is taken for done is whole, and the next run makes the rest."""
    steps = 0
    while True:
        place = tmp_path / str(steps) / "a"
        if before != "nothing":
            write(place, "old")
        if before == "damaged":
            (place / "sub" / "file.txt").unlink()
        if before == "other":
            record = read_record(place)
            assert record is not None
            write_record(place, replace(record, identity="earlier"))
        finished = True
        with pytest.MonkeyPatch.context() as patch:
            writes(patch, steps)
            try:
                write(place, "new")
            except PowerLoss:
                finished = False
        record = read_record(place)
        if record is not None and record.identity == "abc":
            sound = damage(place, record, checksums=True) is None
            assert sound or before == "damaged"
            if sound:
                assert (place / "sub" / "file.txt").read_text() == "new"
        write(place, "new")
        record = read_record(place)
        assert record is not None
        assert damage(place, record, checksums=True) is None
        assert (place / "sub" / "file.txt").read_text() == "new"
        if finished:
            break
        steps += 1
    assert steps > 6
