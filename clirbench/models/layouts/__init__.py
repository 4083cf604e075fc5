"""Layouts: folders that other libraries load an encoder from. The adapters read what is written here.

Each has one file that says what it cannot express, and writes the folder.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from clirbench.models.layouts.parts import Layout, Lengths
from clirbench.models.layouts.pylate import PYLATE
from clirbench.models.layouts.sentence_transformers import SENTENCE_TRANSFORMERS
from clirbench.models.layouts.transformers import TRANSFORMERS

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder

__all__ = ["LAYOUTS", "Layout", "Lengths", "layout_for"]

LAYOUTS = MappingProxyType[str, Layout](
    {layout.name: layout for layout in (TRANSFORMERS, SENTENCE_TRANSFORMERS, PYLATE)}
)


def layout_for(encoder: Encoder) -> str:
    """Name of the layout that is made for an encoder of this kind."""
    return "pylate" if encoder.interaction == "late" else "sentence-transformers"
