from __future__ import annotations

import hashlib
import io
import os
import threading
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from clirbench.data.base import Download
from clirbench.data.download import Cache, default_folder, default_mirror
from clirbench.errors import DataError

DATA = bytes(range(256)) * 3000
CUT = 6 * (1 << 14)
"""A multiple of what is read at once, so that no byte that came is lost."""
SHA = hashlib.sha256(DATA).hexdigest()
PART = f"file.bin.{SHA[:12]}.part"
Answer = Callable[[BaseHTTPRequestHandler], None]


def whole(request: BaseHTTPRequestHandler) -> None:
    """Everything, or what the range asks for."""
    start = int((request.headers["Range"] or "bytes=0-").removeprefix("bytes=").rstrip("-"))
    if start >= len(DATA):
        request.send_error(416)
        return
    request.send_response(206 if start else 200)
    if start:
        request.send_header("Content-Range", f"bytes {start}-{len(DATA) - 1}/{len(DATA)}")
    request.send_header("Content-Length", str(len(DATA) - start))
    request.end_headers()
    request.wfile.write(DATA[start:])


def no_range(request: BaseHTTPRequestHandler) -> None:
    """Everything, whatever is asked for."""
    request.send_response(200)
    request.send_header("Content-Length", str(len(DATA)))
    request.end_headers()
    request.wfile.write(DATA)


def cut(size: int) -> Answer:
    """Promise what is asked for, and close after `size` bytes of it."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        start = int((request.headers["Range"] or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(DATA) - 1}/{len(DATA)}")
        request.send_header("Content-Length", str(len(DATA) - start))
        request.end_headers()
        request.wfile.write(DATA[start : start + size])

    return answer


def status(code: int) -> Answer:
    """Refuse."""
    return lambda request: request.send_error(code)


class Server:
    """A web server on this machine; `answers` are given in turn, the last one from then on."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [whole]
        self.ranges: list[str | None] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.ranges.append(self.headers["Range"])
                answers = server.answers
                (answers.pop(0) if len(answers) > 1 else answers[0])(self)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))
        self._thread.start()

    def file(self, sha256: str = SHA, size: int = len(DATA)) -> Download:
        """What it serves, as pinned."""
        port = self._http.server_address[1]
        return Download(url=f"http://127.0.0.1:{port}/data/file.bin", sha256=sha256, bytes=size)

    def close(self) -> None:
        """Stop, and wait until it has."""
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    """A web server."""
    server = Server()
    yield server
    server.close()


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """An empty cache that does not wait between attempts."""
    return Cache(tmp_path / "cache", attempts=3, pause=0)


def left(cache: Cache) -> list[str]:
    """The names of all files in a cache."""
    return sorted(path.name for path in cache.folder.rglob("*") if path.is_file())


def test_a_file_is_fetched_once(server: Server, cache: Cache) -> None:
    """The second call, and a new cache over the same folder, ask nobody."""
    path = cache(server.file())
    assert path.read_bytes() == DATA
    assert path.parts[-3:] == (path.parts[-3], "data", "file.bin")
    assert path.is_relative_to(cache.folder / "downloads")
    assert cache(server.file()) == Cache(cache.folder)(server.file()) == path
    assert server.ranges == [None]
    assert left(cache) == ["file.bin", "file.bin.sha256"]


