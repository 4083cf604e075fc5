from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.errors import DataError
from clirbench.models.hub import fetch, place

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FILES = {
    "config.json": b"{}",
    "model.safetensors": b"weights",
    "artifact.metadata": b"{}",
    "2_Dense/model.safetensors": b"layer",
    "modeling.py": b"print()",
    "pytorch_model.bin": b"pickled",
    "onnx/config.json": b"{}",
}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, serve_hub: Callable[..., str]) -> str:
    """Lets the hub's client speak to a hub with one model."""
    address = serve_hub("some/model", FILES, COMMIT)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
    return address


@pytest.mark.usefixtures("hub")
def test_a_hub_id_is_taken_from_one_commit() -> None:
    """Every file comes from the commit that the hub names, never with code."""
    assert place("some/model") == {"trust_remote_code": False, "revision": COMMIT}


@pytest.mark.usefixtures("hub")
def test_what_the_hub_has_not() -> None:
    """A model that is not there is named, with the hub's own words."""
    with pytest.raises(DataError, match=r'^"some/other" cannot be downloaded from the hub: 404'):
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


def test_weights_and_what_describes_them_are_fetched(
    hub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Layers on top are; code, pickled weights and other programs' copies are not."""
    template = f"{hub}/{{repo_id}}/resolve/{{revision}}/{{filename}}"
    monkeypatch.setattr("huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    folder, commit = fetch("some/model")
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert commit == COMMIT
    assert found == {*FILES} - {"modeling.py", "pytorch_model.bin", "onnx/config.json"}
    assert (folder / "2_Dense" / "model.safetensors").read_bytes() == b"layer"


def test_what_is_neither_folder_nor_hub_id() -> None:
    """Nothing is there: the name, and what is expected."""
    with pytest.raises(DataError, match=r"cannot be loaded: .*; expected a folder or a hub id"):
        fetch("./nothing")


def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    """It has no commit."""
    assert fetch(str(tmp_path)) == (tmp_path, None)
