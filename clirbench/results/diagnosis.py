"""The diagnosis of a cell's encoder, as it stands beside the cell's scores."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType

from clirbench.data.base import JSON
from clirbench.errors import DataError
from clirbench.results.folder import Folder
from clirbench.results.names import CELLS, DIAGNOSIS
from clirbench.results.reading import AGAIN, read_object
from clirbench.results.writing import write_checked
from clirbench.spec.cell import Cell
from clirbench.wording import newer

__all__ = ["LEAST", "MEASURES", "Diagnosed", "diagnoses", "diagnosis_of", "write_diagnosis"]

LEAST = 50
"""Sentence pairs without which nothing is measured: one of fewer moves an accuracy by over .02."""
MEASURES: Mapping[str, str] = MappingProxyType(
    {
        "to_english": "xx→en @1",
        "from_english": "en→xx @1",
        "maxsim_to_english": "MaxSim xx→en @1",
        "maxsim_from_english": "MaxSim en→xx @1",
        "cosine": "cosine",
        "margin": "margin",
        "plan_entropy": "plan entropy",
        "unaligned": "unaligned",
        "alignment": "alignment",
        "uniformity": "uniformity",
        "drift": "English drift",
        "token_drift": "token drift",
    }
)
"""Name of each measure → what tables call it; docs/diagnosis.md says what each is."""
_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosed:
    """What was measured of an encoder."""

    language: str
    """Language of the sentences that are not English."""
    sentences: int
    """Sentence pairs that were held out."""
    measures: Mapping[str, float | None] = field(default_factory=dict)
    """Name of each measure → value; None: it is not defined for this encoder. Empty: too few pairs."""

    @property
    def reason(self) -> str | None:
        """Why nothing was measured; None: it was."""
        if self.measures:
            return None
        return (
            f"{self.language}: only {self.sentences} sentence pairs are left that no training "
            f"has read; a diagnosis needs {LEAST}"
        )

    def as_json(self) -> dict[str, JSON]:
        """What is written of it."""
        return {"format": _FORMAT, **asdict(self), "reason": self.reason}


def write_diagnosis(path: Path, identity: str, values: Mapping[str, JSON]) -> None:
    """Write what `as_json` gave, with the identity of what it was measured by.

    Raises:
        StoreError: it cannot be written.
    """
    write_checked(path, {"identity": identity, **values})


def diagnosis_of(path: Path) -> tuple[str, Diagnosed] | None:
    """Read what `write_diagnosis` wrote: its identity, and what was measured; none if it is not there.

    Raises:
        DataError: it is damaged, or was written by a newer clirbench.
    """
    if not path.exists():
        return None
    values = read_object(path)
    if later := newer(values.get("format"), _FORMAT):
        raise DataError(f"{path}: {later}")
    identity, language, count = (values.get(k) for k in ("identity", "language", "sentences"))
    measures = values.get("measures")
    if (
        not (isinstance(identity, str) and isinstance(language, str) and isinstance(count, int))
        or not isinstance(measures, dict)
        or not all(_fits(value) for value in measures.values())
    ):
        raise DataError(f"{path}: not a diagnosis; {AGAIN}")
    known = {name: measures.get(name) for name in MEASURES} if measures else {}
    found = {name: float(v) if isinstance(v, int | float) else None for name, v in known.items()}
    return identity, Diagnosed(language=language, sentences=count, measures=found)


def _fits(value: JSON) -> bool:
    return value is None or (isinstance(value, int | float) and math.isfinite(value))


def diagnoses(results: Folder) -> dict[Cell, Diagnosed]:
    """The diagnoses of the cells that are done; none where the suite asks for none.

    Raises:
        DataError: one is damaged.
    """
    if results.suite.diagnosis is None:
        return {}
    found = {
        cell: diagnosis_of(results.path / CELLS / str(cell) / DIAGNOSIS)
        for cell in results.cells.scores
    }
    return {cell: own[1] for cell, own in found.items() if own}