def test_a_checked_file_is_not_hashed_again(
    server: Server, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The record beside it says what was checked; without it, the bytes do."""
    path = cache(server.file())
    hashed: list[object] = []
    digest = hashlib.file_digest
    monkeypatch.setattr(hashlib, "file_digest", lambda *a: hashed.append(a) or digest(*a))
    cache(server.file())
    assert not hashed
    path.with_name("file.bin.sha256").unlink()
    cache(server.file())
    cache(server.file())
    assert len(hashed) == 1
    assert server.ranges == [None]


@pytest.mark.parametrize("damage", [DATA[:-1], DATA[:-1] + b"x"], ids=["shorter", "changed"])
def test_a_damaged_file_is_fetched_again(server: Server, cache: Cache, damage: bytes) -> None:
    """Another size, or other bytes under another time, are not taken for the file."""
    path = cache(server.file())
    time.sleep(0.01)
    path.write_bytes(damage)
    assert cache(server.file()).read_bytes() == DATA
    assert len(server.ranges) == 2


def test_a_damaged_file_under_its_old_time(server: Server, cache: Cache) -> None:
    """Other bytes of the same number are noticed also where the time of the file was set back."""
    path = cache(server.file())
    stat = path.stat()
    time.sleep(0.02)
    path.write_bytes(DATA[:-1] + b"x")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert cache(server.file()).read_bytes() == DATA
    assert len(server.ranges) == 2


def test_a_new_pin_of_the_same_size_is_fetched(server: Server, cache: Cache) -> None:
    """The file of an older pin at the same address does not pass for the new one's."""
    path = cache(server.file())
    other = hashlib.sha256(DATA[::-1]).hexdigest()
    with pytest.raises(DataError, match="failed the checksum"):
        cache(server.file(sha256=other))
    assert path.read_bytes() == DATA


def test_a_truncated_transfer_goes_on(server: Server, cache: Cache) -> None:
    """Each attempt asks for what is missing; more failures than attempts pass if each brings bytes."""
    server.answers = [cut(CUT)] * 5 + [whole]
    assert cache(server.file()).read_bytes() == DATA
    assert server.ranges == [None, *(f"bytes={n * CUT}-" for n in range(1, 6))]


def test_a_later_run_goes_on(server: Server, cache: Cache) -> None:
    """What one run has got before it gives up, the next one does not fetch again."""
    server.answers = [cut(3 * CUT), cut(0)]
    with pytest.raises(
        DataError, match=f"resume from byte {3 * CUT}.*--mirror or CLIRBENCH_MIRROR"
    ):
        cache(server.file())
    assert server.ranges == [None] + [f"bytes={3 * CUT}-"] * 3
    server.answers = [whole]
    assert cache(server.file()).read_bytes() == DATA
    assert server.ranges[-1] == f"bytes={3 * CUT}-"
    assert left(cache) == ["file.bin", "file.bin.sha256"]


def test_a_server_without_ranges(server: Server, cache: Cache) -> None:
    """The part is thrown away when the whole file comes instead of its rest."""
    server.answers = [cut(CUT), no_range]
    assert cache(server.file()).read_bytes() == DATA
    assert server.ranges == [None, f"bytes={CUT}-"]


def test_a_server_that_always_breaks_off(server: Server, cache: Cache) -> None:
    """To reach the same byte again is no progress: it ends."""

    def broken(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(DATA)))
        request.end_headers()
        request.wfile.write(DATA[:CUT])

    server.answers = [broken]
    with pytest.raises(DataError, match="cannot be fetched"):
        cache(server.file())
    assert len(server.ranges) == 4


def test_a_damaged_part(server: Server, cache: Cache) -> None:
    """When what an earlier run left is failed the checksum's beginning, all is fetched anew."""
    target = cache.path(server.file())
    target.parent.mkdir(parents=True)
    target.with_name(PART).write_bytes(b"x" * 5000)
    assert cache(server.file()).read_bytes() == DATA
    assert server.ranges == ["bytes=5000-", None]


def test_a_part_that_is_too_long(server: Server, cache: Cache) -> None:
    """It is cut to nothing before anything is asked."""
    target = cache.path(server.file())
    target.parent.mkdir(parents=True)
    target.with_name(PART).write_bytes(DATA + b"x")
    assert cache(server.file()).read_bytes() == DATA


@pytest.mark.parametrize(
    ("sha256", "size"),
    [("0" * 64, len(DATA)), (SHA, len(DATA) - 1)],
    ids=["checksum", "longer"],
)
def test_another_file_than_the_pinned_one(
    server: Server, cache: Cache, sha256: str, size: int
) -> None:
    """The error names address, what was expected and what came; nothing is kept."""
    with pytest.raises(DataError) as caught:
        cache(server.file(sha256, size))
    for part in (server.file().url, sha256, str(size), "got"):
        assert part in str(caught.value)
    assert (SHA in str(caught.value)) == (size == len(DATA) or sha256 == SHA)
    assert left(cache) == []


def test_a_shorter_file_than_the_pinned_one(server: Server, cache: Cache) -> None:
    """It is asked for the rest in vain, and given up."""
    with pytest.raises(DataError, match="cannot be fetched"):
        cache(server.file(size=len(DATA) + 1))


