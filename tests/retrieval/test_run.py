from __future__ import annotations

import itertools
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.errors import DataError
from clirbench.retrieval.run import Ranked, rank, read_run, said, write_run
from clirbench.running.rankings import load_rankings, save_rankings


def hashed(key: str) -> bytes:
    """What ties are broken by."""
    return blake2b(key.encode(), digest_size=8).digest()


@given(st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=40), st.integers(1, 50))
def test_ranks_fall_strictly_and_ties_go_by_a_hash(scores: list[float], depth: int) -> None:
    """Scores fall strictly even as 32-bit floats, and ties stand by the hash of their ids."""
    ids = [f"d{i}" for i in range(len(scores))]
    ranking = rank(np.array(scores, dtype=np.float32), ids, depth)
    expected = sorted(range(len(scores)), key=lambda i: (-np.float32(scores[i]), hashed(ids[i])))[
        :depth
    ]
    assert ranking.documents == [ids[i] for i in expected]
    assert ranking.scores.dtype == np.float32
    assert all(a > b for a, b in itertools.pairwise(ranking.scores))


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=40), st.data())
def test_the_order_of_the_documents_does_not_matter(
    scores: list[float], data: st.DataObject
) -> None:
    """Any order of the same documents gives the same ranking."""
    lines = [(f"d{i}", score) for i, score in enumerate(scores)]
    depth = data.draw(st.integers(1, 50))
    other = data.draw(st.permutations(lines))

    def ranked(own: list[tuple[str, float]]) -> tuple[list[str], list[float], int]:
        scored = np.array([s for _, s in own], dtype=np.float32)
        found = rank(scored, [d for d, _ in own], depth)
        return list(found.documents), found.scores.tolist(), found.ties

    assert ranked(lines) == ranked(other)


def test_ties_are_counted_and_said() -> None:
    """Of those that are kept, each that has the score of the one before it."""
    scores = np.array([2, 1, 1, 1, 0.5], dtype=np.float32)
    rankings = {
        "a": rank(scores, list("vwxyz"), 3),
        "b": rank(scores[:2], ["v", "w"], 3),
        "c": Ranked.of({}),
    }
    assert said(rankings) == (
        "1 of 5 documents tied with the one before them, for 1 of 3 topics; ties are broken by a hash "
        "of the document's id"
    )
    assert said({"b": rankings["b"], "c": rankings["c"]}) is None
    many = np.arange(2000, 0, -1, dtype=np.float32)
    many[1] = many[0]
    assert said({"a": rank(many, [str(n) for n in range(2000)], 2000)}) is None


def test_written_run_reads_back(tmp_path: Path) -> None:
    """What is written is read, to the last bit, and the same run gives the same bytes."""
    rankings = {
        "q1": rank(np.array([0.1, 0.1, 0.3], dtype=np.float32), ["a", "b", "c"], 10),
        "q2": rank(np.array([1e-30, -5, 7], dtype=np.float32), ["a", "b", "c"], 2),
        "q3": Ranked.of({}),
    }
    for name in ("one.trec.gz", "two.trec.gz"):
        write_run(tmp_path / name, rankings, "tag")
    assert (tmp_path / "one.trec.gz").read_bytes() == (tmp_path / "two.trec.gz").read_bytes()
    read = read_run(tmp_path / "one.trec.gz")
    assert {q: {d: np.float32(s) for d, s in r.items()} for q, r in read.items()} == {
        q: dict(zip(*r[:2], strict=True)) for q, r in rankings.items() if r.documents
    }


@pytest.mark.parametrize("line", ["q1 Q0 d1 1 0.5", "q1 Q0 d1 1 high tag", "q1 Q0 d 1 1 0.5 tag x"])
def test_malformed_line_is_named(line: str, tmp_path: Path) -> None:
    """A line that is no run's is told with file and number."""
    path = tmp_path / "run.trec"
    path.write_text(f"q1 Q0 d0 1 0.9 tag\n{line}\n")
    with pytest.raises(DataError, match=r"run\.trec:2: expected TOPIC Q0 DOCUMENT RANK SCORE TAG"):
        read_run(path)


def test_truncated_run_is_an_error(tmp_path: Path) -> None:
    """Half a compressed file is not taken for a short run."""
    path = tmp_path / "run.trec.gz"
    write_run(path, {"q": Ranked.of({f"d{i}": -i for i in range(1000)})}, "tag")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match="cannot be read as a run"):
        read_run(path)


def test_saved_rankings_load_as_the_text_reads(tmp_path: Path) -> None:
    """Topics, documents and their order are the same; so are the scores, as 32-bit floats."""
    rankings = {
        "q1": rank(np.array([0.1, 0.1, 0.3], dtype=np.float32), ["a", "b", "ü"], 10),
        "q2": Ranked.of({}),
        "q3": rank(np.array([1e-30, -5, 7], dtype=np.float32), ["b", "d", "a"], 2),
    }
    save_rankings(tmp_path, rankings)
    loaded, read = load_rankings(tmp_path), read_run(tmp_path / "run.trec.gz")
    assert [(q, own.documents) for q, own in loaded.items()] == [
        (q, [*own]) for q, own in read.items()
    ]
    for topic, own in loaded.items():
        assert own.scores.tolist() == [np.float32(score) for score in read[topic].values()]


def test_nothing_found_for_any_topic_loads(tmp_path: Path) -> None:
    """A run without a line is a run."""
    save_rankings(tmp_path, {"q": Ranked.of({})})
    assert load_rankings(tmp_path) == {}


def test_rankings_of_a_run_without_arrays_are_read_from_its_text(tmp_path: Path) -> None:
    """As in a store that an earlier version filled."""
    save_rankings(tmp_path, {"q": Ranked.of({"d": 0.5})})
    (tmp_path / "rankings.npz").unlink()
    assert load_rankings(tmp_path) == {"q": Ranked(["d"], np.float32([0.5]))}


def test_broken_arrays_are_an_error(tmp_path: Path) -> None:
    """What is cut off, or no archive, is named."""
    save_rankings(tmp_path, {"q": Ranked.of({f"d{i}": -i for i in range(1000)})})
    path = tmp_path / "rankings.npz"
    whole = path.read_bytes()
    for broken in (whole[:-20], whole[:2000], b"", b"text"):
        path.write_bytes(broken)
        with pytest.raises(DataError, match=r"rankings\.npz: cannot be read as a run"):
            load_rankings(tmp_path)
