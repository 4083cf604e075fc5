"""The file of topics that belong together."""

from __future__ import annotations

from pathlib import Path

import pytest

from clirbench.errors import DataError
from clirbench.results.clusters import Clusters, read_clusters, write_clusters


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Pairs with the same clusters share a set; where none belong together there is no file."""
    one, other = {"a": "x", "b": "x", "c": "y"}, {"d": "z"}
    clusters = Clusters(name="story", of={"sw-en": one, "so-en": dict(one), "de-en": other})
    write_clusters(tmp_path, clusters)
    assert read_clusters(tmp_path) == clusters
    assert (tmp_path / "clusters.json").read_text().count('"x"') == 1
    write_clusters(tmp_path / "none", Clusters(of={"sw-en": {"a": "a"}}))
    assert not (tmp_path / "none").exists()
    assert read_clusters(tmp_path / "none") == Clusters()


def test_those_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    """A folder that is run again on a collection whose topics stand alone has no clusters."""
    write_clusters(tmp_path, Clusters(name="story", of={"sw-en": {"a": "x", "b": "x"}}))
    write_clusters(tmp_path, Clusters())
    assert read_clusters(tmp_path) == Clusters()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "not JSON"),
        ("{}", "not a file of clusters: KeyError"),
        (
            '{"format": 2}',
            r"written by a newer clirbench \(format 2; this one reads up to 1\); upgrade",
        ),
        ('{"format": 1, "cluster": "x", "sets": [{}]}', "not a file of clusters: KeyError"),
    ],
)
def test_what_is_no_such_file_is_refused(text: str, said: str, tmp_path: Path) -> None:
    """The error names the file."""
    (tmp_path / "clusters.json").write_text(text)
    with pytest.raises(DataError, match=rf"clusters\.json: {said}"):
        read_clusters(tmp_path)
