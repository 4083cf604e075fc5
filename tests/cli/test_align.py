from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))


def test_plan_in_the_terminal_and_as_a_drawing(
    tiny: Path, tmp_path: Path, places: list[str], command: Call
) -> None:
    """The student is trained if need be, kept for the next call, and the plan is drawn twice."""
    words = ["align", tiny, *places, "--pair", "qde-en", "--method", "optical"]
    drawing = tmp_path / "plan.svg"
    done = command(*words, "--svg", drawing, "tosel duk", "hello [b]world")
    assert done.returncode == 0, done.stderr
    assert "qde-en/optical/seed=1: plan by ipot" in done.stdout
    svg = ET.fromstring(drawing.read_text())  # noqa: S314 - our own
    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    shown = [node.text for node in svg.iter("{http://www.w3.org/2000/svg}text")]
    assert "[CLS]" in shown
    assert not (tmp_path / "results").exists()
    again = command(*words, "tosel duk", "hello world")
    assert "0 stages made" in again.stdout
    before = command(*words[:-1], "zero-shot", "tosel duk", "hello world")
    assert "qde-en/zero-shot: plan by exact" in before.stdout


def test_only_chooses_the_cell(tiny: Path, places: list[str], command: Call) -> None:
    """A cell that --only leaves out is not there."""
    words = ["align", tiny, *places, "--pair", "qde-en", "--method", "optical", "--seed", "1"]
    done = command(*words, "--only", "*/seed=2", "a", "b")
    assert done.returncode == 2
    assert "no such cell; cells: qde-en/" in done.stderr


def test_what_has_no_plan(tiny: Path, places: list[str], command: Call) -> None:
    """A cell that is not there, or a method without an encoder, is an error that says what is."""
    wrong = command("align", tiny, *places, "--pair", "qxx-en", "--method", "optical", "a", "b")
    assert wrong.returncode == 2
    assert "no such cell; cells: qde-en/bm25, " in wrong.stderr
    lexical = command("align", tiny, *places, "--pair", "qde-en", "--method", "bm25", "a", "b")
    assert lexical.returncode == 2
    assert "--method bm25: has no encoder, so there is no plan" in lexical.stderr
