"""The synthetic source as suites see it."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from clirbench.data.base import CollectionSource, Download, Fetch
from clirbench.data.sources.synthetic import Synthetic
from clirbench.data.synthetic.grammar import Grammar
from clirbench.data.synthetic.languages import ENGLISH, FOREIGN
from clirbench.data.synthetic.words import devanagari
from clirbench.errors import DataError

_SMALL: Mapping[str, Any] = {
    "concepts": 60,
    "topic_count": 10,
    "document_count": 120,
    "training_query_count": 50,
    "pairs_low": 100,
    "pairs_medium": 150,
    "pairs_high": 200,
}
_LANGUAGES = sorted(FOREIGN)
_GOLDEN = "22825caac700b295e61807467d0f2ca0d6067a0584802b0fae23485592b282bb"


def _fetch(download: Download) -> Path:
    raise AssertionError(f"nothing is to be downloaded: {download}")


def _everything(source: Synthetic) -> dict[str, object]:
    """All that a source gives, by what it is."""
    languages = ["en", *_LANGUAGES]
    return {
        **{f"documents/{code}": list(source.documents(_fetch, code)) for code in languages},
        **{f"topics/{code}": dict(source.topics(_fetch, code)) for code in languages},
        **{f"pairs/{code}": list(source.pairs(_fetch, code)) for code in _LANGUAGES},
        "judgments": source.judgments(_fetch, "qsw"),
        "training": [(each.query, each.passage) for each in source.training_queries(_fetch, "en")],
    }


def _digest() -> str:
    text = json.dumps(_everything(Synthetic(**_SMALL)), ensure_ascii=False, sort_keys=True)
    return sha256(text.encode()).hexdigest()


def _function_words(grammar: Grammar) -> set[str]:
    words = grammar.function_words()
    return {devanagari(word) if grammar.script == "devanagari" else word for word in words}


def test_golden() -> None:
    """A small world is this one; if it is to change, `Synthetic.version` must be raised."""
    assert _digest() == _GOLDEN


def test_same_in_another_process() -> None:
    """Neither hash randomisation nor the process decides anything."""
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('here', {__file__!r})\n"
        "module = importlib.util.module_from_spec(spec)\n"
        "spec.loader.exec_module(module)\n"
        "print(module._digest())\n"
    )
    root = str(Path(__file__).resolve().parents[3])
    for hash_seed in ("0", "4242"):
        path = os.pathsep.join([root, os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": path}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.strip() == _digest()


def test_another_seed_is_another_world() -> None:
    """Nothing but the judgments' form is left the same."""
    one, two = (_everything(Synthetic(**_SMALL, seed=seed)) for seed in (1, 2))
    assert all(one[key] != two[key] for key in one)


