from __future__ import annotations

import math
import re

from clirbench.data.base import TrainingQuery
from clirbench.retrieval.negatives import with_negatives

PASSAGES = [
    "the river nile is long",
    "the river congo is deep and long",
    "a mountain of kenya",
    "kilimanjaro is a mountain",
    "wood",
]
EXAMPLES = [
    TrainingQuery("how long is the nile", PASSAGES[0]),
    TrainingQuery("how deep is the congo river", PASSAGES[1]),
    TrainingQuery("which mountain", PASSAGES[2]),
    TrainingQuery("which mountain", PASSAGES[3]),
    TrainingQuery("xyz", PASSAGES[4]),
    TrainingQuery("given", PASSAGES[4], "its own"),
]


def bm25(query: str, passage: str) -> float:
    """Lucene's BM25 with k1 = .9 and b = .4, written out."""
    texts = [re.findall(r"\w+", text) for text in PASSAGES]
    own, score = re.findall(r"\w+", passage), 0.0
    mean = sum(map(len, texts)) / len(texts)
    for word in re.findall(r"\w+", query):
        df = sum(word in text for text in texts)
        idf = math.log(1 + (len(texts) - df + 0.5) / (df + 0.5))
        tf = own.count(word)
        score += idf * tf / (tf + 0.9 * (1 - 0.4 + 0.4 * len(own) / mean))
    return score


def test_the_best_other_passage() -> None:
    """By BM25 among those that do not stand beside the same query; one that is given stays."""
    for example, found in zip(EXAMPLES, with_negatives(EXAMPLES), strict=True):
        own = {each.passage for each in EXAMPLES if each.query == example.query}
        others = [passage for passage in PASSAGES if passage not in own]
        assert found[:2] == example[:2]
        if example.negative is not None:
            assert found.negative == "its own"
        elif example.query == "xyz":
            assert found.negative == PASSAGES[0]
        else:
            scores = {passage: bm25(example.query, passage) for passage in others}
            assert scores[str(found.negative)] == max(scores.values())


def test_of_one_query_alone_there_are_none() -> None:
    """Then in-batch negatives are all there is, for each example."""
    same = [TrainingQuery("q", "a"), TrainingQuery("q", "b")]
    assert with_negatives(same) == same
