from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from clirbench.data.sources.synthetic import Synthetic
from clirbench.retrieval.lexicon import Lexicon, learn_lexicon

PAIRS = [
    ("das haus", "the house"),
    ("das buch", "the book"),
    ("ein buch", "a book"),
    ("ein haus ein buch", "a house a book"),
]


def model_1(pairs: list[tuple[str, str]], iterations: int) -> dict[str, dict[str, float]]:
    """Brown et al.'s expectation maximisation, word by word in dictionaries."""
    table: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(lambda: 1.0))
    for _ in range(iterations):
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for source, target in pairs:
            given = ["", *source.split()]
            for e in target.split():
                total = sum(table[f][e] for f in given)
                for f in given:
                    counts[f][e] += table[f][e] / total  # type: ignore[assignment]
        table = {
            f: defaultdict(float, {e: n / sum(by.values()) for e, n in by.items()})
            for f, by in counts.items()
        }
    return table


@pytest.mark.parametrize("iterations", [1, 7])
def test_learned_by_model_1(iterations: int) -> None:
    """The probabilities of a plain implementation, the likeliest first."""
    expected = model_1(PAIRS, iterations)
    found = learn_lexicon(PAIRS, iterations).entries()
    assert set(found) == {"das", "haus", "buch", "ein"}
    for word, translations in found.items():
        kept = {e: p for e, p in expected[word].items() if p >= 1e-4}
        assert dict(translations) == pytest.approx(kept)
        assert [p for _, p in translations] == pytest.approx(sorted(kept.values())[::-1])
    assert found["haus"][0][0] == "house" or iterations == 1


def test_saved_and_loaded(tmp_path: Path) -> None:
    """What is read is what was written."""
    lexicon = learn_lexicon(PAIRS, 3)
    lexicon.save(tmp_path, "table")
    again = Lexicon.load(tmp_path, "table")
    assert again.entries() == lexicon.entries()
    assert again.target == lexicon.target


def test_finds_the_gold_words_of_a_generated_language() -> None:
    """Of content words seen three times, nine in ten have a gold counterpart for first translation."""
    source = Synthetic(
        concepts=60, topic_count=10, document_count=100, pairs_high=800, noise_high=0.0
    )
    pairs = list(source.pairs(lambda _: Path(), "qde"))
    gold: dict[str, Counter[str]] = defaultdict(Counter)
    for pair in pairs:
        foreign, english = pair.foreign.split(), pair.english.split()
        for i, k in pair.links:
            gold[foreign[i]][english[k]] += 1
    found = learn_lexicon([(pair.foreign, pair.english) for pair in pairs], 10).entries()
    known = [word for word, by in gold.items() if by.total() >= 3]
    right = [found[word.lower()][0][0] in {e.lower() for e in gold[word]} for word in known]
    assert len(known) > 100
    assert np.mean(right) > 0.9
