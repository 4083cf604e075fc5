"""Records of this format and of earlier ones."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from clirbench.artifacts.meter import Cost
from clirbench.artifacts.record import RECORD, Before, Record, read_record, write_record
from clirbench.spec.identity import own_checksum

COST = Cost(seconds=1.5, memory=7, examples=3)


def record(**before: Before) -> Record:
    """A record of a cell that rests on something."""
    return Record(
        kind="cell",
        identity="abc",
        title="qsw-en/optical",
        settings={},
        files={},
        cost=Cost(seconds=0.5),
        made="2026-11-29T00:00:00+00:00",
        before=before,
        made_with=[],
    )


def test_a_record_reads_back_as_it_was(tmp_path: Path) -> None:
    """With the cost and the identity of what came before."""
    written = record(student=Before(cost=COST, identity="def"), run=Before(cost=COST))
    write_record(tmp_path, written)
    assert read_record(tmp_path) == written


@pytest.mark.parametrize("version", [2, 3])
def test_an_earlier_format_has_costs_without_identities(version: int, tmp_path: Path) -> None:
    """Results of an earlier clirbench stay readable."""
    values = {**asdict(record()), "before": {"student": asdict(COST)}, "format": version}
    text = json.dumps({**values, "sha256": own_checksum(values)})
    (tmp_path / RECORD).write_text(text, encoding="utf-8")
    found = read_record(tmp_path)
    assert found is not None
    assert found.before == {"student": Before(cost=COST, identity=None)}
