"""A console that shows what it is given, and obeys nothing that stands in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import IO, Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment

from clirbench.wording import visible

__all__ = ["WIDE", "Blocks", "Screen"]

WIDE = 10_000
"""Wider than any table, in characters."""


class Screen(Console):
    """A console for names, paths and messages that come from elsewhere.

    Texts are never read as markup; control characters in them are written out.

    Args:
        options: as of rich's Console.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - rich's
        super().__init__(**{"markup": False, "emoji": False, "highlight": False, **options})

    @property
    def file(self) -> IO[str]:
        """Where it writes: below what keeps others' control characters from the terminal."""
        found = super().file
        while (inner := getattr(found, "rich_proxied_file", None)) is not None:
            found = inner
        return found

    @file.setter
    def file(self, new_file: IO[str]) -> None:
        self._file = new_file

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Lay out; whatever is text comes out visible."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(visible(segment.text), segment.style)


@dataclass(frozen=True, slots=True)
class Blocks:
    """A table in as few blocks as the width allows."""

    block: Callable[[int, int], RenderableType]
    """Draws the columns from one number up to another."""
    columns: int
    """Their number."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        wide, start = console.options.update(width=WIDE), 0

        def width(end: int) -> int:
            return console.measure(self.block(start, end), options=wide).maximum

        while start < self.columns:
            end = start + 1
            while end < self.columns and width(end + 1) <= options.max_width:
                end += 1
            yield self.block(start, end)
            start = end
