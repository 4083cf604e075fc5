from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from clirbench.errors import DataError
from clirbench.models.hub import place

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """A hub with one model."""

    def do_GET(self) -> None:
        known = self.path.startswith("/api/models/some/model")
        body = {"id": "some/model", "sha": COMMIT} if known else {"error": "no such model"}
        content = json.dumps(body).encode()
        self.send_response(200 if known else 404)
        if not known:
            self.send_header("X-Error-Code", "RepoNotFound")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Lets the hub's client speak to the hub above."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("hub")
def test_a_hub_id_is_taken_from_one_commit() -> None:
    """Every file comes from the commit that the hub names, never with code."""
    assert place("some/model") == {"trust_remote_code": False, "revision": COMMIT}


@pytest.mark.usefixtures("hub")
def test_what_the_hub_has_not() -> None:
    """A model that is not there is named, with the hub's own words."""
    with pytest.raises(DataError, match=r'^"some/other" cannot be had from the hub: 404'):
        place("some/other")


def test_a_hub_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The local cache is asked, at once."""
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", "http://127.0.0.1:9")
    assert place("some/model", "v1") == {
        "trust_remote_code": False,
        "revision": "v1",
        "local_files_only": True,
    }


def test_a_folder_is_a_folder(tmp_path: Path) -> None:
    """Nobody is asked for what is on the disk."""
    assert place(str(tmp_path)) == {"trust_remote_code": False}
