"""Files of upstream repositories, pinned to a commit by checksum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from clirbench.data.base import Download
from clirbench.errors import DataError
from clirbench.wording import close

__all__ = ["Repository", "choose"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """A GitHub repository at one commit."""

    name: str
    """owner/repository"""
    commit: str

    def file(self, path: str, size: int | None = None, sha256: str | None = None) -> Download:
        """The file at `path`, which must have `size` bytes; without, it is trusted on first use."""
        url = f"https://raw.githubusercontent.com/{self.name}/{self.commit}/{path}"
        return Download(url=url, sha256=sha256, bytes=size)


def choose(table: Mapping[str, _T], language: str, source: str) -> _T:
    """The entry of a source's table for `language`.

    Raises:
        DataError: there is none; the error lists the languages and names the nearest.
    """
    if language in table:
        return table[language]
    known = ", ".join(sorted(table))
    raise DataError(f'{source}: no language "{language}"; it has {known}{close(language, table)}')
