"""From a results folder's scores to its comparisons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.analysis.analysis_plan import plan_remarks
from clirbench.analysis.conditions import conditions_json
from clirbench.analysis.design import design_of, scores_by
from clirbench.analysis.robustness import PERTURBED, robustness_of
from clirbench.analysis.sweep import SWEPT, sweep_of
from clirbench.data.base import JSON, TopicScores
from clirbench.errors import ClirbenchError
from clirbench.files import sha256, write_text
from clirbench.results.clusters import read_clusters
from clirbench.results.folder import Folder
from clirbench.results.names import (
    ANALYSIS,
    BITEXT,
    CELLS,
    CLUSTERS,
    COMPARISONS,
    COSTS,
    ENVIRONMENT,
    OVERLAP,
    SCORES,
    SETTINGS,
    TUNING,
)
from clirbench.results.reading import read_object
from clirbench.results.scores import read_scores
from clirbench.results.writing import BASIS_FORMAT, settings_hash, write_checked
from clirbench.spec.cell import Cell, cells
from clirbench.spec.identity import identity
from clirbench.spec.model import Suite

if TYPE_CHECKING:
    from clirbench.statistics import Comparisons

__all__ = ["analyse", "compare_cells", "remarks_on"]


def analyse(suite: Suite, results: Path, done: Mapping[Cell, str]) -> tuple[Comparisons, ...]:
    """Compare the methods of a results folder, and keep the comparisons there.

    Those that are there are read again if nothing has changed since.

    Args:
        suite: the suite.
        results: its results folder.
        done: the cells whose scores are there, each with its identity.

    Raises:
        DataError: a file of scores or the plan of analysis is damaged.
        StoreError: the folder cannot be written to.
    """
    from clirbench.statistics import to_json

    clusters = read_clusters(results)
    basis: dict[str, JSON] = {
        "format": BASIS_FORMAT,
        "design": identity(design_of(suite, list(done))),
        "remarks": list(remarks_on(suite, results, list(done))),
        "cells": {str(cell): own for cell, own in done.items()},
        **({"clusters": identity(clusters)} if clusters.of else {}),
        **_settings(results),
    }
    files = {"comparisons": results / COMPARISONS}
    kinds = {PERTURBED: suite.perturbed, SWEPT: suite.swept}
    for kind, pairs in kinds.items():
        if {cell.pair for cell in done} & set(map(str, pairs)):
            files[Path(kind.file).stem] = results / kind.file
            basis[kind.format] = kind.version
    basis["files"] = _files(results)
    with suppress(OSError, ClirbenchError):  # not there, damaged, of another version
        made = {what: sha256(file) for what, file in files.items()}
        if read_object(results / ANALYSIS) == {**basis, **made}:
            return Folder(results).measures
    found = compare_cells(suite, results, list(done))
    write_text(files["comparisons"], to_json(found))
    if "robustness" in files:
        overlaps = {
            cell: read_scores(path)
            for cell in done
            if (path := results / CELLS / str(cell) / OVERLAP).exists()
        }
        conditions = robustness_of(suite, _scores(results, done), clusters, overlaps=overlaps)
        write_text(files["robustness"], conditions_json(conditions, PERTURBED))
    if "sweep" in files:
        conditions = sweep_of(suite, _scores(results, done), clusters)
        write_text(files["sweep"], conditions_json(conditions, SWEPT))
    made = {what: sha256(file) for what, file in files.items()}
    write_checked(results / ANALYSIS, {**basis, **made})
    return found


def _scores(results: Path, cells: Iterable[Cell]) -> dict[Cell, TopicScores]:
    return {cell: read_scores(results / CELLS / str(cell) / SCORES) for cell in cells}


def _files(results: Path) -> list[JSON]:
    """What a report reads beside the cells: said, so that what is lost of it is missed."""
    single = (CLUSTERS, COSTS, ENVIRONMENT)
    several = sorted(p for room in (BITEXT, TUNING) for p in (results / room).rglob("*.json"))
    found = [results / name for name in single if (results / name).exists()] + several
    return [path.relative_to(results).as_posix() for path in found]


def _settings(results: Path) -> dict[str, JSON]:
    """What ties the comparisons to the settings beside them."""
    if not (results / SETTINGS).exists():
        return {}
    return {"settings": settings_hash(read_object(results / SETTINGS).get("resolved"))}


def compare_cells(suite: Suite, results: Path, done: Sequence[Cell]) -> tuple[Comparisons, ...]:
    """Compare the methods by every measure of the suite.

    Args:
        suite: the suite.
        results: its results folder.
        done: the cells whose scores are there.

    Raises:
        DataError: a file of scores or the plan of analysis is damaged.
    """
    from clirbench.statistics import compare

    remarks = remarks_on(suite, results, done)
    design, clusters = design_of(suite, done), read_clusters(results)
    scores = _scores(results, (cell for cell in done if not cell.varied))
    return tuple(
        replace(
            compare(scores_by(scores, measure, design, clusters), design=design), remarks=remarks
        )
        for measure in suite.measures
    )


def remarks_on(suite: Suite, results: Path, done: Sequence[Cell]) -> tuple[str, ...]:
    """Say where the analysis is not the one that was planned.

    Raises:
        DataError: the plan of analysis is damaged.
    """
    planned, made = design_of(suite, cells(suite)), design_of(suite, done)
    lost = [
        f"{what}{'s' * (len(names) > 1)} {', '.join(names)}"
        for what, names in (
            ("method", [m.name for m in planned.methods if m not in made.methods]),
            ("pair", [p.name for p in planned.pairs if p not in made.pairs]),
            ("seed", [str(seed) for seed in planned.seeds if seed not in made.seeds]),
        )
        if names
    ]
    remarks = plan_remarks(results)
    if not lost:
        return remarks
    text = f"Planned comparisons without any result, which are in no family: {'; '.join(lost)}."
    if planned.hypothesis is not None and made.hypothesis is None:
        text += " The hypothesis is not tested."
    return (*remarks, text)
