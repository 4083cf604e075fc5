"""Zero-shot transfer: the teacher reads the foreign topics as it is."""

from __future__ import annotations

from typing import ClassVar

from clirbench.methods.base import Untrained
from clirbench.settings import settings

__all__ = ["ZeroShot"]


@settings
class ZeroShot(Untrained):
    """The floor: the teacher reads a language that it was never taught."""

    name: ClassVar[str] = "zero-shot"
    needs: ClassVar[str] = "nothing"
    reference: ClassVar[str] = "Nair et al., ECIR 2022 (ColBERT-X, zero-shot transfer)"
