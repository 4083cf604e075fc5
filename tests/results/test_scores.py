from __future__ import annotations

from pathlib import Path

import pytest

from clirbench.errors import DataError
from clirbench.results.scores import read_scores, write_scores


def test_scores_read_back(tmp_path: Path) -> None:
    """To the last bit; anything else is an error that names the file."""
    scores = {"q,1": {"AP": 1 / 3, "RR": 0.1}, 'q"2': {"AP": 0.0, "RR": 1.0}}
    path = tmp_path / "scores.csv"
    write_scores(path, scores, ["AP", "RR"])
    assert read_scores(path) == scores
    path.write_text("topic,AP\nq1,0.5,0.6\n")
    with pytest.raises(DataError, match=r"scores\.csv: not a file of scores"):
        read_scores(path)
