from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from clirbench.data.base import Download
from clirbench.data.card import Lengths, Sample, describe_bitext, describe_collection
from clirbench.data.sources.files import Files
from clirbench.report.cards import collection_markdown


def no_fetch(download: Download) -> Path:
    """The user's own files need none."""
    raise AssertionError(download)


@pytest.fixture
def source(tmp_path: Path) -> Files:
    """Three documents, three topics, of which one is not judged; four sentence pairs."""
    files: Mapping[str, str] = {
        "docs.jsonl": '{"id": "a", "text": "one two"}\n{"id": "b", "text": "three"}\n'
        '{"id": "c", "text": "four five six"}\n',
        "topics.sw.tsv": "1\tmoja\n2\tmbili\n3\tmoja\n4\ttatu\n",
        "qrels": "1 0 a 1\n1 0 b 0\n2 0 c 2\n2 0 a 1\n3 0 b 1\n",
        "bitext.sw.tsv": "moja\tone\nnne\tfour\nnne\tfour\n12\t12\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return Files(folder=tmp_path)


def test_a_collection(source: Files) -> None:
    """Everything is counted by hand."""
    card = describe_collection(source, no_fetch, ["sw"], resources={"sw": "low"})
    assert card.documents == Lengths(3, 25 / 3, 2.0)
    (topics,) = card.topics
    assert topics.resource == "low"
    assert topics.topics == Lengths(3, 13 / 3, 1.0)
    assert (topics.same_text, topics.judgments, topics.relevant, topics.unknown) == (2, 5, 4, 0)
    assert (topics.cluster, topics.clusters) == ("topic", {1: 3})
    assert {why: ids for why, ids in topics.left_out.items() if ids} == {
        "topic without judgments": ("4",)
    }
    assert topics.samples == (
        Sample("moja", "one two"),
        Sample("mbili", "four five six"),
        Sample("moja", "three"),
    )


def test_topics_that_belong_together(source: Files, tmp_path: Path) -> None:
    """Clusters are counted by their size, those of one topic among them, and told in the card."""
    alone = collection_markdown(describe_collection(source, no_fetch, ["sw"]))
    assert "belong together" not in alone
    (tmp_path / "clusters.tsv").write_text("1\tstory\n2\tstory\n4\tstory\n9\tother\n")
    card = describe_collection(source, no_fetch, ["sw"])
    assert (card.topics[0].cluster, card.topics[0].clusters) == ("cluster", {1: 1, 2: 1})
    assert (
        "- sw: topics of one cluster belong together, and are drawn and held out together: 1 with 1, "
        "1 with 2\n"
    ) in collection_markdown(card)


def test_bitext(source: Files) -> None:
    """What each filter leaves out, and the overlap with test text."""
    topics = source.topics(no_fetch, "sw").values()
    (card,) = describe_bitext([source], no_fetch, "sw", test_texts=topics)
    assert (card.counts.read, card.counts.kept) == (4, 1)
    left_out = {reason: count for reason, count in card.counts.left_out.items() if count}
    assert left_out == {"empty": 1, "in test text": 1, "duplicate": 1}
    assert card.english == Lengths(4, 13 / 4, 1.0)
    assert card.samples[0] == Sample("moja", "one")


def test_nothing() -> None:
    """No texts have no length."""
    assert Lengths.of([]) == Lengths(0, 0.0, 0.0)


def test_samples_are_spread(source: Files, tmp_path: Path) -> None:
    """Five pairs from the whole of a file, not its first five."""
    text = "".join(f"neno {n}\tword {n}\n" for n in range(23))
    (tmp_path / "bitext.sw.tsv").write_text(text)
    (card,) = describe_bitext([source], no_fetch, "sw")
    assert [sample.second for sample in card.samples] == [f"word {n}" for n in (0, 4, 8, 12, 16)]
