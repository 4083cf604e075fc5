"""Oracle: the teacher reads human translations of the topics."""

from __future__ import annotations

from typing import ClassVar

from clirbench.methods.base import Untrained
from clirbench.settings import settings

__all__ = ["Oracle"]


@settings
class Oracle(Untrained):
    """The ceiling: perfect translation, then the teacher."""

    name: ClassVar[str] = "oracle"
    needs: ClassVar[str] = "topics translated by people"
    reference: ClassVar[str] = "standard upper bound"
    in_english: ClassVar[bool] = True
