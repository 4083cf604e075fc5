from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from clirbench.analysis.baseline import Baseline, Origin
from clirbench.analysis.regression import Check, Rule, Verdict, check
from clirbench.report.annotations import github_annotations
from clirbench.report.check_summary import check_summary
from clirbench.report.junit import junit_xml
from clirbench.results.cells import Means
from clirbench.spec.cell import Cell

GOLDEN = Path(__file__).parent / "golden"


def level(value: float, noise: float = 0.0) -> Means:
    """Two runs of a method with about that score on each of twelve topics."""
    return Means.of(
        {
            seed: {f"t{i:02}": value + i / 64 + noise * (i * seed % 5) for i in range(12)}
            for seed in (1, 2)
        }
    )


@pytest.fixture
def outcome(nasty: str) -> Check:
    """One of each verdict, one method that is new."""
    before = {
        ("de-en", "held"): level(0.25),
        ("de-en", "improved"): level(0.25),
        ("de-en", "lower"): level(0.25),
        ("de-en", "missing"): level(0.25),
        ("sw-en", nasty): level(0.5),
    }
    after = {
        ("de-en", "held"): level(0.25),
        ("de-en", "improved"): level(0.5, 1 / 256),
        ("de-en", "lower"): level(0.246, 1 / 1024),
        ("sw-en", nasty): level(0.25, 1 / 128),
        ("sw-en", "new"): level(0.25),
    }
    faults = {Cell("de-en", "missing", 2): "failed: <NaN> & co"}
    origins = [
        Origin(environment={"processor": processor, "git": processor}, settings={})
        for processor in ("<old> & slow", "new")
    ]
    old, new = (
        Baseline(suite="s", measure="AP", scores=own, origins=dict.fromkeys(own, origin))
        for own, origin in zip((before, after), origins, strict=True)
    )
    return check(old, new, faults, Rule())


@pytest.mark.parametrize(("name", "draw"), [("check.xml", junit_xml), ("check.md", check_summary)])
def test_golden(name: str, draw: Callable[[Check], str], outcome: Check) -> None:
    """The reports are the committed bytes; CLIRBENCH_WRITE_GOLDEN=1 commits to new ones."""
    text = draw(outcome)
    if os.environ.get("CLIRBENCH_WRITE_GOLDEN"):
        (GOLDEN / name).write_text(text, encoding="utf-8", newline="\n")
    assert text == (GOLDEN / name).read_bytes().decode()


COMMAND = re.compile(r"::(error|warning|notice) (.*?)::(.*)")


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    """Read a workflow command as GitHub's runner does: level, properties, text."""

    def plain(text: str, signs: str) -> str:
        for sign in signs:  # the runner's order: % last
            text = text.replace(f"%{ord(sign):02X}", sign)
        return text

    found = COMMAND.fullmatch(line)
    assert found, line
    pairs = (pair.split("=", 1) for pair in found[2].split(","))
    return (
        found[1],
        {name: plain(value, "\r\n:,%") for name, value in pairs},
        plain(found[3], "\r\n%"),
    )


def test_annotations(
    outcome: Check, nasty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command for each finding that is not held, which the runner reads back whatever is in its names."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    file = "a, b:c%/base.json"
    lines = github_annotations(outcome, tmp_path / file).split("\n")
    assert lines.pop() == ""
    assert [parsed(line)[:2] for line in lines] == [
        ("error", {"file": file, "title": f"regressed: sw-en/{nasty}"}),
        ("error", {"file": file, "title": "missing: de-en/missing"}),
        ("warning", {"file": file, "title": "lower, within tolerance: de-en/lower"}),
        ("notice", {"file": file, "title": "improved: de-en/improved"}),
    ]
    texts = [f"AP: {one.text}" for one in outcome.of(Verdict.REGRESSED)]
    assert [parsed(lines[0])[2]] == texts
    strange = replace(outcome.findings[-1], method="50%25\r\n::error::x", text="a%0Ab\r\nc::d,e")
    (line,) = github_annotations(
        replace(outcome, findings=(strange,)), Path("elsewhere.json")
    ).splitlines()
    title = "regressed: sw-en/50%25\r\n::error::x"
    assert parsed(line) == (
        "error",
        {"file": "elsewhere.json", "title": title},
        "AP: a%0Ab\r\nc::d,e",
    )


@pytest.mark.parametrize(("count", "shown"), [(10, 10), (11, 9)])
def test_no_more_annotations_than_are_shown(outcome: Check, count: int, shown: int) -> None:
    """GitHub shows ten of a level: the tenth says how many there are besides."""
    found = replace(outcome, findings=(outcome.findings[-1],) * count)
    lines = github_annotations(found, Path("b.json")).splitlines()
    assert len(lines) == 10
    assert sum("title=regressed" in line for line in lines) == shown
    assert lines[-1].endswith("2 more findings in the log") == (count > shown)


def test_verdicts(outcome: Check, nasty: str) -> None:
    """Each entry of the baseline has one verdict, in the baseline's order."""
    assert [(finding.method, finding.verdict) for finding in outcome.findings] == [
        ("held", Verdict.HELD),
        ("improved", Verdict.IMPROVED),
        ("lower", Verdict.LOWER),
        ("missing", Verdict.MISSING),
        (nasty, Verdict.REGRESSED),
    ]
    assert outcome.new == (("sw-en", "new"),)
    assert outcome.exit_code == 1
    assert outcome.notes[0].startswith(
        'environment differs from the baseline\'s: processor: "<old> & slow" → "new"; rounding may'
    )


def test_missing_ones_count_in_the_family(outcome: Check) -> None:
    """Holm's family is all that the baseline has: the smallest p counts five times."""
    found = [one.change for one in outcome.findings if one.change and one.change.test.p]
    least = min(found, key=lambda one: one.test.p or 1)
    assert len(outcome.findings) == 5
    assert least.test.p is not None
    assert least.p_adjusted == 5 * least.test.p


def test_junit_parses(outcome: Check, nasty: str) -> None:
    """A parser gets the names back, and as many cases as the counts say."""
    root = ET.fromstring(junit_xml(outcome))  # noqa: S314 - our own
    assert [case.get("name") for case in root.iter("testcase")][-1] == nasty
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("5", "1", "1")
    assert len(list(root.iter("failure"))) == len(list(root.iter("error"))) == 1


def test_markdown_renders_names_as_they_are(outcome: Check, nasty: str) -> None:
    """An independent parser finds the name in the list and in the table, and no foreign element."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(check_summary(outcome))
    texts = [
        "".join(child.content for child in token.children or []).replace("\n", " ")
        for token in tokens
        if token.type == "inline"
    ]
    assert any(text.startswith(f"sw-en/{nasty}: ") for text in texts)
    assert nasty in texts
