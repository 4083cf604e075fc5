from __future__ import annotations

import json
from pathlib import Path

import pytest

from clirbench.analysis.analysis_plan import plan_of, plan_remarks, record_plan
from clirbench.errors import DataError
from clirbench.results.names import ANALYSIS_PLAN
from clirbench.spec.identity import identity
from clirbench.spec.model import Suite
from clirbench.spec.read import read_suite

TUNE = """[tune]
learning_rates = [1e-3, 2e-2]
topics = 0.4
seed = 5
"""


def suite(path: Path, *overrides: str) -> Suite:
    """The tiny suite, changed."""
    return read_suite(path, overrides).suite


def make_cell(results: Path, cell: str) -> None:
    """What a cell leaves, as far as a plan looks."""
    folder = results / "cells" / cell
    folder.mkdir(parents=True)
    (folder / "scores.csv").write_text("topic,AP\na,0.5\nb,0.25\n")


def versions(results: Path) -> list[dict[str, object]]:
    """The file's versions."""
    found: list[dict[str, object]] = json.loads((results / ANALYSIS_PLAN).read_text())["versions"]
    return found


def test_plan_says_what_will_be_tested(tiny: Path) -> None:
    """Hypothesis, tests, families with their sizes, alpha and seeds stand in it as the suite has them."""
    plan = plan_of(suite(tiny, "statistics.smallest_effect=0.02"))
    design = plan["design"]
    assert isinstance(design, dict)
    assert design["hypothesis"] == {
        "better": "optical", "than": "sentence-contrastive", "on": "low", "measure": "AP"
    }  # fmt: skip
    assert (design["test"], design["correction"], design["alpha"]) == ("crossed", "holm", 0.05)
    assert (design["seeds"], design["smallest_effect"]) == ([1, 2], 0.02)
    families = plan["families"]
    assert isinstance(families, dict)
    # Four methods but the oracle have six pairs, on two languages; a class of one language is that
    # language, so that one comparison of qsw-en is the hypothesis, by AP.
    sizes = {m: {f["name"]: f["size"] for f in own} for m, own in families.items()}
    assert sizes == {
        "AP": {"primary": 1, "pairs": 11, "macro": 6}, "nDCG@10": {"pairs": 12, "macro": 6}
    }  # fmt: skip


def test_every_correction_of_the_suite_is_planned(tiny: Path) -> None:
    """`statistics.correction` reaches the design and the name of the families, MaxT too."""
    for correction, name in (
        ("maxt", "step-down maxT"),
        ("bonferroni", "Bonferroni"),
        ("bh", "Benj"),
    ):
        plan = plan_of(suite(tiny, f"statistics.correction={correction}"))
        design, families = plan["design"], plan["families"]
        assert isinstance(design, dict)
        assert isinstance(families, dict)
        assert design["correction"] == correction
        assert all(name in one["label"] for one in families["AP"] if one["name"] != "primary")


def test_changes_are_kept_and_told(tiny: Path, tmp_path: Path) -> None:
    """The same plan is written once; a change is appended, and told if there were scores to see."""
    results = tmp_path / "results"
    for _ in range(2):
        record_plan(results, suite(tiny))
    first = (results / ANALYSIS_PLAN).read_text()
    assert len(versions(results)) == 1
    record_plan(results, suite(tiny, "training.epochs=7"))
    assert (results / ANALYSIS_PLAN).read_text() == first  # no matter of the analysis
    record_plan(results, suite(tiny, "statistics.alpha=0.01"))
    assert plan_remarks(results) == ()  # nothing had been made
    make_cell(results, "qsw-en/optical/seed=1")
    record_plan(results, suite(tiny, "statistics.alpha=0.01", "suite.seeds=[1,2,3]"))
    record_plan(results, suite(tiny))
    assert [one["cells"] for one in versions(results)] == [0, 0, 1, 1]
    assert versions(results)[:1] == json.loads(first)["versions"]
    assert versions(results)[2]["topics"] == {"qsw-en": 2}
    added, back = plan_remarks(results)
    assert "after 1 cell had been made: seeds [1,2] → [1,2,3]." in added
    assert "alpha 0.01 → 0.05; seeds [1,2,3] → [1,2]" in back


