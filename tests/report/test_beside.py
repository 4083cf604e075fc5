from __future__ import annotations

import json
from pathlib import Path

import pytest

from clirbench.errors import DataError
from clirbench.report.beside import Beside, read_beside
from clirbench.suite.model import Quoted

QUOTED = Quoted(
    label="Other", source="A & B 2020, table 3", scores={"AP": {"sw-en": 0.25, "so-en": 0.75}}
)


def test_means() -> None:
    """A column is the mean over its pairs, and none where a pair has no figure."""
    scopes = {"sw-en": ["sw-en"], "low": ["sw-en", "so-en"], "all": ["sw-en", "so-en", "de-en"]}
    assert list(Beside(quoted=(QUOTED,)).means("AP", scopes)) == [
        ("Other (quoted)", [0.25, 0.5, None])
    ]
    assert list(Beside(quoted=(QUOTED,)).means("nDCG@10", scopes)) == []


def test_notes() -> None:
    """The caption for every measure, the source for those that are quoted."""
    beside = Beside(caption="searched are a few", quoted=(QUOTED,))
    assert list(beside.notes("nDCG@10")) == ["Searched are a few."]
    assert list(beside.notes("AP")) == [
        "Searched are a few.",
        "Other (quoted): not measured here, but taken from A & B 2020, table 3.",
    ]
    assert list(Beside().notes("AP")) == []


def test_read(tmp_path: Path) -> None:
    """What a run has written; older folders have neither."""
    resolved = {
        "quoted": [{"label": QUOTED.label, "source": QUOTED.source, "scores": QUOTED.scores}]
    }
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"resolved": resolved, "caption": "a sample"}))
    assert read_beside(tmp_path) == Beside(caption="a sample", quoted=(QUOTED,))
    path.write_text(json.dumps({"resolved": {}}))
    assert read_beside(tmp_path) == Beside()
    path.write_text(json.dumps({"resolved": {"quoted": [{"label": 3}]}}))
    with pytest.raises(DataError, match=r"settings\.json: quoted: not as"):
        read_beside(tmp_path)
