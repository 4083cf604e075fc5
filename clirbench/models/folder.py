"""What a model's folder says of itself, from its small files and the heads of its weights alone."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from clirbench.errors import DataError
from clirbench.files import parse_json

__all__ = ["Folder", "check_weights", "loaded_files", "tensor_shapes"]

_LFS = b"version https://git-lfs"
_DEEPEST = 4
"""Folders below one another that are looked into; links may lead in a circle."""
_LONGEST = 2**27
"""Bytes of the head of a file of weights; safetensors allows 100 million."""
_SENTENCE_PIECES = ("spiece.model", "sentencepiece.bpe.model", "tokenizer.model", "spm.model")
_TOKENIZERS = (
    "tokenizer.json",
    "tokenizer_config.json",  # all that a tokenizer of bytes or characters has
    "vocab.txt",
    "vocab.json",
    "tekken.json",
    *_SENTENCE_PIECES,
)
_PICKLED = {".bin", ".ckpt", ".h5", ".msgpack", ".onnx", ".ot", ".pt", ".pth"}
"""Weights of other forms, and states of optimizers: only safetensors are loaded."""
_TOLD = {".gif", ".jpeg", ".jpg", ".md", ".pdf", ".png", ".py", ".svg"}
"""For people, and code, of which none is run."""
_LOGS = {".csv", ".jsonl", ".log"}
"""What trainings and evaluations write."""
_WORDS = ("LICENSE", "NOTICE", "README")
_ASIDE = ("checkpoint-", "coreml", "gguf", "onnx", "openvino", "runs")
"""How folders begin that other programs read."""
_ABSOLUTE = frozenset(
    (
        *(
            "albert",
            "bart",
            "bert",
            "big_bird",
            "camembert",
            "distilbert",
            "electra",
            "ernie",
            "gpt2",
        ),
        *("longformer", "mbart", "mobilebert", "mpnet", "opt", "rembert", "roberta", "squeezebert"),
        *("xlm", "xlm-roberta"),
    )
)
"""Models with a vector for each position."""
_AFTER_PADDING = frozenset(("camembert", "longformer", "mpnet", "roberta", "xlm-roberta"))
"""Those of them that count from the place after that of padding."""


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A folder with a model in the form that transformers writes, and what others write beside it."""

    path: Path

    @cached_property
    def config(self) -> dict[str, Any]:
        """The backbone's own settings."""
        return self.json("config.json")

    @cached_property
    def tensors(self) -> dict[str, tuple[Path, tuple[int, ...]]]:
        """Name of each tensor → the file that it lies in, and its shape."""
        return {
            name: (file, shape)
            for file in sorted(self.path.glob("*.safetensors"))
            for name, shape in tensor_shapes(file).items()
        }

    def json(self, name: str) -> dict[str, Any]:
        """A file of JSON that holds an object; an empty one where there is no such file.

        Raises:
            DataError: it is not of that form.
        """
        found = self._read(name)
        if not isinstance(found, dict | None):
            raise DataError(f'"{self.path / name}" must be a JSON object')
        return found or {}

    @cached_property
    def modules(self) -> tuple[tuple[str, str], ...]:
        """Kind and subfolder of each module of a sentence-transformers folder, in order; else none.

        Raises:
            DataError: the list of modules is not of its form.
        """
        try:
            found = tuple(
                (str(each["type"]), str(each["path"])) for each in self._read("modules.json") or ()
            )
        except (TypeError, KeyError) as error:
            raise DataError(
                f'"{self.path / "modules.json"}" must be a list of modules, each with `type` and `path`'
            ) from error
        for _, place in found:
            if Path(place).is_absolute() or ".." in Path(place).parts:
                raise DataError(
                    f'"{self.path / "modules.json"}": "{place}" must be a folder in that of the model'
                )
        return found

    def _read(self, name: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        try:
            return parse_json((self.path / name).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise DataError(f'"{self.path / name}" cannot be read: {error}') from error

    def check(self) -> None:
        """Refuse a folder that no encoder can be loaded from, as far as it is seen without loading.

        Raises:
            DataError: says what is missing or damaged, and what to do.
        """
        check_weights(self.path)
        if not (self.path / "config.json").exists():
            raise DataError(f'no config.json in "{self.path}"; copy the whole folder of the model')
        there = {name for name in _TOKENIZERS if (self.path / name).exists()}
        if not there:
            raise DataError(
                f'no tokenizer in "{self.path}"; copy the tokenizer\'s files into it: '
                "tokenizer.json, or the model's own kind, such as vocab.txt"
            )
        pieces = sorted(there & {*_SENTENCE_PIECES})
        if pieces and "tokenizer.json" not in there and find_spec("sentencepiece") is None:
            raise DataError(
                f'"{self.path / pieces[0]}" needs the package sentencepiece, which is not installed: '
                'pip install "clirbench[sentencepiece]"'
            )

    def positions(self) -> int | None:
        """Tokens that the backbone has positions for; none where it has no limit, or none is known."""
        kind = self.config.get("model_type")
        most = self.config.get("max_position_embeddings", self.config.get("n_positions"))
        if kind not in _ABSOLUTE or not isinstance(most, int):
            return None
        if kind not in _AFTER_PADDING:
            return most
        padding = 1 if kind == "mpnet" else int(self.config.get("pad_token_id", 1))
        return most - (padding + 1)


def loaded_files(folder: Path) -> Iterator[Path]:
    """Every file of a model's folder that may decide what it computes, in order.

    Tokenizers load files of many names and endings. So all files count, but for those that are known
    to be loaded by nothing here: hidden ones, pickled weights, logs, texts for people, code.
    """
    for root, folders, names in os.walk(folder, followlinks=True):
        folders[:] = sorted(
            name for name in folders if name[0] != "." and not name.startswith(_ASIDE)
        )
        if len(Path(root).relative_to(folder).parts) >= _DEEPEST:
            folders.clear()
        for name in sorted(names):
            path = Path(root, name)
            other = path.suffix.lower() in _PICKLED | _TOLD | _LOGS or name.startswith(_WORDS)
            if not other and name[0] != "." and path.is_file():
                yield path


def check_weights(folder: Path) -> None:
    """Refuse weights that are not there, or not whole.

    Raises:
        DataError: names the file, and says what to do.
    """
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise DataError(f'no .safetensors file in "{folder}"; pickled weights are not loaded')
    for file in files:
        tensor_shapes(file)
    for index in sorted(folder.glob("*.safetensors.index.json")):
        named = Folder(path=folder).json(index.name).get("weight_map", {})
        if missing := sorted({*named.values()} - {file.name for file in files}):
            raise DataError(
                f'"{folder / missing[0]}" is missing, but {index.name} names it; copy the '
                "whole folder of the model"
            )


def tensor_shapes(file: Path) -> dict[str, tuple[int, ...]]:
    """Shape of each tensor in a file of weights, by name.

    Raises:
        DataError: it is no whole safetensors file.
    """
    size = file.stat().st_size
    with file.open("rb") as opened:
        start = opened.read(len(_LFS))
        if start == _LFS:
            raise DataError(
                f'"{file}" is a Git LFS pointer of {size} bytes, not the weights; run `git lfs '
                "pull` in the cloned folder"
            )
        try:
            (length,) = struct.unpack("<Q", start[:8])
            opened.seek(8)
            head = parse_json(opened.read(min(length, _LONGEST)))
            head.pop("__metadata__", None)
            end = 8 + length + max((each["data_offsets"][1] for each in head.values()), default=0)
            shapes = {name: tuple(each["shape"]) for name, each in head.items()}
        except (ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
            raise DataError(
                f'"{file}" ({size:,} bytes) is not a whole safetensors file; copy it again'
            ) from error
    if size != end:
        raise DataError(f'"{file}" has {size:,} of {end:,} bytes; copy it again')
    return shapes
