"""Baselines: the scores that later ones are checked against.

Format version 1 is one JSON object:

    {"format": "clirbench-baseline", "version": 1, "suite": …, "measure": …, "scores": [
     {"pair": …, "method": …, "seeds": 5, "topics": {"1": 0.25, …}}, …]}

`topics` has each topic's mean over seeds, exactly; all is sorted, so that the same scores are the
same bytes.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clirbench.errors import CellError, DataError
from clirbench.files import parse_json
from clirbench.results.cells import Key, Means
from clirbench.results.folder import Folder
from clirbench.wording import listed

__all__ = ["FORMAT", "VERSION", "Baseline", "make_baseline", "read_baseline"]

FORMAT = "clirbench-baseline"
VERSION = 1
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Scores by one measure."""

    suite: str
    measure: str
    scores: Mapping[Key, Means]

    def to_json(self) -> str:
        """Give the text of a baseline file."""
        entries = [
            {
                "pair": pair,
                "method": method,
                "seeds": means.seeds,
                "topics": dict(sorted(means.topics.items())),
            }
            for (pair, method), means in sorted(self.scores.items())
        ]
        document = {
            "format": FORMAT,
            "version": VERSION,
            "suite": self.suite,
            "measure": self.measure,
            "scores": entries,
        }
        return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def make_baseline(results: Folder) -> Baseline | None:
    """Take the scores of a results folder by the first measure of its suite; None: it has no cells.

    Raises:
        DataError: this is not a results folder, or it is damaged.
        CellError: a cell of the suite failed, or was not run.
    """
    suite = results.suite
    if not results.cells.scores:
        return None
    undone = [f"{cell}: {why}" for cell, why in results.lacking.items()]
    if undone:
        count = "1 cell is" if len(undone) == 1 else f"{len(undone)} cells are"
        raise CellError(
            f"{results.path}: a baseline needs whole results, and {count} not done; "
            f"finish by `clirbench run`: {listed(undone, _SHOWN)}"
        )
    measure = suite.measures[0]
    return Baseline(suite=suite.name, measure=measure, scores=results.topic_means(measure))


def read_baseline(path: Path) -> Baseline:
    """Read what `Baseline.to_json` wrote.

    Raises:
        DataError: it is not there, not a baseline, of another version, or damaged.
    """
    try:
        document: Any = parse_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise DataError(f"{path}: not a baseline: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise DataError(
            f'{path}: not a baseline: its "format" is not "{FORMAT}"; `clirbench baseline` writes one'
        )
    if document.get("version") != VERSION:
        raise DataError(
            f"{path}: a baseline of format version {document.get('version')}; this clirbench reads "
            f"{VERSION}: write it again by `clirbench baseline`"
        )
    try:
        entries = [_entry(entry) for entry in document["scores"]]
        suite, measure = document["suite"], document["measure"]
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path}: a damaged baseline: {error!r}") from error
    scores = dict(entries)
    if not (isinstance(suite, str) and isinstance(measure, str)) or len(scores) != len(entries):
        raise DataError(f"{path}: a damaged baseline: suite, measure or scores are wrong")
    if not scores:
        raise DataError(f"{path}: the baseline has no scores: nothing could be checked against it")
    return Baseline(suite=suite, measure=measure, scores=scores)


def _entry(entry: dict[str, Any]) -> tuple[Key, Means]:
    pair, method, seeds, topics = (entry[key] for key in ("pair", "method", "seeds", "topics"))
    if not (isinstance(pair, str) and isinstance(method, str) and type(seeds) is int):
        raise TypeError(f"{pair}/{method}")
    if not (isinstance(topics, dict) and topics):
        raise TypeError(f"{pair}/{method}: no topics")
    for topic, score in topics.items():
        if type(score) not in {int, float} or not math.isfinite(score):
            raise ValueError(f"{pair}/{method}, topic {topic}: {score}")
    return (pair, method), Means(
        topics={topic: float(topics[topic]) for topic in sorted(topics)}, seeds=seeds
    )