def tuned(path: Path) -> Suite:
    """The tiny suite with [tune]."""
    text = path.read_text().replace("learning_rate = 1e-3\n", "")
    other = path.with_name("tuned.toml")
    other.write_text(text.replace("[statistics]", f"{TUNE}\n[statistics]"))
    return suite(other)


def test_plan_says_how_methods_are_tuned(tiny: Path, tmp_path: Path) -> None:
    """What [tune] tries, on how many topics, stands in the plan; to tune after all is a change."""
    tried = plan_of(tuned(tiny))["tune"]
    assert isinstance(tried, dict)
    assert (tried["learning_rates"], tried["topics"], tried["seed"]) == ([0.001, 0.02], 0.4, 5)
    assert plan_of(suite(tiny))["tune"] is None
    record_plan(tmp_path, suite(tiny))
    make_cell(tmp_path, "qsw-en/optical/seed=1")
    for _ in range(2):
        record_plan(tmp_path, tuned(tiny))
    assert len(versions(tmp_path)) == 2
    (told,) = plan_remarks(tmp_path)
    assert "tune.learning_rates – → [0.001,0.02]" in told


def test_a_plan_without_a_word_on_tuning_is_kept(tiny: Path, tmp_path: Path) -> None:
    """A record of an earlier version stays as it is, and is not said to have ruled tuning out."""
    record_plan(tmp_path, suite(tiny))
    document = json.loads((tmp_path / ANALYSIS_PLAN).read_text())
    version = document["versions"][0]
    del version["plan"]["tune"]
    version["hash"] = identity({key: value for key, value in version.items() if key != "hash"})
    (tmp_path / ANALYSIS_PLAN).write_text(json.dumps(document))
    record_plan(tmp_path, suite(tiny))
    assert json.loads((tmp_path / ANALYSIS_PLAN).read_text()) == document
    make_cell(tmp_path, "qsw-en/optical/seed=1")
    record_plan(tmp_path, suite(tiny, "statistics.alpha=0.01"))
    record_plan(tmp_path, suite(tiny))
    first, _ = plan_remarks(tmp_path)
    assert first.endswith("1 cell had been made: alpha 0.05 → 0.01.")
    document["versions"] = versions(tmp_path)[:1]
    (tmp_path / ANALYSIS_PLAN).write_text(json.dumps(document))
    record_plan(tmp_path, tuned(tiny))
    (told,) = plan_remarks(tmp_path)
    assert "tune.learning_rates not recorded → [0.001,0.02]" in told


def test_a_plan_made_late_is_told(tiny: Path, tmp_path: Path) -> None:
    """A plan that is first written when cells are there says so."""
    make_cell(tmp_path, "qsw-en/optical/seed=1")
    make_cell(tmp_path, "qsw-en/optical/seed=2")
    record_plan(tmp_path, suite(tiny))
    assert plan_remarks(tmp_path) == (
        "The plan of analysis was written after 2 cells had been made.",
    )


@pytest.mark.parametrize("what", ["edited", "taken out", "appended to nothing"])
def test_a_record_changed_by_hand_is_told(what: str, tiny: Path, tmp_path: Path) -> None:
    """Hashes over each version and the one before it show what was changed or is missing."""
    record_plan(tmp_path, suite(tiny))
    record_plan(tmp_path, suite(tiny, "statistics.alpha=0.01"))
    document = json.loads((tmp_path / ANALYSIS_PLAN).read_text())
    if what == "edited":
        document["versions"][0]["plan"]["design"]["alpha"] = 0.01
    elif what == "taken out":
        del document["versions"][0]
    else:
        document["versions"][1]["before"] = None
    (tmp_path / ANALYSIS_PLAN).write_text(json.dumps(document))
    assert plan_remarks(tmp_path) == (
        f"The record of the plan of analysis, {ANALYSIS_PLAN}, was changed by hand.",
    )


@pytest.mark.parametrize("text", ["", "[]", '{"format": 9, "versions": []}', '{"versions": [{}]}'])
def test_a_damaged_record_is_refused(text: str, tmp_path: Path) -> None:
    """What is no record is an error that names the file."""
    (tmp_path / ANALYSIS_PLAN).write_text(text)
    with pytest.raises(DataError, match=ANALYSIS_PLAN):
        plan_remarks(tmp_path)


def test_no_record_needs_no_remark(tmp_path: Path) -> None:
    """A folder without the file, of an earlier version, is not accused of anything."""
    assert plan_remarks(tmp_path) == ()
