"""A suite that runs in seconds, and what tests need to run it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import hypothesis
import pytest

TINY = """\
[suite]
name = "tiny"
seeds = [1, 2]
measures = ["AP", "nDCG@10"]
hypothesis = { better = "optical", than = "sentence-contrastive", on = "low" }

[collection]
source = "synthetic"
concepts = 60
topic_count = 12
document_count = 120
training_query_count = 64
pairs_low = 48
pairs_high = 64

[teacher]
backbone = "scratch"
query_length = 24
document_length = 48
scratch = { layers = 1, width = 16, heads = 2, vocabulary = 400 }
training = { epochs = 1, batch_size = 16 }

[training]
epochs = 2
batch_size = 8
learning_rate = 1e-3
cut = "keep"
[statistics]
flips = 1000
resamples = 1000

[[pair]]
query = "qsw"
resource = "low"
bitext = ["synthetic"]

[[pair]]
query = "qde"
resource = "high"
bitext = ["synthetic"]

[[method]]
name = "zero-shot"

[[method]]
name = "oracle"

[[method]]
name = "bm25"

[[method]]
name = "sentence-contrastive"

[[method]]
name = "optical"
"""


# A test on a machine that is busy is not wrong. Whether a change lands must not hang on chance: with CI set, properties
# are tried with the same values each time.
hypothesis.settings.register_profile("untimed", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("untimed")
# Whoever tests how processes work together asks for them; for all else the start of each takes too long.
os.environ.setdefault("CLIRBENCH_PROCESSES", "1")


@pytest.fixture(scope="session", autouse=True)
def _products() -> None:
    """Matrices are multiplied as `clirbench run` does it, whichever test comes first."""
    from clirbench.models.device import choose_products

    choose_products()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip what needs a GPU where there is none."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("there is no CUDA device here")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def tiny_text() -> str:
    """The text of `tiny`, for tests that share a run."""
    return TINY


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A suite file of two pairs, five methods and two seeds: 14 cells."""
    path = tmp_path / "tiny.toml"
    path.write_text(TINY)
    return path


@pytest.fixture
def places(tmp_path: Path) -> list[str]:
    """Arguments that keep a run inside the test's folder."""
    return ["--results", str(tmp_path / "results"), "--store", str(tmp_path / "store")]


@pytest.fixture
def clirbench(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command line in a process of its own."""

    def call(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "CLIRBENCH_CACHE": str(tmp_path / "cache")}
        command = [sys.executable, "-m", "clirbench", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
        )

    return call


@pytest.fixture
def write_suite(tmp_path: Path) -> Callable[..., Path]:
    """Writes the tiny suite with texts replaced."""

    def write(*replacements: tuple[str, str]) -> Path:
        text = TINY
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "suite.toml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def serve_hub() -> Iterator[Callable[[str, Mapping[str, bytes], str], str]]:
    """Starts hubs that have one model at one commit each, and speak what the hub's client needs."""
    servers: list[tuple[ThreadingHTTPServer, threading.Thread]] = []

    def serve(name: str, files: Mapping[str, bytes], commit: str) -> str:
        class Hub(_Hub):
            pass

        Hub.model, Hub.files, Hub.commit = name, files, commit
        server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


class _Hub(BaseHTTPRequestHandler):
    """A hub with one model."""

    model: str
    files: Mapping[str, bytes]
    commit: str

    def do_GET(self) -> None:
        api, files = f"/api/models/{self.model}", self.files
        if self.path.startswith(f"{api}/tree/{self.commit}"):
            self._give(
                [
                    {"type": "file", "path": name, "size": len(content), "oid": self.commit}
                    for name, content in files.items()
                ]
            )
        elif self.path.startswith(api):
            siblings = [{"rfilename": name} for name in files]
            self._give({"id": self.model, "sha": self.commit, "siblings": siblings})
        elif (name := self.path.removeprefix(f"/{self.model}/resolve/{self.commit}/")) in files:
            tag = {"ETag": f'"{abs(hash(name)):x}"'}
            self._send(200, files[name], "application/octet-stream", tag)
        else:
            self._send(404, b"{}", "application/json", {"X-Error-Code": "RepoNotFound"})

    def do_HEAD(self) -> None:
        self.do_GET()

    def _give(self, body: object) -> None:
        self._send(200, json.dumps(body).encode(), "application/json", {})

    def _send(self, status: int, content: bytes, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        self.send_header("X-Repo-Commit", self.commit)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
