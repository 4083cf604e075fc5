from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path

import pytest

from clirbench.data import sources
from clirbench.data.base import BitextSource, CollectionSource, Source
from clirbench.errors import DataError

MIRROR = Path(__file__).resolve().parents[3] / ".." / "shared" / "mirror.zip"
PINNED = ("afriqa", "globalvoices", "hornmt", "ntrex", "tatoeba", "tico19", "xquad")


def test_every_source_is_found() -> None:
    """Each name leads to a class of that name, with licence and citation."""
    assert list(sources.SOURCES) == sorted(sources.SOURCES)
    for name in sources.SOURCES:
        found = sources.find(name)
        assert found.name == name
        assert found.licence
        assert found.citation
        assert found.__doc__


def test_every_file_of_the_folder_is_a_source() -> None:
    """No source is forgotten in the table."""
    folder = Path(sources.__file__).parent
    modules = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert modules == {name.replace("-", "_") for name in sources.SOURCES}


def test_kinds() -> None:
    """Names are told by what a source has."""
    assert set(sources.names(CollectionSource)) >= {"afriqa", "files", "irds", "ntrex", "xquad"}
    assert not {"irds", "ntrex", "xquad"} & set(sources.names(BitextSource))
    assert not {"tico19", "tatoeba", "hornmt"} & set(sources.names(CollectionSource))
    assert sources.names() == tuple(sources.SOURCES)


def test_unknown() -> None:
    """The error offers the nearest name."""
    with pytest.raises(DataError, match=r'no source "tico"; known: .*did you mean "tico19"'):
        sources.find("tico")


def pinned() -> list[tuple[Source, str]]:
    """Each source with downloads, and each of its languages."""
    made = [sources.find(name)() for name in PINNED]
    return [(source, language) for source in made for language in sorted(source.languages() or ())]


def test_pins() -> None:
    """Each download is https, at a commit, with a whole checksum and a size."""
    for source, language in pinned():
        downloads = source.downloads(language)
        assert len(set(downloads)) == len(downloads) > 0
        for download in downloads:
            assert re.fullmatch(
                r"https://raw\.githubusercontent\.com/.+/[0-9a-f]{40}/.+", download.url
            )
            if download.sha256 is None:  # trusted on first use
                assert download.bytes is None
                continue
            assert re.fullmatch("[0-9a-f]{64}", download.sha256)
            assert download.bytes
        assert source.content(language) is None


def test_pins_are_those_of_upstream() -> None:
    """Sizes and checksums are as upstream's index has them, and none of a source's files is unused."""
    if not MIRROR.exists():
        pytest.skip("needs ../shared/mirror.zip, a zip file of the upstream files")
    with zipfile.ZipFile(MIRROR) as archive:
        index = {entry["url"]: entry for entry in json.loads(archive.read("INDEX.json"))}
    used = {d for source, language in pinned() for d in source.downloads(language) if d.sha256}
    for download in used:
        entry = index[download.url]
        assert (download.sha256, download.bytes) == (entry["sha256"], entry["bytes"])
    owners = {"/".join(download.url.split("/")[:5]) for download in used}
    assert {d.url for d in used} == {url for url in index if "/".join(url.split("/")[:5]) in owners}


@pytest.mark.parametrize("name", PINNED)
def test_no_such_language(name: str) -> None:
    """The error names the source and what it has."""
    with pytest.raises(DataError, match=f'{name}: no language "xx"; it has '):
        sources.find(name)().downloads("xx")


def test_the_documentation_says_what_is_done_with_what_cannot_be_judged(root: Path) -> None:
    """Each collection has its row in docs/data.md, as its class says it."""
    rows = [
        f"| `{name}` | {' | '.join(sources.SOURCES[name].rules)} |"
        for name in sources.names(CollectionSource)
    ]
    text = (root / "docs" / "data.md").read_text(encoding="utf-8")
    table = text.partition("| source | empty documents |")[2].partition("\n\n")[0]
    assert table.splitlines()[2:] == rows


def test_sources_with_clusters_are_known() -> None:
    """Of each of these a test holds that [tune] keeps clusters whole; topics of the others stand alone."""
    tied = {
        name
        for name in sources.names(CollectionSource)
        if sources.SOURCES[name].clusters is not CollectionSource.clusters
    }
    assert tied == {"afriqa", "files", "ntrex", "xor-tydi", "xquad"}
    tests = Path(__file__).parent
    for name in tied:
        assert "    held_apart(" in (tests / f"test_{name.replace('-', '_')}.py").read_text()
