"""Freed memory, which goes back to the system only when asked."""

from __future__ import annotations

import ctypes
import sys
from contextlib import suppress

__all__ = ["return_memory"]


def return_memory() -> None:
    """Give what is freed back to the system.

    The C library of Linux keeps it for later. Between two stages that is up to a gigabyte, of which other
    processes have nothing, nor has oneDNN, which maps pages of its own. Elsewhere nothing is done.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)
