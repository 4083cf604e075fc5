from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import huggingface_hub
import pytest
import requests

from clirbench.data import irds
from clirbench.data.base import Download
from clirbench.data.download import Cache
from clirbench.errors import DataError
from clirbench.models.hub import Model, cached, fetch, place
from clirbench.offline import is_offline, offline

FILE = Download(url="https://example.org/file", sha256="0" * 64, bytes=1)


def test_for_a_while() -> None:
    """Variables and flags are as they were afterwards, also where they were set."""
    assert not is_offline()
    before = dict(os.environ)
    with offline(on=True):
        assert is_offline()
        assert huggingface_hub.is_offline_mode()
        assert os.environ["HF_HUB_OFFLINE"] == os.environ["TRANSFORMERS_OFFLINE"] == "1"
        assert os.environ["HF_DATASETS_OFFLINE"] == "1"
    assert not is_offline()
    assert not huggingface_hub.is_offline_mode()
    assert dict(os.environ) == before
    with offline(on=False):
        assert not is_offline()


def test_libraries_that_are_imported_later(tmp_path: Path) -> None:
    """They read the variables, and stay without a network in processes that are started."""
    code = (
        "from clirbench.offline import go_offline; go_offline()\n"
        "import huggingface_hub, transformers, subprocess, sys\n"
        "assert huggingface_hub.is_offline_mode()\n"
        "child = 'import huggingface_hub as h; assert h.is_offline_mode()'\n"
        "subprocess.run([sys.executable, '-c', child], check=True)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)


def test_connections() -> None:
    """Whatever library asks, a connection to another machine is refused by name; to this one it is not."""

    def answer() -> None:
        connection, _ = server.accept()
        connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server, offline(on=True):
        thread = threading.Thread(target=answer)
        thread.start()
        socket.create_connection(("localhost", server.getsockname()[1])).close()
        thread.join()
        with pytest.raises(DataError, match=r"offline: a connection to example\.org was refused"):
            requests.get("https://example.org/", timeout=1)
        with (
            pytest.raises(DataError, match=r"a connection to 192\.0\.2\.1 was refused"),
            socket.socket() as to,
        ):
            to.connect(("192.0.2.1", 80))
    with (
        offline(on=True, sockets=False),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as to,
    ):
        to.connect(("127.0.0.1", 9))


def test_a_download(tmp_path: Path) -> None:
    """Ours is not tried, and the message says how to get it."""
    with (
        offline(on=True),
        pytest.raises(
            DataError, match=r"file: not on this machine, and --offline was given; .*--to FOLDER"
        ),
    ):
        Cache(tmp_path)(FILE)
    assert not Cache(tmp_path).has(FILE)


def test_a_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The hub is not asked."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with offline(on=True):
        assert place("some/model")["local_files_only"]
        with pytest.raises(DataError, match=r"cannot be loaded: --offline, and in the hub's local"):
            fetch("some/model")
        with pytest.raises(DataError, match="not in the hub's local cache"):
            cached(Model("some/model"))


def test_ir_datasets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is refused at once, and the error names the id."""
    pytest.importorskip("ir_datasets")
    monkeypatch.setenv("IR_DATASETS_HOME", str(tmp_path))
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path))
    with (
        offline(on=True),
        pytest.raises(
            DataError, match=r"irds:\S+: the topics cannot be .*connection to \S+ was ref"
        ),
    ):
        irds.topics("clirmatrix/en/bi139-base/de/test1")
