"""What stands below a table because the suite says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from clirbench.data.words import uncut
from clirbench.errors import DataError
from clirbench.methods.bm25 import BM25
from clirbench.methods.nmt import NMT
from clirbench.methods.psq import PSQ
from clirbench.methods.zero_shot import ZeroShot
from clirbench.report.notes import suite_notes, table_notes, word_notes
from clirbench.report.table import table_of
from clirbench.results.folder import Folder
from clirbench.spec.model import LanguagePair
from clirbench.statistics import Comparisons, Design, MethodRole, PairRole, Scores, compare
from clirbench.statistics.design import Correction

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
    best = {"score": 0.5, "topics": {"sw-en": 38, "so-en": 41}, "settings": {"learning_rate": 0.1}}
    trials = [{"score": None, "settings": {}}, best]
    choice.write_text(json.dumps({"measure": "AP", "best": 1, "trials": trials}))
    (note,) = suite_notes(Folder(results), "nDCG@10")
    assert note == (
        "Trained methods are tuned: each is the best of 2 trials by MAP on 38 to 41 development "
        "topics. Those topics are not in this table."
    )
    choice.write_text(json.dumps({"measure": "AP", "best": 2, "trials": trials}))
    with pytest.raises(DataError, match=r"optical\.json: not a choice"):
        list(suite_notes(Folder(results), "AP"))
    assert list(suite_notes(changed(results, tune=None), "AP")) == []


def test_mean_ranks(make_folder: Make) -> None:
    """Each method's, the best first, below the table of several pairs."""
    found = Folder(make_folder()).measures[0]
    ranks = {one.method: one.mean_rank for one in found.profiles if one.mean_rank}
    (note,) = [note for note in table_notes(found, None, []) if note.startswith("Mean rank")]
    assert note.startswith("Mean rank over 4 language pairs, with 95 % intervals over topics and ")
    order = sorted(ranks, key=lambda name: ranks[name].rank)
    assert note.endswith(f"seeds: {', '.join(f'{name} {ranks[name]}' for name in order)}.")


def few(found: Comparisons) -> list[str]:
    """The notes on few topics."""
    notes = table_notes(found, None, [])
    return [note for note in notes if "only approximate" in note or "can be significant" in note]


def test_few_topics_are_told(make_folder: Make) -> None:
    """Of 12 topics, that a t-test of skewed scores is only about right; of 30 nothing."""
    (note,) = few(Folder(make_folder()).measures[0])
    assert note == (
        "With 12 topics, the p of a t-test is only approximate if scores are skewed; compare "
        "p_randomisation in comparisons.json."
    )


@pytest.mark.parametrize(
    ("topics", "flips", "correction", "smallest"),
    [
        (6, 1000, "holm", "With so few topics the smallest p is .031"),
        (6, 1000, "bh", None),
        (4, 1000, "bh", "With so few topics the smallest p is .125"),
        (30, 99, "holm", "With so few sign flips the smallest p is .010"),
        (30, 9999, "holm", None),
    ],
)
def test_what_cannot_be_significant_is_told(
    topics: int, flips: int, correction: Correction, smallest: str | None
) -> None:
    """Where no p of a family can be below alpha after correction, whatever the scores, a note says so."""
    draw = np.random.default_rng(0)
    names = ("a", "b", "c", "d")
    design = Design(
        pairs=(PairRole(name="sw-en", resource="low"),),
        methods=tuple(MethodRole(name=name, trained=False) for name in names),
        seeds=(),
        translated=False,
        flips=flips,
        resamples=50,
        correction=correction,
    )
    records = [
        (name, "sw-en", None, f"t{t:02}", float(draw.random()))
        for name in names
        for t in range(topics)
    ]
    found = compare(Scores.from_records(records, measure="AP"), design=design)
    notes = [note for note in few(found) if "can be significant" in note]
    if smallest is None:
        assert notes == []
        return
    (note,) = notes
    assert note.startswith(
        "None of these can be significant at 0.05: all 6 pairs of 4 methods x 1 "
    )
    assert note.endswith(f"{smallest}, before correction.")
    assert min(one.p for one in found.comparisons) >= min(one.least_p for one in found.comparisons)


def test_who_was_trained_otherwise(results: Path) -> None:
    """A method whose training is not the suite's is named with what is other, as it is written there."""
    general = {"epochs": 4, "learning_rate": 1e-3}
    own = {"epochs": 3, "scope": "joint", "lora": {"rank": 2, "targets": ["query"]}}
    methods = [
        {"label": "optical", "training": {**general, **own}},
        {"label": "sentence-mse", "training": general},
    ]
    for each in methods:
        each["method"] = {"class.name": each["label"]}
    folder = changed(results, training=general, methods=methods)
    assert list(suite_notes(folder, "AP")) == [
        (
            'Trained with other settings than the other methods: optical (epochs = 3, lora = {"rank": 2, "alpha": 16.0, '
            '"targets": ["query"]}, scope = "joint").'
        )
    ]
    assert list(suite_notes(changed(results, methods=methods[1:]), "AP")) == []


def test_versions_in_which_cells_differ(results: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A revision whose code was changed is another; code in no repository has none; what is equal is not told."""
    made = [
        {"python": "3.11.7", "git": {"revision": "aa", "dirty": False}},
        {"python": "3.11.7", "git": {"revision": "aa", "dirty": True}},
        {"python": "3.11.7", "git": None},
    ]
    monkeypatch.setattr(Folder, "made_with", made)
    folder = Folder(results)
    (note,) = [text for text in suite_notes(folder, "AP") if text.startswith("Made with")]
    assert note == (
        "Made with more than one version: git.revision aa, aa with changes, none. Differences between rows may "
        "come from that."
    )
    monkeypatch.setattr(Folder, "made_with", made[:1])
    assert list(suite_notes(Folder(results), "AP")) == []


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
