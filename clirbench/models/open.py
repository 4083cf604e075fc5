"""Opening of a pretrained backbone: its files, how it reads, its weights and its tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from clirbench.errors import DataError
from clirbench.models.adapters import choose, own_reading
from clirbench.models.folder import Folder
from clirbench.models.hub import fetch
from clirbench.models.loading import load_backbone
from clirbench.models.reading import Reading, resolve

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from clirbench.models.settings import Reader

__all__ = ["Opened", "open_backbone"]


class Opened(NamedTuple):
    """A backbone that is ready to read."""

    folder: Path
    reading: Reading
    parts: tuple[PreTrainedModel, PreTrainedTokenizerBase]
    revision: str | None
    """Commit of the hub that it was loaded from; none for a folder."""
    note: str
    """How it reads, for people."""


def open_backbone(reader: Reader) -> Opened:
    """Load the pretrained backbone that a suite names.

    The files of a hub are not seen when its reader's identity is made. So where they ask for more
    than a plain reading, the suite has to name the adapter, which is a part of the identity.

    Raises:
        DataError: it cannot be loaded, or reads in a way that the suite does not name.
    """
    path, revision = fetch(reader.backbone, reader.revision)
    folder = Folder(path=path)
    folder.check()
    own = choose(folder, reader.adapter)
    unsaid = own_reading(folder, reader)
    if not Path(reader.backbone).is_dir() and reader.adapter == "auto" and unsaid is not None:
        raise DataError(
            f'backbone "{reader.backbone}" would be {unsaid}. A hub\'s files are not known when '
            f'a suite is planned, so the suite must say it. Write adapter = "{own.adapter}" in '
            f'[{reader.section}], or adapter = "transformers" for the backbone alone'
        )
    reading = resolve(own, reader)
    parts = load_backbone(path, reading, headless=reader.adapter == "transformers")
    return Opened(path, reading, parts, revision, _note(own, reading, reader))


def _note(own: Reading, reading: Reading, reader: Reader) -> str:
    """How texts are read, and what of the folder is not heeded."""
    parts = [str(reading)]
    if own.dense and not reading.dense:
        parts.append("its layers on single vectors left out (not used in late interaction)")
    given = {"query_length": reader.query_tokens, "document_length": reader.document_length}
    for (key, read), length in zip(given.items(), own.made_for, strict=True):
        if length is not None and read is not None and read > length:
            parts.append(f"{key} = {read}, but its makers cut texts at {length}")
    return "; ".join(parts)
