"""Joining of results folders that were made apart, such as by the jobs of an array."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from clirbench.artifacts.record import read_record
from clirbench.errors import DataError, StoreError, SuiteError
from clirbench.front.results import Results
from clirbench.results.folder import Folder
from clirbench.results.merging import check_alike, join
from clirbench.results.names import COSTS
from clirbench.results.writing import write_checked
from clirbench.running.costs import merged_costs
from clirbench.running.execution import Execution
from clirbench.session import analyse_again

__all__ = ["merge"]


def merge(
    results: Sequence[Path | str],
    output: Path | str,
    *,
    suite: Path | str | None = None,
    mirror: Path | str | None = None,
) -> Results:
    """Join results folders of one suite into a new one, and compare all cells.

    Such as those of an array of jobs, each of which ran `--only` some cells into a folder of its own. The
    new folder is there whole or not at all; those that it is made of stay as they are.

    Args:
        results: the folders.
        output: the new folder, which must not be there yet.
        suite: the suite file, from whose folder relative paths start; None: the copy in the first folder.
        mirror: a folder or zip file that downloads are taken from; None: the network.

    Returns:
        The results. Costs are left out where methods were tuned, since trials that jobs share cannot be
        told apart.

    Raises:
        SuiteError: there is nothing to merge, or the output is there already.
        DataError: settings differ, folders contradict each other, or a folder is damaged.
        StoreError: the new folder cannot be written.

    Example:
        >>> import clirbench
        >>> parts = []
        >>> for label in ("bm25", "zero-shot"):
        ...     only, part = [f"qde-en/{label}"], f"results/{label}"
        ...     _ = clirbench.run("suites/quick.toml", only=only, results=part, progress=False)
        ...     parts.append(part)
        >>> merged = clirbench.merge(parts, "results/merged")
        >>> [str(cell) for cell in merged.cells.scores]
        ['qde-en/bm25', 'qde-en/zero-shot']
    """
    target = Path(output)
    if not results:
        raise SuiteError("nothing to merge: name the results folders")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise SuiteError(f"{target}: already exists; name a new folder, or delete it first")
    folders = [Folder(each) for each in results]
    cells = check_alike(folders)
    if not cells:
        raise DataError(f"nothing to merge: no cell is done in {', '.join(map(str, results))}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as half:
            made = Path(half, target.name)
            made.mkdir()
            join(folders, cells, made)
            joined = Folder(made)
            if not joined.choices:
                records = ((c.method, read_record(joined.cell(c))) for c in cells)
                known = [(method, record) for method, record in records if record]
                parts = [folder.costs for folder in folders]
                write_checked(made / COSTS, merged_costs(made, parts, known))
            how = Execution(mirror=None if mirror is None else Path(mirror))
            analyse_again(made, how, suite=None if suite is None else Path(suite))
            if target.exists():
                target.rmdir()
            made.rename(target)
    except OSError as error:
        raise StoreError(f"{target}: cannot be written: {error.strerror}") from error
    return Results(target)
