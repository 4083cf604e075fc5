"""The plan of analysis: what was to be tested, and how, written down before the first cell is made.

`analysis-plan.json` in the results folder is one JSON object:

    {"format": 1, "versions": [{"made": TIME, "cells": N, "topics": {PAIR: N}, "plan": {...},
                                "before": HASH, "hash": HASH}, ...]}

A plan holds the hypothesis, measures, methods, pairs, seeds, tests, corrections, families, alpha and
smallest effect, and how methods are tuned, where they are; `cells` and `topics` say what there was to
be seen when it was made. A plan that is changed is appended; none is overwritten. Each hash is over its
version and the hash before, so that a version changed or taken out by hand is noticed, unless it was
the last and taken out whole.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from clirbench.analysis.design import design_of
from clirbench.analysis.differences import flat
from clirbench.data.base import JSON
from clirbench.errors import DataError
from clirbench.files import parse_json, write_json
from clirbench.results.names import ANALYSIS_PLAN, CELLS, SCORES
from clirbench.spec.cell import cells
from clirbench.spec.identity import canonical, canonical_json, identity
from clirbench.spec.model import Suite
from clirbench.wording import counted, listed, newer

__all__ = ["latest_effect", "plan_of", "plan_remarks", "record_plan"]

_FORMAT = 1
_SHOWN = 6
"""Changes that a remark names; of the others it gives the number."""


def plan_of(suite: Suite) -> dict[str, JSON]:
    """Give a suite's plan of analysis, before anything is known of its scores."""
    from clirbench.statistics.families import planned_families

    design, cluster = design_of(suite, cells(suite)), suite.collection.cluster
    interaction = suite.statistics.interaction
    families = {
        measure: [
            {"name": family.name, "label": family.label, "size": len(family.members)}
            for family in planned_families(design, measure)
        ]
        for measure in suite.measures
    }
    return {
        "measures": list(suite.measures),
        "design": canonical(design),
        "families": canonical(families),
        "tune": canonical(suite.tune),
        **({} if cluster == "topic" else {"cluster": cluster}),
        **({"interaction": canonical(interaction)} if interaction else {}),
    }


def record_plan(results: Path, suite: Suite) -> None:
    """Write the plan into the results folder, or append it where it is not the latest there.

    To be called before a cell is made, by whoever holds the folder.

    Raises:
        DataError: the file is damaged.
        StoreError: it cannot be written.
    """
    versions, plan = _read(results), plan_of(suite)
    latest = versions[-1]["plan"] if versions else None
    # Earlier versions of clirbench did not record "tune".
    if isinstance(latest, dict) and {"tune": None, **latest} == plan:
        return
    seen = sorted((results / CELLS).rglob(SCORES))
    topics = {path.relative_to(results / CELLS).parts[0]: _lines(path) - 1 for path in seen}
    version: dict[str, JSON] = {
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "cells": len(seen),
        "topics": dict(topics),
        "plan": plan,
        "before": versions[-1]["hash"] if versions else None,
    }
    version["hash"] = identity(version)
    write_json(results / ANALYSIS_PLAN, {"format": _FORMAT, "versions": [*versions, version]})


def latest_effect(results: Path) -> float | None:
    """Give the smallest effect of the latest plan, which an analysis may have added to the suite's.

    Raises:
        DataError: the file is damaged.
    """
    versions = _read(results)
    latest = flat(versions[-1]["plan"]) if versions else {}
    effect = latest.get("design.smallest_effect", "null")
    return None if effect == "null" else float(effect)


def plan_remarks(results: Path) -> tuple[str, ...]:
    """Say which changes of the plan were made when there were scores to be seen already.

    Raises:
        DataError: the file is damaged.
    """
    versions = _read(results)
    remarks = list(_faults(versions))
    if versions and versions[0]["cells"]:
        remarks.append(
            f"The plan of analysis was written after {_cells(versions[0])} had been made."
        )
    for before, after in itertools.pairwise(versions):
        if after["cells"]:
            remarks.append(
                f"The plan of analysis was changed on {str(after['made'])[:10]}, after "
                f"{_cells(after)} had been made: {_changes(before['plan'], after['plan'])}."
            )
    return tuple(remarks)


def _read(results: Path) -> list[dict[str, JSON]]:
    path = results / ANALYSIS_PLAN
    if not path.exists():
        return []
    try:
        document = parse_json(path.read_text(encoding="utf-8"))
        canonical_json(document)  # which no number that is not finite stands in
        if later := newer(document["format"], _FORMAT):
            raise DataError(f"{path}: {later}")
        versions = document["versions"]
        whole = document["format"] == _FORMAT and all(
            one.keys() == {"made", "cells", "topics", "plan", "before", "hash"}
            and isinstance(one["plan"], dict)
            for one in versions
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"{path}: not a plan of analysis: {error}") from error
    if not whole:
        raise DataError(f"{path}: not a plan of analysis that this clirbench can read")
    return list(versions)


def _faults(versions: list[dict[str, JSON]]) -> Iterator[str]:
    """Tell that the file is not as it was written."""
    last: JSON = None
    for version in versions:
        own = {key: value for key, value in version.items() if key != "hash"}
        if version["before"] != last or identity(own) != version["hash"]:
            yield f"The record of the plan of analysis, {ANALYSIS_PLAN}, was changed by hand."
            return
        last = version["hash"]


def _cells(version: Mapping[str, JSON]) -> str:
    return counted(cast("int", version["cells"]), "cell")


def _changes(before: JSON, after: JSON) -> str:
    """List what changed, without the families: these follow from the rest."""
    old, new = (
        {key: text for key, text in flat(plan).items() if not key.startswith("families.")}
        for plan in (before, after)
    )
    if not any(key.startswith("tune") for key in old):  # of an earlier version of clirbench
        new.pop("tune", None)
        old |= {key: "not recorded" for key in new if key.startswith("tune.")}
    changed = [
        f"{key.removeprefix('design.')} {old.get(key, '–')} → {new.get(key, '–')}"
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]
    return listed(changed, _SHOWN) or "the families"


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)