def test_not_found(server: Server, cache: Cache) -> None:
    """404 is told at once, without more attempts."""
    server.answers = [status(404)]
    with pytest.raises(DataError, match=r"file\.bin: status 404 .*--mirror"):
        cache(server.file())
    assert len(server.ranges) == 1
    assert left(cache) == []


def test_a_busy_server(server: Server, cache: Cache) -> None:
    """503 is worth another attempt."""
    server.answers = [status(503), status(429), whole]
    assert cache(server.file()).read_bytes() == DATA


def test_connection_refused(cache: Cache) -> None:
    """The error names the address and the way round; nothing is kept."""
    server = Server()
    download = server.file()
    server.close()
    with pytest.raises(DataError, match=r"cannot be fetched.*CLIRBENCH_MIRROR") as caught:
        cache(download)
    assert download.url in str(caught.value)
    assert left(cache) == []


def test_two_at_a_time(server: Server, cache: Cache) -> None:
    """Of several that want a file at once, one fetches it and the others wait for it."""

    def slow(request: BaseHTTPRequestHandler) -> None:
        time.sleep(0.2)
        whole(request)

    server.answers = [slow]
    got: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: got.append(Cache(cache.folder)(server.file()).read_bytes()))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [DATA] * 4
    assert server.ranges == [None]
    assert left(cache) == ["file.bin", "file.bin.sha256"]


