"""The study's page is what the committed results give."""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def study() -> dict[str, Any]:
    """The script that writes the page."""
    return runpy.run_path(str(Path(__file__).resolve().parents[1] / "docs" / "study.py"))


def test_the_page_is_what_the_results_give(root: Path, study: dict[str, Any]) -> None:
    """Letter for letter: a number that was changed by hand, or results that were changed since, are noticed."""
    found = study["files"]()
    for path, text in found.items():
        assert path.read_text(encoding="utf-8") == text, "write it anew: python docs/study.py"
    assert found.keys() == {
        root / "docs" / "study.md",
        *(root / "docs" / "pictures").glob("study-*.svg"),
    }


def test_folders_and_suites_that_are_named_exist(root: Path, study: dict[str, Any]) -> None:
    """Each suite is in the repository; each link leads somewhere."""
    for name in (study["MAIN"], *study["OTHERS"], study["SYNTHETIC"]):
        assert (root / "suites" / f"{name}.toml").exists()
    for link in re.findall(r"\]\((\.\./[^)#]+)", study["page"]()):
        assert (root / "docs" / link).exists(), link
