from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from clirbench.errors import DataError
from clirbench.methods.outside import Outside
from clirbench.retrieval.run import Ranked, rank, read_run, write_run

Rankings = dict[str, list[tuple[str, float]]]
Read = Callable[..., tuple[Rankings, list[str]]]

TOPICS = ("1", "2")
DOCUMENTS = ("a", "b", "c", "d")
WHOLE = """\
1 Q0 a 1 3.5 tag
1 Q0 b 2 2.5 tag
2 Q0 c 1 9e-3 tag
2 Q0 a 2 -1 tag
"""


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Checks a run of that text."""

    def check(
        text: str | bytes, *, name: str = "run.trec", **settings: str
    ) -> tuple[Rankings, list[str]]:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        outside = Outside(**settings)  # type: ignore[arg-type]
        found, faults = outside.read(path, topics=TOPICS, judged=TOPICS, documents=DOCUMENTS)
        rankings = {
            topic: list(zip(own.documents, own.scores.tolist(), strict=True))
            for topic, own in found.items()
        }
        return rankings, [fault.removeprefix(f"{tmp_path}/") for fault in faults]

    return check


def test_a_whole_run_is_taken_as_it_is(read: Read) -> None:
    """Each topic's documents stand by falling score, whatever the order of the lines."""
    backwards = "".join(reversed(WHOLE.splitlines(keepends=True)))
    for text in (WHOLE, backwards):
        rankings, faults = read(text)
        assert faults == []
        assert rankings == {
            "1": [("a", 3.5), ("b", 2.5)],
            "2": [("c", pytest.approx(9e-3)), ("a", -1.0)],
        }


def test_gzip_and_other_line_ends(read: Read) -> None:
    """A compressed run, and one of Windows, are the same run."""
    expected = read(WHOLE)
    assert read(gzip.compress(WHOLE.encode()), name="run.trec.gz") == expected
    assert read(WHOLE.replace("\n", "\r\n").replace(" ", "\t")) == expected


def test_ranks_with_a_point_and_blank_lines(read: Read) -> None:
    """Some systems write whole ranks as 1.0, and end with blank lines."""
    text = WHOLE.replace("a 1 ", "a 1.0 ").replace("b 2 ", "b 2.0 ") + "\n\n"
    assert read(text) == read(WHOLE)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "1 Q0 b 2 2.5 tag",
            "1 Q0 b 2 2.5",
            "run.trec:2: expected 6 values, TOPIC Q0 DOCUMENT RANK",
        ),
        (
            "2.5 tag",
            "2.5 my tag",
            'run.trec:2: tag: contains white space, which no reader of runs accepts (got "my',
        ),
        ("2.5", "high", 'run.trec:2: score: expected a finite number of 32 bits (got "high")'),
        ("2.5", "nan", 'run.trec:2: score: expected a finite number of 32 bits (got "nan")'),
        ("2.5", "-inf", "run.trec:2: score: expected a finite"),
        ("3.5", "1e39", "run.trec:1: score: expected a finite"),
        ("b 2", "b two", 'run.trec:2: rank: expected a whole number (got "two")'),
        ("b 2", "b 2.5", 'run.trec:2: rank: expected a whole number (got "2.5")'),
        ("2 Q0 c", "3 Q0 c", 'run.trec:3: topic "3" is not one of the collection\'s 2'),
        ("Q0 c", "Q0 e", 'run.trec:3: document "e" is not one of the collection\'s 4'),
        ("Q0 b", "Q0 a", 'run.trec:2: duplicate document "a" for topic "1"; first on line 1'),
        ("2.5", "3.5", 'run.trec:2: topic "1": documents "a" and "b" have the same score, 3.5'),
        ("2.5", "3.50000001", 'run.trec:2: topic "1": documents "a" and "b" have the same score'),
        ("2.5", "4.5", 'run.trec:1: topic "1": rank 1 has a lower score than rank 2 on line 2'),
        (WHOLE[34:], "", "run.trec: 1 judged topics have no line: 2;"),
        (WHOLE, "", "run.trec: 2 judged topics have no line: 1, 2;"),
    ],
)
def test_faults_name_the_line(old: str, new: str, fault: str, read: Read) -> None:
    """What is wrong is said with file and line."""
    _, faults = read(WHOLE.replace(old, new))
    assert faults[0].startswith(fault), faults


def test_all_faults_are_told(read: Read) -> None:
    """One reading tells all that is wrong."""
    text = WHOLE.replace("Q0 c", "Q0 e").replace("1 Q0 b", "7 Q0 b") + "odd\n"
    _, faults = read(text)
    assert [fault.split(": ")[0] for fault in faults] == ["run.trec:2", "run.trec:3", "run.trec:5"]


def test_ties_may_be_ordered_by_rank(read: Read) -> None:
    """Then scores, as they are judged, fall strictly, so that no evaluator reorders them."""
    text = "1 Q0 d 3 2 t\n1 Q0 b 2 2 t\n1 Q0 a 1 2 t\n2 Q0 a 1 1 t\n"
    rankings, faults = read(text, ties="rank")
    assert faults == []
    assert [document for document, _ in rankings["1"]] == ["a", "b", "d"]
    documents, given = zip(*rankings["1"], strict=True)
    judged = rank(np.array(given, dtype=np.float32), documents, 10)
    assert judged.documents == ["a", "b", "d"]
    scores = judged.scores.tolist()
    assert scores[0] == 2.0
    assert scores[0] > scores[1] > scores[2] > 1.999


def test_missing_topics_may_count_nothing(read: Read) -> None:
    """A system that found nothing has its right to 0."""
    rankings, faults = read("1 Q0 a 1 3.5 tag\n", missing="zero")
    assert faults == []
    assert set(rankings) == {"1"}


def test_own_runs_come_back(read: Read, tmp_path: Path) -> None:
    """What clirbench writes, it takes."""
    rankings, _ = read(WHOLE)
    path = tmp_path / "own.trec.gz"
    write_run(path, {topic: Ranked.of(dict(own)) for topic, own in rankings.items()}, "tag")
    again, faults = read(path.read_bytes(), name="again.trec.gz")
    assert faults == []
    assert again == rankings
    assert read_run(path) == {topic: pytest.approx(dict(own)) for topic, own in rankings.items()}


@pytest.mark.parametrize(
    ("data", "name", "error"),
    [
        (b"1 Q0 \xff 1 1 t\n", "run.trec", r"run\.trec:1: not UTF-8"),
        (b"no gzip", "run.trec.gz", r"run\.trec\.gz: cannot be read as a run"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, name: str, error: str, read: Read) -> None:
    """A binary file is not read line by line."""
    with pytest.raises(DataError, match=error):
        read(data, name=name)
