"""Fetching of a suite's models, and the folder that has all that a suite needs without a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from clirbench.data.base import Fetch
from clirbench.data.mirror import place
from clirbench.models.carried import add_to_index, copy_whole, give
from clirbench.models.hub import Model, fetch_any
from clirbench.running.needs import Needs, needs_of
from clirbench.running.plan import plan_stages
from clirbench.running.stage import walk
from clirbench.spec.cell import cells
from clirbench.spec.data_needs import DataNeeds
from clirbench.wording import counted

__all__ = ["carry", "fetch_models"]


def fetch_models(
    target: DataNeeds, says: Callable[[str], None]
) -> Mapping[Model, tuple[Path, str]]:
    """Fetch the models of a hub that a suite names, and lock their commits.

    Args:
        target: the suite's data, with its lock file; a source alone has no models.
        says: is told of each.

    Returns:
        The folder and the commit of each, by its name and revision in the suite.

    Raises:
        DataError: a model cannot be had, or the lock file cannot be written.
        SuiteError: as `plan_stages`.
    """
    found: dict[Model, tuple[Path, str]] = {}
    for model in _needs(target).models:
        known = target.lock.commit(*model)
        folder, commit = found[model] = fetch_any(Model(model.name, known))
        if commit != known:
            target.lock.add_model(*model, commit)
        says(f"model {model.name}: commit {commit}, in {folder}")
    return found


def carry(
    target: DataNeeds,
    folder: Path,
    fetch: Fetch,
    models: Mapping[Model, tuple[Path, str]],
    says: Callable[[str], None],
) -> None:
    """Write a folder that has all that a suite needs, and say what has to go with it.

    Args:
        target: the suite's data, or a source's.
        folder: made if need be; what it has of other suites stays.
        fetch: gives downloads.
        models: as `fetch_models` gave them.
        says: is told what it has, and what it has not.

    Raises:
        DataError: a file cannot be written.
    """
    files: list[Path] = []
    for download in target.downloads():
        files.append(folder / place(download.url))
        copy_whole(fetch(download), files[-1])
    for model, (snapshot, commit) in models.items():
        files += give(model, snapshot, commit, folder)
    add_to_index(folder, files)
    size = sum(path.stat().st_size for path in files)
    says(f"{counted(len(files), 'file')}, {size:,} bytes, in {folder}")
    for keeper in sorted({keeper for keeper, _ in _needs(target).elsewhere}):
        says(f"not in it: {keeper}; copy that folder too, and set the variable there")
    if target.suite is not None:
        lock = target.lock.path
        beside = f", its lock file {lock.name}" if lock.exists() else ""
        says(
            f"Copy {folder} over, with the suite{beside}, and your own files and models that the "
            f"suite names. There: `clirbench run SUITE --offline --mirror {folder.name}`"
        )


def _needs(target: DataNeeds) -> Needs:
    """What the stages of a suite need, by the names that the suite has; of a source, nothing is known."""
    if target.suite is None:
        return Needs({}, {}, {})
    return needs_of(walk(plan_stages(target.suite, cells(target.suite)).values()))
