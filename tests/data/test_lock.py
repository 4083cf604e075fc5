from __future__ import annotations

import hashlib
import pickle
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.data.base import Download
from clirbench.data.download import Cache
from clirbench.data.lock import Lock
from clirbench.errors import DataError

URL = "https://example.org/data/file.txt"
OTHER = "https://example.org/data/other.txt"
Mirror = Callable[[bytes], Path]


def known(content: bytes, url: str = URL) -> Download:
    """What a file of that content is pinned as."""
    return Download(url=url, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    """Makes a mirror that has the file with some content."""

    def make(content: bytes) -> Path:
        path = tmp_path / "mirror" / "example.org" / "data" / "file.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return tmp_path / "mirror"

    return make


def test_first_use_is_written_down(tmp_path: Path, mirror: Mirror) -> None:
    """The first content becomes the pin, in a file that is read back."""
    lock = Lock(tmp_path / "suite.lock")
    assert lock.pin(Download(url=URL)).sha256 is None
    path = Cache(tmp_path / "cache", mirror(b"one"), lock=lock)(Download(url=URL))
    assert path.read_bytes() == b"one"
    assert lock.pin(Download(url=URL)) == known(b"one")
    again = Lock(tmp_path / "suite.lock")
    assert again.pin(Download(url=URL)) == known(b"one")
    assert again.pin(Download(url=OTHER)) == Download(url=OTHER)


def test_a_later_change_is_an_error(tmp_path: Path, mirror: Mirror) -> None:
    """Another content under the same address is refused, and nothing of it is kept."""
    lock = tmp_path / "suite.lock"
    Cache(tmp_path / "a", mirror(b"one"), lock=Lock(lock))(Download(url=URL))
    changed = Cache(tmp_path / "b", mirror(b"two"), lock=Lock(lock))
    with pytest.raises(
        DataError, match=r"failed the checksum: .*as in .*suite\.lock; if the change upst"
    ):
        changed(Download(url=URL))
    assert not [path for path in (tmp_path / "b").rglob("*") if path.is_file()]
    assert Lock(lock).pin(Download(url=URL)) == known(b"one")


def test_what_another_suite_fetched_is_taken(tmp_path: Path, mirror: Mirror) -> None:
    """A file in the cache is locked for a second suite as it is, without asking upstream."""
    Cache(tmp_path / "cache", mirror(b"one"), lock=Lock(tmp_path / "a.lock"))(Download(url=URL))
    second = Lock(tmp_path / "b.lock")
    Cache(tmp_path / "cache", mirror(b"two"), lock=second)(Download(url=URL))
    assert second.pin(Download(url=URL)) == known(b"one")


def test_without_a_lock(tmp_path: Path, mirror: Mirror) -> None:
    """Unpinned files are refused where nothing would remember them."""
    with pytest.raises(DataError, match="not pinned"):
        Cache(tmp_path / "cache", mirror(b"one"))(Download(url=URL))


def test_plain_http(tmp_path: Path, mirror: Mirror) -> None:
    """Over http nothing is trusted without a checksum."""
    cache = Cache(tmp_path / "cache", mirror(b"one"), lock=Lock(tmp_path / "suite.lock"))
    with pytest.raises(
        DataError, match=r"plain http is allowed only for files with a pinned SHA-256"
    ):
        cache(Download(url=URL.replace("https", "http")))


def test_the_form(tmp_path: Path) -> None:
    """Sorted lines of checksum, size and address; a suite's lock has its name."""
    lock = Lock.beside(tmp_path / "mine.toml")
    assert lock.path == tmp_path / "mine.lock"
    lock.add(known(b"two", OTHER))
    lock.add(known(b"one"))
    comment, *lines = lock.path.read_text(encoding="utf-8").splitlines()
    assert comment.startswith("# SHA-256, bytes and address")
    assert lines == [
        f"{hashlib.sha256(content).hexdigest()} 3 {url}"
        for content, url in ((b"one", URL), (b"two", OTHER))
    ]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("abc 3 https://example.org/a\n", r"suite\.lock:1: expected SHA256 BYTES URL"),
        (f"{'0' * 64} 3 http://example.org/a\n", "expected SHA256"),
        (f"{'0' * 64} 3 {URL}\n" * 2, r"suite\.lock:2: duplicate https"),
        (f"{'0' * 40} model a/b@v1\n" * 2, r"suite\.lock:2: duplicate model a/b"),
        (f"{'0' * 39} model a/b\n", "or COMMIT model NAME"),
        ("\xff", "not UTF-8"),
    ],
)
def test_malformed(tmp_path: Path, text: str, error: str) -> None:
    """A damaged lock is an error with its place, not an empty one."""
    (tmp_path / "suite.lock").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=error):
        Lock(tmp_path / "suite.lock")


def test_two_processes(tmp_path: Path) -> None:
    """Locks of one file that write at the same time lose nothing; of two contents, the first stands."""
    path = tmp_path / "suite.lock"
    locks = [Lock(path) for _ in range(4)]
    urls = [f"https://example.org/{number}" for number in range(4)]
    threads = [
        threading.Thread(target=lock.add, args=(known(b"one", url),))
        for lock, url in zip(locks, urls, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(Lock(path).pin(Download(url=url)).sha256 for url in urls)
    with pytest.raises(DataError, match=r"was locked with SHA-256 .* during this run"):
        locks[0].add(known(b"two", urls[1]))


def test_models(tmp_path: Path) -> None:
    """Of a model the commit is written down, by its name and revision, beside the files."""
    lock = Lock(tmp_path / "suite.lock")
    lock.add(known(b"one"))
    lock.add_model("some/model", None, "1" * 40)
    lock.add_model("some/model", "v1", "2" * 40)
    again = Lock(tmp_path / "suite.lock")
    assert again.commit("some/model", None) == "1" * 40
    assert again.commit("some/model", "v1") == "2" * 40
    assert again.commit("some/model", "v2") == "v2"
    assert again.commit("other/model", None) is None
    assert again.pin(Download(url=URL)) == known(b"one")
    with pytest.raises(
        DataError, match=r"model some/model was locked at commit 1+ during this run"
    ):
        again.add_model("some/model", None, "3" * 40)


def test_a_lock_that_is_sent_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It knows what it knew when the run began, in a process that works in another folder."""
    monkeypatch.chdir(tmp_path)
    line = f"{'a' * 64} 5 https://example.org/x\n"
    Path("s.lock").write_text(line)
    sent = pickle.dumps(Lock(Path("s.lock")).absolute())
    Path("s.lock").write_text(line.replace("a" * 64, "b" * 64))
    monkeypatch.chdir(tmp_path.parent)
    came = pickle.loads(sent)  # noqa: S301 - our own
    assert came.path == tmp_path / "s.lock"
    assert came.pin(Download(url="https://example.org/x")).sha256 == "a" * 64
