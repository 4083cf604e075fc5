"""What stands below a table because the suite says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from clirbench.data.words import uncut
from clirbench.errors import DataError
from clirbench.methods.bm25 import BM25
from clirbench.methods.nmt import NMT
from clirbench.methods.psq import PSQ
from clirbench.methods.zero_shot import ZeroShot
from clirbench.report.notes import suite_notes, word_notes
from clirbench.report.table import table_of
from clirbench.results.folder import Folder
from clirbench.spec.model import LanguagePair

QUOTED = {
    "label": "Other",
    "source": "A & B 2020, table 3",
    "scores": {"AP": {"sw-en": 0.25, "so-en": 0.75}},
}
Make = Callable[..., Path]


def changed(results: Path, **resolved: object) -> Folder:
    """A results folder whose settings are other; `caption` stands beside them."""
    path = results / "settings.json"
    settings = json.loads(path.read_text())
    settings["caption"] = resolved.pop("caption", None)
    settings["resolved"] |= resolved
    path.write_text(json.dumps(settings))
    return Folder(results)


@pytest.fixture
def results(make_folder: Make) -> Path:
    """Three pairs, two of them low."""
    return make_folder(pairs={"sw-en": "low", "so-en": "low", "de-en": "high"}, topics=4)


def test_a_suite_that_adds_nothing(results: Path) -> None:
    """No note, no row."""
    folder = Folder(results)
    assert list(suite_notes(folder, "AP")) == []
    assert table_of(folder, folder.measures[0]).quoted == ()


def test_quoted_rows(results: Path) -> None:
    """A column is the mean over its pairs, and none where a pair has no figure; the source is named."""
    folder = changed(results, quoted=[QUOTED], caption="searched are a few")
    table = table_of(folder, folder.measures[0])
    ((label, entries),) = table.quoted
    shown = dict(zip([column.name for column in table.columns], entries, strict=True))
    assert label == "Other (quoted)"
    assert {name: shown[name].text for name in ("sw-en", "low", "de-en", "all")} == {
        "sw-en": ".250",
        "low": ".500",
        "de-en": "–",
        "all": "–",
    }
    assert table.notes[-2:] == (
        "Searched are a few.",
        "Other (quoted): not measured here, but taken from A & B 2020, table 3.",
    )
    assert table_of(folder, folder.measures[1]).quoted == ()
    assert list(suite_notes(folder, "nDCG@10")) == ["Searched are a few."]


def test_what_was_tuned(results: Path) -> None:
    """Trials, measure and development topics of the choices that are there, if the suite has [tune]."""
    tune = {"learning_rates": [0.1], "topics": 0.2}
    assert list(suite_notes(changed(results, tune=tune), "AP")) == []
    choice = results / "tuning" / "sw-en" / "optical.json"
    choice.parent.mkdir(parents=True)
    trials = [{"score": None}, {"score": 0.5, "topics": {"sw-en": 38, "so-en": 41}}]
    choice.write_text(json.dumps({"measure": "AP", "best": 1, "trials": trials}))
    (note,) = suite_notes(Folder(results), "nDCG@10")
    assert note == (
        "Trained methods are tuned: of each, the best of 2 trials by MAP on 38 to 41 development "
        "topics, which are not among the topics of this table."
    )
    choice.write_text(json.dumps({"measure": "AP", "best": 2, "trials": trials}))
    with pytest.raises(DataError, match=r"optical\.json: not a choice"):
        list(suite_notes(Folder(results), "AP"))
    assert list(suite_notes(changed(results, tune=None), "AP")) == []


def test_who_was_trained_otherwise(results: Path) -> None:
    """A method whose training is not the suite's is named with what is other."""
    general = {"epochs": 4, "learning_rate": 1e-3}
    methods = [
        {"label": "optical", "training": {**general, "epochs": 3, "scope": "joint"}},
        {"label": "sentence-mse", "training": general},
    ]
    for each in methods:
        each["method"] = {"class.name": each["label"]}
    folder = changed(results, training=general, methods=methods)
    assert list(suite_notes(folder, "AP")) == [
        "Trained otherwise than the other methods: optical (epochs = 3, scope = joint)."
    ]
    assert list(suite_notes(changed(results, methods=methods[1:]), "AP")) == []


def test_words_that_cannot_be_told_apart(results: Path) -> None:
    """Methods that match words say so of a script that there is no dictionary for; others do not."""
    suite = Folder(results).suite
    some = suite.methods[0]
    pairs = tuple(LanguagePair(query=code, resource="low") for code in ("khb", "th", "sw"))
    methods = tuple(
        replace(some, label=label, method=method)
        for label, method in (
            ("words", BM25()),
            ("probable", PSQ()),
            ("translated", NMT(model="m", then="bm25")),
            ("other", NMT(model="m")),
            ("floor", ZeroShot()),
        )
    )
    assert list(word_notes(replace(suite, pairs=pairs, methods=methods))) == [
        f"words, probable, translated: {uncut('khb')}."
    ]
    assert list(word_notes(replace(suite, pairs=pairs[1:], methods=methods))) == []
    assert list(word_notes(replace(suite, pairs=pairs, methods=methods[3:]))) == []
