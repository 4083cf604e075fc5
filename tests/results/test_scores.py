from __future__ import annotations

from pathlib import Path

import pytest

from clirbench.errors import DataError
from clirbench.results.scores import read_scores, write_scores


def test_scores_read_back(tmp_path: Path) -> None:
    """To the last bit."""
    scores = {"q,1": {"AP": 1 / 3, "RR": 0.1}, 'q"2': {"AP": 0.0, "RR": 1.0}}
    path = tmp_path / "scores.csv"
    write_scores(path, scores, ["AP", "RR"])
    assert read_scores(path) == scores


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("topic,AP\nq1,0.5,0.6\n", ": not a file of scores"),
        ("topic,AP\nq1,0.5\nq2,nan\n", ":3: topic q2: AP is nan; a score must be a finite number"),
        ("topic,AP,RR\nq1,0.5,-inf\n", ":2: topic q1: RR is -inf"),
        (
            "topic,nDCG@10\nq1,0.5\nq2,7.5\n",
            r":3: topic q2: nDCG@10 is 7\.5; it must be in \[0, 1\]",
        ),
        ("topic,AP\nq1,-0.1\n", r":2: topic q1: AP is -0\.1; it must be in"),
        ("topic,AP\nq1,0.5\nq2,0.5\nq1,0.6\n", ":4: duplicate topic q1"),
        ("topic,AP,AP\nq1,0.5,0.5\n", ":1: duplicate measure: AP, AP"),
    ],
)
def test_what_are_no_scores_is_refused(text: str, said: str, tmp_path: Path) -> None:
    """NaN would spread silently, and of two lines one would be lost."""
    path = tmp_path / "scores.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=rf"scores\.csv{said}"):
        read_scores(path)
