"""Baselines: the scores that later ones are checked against.

Of a file of format version 2, clirbench/analysis/baseline_file.py has the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clirbench.data.base import JSON
from clirbench.errors import CellError
from clirbench.results.cells import Key, Means
from clirbench.results.clusters import Clusters
from clirbench.results.folder import Folder
from clirbench.wording import counted, listed

__all__ = ["Baseline", "Origin", "baseline_of", "make_baseline"]

_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What made the scores."""

    environment: Mapping[str, JSON]
    """Date, versions and machine of the run, as in its `environment.json`."""
    settings: Mapping[str, JSON]
    """Settings of the suite, as the run read them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Scores by one measure."""

    suite: str
    measure: str
    scores: Mapping[Key, Means]
    """Those of a version 1 file are without runs."""
    clusters: Clusters = field(default_factory=Clusters)
    origins: Mapping[Key, Origin] = field(default_factory=dict)
    """Origin of each entry; entries can come from an older baseline. Empty: not known."""

    @property
    def methods(self) -> dict[str, tuple[Key, ...]]:
        """Method → its entries."""
        names = dict.fromkeys(method for _, method in self.scores)
        return {name: tuple(key for key in self.scores if key[1] == name) for name in names}


def baseline_of(results: Folder, measure: str) -> Baseline:
    """Take what scores there are in a results folder.

    Raises:
        DataError: this is not a results folder, is damaged, or lacks the measure.
    """
    scores = results.topic_means(measure)
    origin = Origin(environment=results.environment, settings=results.resolved)
    return Baseline(
        suite=results.name,
        measure=measure,
        scores=scores,
        clusters=results.clusters,
        origins=dict.fromkeys(scores, origin),
    )


def make_baseline(results: Folder) -> Baseline | None:
    """Take the scores of a whole results folder by its first measure; None: it has no cells.

    Raises:
        DataError: this is not a results folder, or it is damaged.
        CellError: a cell of the suite failed, or was not run.
    """
    suite = results.suite
    if not results.cells.scores:
        return None
    undone = [f"{cell}: {why}" for cell, why in results.lacking.items()]
    if undone:
        raise CellError(
            f"{results.path}: a baseline needs complete results, but "
            f"{counted(len(undone), 'cell')} {'is' if len(undone) == 1 else 'are'} not done; "
            f"resume with `clirbench run`: {listed(undone, _SHOWN)}"
        )
    return baseline_of(results, suite.measures[0])
