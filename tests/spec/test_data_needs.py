from __future__ import annotations

from pathlib import Path

import pytest

from clirbench.data.lock import Lock
from clirbench.data.sources.hornmt import HornMT
from clirbench.data.sources.ntrex import NTREX
from clirbench.data.sources.tatoeba import Tatoeba
from clirbench.errors import SuiteError
from clirbench.spec.data_needs import BitextNeeds, DataNeeds
from clirbench.spec.read import read_suite

FOREIGN = """\
[suite]
name = "foreign"
seeds = [1]
[collection]
source = "ntrex"
[teacher]
backbone = "x"
[[pair]]
query = "en"
documents = "so"
resource = "low"
bitext = ["hornmt"]
[[pair]]
query = "en"
documents = "sw"
resource = "low"
bitext = ["tatoeba"]
[[pair]]
query = "de"
documents = "sw"
resource = "medium"
bitext = ["tatoeba"]
[[method]]
name = "optical"
"""


@pytest.fixture
def lock(tmp_path: Path) -> Lock:
    """A lock file that is not there."""
    return Lock(tmp_path / "a.lock")


def test_documents_in_a_foreign_language(tmp_path: Path, lock: Lock) -> None:
    """Bitext is of the pair's foreign languages, both where neither is English; no pair hides another."""
    path = tmp_path / "foreign.toml"
    path.write_text(FOREIGN)
    target = DataNeeds.of_suite(read_suite(path).suite, lock)
    assert target.topics == {"so": {"en": "low"}, "sw": {"en": "low", "de": "medium"}}
    assert [(own.language, own.query, own.documents) for own in target.bitexts] == [
        ("so", "en", "so"),
        ("sw", "en", "sw"),
        ("de", "de", "sw"),
        ("sw", "de", "sw"),
    ]
    expected = {
        *(d for code in ("en", "so", "sw", "de") for d in NTREX().downloads(code)),
        *HornMT().downloads("so"),
        *(d for code in ("sw", "de") for d in Tatoeba().downloads(code)),
    }
    assert target.downloads().keys() == expected


def test_a_source(lock: Lock) -> None:
    """A source goes by its name and languages, against English."""
    target = DataNeeds.of_source("ntrex:sw,so,sw", lock)
    assert target.topics == {"en": {"sw": None, "so": None}}
    assert target.bitexts == ()
    target = DataNeeds.of_source("hornmt:so", lock)
    assert target.collection is None
    assert target.bitexts == (BitextNeeds(language="so", sources=(HornMT(),), query="so"),)


def test_a_source_with_settings(lock: Lock) -> None:
    """A source that needs settings is described by a suite that has them."""
    with pytest.raises(SuiteError, match='source "files" has settings without a default'):
        DataNeeds.of_source("files:sw", lock)
