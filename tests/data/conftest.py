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
def held_apart() -> Callable[[CollectionSource, Fetch, str], None]:
    """A check that no topic that is held out has a relevant document in common with a tested one."""

    def check(source: CollectionSource, fetch: Fetch, language: str) -> None:
        relevant = []
        for side in (True, False):
            split = Split(source=source, development=side, share=0.2, seed=1)
            judgments = split.judgments(fetch, language)
            assert set(split.clusters(fetch, language)) == set(judgments)
            found = {d for grades in judgments.values() for d, grade in grades.items() if grade > 0}
            relevant.append(found)
        assert all(relevant)
        assert not relevant[0] & relevant[1]

    return check
