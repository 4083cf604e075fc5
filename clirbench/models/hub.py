"""Where a pretrained model is taken from: a folder, a model hub, or the hub's local cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from clirbench.errors import DataError
from clirbench.models.folder import check_weights
from clirbench.models.settings import SCRATCH
from clirbench.offline import is_offline

__all__ = ["Model", "cached", "fetch", "fetch_any", "models_of", "place"]

_ANSWER = 20.0
"""Seconds for the hub to answer; its client alone would try for a minute, file by file."""
_TAKEN = ("*.json", "*.safetensors", "*.txt", "*.model", "*.spm", "*.metadata")
_LEFT = ("onnx/*", "openvino/*", "coreml/*", "gguf/*", "checkpoint-*", "runs/*")


class Model(NamedTuple):
    """A model of a hub."""

    name: str
    """Its hub id."""
    revision: str | None = None
    """Branch, tag or commit. None: the hub's main branch."""

    def __str__(self) -> str:
        return self.name if self.revision is None else f"{self.name} at {self.revision}"


def models_of(name: str, revision: str | None = None) -> tuple[Model, ...]:
    """The model that a name in a suite stands for, if it is one of a hub: no folder, and not "scratch"."""
    return () if name in {"", SCRATCH} or Path(name).is_dir() else (Model(name, revision),)


def cached(model: Model) -> Path:
    """The folder of a model in the hub's local cache; the hub is not asked.

    Raises:
        DataError: it is not there, or not whole.
    """
    from huggingface_hub import snapshot_download

    try:
        folder = Path(
            snapshot_download(
                model.name,
                revision=model.revision,
                local_files_only=True,
                allow_patterns=list(_TAKEN),
                ignore_patterns=list(_LEFT),
            )
        )
    except Exception as error:
        raise DataError(f"not in the hub's local cache ({_first(error)})") from error
    check_weights(folder)
    return folder


def fetch_any(model: Model) -> tuple[Path, str]:
    """The folder of a model of a hub, whatever kind of model it is, and its commit; fetched if need be.

    Raises:
        DataError: the hub does not give it, or its weights are not safetensors.
    """
    folder, _ = fetch(model.name, model.revision)
    check_weights(folder)
    return folder, folder.name


def place(name: str, revision: str | None = None) -> dict[str, Any]:
    """What to tell transformers' `from_pretrained` of the place of a model.

    All files of a hub id are taken from one commit, also while somebody pushes another; when the hub
    does not answer, from the local cache.

    Args:
        name: a folder or a hub id.
        revision: branch, tag or commit of a hub id; none: the hub's main branch.

    Raises:
        DataError: the hub has no such model or revision, or does not give it.
    """
    safe: dict[str, Any] = {"trust_remote_code": False}
    if Path(name).is_dir():
        return safe
    if is_offline():
        return {**safe, "revision": revision, "local_files_only": True}
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    try:
        commit = HfApi().model_info(name, revision=revision, timeout=_ANSWER).sha
    except HFValidationError:  # a folder that is not there; transformers says so
        return safe
    except HfHubHTTPError as error:
        raise DataError(f'"{name}" cannot be downloaded from the hub: {_first(error)}') from error
    except Exception:  # noqa: BLE001 - of whatever library the hub's client speaks HTTP with
        return {**safe, "revision": revision, "local_files_only": True}
    return {**safe, "revision": commit}


def fetch(name: str, revision: str | None = None) -> tuple[Path, str | None]:
    """The folder of a model, and the commit that it was taken from where it is a hub's.

    Of a hub's files, the weights in safetensors and what describes them are taken, no code and nothing
    pickled.

    Args:
        name: a folder or a hub id.
        revision: branch, tag or commit of a hub id; none: the hub's main branch.

    Raises:
        DataError: it is neither, or the hub does not give it.
    """
    if Path(name).is_dir():
        return Path(name), None
    from huggingface_hub import snapshot_download

    where = place(name, revision)
    offline = "local_files_only" in where
    try:
        folder = snapshot_download(
            name,
            revision=where.get("revision"),
            local_files_only=offline,
            allow_patterns=list(_TAKEN),
            ignore_patterns=list(_LEFT),
        )
    except Exception as error:
        why = "the hub does not answer, and in its local cache: " * offline
        if is_offline():
            why = "--offline, and in the hub's local cache: "
        raise DataError(
            f'backbone "{name}" cannot be loaded: {why}{_first(error)}; expected a folder or a '
            "hub id with config.json, tokenizer.json and model.safetensors. Name its place by "
            "--set teacher.backbone=FOLDER or HF_HOME. Where there is a network, "
            f"`hf download {name}` fetches it"
        ) from error
    return Path(folder), Path(folder).name


def _first(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
