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


def test_what_was_tuned(tmp_path: Path) -> None:
    """Trials, measure and development topics of the choices that are there, if the suite has [tune]."""
    path, choice = tmp_path / "settings.json", tmp_path / "tuning" / "sw-en" / "optical.json"
    path.write_text(json.dumps({"resolved": {"tune": {"topics": 0.2}}}))
    assert read_beside(tmp_path).tuned is None
    choice.parent.mkdir(parents=True)
    trials = [{"score": None}, {"score": 0.5, "topics": {"sw-en": 38, "so-en": 41}}]
    choice.write_text(json.dumps({"measure": "AP", "best": 1, "trials": trials}))
    (note,) = read_beside(tmp_path).notes("nDCG@10")
    assert note == (
        "Trained methods are tuned: of each, the best of 2 trials by MAP on 38 to 41 development "
        "topics, which are not among the topics of this table."
    )
    choice.write_text(json.dumps({"measure": "AP", "best": 2, "trials": trials}))
    with pytest.raises(DataError, match=r"optical\.json: not a choice"):
        read_beside(tmp_path)
    path.write_text(json.dumps({"resolved": {}}))
    assert read_beside(tmp_path) == Beside()


def test_who_was_trained_otherwise(tmp_path: Path) -> None:
    """A method whose training is not the suite's is named with what is other."""
    general = {"epochs": 2, "learning_rate": 1e-4}
    methods = [
        {"label": "optical", "training": {**general, "epochs": 3, "scope": "joint"}},
        {"label": "sentence-mse", "training": general},
    ]
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({"resolved": {"training": general, "methods": methods}}))
    assert list(read_beside(tmp_path).notes("AP")) == [
        "Trained otherwise than the other methods: optical (epochs = 3, scope = joint)."
    ]
    path.write_text(json.dumps({"resolved": {"training": general, "methods": methods[1:]}}))
    assert list(read_beside(tmp_path).notes("AP")) == []
