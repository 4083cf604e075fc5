"""Counts in words."""

from __future__ import annotations

__all__ = ["counted"]


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 cell`, `2 cells`."""
    return f"{number} {noun}{'s' * (number != 1)}"