def test_without_locks(server: Server, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no fcntl, each has a part of its own, and leaves none."""
    monkeypatch.setattr("clirbench.locks.fcntl", None)
    server.answers = [cut(0), cut(0), cut(0), whole]
    with pytest.raises(DataError, match="cannot be fetched"):
        cache(server.file())
    assert left(cache) == []
    assert cache(server.file()).read_bytes() == DATA


def test_two_at_once_without_locks(
    server: Server, cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file of the first stays: its stage may be reading it when the second one's has come."""
    first: list[int] = []

    def late(request: BaseHTTPRequestHandler) -> None:
        first.append(Cache(cache.folder)(server.file()).stat().st_ino)
        whole(request)

    monkeypatch.setattr("clirbench.locks.fcntl", None)
    monkeypatch.setattr("clirbench.locks._OWN", NoNames())  # as in two processes
    server.answers = [late, whole]
    assert [cache(server.file()).stat().st_ino] == first
    assert left(cache) == ["file.bin", "file.bin.sha256"]


class NoNames(set[str]):
    """A set that never has what is added."""

    def add(self, name: str, /) -> None:
        pass


def test_progress(server: Server, tmp_path: Path) -> None:
    """It rises to the file's size, across a broken connection."""
    told: list[tuple[str, int, int]] = []
    server.answers = [cut(CUT), whole]
    Cache(tmp_path, None, lambda *now: told.append(now), pause=0)(server.file())
    assert {(url, total) for url, _, total in told} == {(server.file().url, len(DATA))}
    done = [done for _, done, _ in told]
    assert done == sorted(done)
    assert (done[0], done[-1]) == (0, len(DATA))


@pytest.mark.parametrize("url", ["ftp://host/file", "file:///etc/passwd", "host/file"])
def test_other_schemes(cache: Cache, url: str) -> None:
    """Only https and http are fetched."""
    with pytest.raises(DataError, match="only https and http"):
        cache(Download(url=url, sha256=SHA, bytes=1))


@pytest.mark.parametrize("sha256", ["", "abc", SHA.upper()])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_unpinned(cache: Cache, scheme: str, sha256: str) -> None:
    """Nothing is fetched without a checksum, least of all over http."""
    with pytest.raises(DataError, match="not pinned"):
        cache(Download(url=f"{scheme}://host/file", sha256=sha256, bytes=1))


def test_a_folder_that_cannot_be_written(server: Server, tmp_path: Path) -> None:
    """The error names the file and the variable that moves the cache."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DataError, match="CLIRBENCH_CACHE"):
        Cache(tmp_path / "file")(server.file())


@pytest.fixture(params=["folder", "zip"])
def mirror(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A mirror with one file, example.org/a/b.txt."""
    if request.param == "folder":
        path = tmp_path / "mirror" / "example.org" / "a" / "b.txt"
        path.parent.mkdir(parents=True)
        path.write_bytes(DATA)
        return tmp_path / "mirror"
    with zipfile.ZipFile(tmp_path / "mirror.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("example.org/a/b.txt", DATA)
    return tmp_path / "mirror.zip"


MIRRORED = Download(url="https://example.org/a/b.txt", sha256=SHA, bytes=len(DATA))


def test_a_mirror_is_asked_instead_of_the_network(mirror: Path, tmp_path: Path) -> None:
    """The file comes into the cache, and is there without the mirror too."""
    path = Cache(tmp_path / "cache", mirror)(MIRRORED)
    assert path.read_bytes() == DATA
    assert path == tmp_path / "cache" / "downloads" / "example.org" / "a" / "b.txt"
    assert Cache(tmp_path / "cache", tmp_path / "nowhere")(MIRRORED) == path


def test_a_file_that_a_mirror_lacks(mirror: Path, tmp_path: Path) -> None:
    """The error names the address, the mirror and the place in it; the network is not asked."""
    cache = Cache(tmp_path / "cache", mirror)
    for url in (
        "https://example.org/a/c.txt",
        "https://example.org/a",
        "https://example.org/a/b.txt/d",
    ):
        with pytest.raises(DataError, match="not in the mirror") as caught:
            cache(Download(url=url, sha256=SHA, bytes=1))
        assert url in str(caught.value)
        assert str(mirror) in str(caught.value)
    assert left(cache) == []


def test_a_wrong_file_in_a_mirror(mirror: Path, tmp_path: Path) -> None:
    """It is refused like one from the network."""
    cache = Cache(tmp_path / "cache", mirror)
    with pytest.raises(DataError, match="failed the checksum") as caught:
        cache(Download(url=MIRRORED.url, sha256="0" * 64, bytes=len(DATA)))
    assert str(mirror) in str(caught.value)
    assert left(cache) == []


def test_a_mirror_that_is_not_there(tmp_path: Path) -> None:
    """The error says what a mirror is."""
    with pytest.raises(DataError, match="no such mirror"):
        Cache(tmp_path, tmp_path / "nowhere")(MIRRORED)


def test_a_damaged_zip_mirror(tmp_path: Path) -> None:
    """A cut or changed zip file gives the file or an error of ours, at whatever byte."""
    path = tmp_path / "mirror.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("example.org/a/b.txt", DATA[:500])
    good = path.read_bytes()
    wanted = Download(url=MIRRORED.url, sha256=hashlib.sha256(DATA[:500]).hexdigest(), bytes=500)
    outcomes: Counter[str] = Counter()
    for place in range(0, len(good), 3):
        for number, bad in enumerate(
            (good[:place], good[:place] + bytes([good[place] ^ 8]) + good[place + 1 :])
        ):
            path.write_bytes(bad)
            try:
                got = Cache(tmp_path / f"cache{place}-{number}", path)(wanted).read_bytes()
            except DataError:
                outcomes["refused"] += 1
            else:
                assert got == DATA[:500]
                outcomes["right"] += 1
    assert outcomes["refused"] > outcomes["right"] > 0


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables decide; without them it is the platform's folder, and no mirror."""
    monkeypatch.setenv("CLIRBENCH_CACHE", "/somewhere/else")
    monkeypatch.setenv("CLIRBENCH_MIRROR", "mirror.zip")
    assert default_folder() == Path("/somewhere/else")
    assert default_mirror() == Path("mirror.zip")
    monkeypatch.delenv("CLIRBENCH_CACHE")
    monkeypatch.delenv("CLIRBENCH_MIRROR")
    assert "clirbench" in default_folder().name
    assert default_mirror() is None


def test_a_redirect_to_http(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was to come over https is never asked for in the clear, also where its checksum is known."""
    asked = []

    def send(self: object, request: requests.PreparedRequest, **_: object) -> requests.Response:
        asked.append(request.url)
        response = requests.Response()
        response.status_code, response.url, response.request = 302, str(request.url), request
        response.headers["Location"] = "HTTP://example.org/elsewhere"
        response.raw = io.BytesIO()
        return response

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    download = Download(url="https://example.org/file", sha256="0" * 64, bytes=1)
    with pytest.raises(DataError, match="redirects to plain http"):
        cache(download)
    assert asked == ["https://example.org/file"]
