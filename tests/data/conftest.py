"""The real upstream files, for tests of what is done about their faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.data.base import CollectionSource, Fetch
from clirbench.data.download import Cache
from clirbench.data.split import Split

_MIRROR = Path(__file__).resolve().parents[2] / ".." / "shared" / "mirror.zip"


@pytest.fixture(scope="session")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Fetch:
    """A fetch of real files, from a zip file of them."""
    if not _MIRROR.exists():
        pytest.skip("needs ../shared/mirror.zip, a zip file of the upstream files")
    return Cache(tmp_path_factory.mktemp("cache"), _MIRROR)


@pytest.fixture
def held_apart() -> Callable[..., None]:
    """A check that no topic that is held out shares its cluster, or a relevant document, with a tested one.

    `relevant=False` leaves out the documents, where those of different clusters may overlap.
    """

    def check(
        source: CollectionSource, fetch: Fetch, language: str, *, relevant: bool = True
    ) -> None:
        clusters, documents = [], []
        for side in (True, False):
            split = Split(source=source, development=side, share=0.2, seed=1)
            judgments = split.judgments(fetch, language)
            own = split.clusters(fetch, language)
            assert set(own) == set(judgments)
            clusters.append({*own.values()})
            documents.append(
                {d for grades in judgments.values() for d, grade in grades.items() if grade > 0}
            )
        assert all(clusters)
        assert not clusters[0] & clusters[1]
        assert not relevant or (all(documents) and not documents[0] & documents[1])

    return check
