from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from clirbench.analysis.baseline import Baseline, read_baseline
from clirbench.analysis.regression import Check, Rule, Verdict, check
from clirbench.report.check_summary import check_summary
from clirbench.report.junit import junit_xml
from clirbench.results.cells import Cells, Means
from clirbench.spec.cell import Cell

GOLDEN = Path(__file__).parent / "golden"


def level(value: float) -> Means:
    """A method with about that score on each of twelve topics."""
    return Means(topics={f"t{i:02}": value + i / 64 for i in range(12)}, seeds=2)


@pytest.fixture
def outcome(nasty: str) -> Check:
    """One of each verdict, one method that is new."""
    before = {
        ("de-en", "held"): level(0.25),
        ("de-en", "improved"): level(0.25),
        ("de-en", "missing"): level(0.25),
        ("sw-en", nasty): level(0.5),
    }
    after = {
        ("de-en", "held"): level(0.25),
        ("de-en", "improved"): level(0.5),
        ("sw-en", nasty): level(0.25),
        ("sw-en", "new"): level(0.25),
    }
    cells = Cells(scores={}, faults={Cell("de-en", "missing", 2): "failed: <NaN> & co"})
    return check(Baseline(suite="s", measure="AP", scores=before), cells, after, Rule())


@pytest.mark.parametrize(("name", "draw"), [("check.xml", junit_xml), ("check.md", check_summary)])
def test_golden(name: str, draw: Callable[[Check], str], outcome: Check) -> None:
    """The reports are the committed bytes; CLIRBENCH_WRITE_GOLDEN=1 commits to new ones."""
    text = draw(outcome)
    if os.environ.get("CLIRBENCH_WRITE_GOLDEN"):
        (GOLDEN / name).write_text(text, encoding="utf-8", newline="\n")
    assert text == (GOLDEN / name).read_bytes().decode()


def test_verdicts(outcome: Check, nasty: str) -> None:
    """Each entry of the baseline has one verdict, in the baseline's order."""
    assert [(finding.method, finding.verdict) for finding in outcome.findings] == [
        ("held", Verdict.HELD),
        ("improved", Verdict.IMPROVED),
        ("missing", Verdict.MISSING),
        (nasty, Verdict.REGRESSED),
    ]
    assert outcome.new == (("sw-en", "new"),)
    assert outcome.exit_code == 1
    assert outcome.powerless == 0


def test_missing_ones_count_in_the_family(outcome: Check) -> None:
    """Holm's family is all that the baseline has: p = 2 / 2^12, times four."""
    change = outcome.of(Verdict.REGRESSED)[0].change
    assert change is not None
    assert change.p == 2**-11
    assert change.p_adjusted == 4 * 2**-11


def test_junit_parses(outcome: Check, nasty: str) -> None:
    """A parser gets the names back, and as many cases as the counts say."""
    root = ET.fromstring(junit_xml(outcome))  # noqa: S314 - our own
    assert [case.get("name") for case in root.iter("testcase")][-1] == nasty
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "1", "1")
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


def test_a_baseline_reads_back(tmp_path: Path, nasty: str) -> None:
    """What is written is read as it was, to the last bit."""
    scores = {("a-b", nasty): level(0.1), ("c-d", "m"): level(1 / 3)}
    path = tmp_path / "baseline.json"
    path.write_text(Baseline(suite="s", measure="AP", scores=scores).to_json(), encoding="utf-8")
    assert read_baseline(path) == Baseline(suite="s", measure="AP", scores=scores)