@pytest.mark.parametrize(
    "changes",
    [
        {"pairs": 37},
        {"noise": 0.5},
        {"cognates": 0.9},
        {"order": "VSO"},
        {"morphology": False},
        {"script": "devanagari"},
        {"phrases": 0.9},
        {"particles": 0.0},
        {"synonyms": 3},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_language_s_features_change_only_that_language(changes: dict[str, Any]) -> None:
    """The other languages, the English documents and the judgments stay as they were."""
    plain = _everything(Synthetic(**_SMALL))
    changed = _everything(Synthetic(**_SMALL, features={"qsw": changes}))
    differing = {key for key in plain if plain[key] != changed[key]}
    assert "pairs/qsw" in differing
    assert differing <= {"pairs/qsw", "topics/qsw", "documents/qsw"}
    if changes.keys() <= {"pairs", "noise"}:
        assert differing == {"pairs/qsw"}


def test_longer_bitext_begins_with_the_shorter() -> None:
    """More pairs come after those that were there."""
    short, long = (
        list(Synthetic(**{**_SMALL, "pairs_low": count}).pairs(_fetch, "qtl"))
        for count in (80, 250)
    )
    assert long[:80] == short


def test_noise_changes_only_the_wrong_pairs() -> None:
    """Pairs that are right at both shares are the same, word for word."""
    some, none = (
        list(Synthetic(**{**_SMALL, "noise_low": noise}).pairs(_fetch, "qso"))
        for noise in (0.3, 0.0)
    )
    changed = [a for a, b in zip(some, none, strict=True) if a != b]
    assert len(changed) == 30
    assert all(pair.links == () for pair in changed)
    assert [pair.foreign for pair in some] == [pair.foreign for pair in none]


def test_sizes_match_the_knobs() -> None:
    """Topics, documents, training queries and bitext are as many as asked for."""
    source = Synthetic(**_SMALL, features={"qfr": {"pairs": 7}})
    assert len(list(source.documents(_fetch, "en"))) == 120
    assert len(source.topics(_fetch, "qsw")) == 10
    assert len(list(source.training_queries(_fetch, "en"))) == 50
    sizes = {code: len(list(source.pairs(_fetch, code))) for code in _LANGUAGES}
    assert sizes == {
        **dict.fromkeys(("qsw", "qso", "qtl", "qmr"), 100),
        "qfi": 150,
        "qde": 200,
        "qfr": 7,
    }


def test_noise_share_is_as_asked() -> None:
    """Wrong pairs, which have no links, are a class's share, or the language's own."""
    source = Synthetic(**_SMALL, noise_medium=0.1, features={"qso": {"noise": 0.4}})
    wrong = {
        code: sum(not pair.links for pair in list(source.pairs(_fetch, code))[:100])
        for code in _LANGUAGES
    }
    assert wrong == {"qsw": 20, "qso": 40, "qtl": 20, "qmr": 20, "qfi": 10, "qde": 5, "qfr": 5}


@pytest.mark.parametrize("code", _LANGUAGES)
def test_links_join_content_words_and_leave_function_words(code: str) -> None:
    """Links are in range, each content word has one, and no function word has any."""
    function_words, english_ones = _function_words(FOREIGN[code]), _function_words(ENGLISH)
    for pair in Synthetic(**_SMALL, features={code: {"noise": 0.0}}).pairs(_fetch, code):
        foreign, english = pair.foreign.split(), pair.english.split()
        assert len(set(pair.links)) == len(pair.links)
        linked = ({a for a, _ in pair.links}, {b for _, b in pair.links})
        assert linked[0] == {at for at, word in enumerate(foreign) if word not in function_words}
        assert linked[1] == {at for at, word in enumerate(english) if word not in english_ones}


def test_links_are_consistent_translations() -> None:
    """Over a bitext, words that are linked keep company far more than words that are not."""
    source = Synthetic(
        **{**_SMALL, "pairs_low": 600, "synonyms": 1},
        features={"qsw": {"noise": 0.0, "morphology": False, "phrases": 0.0}},
    )
    translations: dict[str, set[str]] = {}
    for pair in source.pairs(_fetch, "qsw"):
        foreign, english = pair.foreign.split(), pair.english.split()
        for place, other in pair.links:
            stem = english[other].removesuffix("ed").removesuffix("s")
            translations.setdefault(foreign[place], set()).add(stem)
    one_word = [word for word, stems in translations.items() if len(stems) == 1]
    assert len(one_word) > 0.85 * len(translations)


def test_word_orders_differ() -> None:
    """Links of an SVO language run nearly in step, those of a verb-final one cross far more."""
    source = Synthetic(**_SMALL, noise_low=0.0, noise_high=0.0)

    def crossing(code: str) -> float:
        crossed = total = 0
        for pair in source.pairs(_fetch, code):
            for (a, b), (c, d) in itertools.combinations(pair.links, 2):
                total += a != c and b != d
                crossed += (a - c) * (b - d) < 0
        return crossed / total

    assert crossing("qsw") < crossing("qso") - 0.1
    assert crossing("qfr") < crossing("qtl") - 0.1


def test_marathi_like_script() -> None:
    """Every letter of `qmr` is Devanagari, in bitext and in topics; the others have none."""
    source = Synthetic(**_SMALL)
    for code in _LANGUAGES:
        texts = [*source.topics(_fetch, code).values()]
        texts += [pair.foreign for pair in source.pairs(_fetch, code)]
        names = {
            unicodedata.name(letter) for text in texts for letter in text if letter not in " -"
        }
        devanagari_names = {name for name in names if name.startswith("DEVANAGARI")}
        assert devanagari_names == (names if code == "qmr" else set())


def test_cognates_share_letters() -> None:
    """More English words reappear nearly whole in the high-resource languages than in the low."""
    source = Synthetic(**_SMALL, features={"qde": {"cognates": 1.0}, "qsw": {"cognates": 0.0}})

    def shared(code: str) -> float:
        kept = [pair for pair in source.pairs(_fetch, code) if pair.links]
        alike = [
            pair.foreign.split()[a][:3] == pair.english.split()[b][:3]
            for pair in kept
            for a, b in pair.links
        ]
        return sum(alike) / len(alike)

    assert shared("qde") > 3 * shared("qsw")


@pytest.mark.parametrize("code", ["en", *_LANGUAGES])
def test_no_test_text_in_training_data(code: str) -> None:
    """No sentence of a topic or document is in the bitext, nor among the training queries."""
    source = Synthetic(**{**_SMALL, "pairs_low": 500, "pairs_medium": 500, "pairs_high": 500})
    tested = set(source.topics(_fetch, code).values())
    for document in source.documents(_fetch, code):
        tested |= set(document.text.rstrip(".").split(". "))
    trained: set[str] = set()
    for language in _LANGUAGES if code == "en" else [code]:
        pairs = list(source.pairs(_fetch, language))
        trained |= {pair.english if code == "en" else pair.foreign for pair in pairs}
    for query in source.training_queries(_fetch, code):
        trained |= {query.query, *query.passage.rstrip(".").split(". ")}
    assert len(tested) > 400
    assert not tested & trained


def test_judgments_and_texts_belong_together() -> None:
    """Judgments name existing topics and documents; ids are unique, texts not empty."""
    source = Synthetic(**_SMALL)
    documents = list(source.documents(_fetch, "en"))
    ids = {document.id for document in documents}
    assert len(ids) == len(documents)
    assert all(document.text.strip() for document in documents)
    judgments = source.judgments(_fetch, "qfi")
    assert set(judgments) == set(source.topics(_fetch, "en")) == set(source.topics(_fetch, "qfi"))
    assert all(set(each) <= ids for each in judgments.values())
    assert all(any(grade > 0 for grade in each.values()) for each in judgments.values())


def test_topics_stand_alone(held_apart: Callable[[CollectionSource, Fetch, str], None]) -> None:
    """Each topic asks for an event of its own, which no document tells of for another topic."""
    source = Synthetic()
    assert source.cluster == "topic"
    assert source.clusters(_fetch, "qsw") == {t: t for t in source.topics(_fetch, "qsw")}
    held_apart(source, _fetch, "qsw")


def test_training_queries_cover_all_words() -> None:
    """By default, nearly every English synonym of the test topics stands in training passages."""
    source = Synthetic()
    trained = {
        word
        for query in source.training_queries(_fetch, "en")
        for word in query.passage.replace(".", "").split()
    }
    tested = {word for topic in source.topics(_fetch, "en").values() for word in topic.split()}
    openings = {word for opening in ENGLISH.openings for word in opening.split()}
    assert len(tested - openings - trained) <= 0.03 * len(tested)


def test_translated_queries_ask_for_the_same() -> None:
    """In order, with the gold words of the bitext, and with draws of their own."""
    source = Synthetic(**_SMALL)
    english = [query.query for query in source.training_queries(_fetch, "en")]
    foreign = list(source.translated_queries(_fetch, "qde", "en"))
    assert len(foreign) == len(english)
    gold: dict[str, set[str]] = {}
    for pair in source.pairs(_fetch, "qde"):
        ours, theirs = pair.foreign.split(), pair.english.split()
        for place, other in pair.links:
            gold.setdefault(ours[place], set()).add(theirs[other])

    def shared(queries: list[str]) -> float:
        """Share of the foreign words with a known translation that have it in the English query."""
        known = [
            bool(gold[word] & set(query.split()))
            for ours, query in zip(foreign, queries, strict=True)
            for word in ours.split()
            if word in gold
        ]
        return sum(known) / len(known)

    assert shared(english) > 3 * shared(english[1:] + english[:1])
    assert list(source.translated_queries(_fetch, "qde", "en")) == foreign
    assert foreign != [query.query for query in source.training_queries(_fetch, "qde")]


def test_lengths() -> None:
    """Documents have about 35 English words, topics 6 to 12, sentences of bitext 3 to 15."""
    source = Synthetic()
    lengths = [len(document.text.split()) for document in source.documents(_fetch, "en")]
    assert 30 < sum(lengths) / len(lengths) < 40
    assert {len(topic.split()) for topic in source.topics(_fetch, "en").values()} <= set(
        range(6, 15)
    )
    assert {len(pair.english.split()) for pair in source.pairs(_fetch, "qso")} <= set(range(3, 17))


def test_lexical_matching_does_not_solve_the_topics() -> None:
    """A fifth or more of the relevant documents miss most content words that the topic has."""
    source = Synthetic()
    documents = {document.id: document.text for document in source.documents(_fetch, "en")}
    judgments = source.judgments(_fetch, "en")
    function_words = ENGLISH.function_words()
    missing, relevant = 0, 0
    for topic, text in source.topics(_fetch, "en").items():
        content = set(text.split()) - function_words
        for document, grade in judgments[topic].items():
            shared = content & set(documents[document].replace(".", "").split())
            relevant += grade > 0
            missing += grade > 0 and len(shared) <= len(content) / 2
    assert missing / relevant > 0.2


@pytest.mark.parametrize(
    ("knobs", "place"),
    [
        ({"concepts": 59}, "concepts"),
        ({"synonyms": 0}, "synonyms"),
        ({"noise_low": 1.5}, "noise_low"),
        ({"noise_high": float("nan")}, "noise_high"),
        ({"pairs_low": 0}, "pairs_low"),
        ({"pairs_low": "100"}, "pairs_low"),
        ({"seed": -1}, "seed"),
        ({"features": {"qxx": {}}}, "qde"),
        ({"features": {"qsw": {"cognate": 0.1}}}, "qsw.cognate"),
        ({"features": {"qsw": {"cognates": 2.0}}}, "qsw.cognates"),
        ({"features": {"qsw": {"order": "OVS"}}}, "qsw.order"),
        ({"features": {"qsw": {"noise": "0.1"}}}, "qsw.noise"),
        ({"topic_count": 80, "document_count": 799}, "at least 10 x topic_count = 800"),
        ({"concepts": 60, "topic_count": 301, "document_count": 9999}, "at most 5 x concepts"),
        ({"unknown": 1}, "unknown"),
    ],
)
def test_wrong_knobs_are_refused(knobs: dict[str, Any], place: str) -> None:
    """The error names the knob, or the bound that was passed."""
    with pytest.raises(ValidationError, match=place):
        Synthetic(**knobs)


def test_the_fullest_world_that_is_allowed_can_be_made() -> None:
    """At five topics per concept, events are still found."""
    source = Synthetic(concepts=60, topic_count=300, document_count=3000)
    assert len(source.judgments(_fetch, "en")) == 300


def test_settings_survive_json() -> None:
    """What a results folder stores makes the same source again."""
    source = Synthetic(**_SMALL, features={"qsw": {"noise": 0.1, "order": "SOV"}})
    adapter = TypeAdapter(Synthetic)
    assert adapter.validate_json(adapter.dump_json(source)) == source


def test_unknown_languages_are_named() -> None:
    """The error says which language was asked for, and which there are."""
    source = Synthetic(**_SMALL)
    for ask in (source.documents, source.training_queries, source.pairs):
        with pytest.raises(DataError, match=r'"sw".*qde, qfi, qfr, qmr, qso, qsw, qtl'):
            next(iter(ask(_fetch, "sw")))
    with pytest.raises(DataError, match='"xx"'):
        source.topics(_fetch, "xx")
    with pytest.raises(DataError, match='no bitext of "en"'):
        next(iter(source.pairs(_fetch, "en")))


def test_nothing_is_downloaded() -> None:
    """No language needs a file."""
    assert all(Synthetic().downloads(code) == () for code in _LANGUAGES)
    assert Synthetic.languages() == frozenset(_LANGUAGES)
