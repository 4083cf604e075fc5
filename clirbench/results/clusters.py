"""Which topics of a results folder belong together: those of one story, say, are one draw.

`clusters.json`, format 1, is one JSON object, there only where topics belong together:

    {"format": 1, "cluster": "story", "sets": [{"pairs": ["sw-en", …], "clusters": {NAME: [TOPIC, …]}}]}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clirbench.data.base import JSON
from clirbench.errors import DataError, StoreError
from clirbench.results.names import CLUSTERS
from clirbench.results.reading import AGAIN, read_object
from clirbench.results.writing import write_checked
from clirbench.wording import newer, show

__all__ = ["Clusters", "clusters_from", "clusters_json", "read_clusters", "write_clusters"]

_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Clusters:
    """What ties topics, and which."""

    name: str = "topic"
    """What one is called, such as "story"; "topic": none belong together."""
    of: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Pair to topic to its cluster."""


def write_clusters(results: Path, clusters: Clusters) -> None:
    """Write the file; where no topics belong together there is none, of an earlier run either.

    Raises:
        StoreError: it cannot be written.
    """
    path = results / CLUSTERS
    if found := clusters_json(clusters):
        write_checked(path, {"format": _FORMAT, **found})
        return
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be removed: {error.strerror}") from error


def clusters_json(clusters: Clusters) -> dict[str, JSON]:
    """Give what the file holds, less its format; empty where no topics belong together."""
    if clusters.name == "topic":
        return {}
    sets: list[tuple[list[str], dict[str, list[str]]]] = []
    for pair, own in clusters.of.items():
        if not own:
            continue
        named: defaultdict[str, list[str]] = defaultdict(list)
        for topic, cluster in own.items():
            named[cluster].append(topic)
        same = next((pairs for pairs, there in sets if there == named), None)
        if same is None:
            sets.append(([pair], named))
        else:
            same.append(pair)
    found: list[JSON] = [
        {"pairs": [*pairs], "clusters": {name: [*topics] for name, topics in named.items()}}
        for pairs, named in sets
    ]
    return {"cluster": clusters.name, "sets": found}


def clusters_from(values: Mapping[str, Any]) -> Clusters:
    """Take back what `clusters_json` gave.

    Raises:
        KeyError, TypeError, AttributeError: it is not of that form.
    """
    if not values:
        return Clusters()
    return Clusters(
        name=str(values["cluster"]),
        of={
            pair: {topic: name for name, topics in own["clusters"].items() for topic in topics}
            for own in values["sets"]
            for pair in own["pairs"]
        },
    )


def read_clusters(results: Path) -> Clusters:
    """Read what `write_clusters` wrote; without a file each topic stands alone.

    Raises:
        DataError: the file is damaged, or of another version.
    """
    path = results / CLUSTERS
    if not path.exists():
        return Clusters()
    values: dict[str, Any] = read_object(path)
    try:
        if later := newer(values["format"], _FORMAT):
            raise DataError(f"{path}: {later}")
        if values["format"] != _FORMAT:
            raise DataError(f"{path}: not a format of clusters: {show(values['format'])}; {AGAIN}")
        return clusters_from(values)
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path}: not a file of clusters: {error!r}; {AGAIN}") from error
