"""What a package index, an sdist and a citation tool are told of clirbench."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from markdown_it import MarkdownIt

import clirbench

ROOT = Path(__file__).resolve().parents[1]
REPOSITORY = "https://example.org/owner/clirbench"

pytest.importorskip("hatchling", reason="needs clirbench[test]")
sys.path.insert(0, str(ROOT))
try:
    from hatch_build import address, linked
finally:
    sys.path.remove(str(ROOT))


class _Addresses(HTMLParser):
    """Collects what elements point to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found += [v or "" for name, v in attrs if name in {"href", "src", "srcset"}]


def addresses(text: str) -> list[str]:
    """What the links and pictures of a text point to, by an independent parser."""
    parser = _Addresses()
    parser.feed(MarkdownIt("commonmark").enable("table").render(text))
    return parser.found


def code(text: str) -> list[str]:
    """The blocks of code of a text."""
    tokens = MarkdownIt("commonmark").parse(text)
    return [token.content for token in tokens if token.type in {"fence", "code_block"}]


def test_the_readme_leads_to_the_repository() -> None:
    """On a package index, each relative link of the README is one to a file that is there."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    before, after = addresses(text), addresses(linked(text, REPOSITORY))
    assert len(before) == len(after) > 10
    relative = [(old, new) for old, new in zip(before, after, strict=True) if old != new]
    for old, new in relative:
        assert new.startswith(f"{REPOSITORY}/")
        assert new.endswith(f"/HEAD/{old}")
        assert (ROOT / old.partition("#")[0]).exists(), old
    left = [old for old, new in zip(before, after, strict=True) if old == new]
    assert all(old.startswith(("https://", "#")) for old in left), left
    assert code(text) == code(linked(text, REPOSITORY)) == code(linked(text, None))


def test_the_readme_without_a_repository() -> None:
    """No relative link is left, and their files are named."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    plain = linked(text, None)
    assert all(found.startswith(("https://", "#")) for found in addresses(plain))
    assert "Statistics (`docs/statistics.md`)" in plain


LINKS = {
    "[a\nb](docs/x.md#y) [b](https://z.org) [c](#d)": (
        f"[a\nb]({REPOSITORY}/blob/HEAD/docs/x.md#y) [b](https://z.org) [c](#d)",
        "a\nb (`docs/x.md`) [b](https://z.org) [c](#d)",
    ),
    "![a picture](docs/x.png)": (f"![a picture]({REPOSITORY}/raw/HEAD/docs/x.png)", ""),
    '<source srcset="x.svg#a">': (f'<source srcset="{REPOSITORY}/raw/HEAD/x.svg#a">', "<source >"),
    '<a href="y.md">': (f'<a href="{REPOSITORY}/blob/HEAD/y.md">', "<a >"),
    "[![a](x.png)](y.md)": (
        f"[![a]({REPOSITORY}/raw/HEAD/x.png)]({REPOSITORY}/blob/HEAD/y.md)",
        "(`y.md`)",
    ),
    "bitext = [[pair]] (low) [mailto](mailto:a@b.org)": (
        "bitext = [[pair]] (low) [mailto](mailto:a@b.org)",
        "bitext = [[pair]] (low) [mailto](mailto:a@b.org)",
    ),
}


@pytest.mark.parametrize("text", LINKS)
def test_links(text: str) -> None:
    """Links into the checkout lead to pages, pictures to files; others stay as they are."""
    assert (linked(text, REPOSITORY), linked(text, None)) == LINKS[text]


@pytest.mark.parametrize(
    ("remote", "expected"),
    [
        ("https://example.org/owner/clirbench.git\n", REPOSITORY),
        ("https://example.org/owner/clirbench", REPOSITORY),
        ("https://user:secret@example.org/owner/clirbench.git", REPOSITORY),
        ("git@example.org:owner/clirbench.git", REPOSITORY),
        ("ssh://git@example.org/owner/clirbench.git", REPOSITORY),
        ("/srv/git/clirbench.git", None),
        ("file:///srv/git/clirbench.git", None),
        ("", None),
    ],
)
def test_addresses(remote: str, expected: str | None) -> None:
    """The address of pages, without what is secret in it."""
    assert address(remote) == expected


def metadata(folder: Path) -> dict[str, Any]:
    """What the build tool makes of a checkout."""
    words = [sys.executable, "-m", "hatchling", "metadata"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=folder)
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Path]:
    """What is needed to build, in a repository of its own."""
    folder = tmp_path / "checkout"
    (folder / "clirbench").mkdir(parents=True)
    for name in (
        "pyproject.toml",
        "hatch_build.py",
        "README.md",
        "LICENSE",
        "clirbench/__init__.py",
    ):
        shutil.copy(ROOT / name, folder / name)
    subprocess.run([shutil.which("git") or "git", "init", "--quiet", folder], check=True)
    return folder


def test_the_address_is_that_of_the_remote(checkout: Path, tmp_path: Path) -> None:
    """None without one; with one, the links lead there, from an sdist, too."""
    found = metadata(checkout)
    assert "urls" not in found
    assert "](docs/" not in found["readme"]["text"]
    git = [shutil.which("git") or "git", "-C", checkout]
    subprocess.run([*git, "remote", "add", "origin", f"{REPOSITORY}.git"], check=True)
    found = metadata(checkout)
    assert found["urls"]["Repository"] == REPOSITORY
    assert found["urls"]["Issues"] == f"{REPOSITORY}/issues"
    assert f"]({REPOSITORY}/blob/HEAD/docs/statistics.md)" in found["readme"]["text"]
    for address in found["urls"].values():
        _, _, path = address.partition("/blob/HEAD/")
        assert (ROOT / path).exists()
    words = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", tmp_path]
    subprocess.run(words, capture_output=True, check=True, cwd=checkout)
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        archive.extractall(tmp_path / "x", filter="data")
    (unpacked,) = (tmp_path / "x").iterdir()
    again = metadata(unpacked)
    assert (again["urls"], again["readme"]) == (found["urls"], found["readme"])


def test_the_citation() -> None:
    """It is of the Citation File Format, names this version, and no person.

    The schema is that of version 1.2.0 (Druskat et al., https://citation-file-format.github.io, CC BY 4.0).
    """
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    schema = json.loads((ROOT / "tests" / "cff-1.2.0.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(cited)
    assert cited["version"] == clirbench.__version__
    assert [set(author) for author in cited["authors"]] == [{"name"}]
