"""Two results folders side by side: settings, versions, scores."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from clirbench.analysis.baseline import baseline_of
from clirbench.analysis.paired import Change, changes
from clirbench.analysis.replications import Replication, replications
from clirbench.data.base import JSON
from clirbench.results.cells import Cells, Key, Means
from clirbench.results.folder import Folder
from clirbench.spec.identity import canonical_json

__all__ = ["Differences", "Setting", "changed_settings", "changed_versions", "differences", "flat"]

_WHERE = ("clirbench", "git", "python", "platform", "processor", "device", "packages")
"""What of the environment can change numbers."""


class Setting(NamedTuple):
    """A value that differs. None: it is not set."""

    key: str
    """The setting, such as `method.optical.training.epochs`."""
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """How two results folders differ."""

    measure: str
    settings: tuple[Setting, ...]
    versions: tuple[Setting, ...]
    changes: tuple[Change, ...]
    """Changes of every pair and method that both folders have on the same topics."""
    unlike: tuple[str, ...]
    """Those of them that are means over other seeds in one than in the other."""
    apart: tuple[str, ...]
    """Pairs and methods that could not be compared, and why."""
    replications: tuple[Replication, ...]
    """The effect of one method against another in the second folder, compared with the first."""


def differences(
    first: Folder,
    second: Folder,
    *,
    measure: str | None = None,
    seed_sd: float | None = None,
    effect: tuple[str, str] | None = None,
) -> Differences:
    """Compare two results folders.

    Args:
        first: the earlier one; differences are the second's less the first's.
        second: the later one.
        measure: by which scores are compared; None: the first one's first.
        seed_sd: deviation by seed of a run's mean on a pair, as `changes` takes it.
        effect: an advanced method and its baseline, whose difference the second should replicate; None:
            those of the first one's hypothesis.

    Raises:
        DataError: one of them is not a results folder, is damaged, or lacks the measure.
        SuiteError: the methods of `effect` are not on one pair in both.
    """
    measure = measure or first.suite.measures[0]
    cells = first.cells, second.cells
    before, after = baseline_of(first, measure), baseline_of(second, measure)
    apart = _apart((before.scores, after.scores), cells)
    shared = [key for key in before.scores if key in after.scores and key not in apart]
    return Differences(
        measure=measure,
        settings=changed_settings(first.resolved, second.resolved),
        versions=changed_versions(first.environment, second.environment),
        changes=tuple(changes(before, after, of=[[key] for key in shared], seed_sd=seed_sd)),
        unlike=tuple(_unlike(shared, cells)),
        apart=tuple(f"{'/'.join(key)}: {why}" for key, why in sorted(apart.items())),
        replications=replications(
            before.scores, after.scores, of=effect, hypothesis=first.suite.hypothesis
        ),
    )


def changed_settings(before: Mapping[str, JSON], after: Mapping[str, JSON]) -> tuple[Setting, ...]:
    """Find what differs between the settings of two runs, each once."""
    return _once(_changed(flat(dict(before)), flat(dict(after))))


def changed_versions(before: Mapping[str, JSON], after: Mapping[str, JSON]) -> tuple[Setting, ...]:
    """Find what differs between two environments and can change numbers."""
    kept = [{key: one[key] for key in _WHERE if key in one} for one in (before, after)]
    return _changed(flat(kept[0]), flat(kept[1]))


def flat(value: JSON, prefix: str = "") -> dict[str, str]:
    """Give settings as dotted keys with JSON values; a list of tables goes by their names."""
    if isinstance(value, dict) and value:
        named = {_dotted(prefix, key): child for key, child in value.items()}
    elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        named = {_dotted(prefix, _name(one, i)): one for i, one in enumerate(value)}
        if len(named) < len(value):
            named = {_dotted(prefix, str(i)): one for i, one in enumerate(value)}
    else:
        return {prefix: canonical_json(value)}
    return {key: text for name, child in named.items() for key, text in flat(child, name).items()}


def _dotted(prefix: str, key: str) -> str:
    return f"{prefix}.{key}" if prefix else key


def _name(table: JSON, place: int) -> str:
    """Name a table of a list: a pair by its languages, a method by its label, a bitext by its name."""
    match table:
        case {"query": str(query), "documents": str(documents)}:
            return f"{query}-{documents}"
        case {"label": str(name)} | {"name": str(name)}:
            return name
    return str(place)


def _changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Setting, ...]:
    return tuple(
        Setting(key, before.get(key), after.get(key))
        for key in sorted({*before, *after})
        if before.get(key) != after.get(key)
    )


def _once(changed: tuple[Setting, ...]) -> tuple[Setting, ...]:
    """Leave out what a method's training only takes over from the suite's."""
    shared = {one.key: one[1:] for one in changed if one.key.startswith("training.")}
    return tuple(
        one
        for one in changed
        if not one.key.startswith("methods.")
        or shared.get(f"training.{one.key.partition('.training.')[2]}") != one[1:]
    )


def _unlike(shared: Sequence[Key], cells: tuple[Cells, Cells]) -> Iterator[str]:
    """Tell of which seeds each side has results, where these are not the same."""
    for key in shared:
        seeds = [[c.seed for c in one.scores if (c.pair, c.method) == key] for one in cells]
        if seeds[0] == seeds[1]:
            continue
        first, second = (", ".join("none" if s is None else str(s) for s in own) for own in seeds)
        line = f"{'/'.join(key)}: {first} in the first, {second} in the second"
        faults = [
            f"{cell}: {why}"
            for one in cells
            for cell, why in one.faults.items()
            if (cell.pair, cell.method) == key
        ]
        yield line + (f" ({'; '.join(faults)})" if faults else "")


def _apart(
    means: tuple[Mapping[Key, Means], Mapping[Key, Means]], cells: tuple[Cells, Cells]
) -> dict[Key, str]:
    """Find the pairs and methods that cannot be compared."""
    found: dict[Key, str] = {}
    for own, other, faults, name in (
        (means[0], means[1], cells[1].faults, "the second"),
        (means[1], means[0], cells[0].faults, "the first"),
    ):
        for key in [key for key in own if key not in other]:
            why = next((w for cell, w in faults.items() if (cell.pair, cell.method) == key), "")
            found[key] = f"not in {name}" + (f" ({why})" if why else "")
    for key in means[0].keys() & means[1].keys():
        first, second = (set(one[key].topics) for one in means)
        if first != second:
            found[key] = (
                f"other topics: {len(first - second)} only in the first, {len(second - first)} "
                "only in the second"
            )
    return found
