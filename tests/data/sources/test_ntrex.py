from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

import pytest

from clirbench.data.base import CollectionSource, Fetch
from clirbench.data.sources.ntrex import NTREX
from clirbench.errors import DataError

Apart = Callable[[CollectionSource, Fetch, str], None]
Serve = Callable[[Mapping[str, bytes]], Fetch]
LANGUAGES = [
    "bn",
    "de",
    "fi",
    "fr",
    "ha",
    "ig",
    "ja",
    "ko",
    "mr",
    "ru",
    "so",
    "sw",
    "te",
    "tl",
    "yo",
    "zu",
]
"""Those whose files are pinned."""


def made(serve: Serve, sizes: list[int], segments: int | None = None) -> Fetch:
    """Stories of so many segments, numbered through."""
    stories = "".join(f"s{n}\n" * size for n, size in enumerate(sizes))
    count = sum(sizes) if segments is None else segments
    texts = "".join(f"line {n}\r\n" for n in range(count))
    return serve(
        {
            "DOCUMENT_IDS.tsv": stories.encode(),
            "newstest2019-src.eng.txt": texts.encode(),
            "newstest2019-ref.swa.txt": texts.replace("line", "mstari").encode(),
        }
    )


@pytest.mark.parametrize(
    ("size", "passages"),
    [
        (3, [1]),
        (7, [5]),
        (8, [6]),
        (9, [7]),
        (10, [5, 3]),
        (11, [5, 4]),
        (12, [5, 5]),
        (13, [5, 6]),
        (14, [5, 7]),
        (15, [5, 5, 3]),
    ],
)
def test_passages(serve: Serve, size: int, passages: list[int]) -> None:
    """After headline and lead, fives; a rest of one or two joins the passage before it."""
    documents = list(NTREX().documents(made(serve, [size]), "en"))
    assert [document.text.count("line") for document in documents] == passages
    assert " ".join(document.text for document in documents).split("line ")[1:] == [
        f"{n} ".rstrip() if n == size - 1 else f"{n} " for n in range(2, size)
    ]


def test_a_small_collection(serve: Serve) -> None:
    """Topics are headlines and leads, judged relevant to their story's passages."""
    fetch = made(serve, [4, 12])
    source = NTREX()
    assert source.topics(fetch, "sw") == {
        "s0.headline": "mstari 0",
        "s0.lead": "mstari 1",
        "s1.headline": "mstari 4",
        "s1.lead": "mstari 5",
    }
    assert [document.id for document in source.documents(fetch, "en")] == ["s0.1", "s1.1", "s1.2"]
    assert source.judgments(fetch, "sw") == {
        "s0.headline": {"s0.1": 1},
        "s0.lead": {"s0.1": 1},
        "s1.headline": {"s1.1": 1, "s1.2": 1},
        "s1.lead": {"s1.1": 1, "s1.2": 1},
    }
    assert source.clusters(fetch, "sw") == {
        "s0.headline": "s0",
        "s0.lead": "s0",
        "s1.headline": "s1",
        "s1.lead": "s1",
    }


def test_faults(serve: Serve) -> None:
    """Files that do not fit together are an error with its place."""
    source = NTREX()
    with pytest.raises(DataError, match=r"5 segments, but .*DOCUMENT_IDS\.tsv has 4"):
        source.topics(made(serve, [4], 5), "sw")
    with pytest.raises(DataError, match=r'DOCUMENT_IDS\.tsv:5: story "s1" is too short'):
        source.topics(made(serve, [4, 2]), "sw")
    stories = {"DOCUMENT_IDS.tsv": b"a\n" * 3 + b"b\n" * 3 + b"a\n" * 3}
    with pytest.raises(DataError, match=r'DOCUMENT_IDS\.tsv:7: story "a" is in two places'):
        source.judgments(serve(stories), "sw")
    texts = {"DOCUMENT_IDS.tsv": b"a\n" * 3, "newstest2019-src.eng.txt": b"one\n\nthree\n"}
    with pytest.raises(DataError, match=r"src\.eng\.txt:2: empty segment"):
        list(source.documents(serve(texts), "en"))


def test_all_languages() -> None:
    """Upstream's 128 are on offer; codes that have a shorter form have that one."""
    source = NTREX()
    assert len(source.languages() | {"en"}) == 128
    assert not {"swa", "afr", "zho"} & source.languages()
    assert {"zh-TW", "fr-CA", "sr-Latn", "ckb", "nso"} <= source.languages()
    pinned = [each for each in source.languages() if all(d.sha256 for d in source.downloads(each))]
    assert sorted(pinned) == LANGUAGES
    assert source.downloads("zh")[-1].url.endswith("newstest2019-ref.zho-CN.txt")


def test_sizes(upstream: Fetch, held_apart: Apart) -> None:
    """The real collection has 246 topics, 353 documents and 706 judgments."""
    source = NTREX()
    documents = list(source.documents(upstream, "en"))
    judgments = source.judgments(upstream, "sw")
    assert len(documents) == len({document.id for document in documents}) == 353
    assert len(judgments) == 246
    assert sum(map(len, judgments.values())) == 706
    clusters = source.clusters(upstream, "sw")
    assert list(clusters) == list(judgments)
    assert set(Counter(clusters.values()).values()) == {2}
    held_apart(source, upstream, "sw")
    judged = {document for grades in judgments.values() for document in grades}
    assert judged == {document.id for document in documents}
    assert all(document.text.strip() for document in documents)


@pytest.mark.parametrize("language", [*LANGUAGES, "en"])
def test_topics(upstream: Fetch, language: str) -> None:
    """The same ids in all languages, in one order, none empty."""
    source = NTREX()
    topics = source.topics(upstream, language)
    assert list(topics) == list(source.judgments(upstream, language))
    assert all(topics.values())
    assert {d.url.rpartition(".")[0].rpartition(".")[2] for d in source.downloads(language)} >= {
        "eng"
    }


def test_the_first_story(upstream: Fetch) -> None:
    """Headline, lead and first passage are what the paper's first document has."""
    source = NTREX()
    topics = source.topics(upstream, "en")
    assert topics["bbc.381790.headline"] == "Welsh AMs worried about 'looking like muppets'"
    assert topics["bbc.381790.lead"].startswith("There is consternation among some AMs")
    first = next(source.documents(upstream, "en"))
    assert first.id == "bbc.381790.1"
    assert first.text.startswith("It has arisen because of plans to change the name")
