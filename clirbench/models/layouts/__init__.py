"""Layouts: folders that other libraries load an encoder from. The adapters read what is written here.

Each has one file with a function that writes the folder, and says how the folder is used.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from clirbench.models.layouts.parts import Lengths
from clirbench.models.layouts.pylate import write_pylate
from clirbench.models.layouts.sentence_transformers import write_sentence_transformers
from clirbench.models.layouts.transformers import write_transformers

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder

__all__ = ["LAYOUTS", "Lengths", "layout_for"]

LAYOUTS = MappingProxyType[str, Callable[["Encoder", Path, Lengths], str]](
    {
        "transformers": write_transformers,
        "sentence-transformers": write_sentence_transformers,
        "pylate": write_pylate,
    }
)
"""Each writes an encoder to an empty folder, gives Python code that encodes with what it wrote, and raises
DataError, before it writes anything, where the layout cannot say how the encoder reads."""


def layout_for(encoder: Encoder) -> str:
    """The layout that is made for an encoder of this kind."""
    return "pylate" if encoder.interaction == "late" else "sentence-transformers"
