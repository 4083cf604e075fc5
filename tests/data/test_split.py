from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import ClassVar

import pytest

from clirbench.data.base import CollectionSource, Document, Download, Fetch, Judgments, Topics
from clirbench.data.split import Split
from clirbench.errors import DataError
from clirbench.settings import settings


@settings
class Numbered(CollectionSource):
    """Topics t0, t1, … in any language."""

    name: ClassVar[str] = "numbered"
    licence: ClassVar[str] = ""
    citation: ClassVar[str] = ""
    translated: ClassVar[bool] = True
    answered: ClassVar[bool] = True

    count: int

    @classmethod
    def languages(cls) -> None:
        return

    def downloads(self, language: str) -> tuple[Download, ...]:
        return ()

    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:
        yield Document("d", "text")

    def topics(self, fetch: Fetch, language: str) -> Topics:
        return {f"t{n}": f"{language} {n}" for n in range(self.count)}

    def judgments(self, fetch: Fetch, language: str) -> Judgments:
        return {f"t{n}": {"d": n} for n in range(self.count)}

    def answers(self, fetch: Fetch, language: str) -> dict[str, tuple[str, ...]]:
        return {f"t{n}": (str(n),) for n in range(self.count)}


def fetch(download: Download) -> Path:
    """Nothing is fetched."""
    raise AssertionError(download)


@settings
class Threes(Numbered):
    """Three topics to a story: t0, t1 and t2 are of s0."""

    name: ClassVar[str] = "threes"
    cluster: ClassVar[str] = "story"

    def clusters(self, fetch: Fetch, language: str) -> dict[str, str]:
        return {topic: f"s{int(topic[1:]) // 3}" for topic in self.topics(fetch, language)}


def sides(
    count: int, share: float = 0.2, seed: int = 0, kind: type[Numbered] = Numbered
) -> tuple[Split, Split]:
    """The development side and the test side."""
    source = kind(count=count)
    development, test = (
        Split(source=source, development=side, share=share, seed=seed) for side in (True, False)
    )
    return development, test


def test_each_topic_is_on_one_side() -> None:
    """The sides share no topic, lack none, and are drawn by a hash of seed and id."""
    development, test = sides(500, seed=3)
    ours, theirs = (set(side.topics(fetch, "sw")) for side in (development, test))
    expected = {
        topic
        for topic in development.source.topics(fetch, "sw")
        if int.from_bytes(blake2b(f"3:development:{topic}".encode(), digest_size=8).digest())
        / 2**64
        < 0.2
    }
    assert ours == expected
    assert theirs == set(development.source.topics(fetch, "sw")) - expected
    assert 60 < len(ours) < 140  # 100 ± 4.5 standard deviations
    for side in (development, test):
        topics = list(side.topics(fetch, "sw"))
        assert list(side.judgments(fetch, "sw")) == list(side.answers(fetch, "sw")) == topics
        assert side.judgments(fetch, "sw")[topics[0]] == {"d": int(topics[0][1:])}


def test_clusters_are_held_out_whole() -> None:
    """No topic that is held out has a sibling that is tested; each side's clusters are whole."""
    held, tested = sides(900, kind=Threes)
    assert held.cluster == "story"
    whole = held.source.clusters(fetch, "sw")
    ours, theirs = (side.clusters(fetch, "sw") for side in (held, tested))
    assert {**ours, **theirs} == whole
    assert not {*ours.values()} & {*theirs.values()}
    assert 40 < len({*ours.values()}) < 80  # of 300: 60 ± 3 standard deviations
    for side, own in ((held, ours), (tested, theirs)):
        for found in (side.topics, side.judgments, side.answers):
            assert set(found(fetch, "sw")) == set(own)


def test_a_split_by_clusters_is_another_one() -> None:
    """What is made with whole clusters held out is not taken for what was made with single topics."""
    assert sides(9)[0].content("sw") is None
    assert sides(9, kind=Threes)[0].content("sw") == {"content": None, "split": "by cluster"}


def test_other_topics_change_nothing() -> None:
    """A topic is on the same side in a smaller set, and in another language; another seed moves it."""
    (small, _), (large, _), (other, _) = sides(100), sides(400), sides(400, seed=1)
    found = list(large.topics(fetch, "en"))
    assert list(small.topics(fetch, "sw")) == [t for t in found if int(t[1:]) < 100]
    assert list(other.topics(fetch, "en")) != found


def test_all_else_is_the_collections() -> None:
    """Documents, and what must not be trained on: topics of both sides, and the documents."""
    development, test = sides(9)
    assert list(development.documents(fetch, "en")) == [Document("d", "text")]
    texts = list(development.test_texts(fetch, "sw", "en"))
    assert texts == list(test.source.test_texts(fetch, "sw", "en"))
    assert (development.translated, development.answered) == (True, True)
    assert list(test.training_queries(fetch, "en")) == []
    assert test.texts(fetch, "en", ["d"]) == {"d": "text"}
    assert (test.downloads("sw"), test.content("sw"), test.languages()) == ((), None, None)


def test_an_empty_side_is_an_error() -> None:
    """It names the collection, and the keys to change."""
    development, test = sides(2, share=0.001)
    with pytest.raises(DataError, match=r"none of 2 topics in sw is held out .*tune\.seed"):
        development.topics(fetch, "sw")
    assert len(test.topics(fetch, "sw")) == 2
    with pytest.raises(DataError, match="numbered: none of 2 topics in sw is left to be tested"):
        sides(2, share=0.999)[1].judgments(fetch, "sw")
