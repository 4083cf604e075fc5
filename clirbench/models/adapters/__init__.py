"""Adapters: whose files a model's folder holds, and how the one who wrote them reads texts.

Each has one file with a function that gives the reading, or none where the folder is not its kind.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING

from clirbench.errors import DataError
from clirbench.models.adapters.colbert import read_colbert
from clirbench.models.adapters.pylate import read_pylate
from clirbench.models.adapters.sentence_transformers import read_sentence_transformers
from clirbench.models.adapters.transformers import read_transformers
from clirbench.models.reading import Reading, resolve

if TYPE_CHECKING:
    from clirbench.models.folder import Folder
    from clirbench.models.settings import Reader

__all__ = ["ADAPTERS", "choose", "own_reading"]

ADAPTERS = MappingProxyType[str, Callable[["Folder"], Reading | None]](
    {
        "pylate": read_pylate,
        "sentence-transformers": read_sentence_transformers,
        "colbert": read_colbert,
        "transformers": read_transformers,
    }
)
"""The adapters in the order in which they are tried; the last accepts anything."""


def choose(folder: Folder, adapter: str = "auto") -> Reading:
    """How the folder says that its model reads.

    Args:
        folder: of the model.
        adapter: who is asked; auto: the first whose files they are.

    Raises:
        DataError: the folder is not of that adapter, or holds what is not read here.
    """
    asked = ADAPTERS if adapter == "auto" else {adapter: ADAPTERS[adapter]}
    for read in asked.values():
        if (found := read(folder)) is not None:
            return found
    raise DataError(
        f'"{folder.path}" is not a folder of {adapter}; leave `adapter` out to let its files decide'
    )


def own_reading(folder: Folder, reader: Reader) -> Reading | None:
    """What the folder makes of what the suite says; none: the same as a plain one would.

    It is a part of an identity, so that what was made before folders were read keeps its own.
    """
    found = resolve(choose(folder, reader.adapter), reader)
    plain = resolve(Reading(adapter=found.adapter), reader)
    return None if found == plain else found
