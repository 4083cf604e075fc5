"""A site of many results folders: a first page, and the report of each; files alone, without a server."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from clirbench.data.lock import Lock
from clirbench.errors import DataError
from clirbench.files import write_output
from clirbench.report.html_report import facts, html_report
from clirbench.report.page.render import render
from clirbench.report.page.suites import ALL, cross_tables, suite_card
from clirbench.report.page.texts import at_hand
from clirbench.results.folder import Folder
from clirbench.results.names import SUITE

__all__ = ["INDEX", "site"]

INDEX = "index.html"
_REPORTS = "reports"
_LONGEST = 80
"""Letters of a file name, without its ending."""


def site(
    results: Sequence[Folder | Path | str],
    output: Path | str,
    *,
    mirror: Path | str | None = None,
) -> Path:
    """Write a site of results folders: a first page with every answer, and the report of each folder.

    The site needs no server, and asks for nothing from elsewhere. Nothing is written unless all folders
    can be read. Folders in which no cell is done are named on the first page.

    Args:
        results: the folders; one that is named twice is shown once.
        output: the site's folder; pages that are there are written over.
        mirror: a folder or zip file that holds downloads, for the texts of topics; None: only the cache.

    Returns:
        The first page.

    Raises:
        DataError: a folder is damaged, or nothing was measured in any, or the site cannot be written.

    Example:
        >>> import clirbench
        >>> results = clirbench.load("results/ntrex-small")
        >>> index = clirbench.site([results], "site")
        >>> index.name
        'index.html'
        >>> [path.name for path in index.parent.glob("reports/*")]
        ['ntrex.html']
    """
    from clirbench.data.download import default_folder, default_mirror

    opened = [each if isinstance(each, Folder) else Folder(each) for each in results]
    found = list({folder.path.resolve(): folder for folder in opened}.values())
    measured = [folder for folder in found if folder.cells.scores]
    if not measured:
        where = ", ".join(str(folder.path) for folder in found)
        raise DataError(f"no site: nothing was measured in {where or 'no folder'}")
    shown = dict(zip(found, _names(found), strict=True))
    names = [shown[folder] for folder in measured]
    pages = [f"{_REPORTS}/{name}.html" for name in _file_names(names)]
    cards = [
        suite_card(folder, name, page, [f"{what} {value}" for what, value in facts(folder)])
        for folder, name, page in zip(measured, names, pages, strict=True)
    ]
    tables = cross_tables(cards)
    texts = {
        INDEX: render(
            "site.html",
            cards=cards,
            tables=tables,
            means=[table.mean for table in tables],
            languages=sorted({code for card in cards for code in card.languages}),
            all=ALL,
            absent=[name for folder, name in shown.items() if folder not in measured],
        )
    }
    source = None if mirror is None else Path(mirror)
    for folder, page in zip(measured, pages, strict=True):
        lock = Lock.beside(folder.path / SUITE)
        fetch = at_hand(default_folder(), source or default_mirror(), lock)
        texts[page] = html_report(folder, fetch=fetch, index=f"../{INDEX}")
    return _write(Path(output), texts)


def _write(output: Path, texts: dict[str, str]) -> Path:
    """Write the pages, the first one last, so that its links lead somewhere."""
    try:
        (output / _REPORTS).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{output}: cannot be written: {error.strerror}") from error
    for page, text in reversed(texts.items()):
        write_output(output / page, text)
    return output / INDEX


def _names(folders: Sequence[Folder]) -> Iterator[str]:
    """Name each suite; of suites with the same name the end of their folders' paths tells them apart."""
    for folder in folders:
        own = folder.path.resolve().parts
        alike = {f.path.resolve().parts for f in folders if f.name == folder.name} - {own}
        size = next(n for n in range(1, len(own) + 1) if all(p[-n:] != own[-n:] for p in alike))
        yield f"{folder.name} ({'/'.join(own[-size:])})" if alike else folder.name


def _file_names(names: Sequence[str]) -> Iterator[str]:
    """Name the files: in letters that every file system and address takes, each once."""
    given: set[str] = set()
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-.")[:_LONGEST] or "suite"
        numbered = (f"{plain}-{n}" if n > 1 else plain for n in range(1, len(names) + 1))
        free = next(each for each in numbered if each.lower() not in given)
        given.add(free.lower())
        yield free
