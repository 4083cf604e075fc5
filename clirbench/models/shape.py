"""The shape of a model that is trained from nothing: settings, that load without torch."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from clirbench.settings import settings

__all__ = ["SCRATCH", "Scratch"]

SCRATCH = "scratch"
"""What stands in place of a model's name where it is trained from nothing."""

PositiveInt = Annotated[int, Field(gt=0)]


@settings
class Scratch:
    """A small encoder trained from nothing (`backbone = "scratch"`)."""

    layers: Annotated[int, Field(gt=0)] = 1
    """Transformer layers; 1 keeps a cell of the quick suite at a few seconds on two cores."""
    width: Annotated[int, Field(gt=0)] = 64
    """Hidden size; as `layers`."""
    heads: Annotated[int, Field(gt=0)] = 4
    """Attention heads; must divide `width`."""
    vocabulary: Annotated[int, Field(ge=100)] = 4000
    """Word pieces of the tokenizer, which is trained on the documents and on all bitext."""
    dropout: Annotated[float, Field(ge=0, lt=1)] = 0.1
    """BERT's value (Devlin et al. 2019)."""
