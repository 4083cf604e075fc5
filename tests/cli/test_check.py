from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from scipy import stats

from clirbench.statistics import number

Call = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[..., Path]
Topics = dict[str, float]

CELLS = (
    "sw-en/bm25",
    "sw-en/optical/seed=1",
    "sw-en/optical/seed=2",
    "de-en/bm25",
    "de-en/optical/seed=1",
    "de-en/optical/seed=2",
)

P = 6 * float(stats.ttest_1samp([-0.05 * (1 + i % 2) for i in range(12)], 0).pvalue)
"""Of the drop in `test_tolerance_alpha_and_exact`: four pairs and methods, two macro means."""


def scores(changed: Mapping[str, float] | None = None, topics: int = 12) -> dict[str, Topics]:
    """Scores of six cells: four pairs and methods; those that `changed` names are shifted."""
    shifts = changed or {}
    return {
        cell: {
            f"t{i:02}": 0.3
            + (i * 7 % 5) / 50
            + shifts.get(cell.split("/seed=")[0], 0.0) * (1 + i % 2)
            for i in range(topics)
        }
        for cell in CELLS
    }


@pytest.fixture
def baseline(tmp_path: Path, write_results: Write, command: Call) -> Path:
    """A baseline of unchanged scores."""
    path = tmp_path / "baseline.json"
    done = command("baseline", write_results("old", scores()), "--output", path)
    assert done.returncode == 0, done.stderr
    assert "AP of 4 pairs and methods" in done.stdout
    return path


def test_the_baseline_holds_every_run(write_results: Write, command: Call) -> None:
    """Every pair and method is there, sorted, with each seed's scores and what made them; stable bytes."""
    text = command("baseline", write_results("old", scores(), **PLANNED)).stdout
    document = json.loads(text)
    assert (document["suite"], document["measure"], document["version"]) == ("hand", "AP", 2)
    keys = [
        (entry["pair"], entry["method"], [run["seed"] for run in entry["runs"]])
        for entry in document["scores"]
    ]
    assert keys == [
        ("de-en", "bm25", [None]),
        ("de-en", "optical", [1, 2]),
        ("sw-en", "bm25", [None]),
        ("sw-en", "optical", [1, 2]),
    ]
    assert document["scores"][1]["runs"][0]["topics"] == scores()["de-en/optical/seed=1"]
    (origin,) = document["origins"]
    assert origin["environment"]["python"] == "3.11.7"
    assert origin["settings"]["seeds"] == [1, 2]
    assert document["means"] == {
        "bm25": pytest.approx(0.3367, abs=1e-4),
        "optical": pytest.approx(0.3367, abs=1e-4),
    }
    backwards = dict(reversed(scores().items()))
    backwards = {cell: dict(reversed(topics.items())) for cell, topics in backwards.items()}
    assert command("baseline", write_results("again", backwards, **PLANNED)).stdout == text


def broken(results: Path) -> None:
    """These are no results."""
    (results / "settings.json").unlink()


def empty(results: Path) -> None:
    """No cell is done."""
    shutil.rmtree(results / "cells")


@pytest.mark.parametrize(
    ("shift", "damage", "status"),
    [(0.0, None, 0), (-0.05, None, 1), (0.0, "broken", 2), (0.0, "missing", 3), (0.0, "empty", 4)],
)
def test_exit_status_of_the_process(
    shift: float, damage: str | None, status: int, *, request: pytest.FixtureRequest
) -> None:
    """Each of the five outcomes has its status, as a shell sees it."""
    results = request.getfixturevalue("write_results")("new", scores({"sw-en/optical": shift}))
    baseline = request.getfixturevalue("baseline")
    if damage:
        {"broken": broken, "missing": drop_method, "empty": empty}[damage](results)
    done = request.getfixturevalue("clirbench")("check", results, "--baseline", baseline)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("exact", [False, True])
def test_held(exact: bool, baseline: Path, write_results: Write, command: Call) -> None:  # noqa: FBT001
    """The same scores hold, to the last bit."""
    arguments = [write_results("new", scores()), "--baseline", baseline]
    done = command("check", *arguments, *(["--exact"] if exact else []))
    assert done.returncode == 0, done.stderr
    assert f"hand, AP: {4 if exact else 6} held" in done.stdout


def test_regressed(baseline: Path, tmp_path: Path, write_results: Write, command: Call) -> None:
    """A clear drop is a regression, a clear rise is named too, in all three reports."""
    results = write_results("new", scores({"sw-en/optical": -0.05, "de-en/bm25": 0.04}))
    junit, summary = tmp_path / "j.xml", tmp_path / "s.md"
    done = command("check", results, "--baseline", baseline, "--junit", junit, "--summary", summary)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "hand, AP: 2 regressed; 2 improved; 2 held" in done.stdout
    assert "regressed: sw-en/optical: .337 → .262 (-.075" in done.stdout
    assert "improved: de-en/bm25" in done.stdout

    root = ET.fromstring(junit.read_text(encoding="utf-8"))  # noqa: S314 - our own
    cases = {(c.get("classname"), c.get("name")): [e.tag for e in c] for c in root.iter("testcase")}
    assert cases == {
        ("hand.de-en", "bm25"): ["system-out"],
        ("hand.de-en", "optical"): ["system-out"],
        ("hand.sw-en", "bm25"): ["system-out"],
        ("hand.sw-en", "optical"): ["failure"],
        ("hand.all pairs", "bm25"): ["system-out"],
        ("hand.all pairs", "optical"): ["failure"],
    }
    for suite in (root, root[0]):
        assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("6", "2", "0")
    failure, macro = root.iter("failure")
    assert ".337 → .262" in (failure.text or "")
    assert ".337 → .299" in (macro.text or "")

    text = summary.read_text(encoding="utf-8")
    assert text.startswith("### clirbench check: regressed\n")
    assert "**Regressed**\n\n- sw-en/optical: .337 → .262" in text
    assert "**Improved**\n\n- de-en/bm25: " in text
    assert "| sw-en | optical | .337 | .262 | -.075 |" in text


@pytest.mark.parametrize(
    ("shift", "options", "status"),
    [
        (-0.005, [], 0),  # the mean falls by .0075, within the tolerance
        (-0.005, ["--tolerance", "0.005"], 1),
        (-0.005, ["--exact"], 1),
        (0.05, [], 0),
        (0.05, ["--exact"], 1),
        (1e-15, [], 0),
        (1e-15, ["--exact"], 1),
        (-0.05, ["--alpha", str(1.001 * P)], 1),
        (-0.05, ["--alpha", str(0.999 * P)], 0),
    ],
)
def test_tolerance_alpha_and_exact(
    shift: float,
    options: list[str],
    status: int,
    *,
    baseline: Path,
    write_results: Write,
    command: Call,
) -> None:
    """Each bound decides on its own side."""
    results = write_results("new", scores({"sw-en/optical": shift}))
    done = command("check", results, "--baseline", baseline, *options)
    assert done.returncode == status, done.stdout + done.stderr


def test_annotations(
    baseline: Path, write_results: Write, command: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log has a line for each finding, and the page of the run the summary, behind what it had."""
    tmp_path = baseline.parent
    page = tmp_path / "summary.md"
    page.write_text("before\n")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(page))
    results = write_results("new", scores({"sw-en/optical": -0.1, "de-en/bm25": 0.1}))
    words = ("check", results, "--baseline", baseline, "--summary", tmp_path / "check.md")
    done = command(*words, "--annotate", "github")
    assert done.returncode == 1
    lines = [line for line in done.stdout.splitlines() if line.startswith("::")]
    heads = [line.partition("::AP: ")[0] for line in lines]
    assert heads == [
        "::error file=baseline.json,title=regressed%3A sw-en/optical",
        "::error file=baseline.json,title=regressed%3A all pairs/optical",
        "::notice file=baseline.json,title=improved%3A de-en/bm25",
        "::notice file=baseline.json,title=improved%3A all pairs/bm25",
    ]
    assert page.read_text() == "before\n" + (tmp_path / "check.md").read_text() + "\n"
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    assert command(*words, "--annotate", "github").stdout == done.stdout
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    done = command(*words, "--annotate", "github")
    assert (done.returncode, done.stderr[:11]) == (2, "clirbench: ")


def test_a_drop_that_chance_explains_holds(
    baseline: Path, write_results: Write, command: Call
) -> None:
    """A large drop on a single topic is above the tolerance, and not significant."""
    cells = scores()
    for cell in ("sw-en/optical/seed=1", "sw-en/optical/seed=2"):
        cells[cell]["t03"] = 0.0
    done = command("check", write_results("new", cells), "--baseline", baseline)
    assert done.returncode == 0
    assert "6 held" in done.stdout


def test_too_few_topics_are_said(tmp_path: Path, write_results: Write, command: Call) -> None:
    """Where few topics hide a large drop, the check says how large it has to be."""
    old, path = write_results("old", scores(topics=4)), tmp_path / "b.json"
    command("baseline", old, "--output", path)
    worse = write_results("new", scores({"sw-en/optical": -0.1}, topics=4))
    done = command("check", worse, "--baseline", path)
    assert done.returncode == 0
    need = stats.t.isf(0.05 / 6 / 2, 3) * np.std([-0.1, -0.2, -0.1, -0.2], ddof=1) / 2
    assert need > 0.15  # the drop
    assert f"most is needed in sw-en/optical: {number(need)}" in done.stdout
    assert command("check", worse, "--baseline", path, "--exact").returncode == 1


def drop_cell(results: Path) -> None:
    """A seed was never run."""
    folder = results / "cells/sw-en/optical/seed=2"
    for path in folder.iterdir():
        path.unlink()


def drop_method(results: Path) -> None:
    """A method was never run."""
    for name in ("scores.csv", "record.json"):
        (results / "cells/sw-en/bm25" / name).unlink()


def fail_cell(results: Path) -> None:
    """A cell failed on its latest run, over older scores."""
    (results / "cells/sw-en/optical/seed=2/error.log").write_text("Traceback\nloss is NaN\n")


def stale_cell(results: Path) -> None:
    """A cell is left from other settings."""
    basis = json.loads((results / "analysis.json").read_text())
    del basis["cells"]["sw-en/bm25"]
    (results / "analysis.json").write_text(json.dumps(basis))


def edit_cell(results: Path) -> None:
    """Scores were changed by hand."""
    path = results / "cells/sw-en/bm25/scores.csv"
    path.write_text(path.read_text().replace("t01,0.3", "t01,0.9"))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (drop_cell, "sw-en/optical: 1 of 2 seeds: the others are not in the results"),
        (drop_method, "sw-en/bm25: not in the results"),
        (fail_cell, "sw-en/optical: 1 of 2 seeds: seed=2: failed: loss is NaN"),
        (stale_cell, "sw-en/bm25: not of the latest finished run"),
        (edit_cell, "sw-en/bm25: scores.csv was changed"),
    ],
)
def test_missing(
    damage: Callable[[Path], None],
    said: str,
    *,
    baseline: Path,
    tmp_path: Path,
    write_results: Write,
    command: Call,
) -> None:
    """A cell that is not there as it should be is named, is an error in JUnit, and exits with 3."""
    results = write_results("new", scores())
    damage(results)
    junit = tmp_path / "j.xml"
    done = command("check", results, "--baseline", baseline, "--junit", junit)
    assert done.returncode == 3, done.stdout + done.stderr
    assert f"missing: {said}" in done.stdout
    root = ET.fromstring(junit.read_text(encoding="utf-8"))  # noqa: S314 - our own
    assert root.get("errors") == "1"
    (error,) = root.iter("error")
    name, _, why = said.partition(": ")
    assert (error.get("message") or "").startswith(f"{name}, AP: {why}")


@pytest.mark.parametrize("topics", [11, 13])
def test_other_topics_are_missing_cells(
    topics: int, baseline: Path, write_results: Write, command: Call
) -> None:
    """Scores on fewer or more topics are not those of the baseline."""
    results = write_results("new", scores(topics=topics))
    done = command("check", results, "--baseline", baseline)
    assert done.returncode == 3
    where = "results: t11" if topics == 11 else "baseline: t12"
    assert f"topics are not in the {where}" in done.stdout


def test_a_regression_outweighs_what_is_missing(
    baseline: Path, write_results: Write, command: Call
) -> None:
    """What is certain decides the status; both are named."""
    results = write_results("new", scores({"de-en/optical": -0.05}))
    drop_method(results)
    done = command("check", results, "--baseline", baseline)
    assert done.returncode == 1
    assert (
        "2 regressed; 1 missing; 2 held" in done.stdout
    )  # a macro mean regressed, one is not there


def test_more_than_the_baseline_is_named_and_not_checked(
    baseline: Path, write_results: Write, command: Call
) -> None:
    """A new method does not disturb."""
    cells = scores()
    cells["sw-en/new"] = cells["sw-en/bm25"]
    done = command("check", write_results("new", cells), "--baseline", baseline)
    assert done.returncode == 0
    assert "not in the baseline, so not checked: sw-en/new" in done.stdout


def test_nothing_measured(baseline: Path, write_results: Write, command: Call) -> None:
    """Results without a cell exit with 4, for check and for baseline."""
    results = write_results("new", {})
    done = command("check", results, "--baseline", baseline)
    assert done.returncode == 4
    assert "nothing was measured" in done.stdout
    done = command("baseline", results)
    assert done.returncode == 4
    assert done.stdout == ""


def test_bad_input(baseline: Path, tmp_path: Path, write_results: Write, command: Call) -> None:
    """Each wrong file or value exits with 2, without a traceback, and says what is wrong."""
    results = write_results("new", scores())
    other = write_results("other", scores(), name="another")
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    newer = tmp_path / "newer.json"
    newer.write_text(baseline.read_text().replace('"version": 2', '"version": 3'))
    odd = tmp_path / "odd.json"
    document = json.loads(baseline.read_text())
    document["scores"][0]["runs"][0]["topics"]["t01"] = "x"
    odd.write_text(json.dumps(document))
    document["scores"][0]["runs"][0]["topics"] = ["t01"]
    listed = tmp_path / "listed.json"
    listed.write_text(json.dumps(document))
    unmeasured = tmp_path / "unmeasured.json"
    unmeasured.write_text(baseline.read_text().replace('"AP"', '"RR@7"'))
    for arguments, said in (
        ([tmp_path / "nowhere", "--baseline", baseline], "settings.json: missing"),
        ([results, "--baseline", tmp_path / "nowhere.json"], "nowhere.json: cannot be read"),
        ([results, "--baseline", broken], "not a baseline"),
        (
            [results, "--baseline", newer],
            "written by a newer clirbench (format 3; this one reads up to 2)",
        ),
        (
            [results, "--baseline", odd],
            "damaged baseline: scores.0.runs.0.topics.t01: input should be",
        ),
        ([results, "--baseline", listed], "damaged baseline"),
        ([results, "--baseline", unmeasured], "no scores by RR@7; its measures are AP, nDCG@10"),
        ([other, "--baseline", baseline], 'has results of "another"'),
        ([results, "--baseline", baseline, "--tolerance", "-1"], "--tolerance -1.0: must be"),
        ([results, "--baseline", baseline, "--alpha", "2"], "--alpha 2.0: must be"),
        ([results, "--baseline", baseline, "--seed-sd", "nan"], "--seed-sd nan: must be"),
        ([results, "--baseline", baseline, "--junit", tmp_path], "cannot be written"),
        ([results], "--baseline"),
    ):
        done = command("check", *arguments)
        assert done.returncode == 2, (arguments, done.stdout, done.stderr)
        assert said in done.stderr
        assert "Traceback" not in done.stderr


def test_small_losses_add_up_with_keep_best(
    baseline: Path, root: Path, write_results: Write, command: Call
) -> None:
    """A loss within the tolerance passes; renewed by --keep-best the baseline stays, and two are found."""
    once, twice = (
        write_results(name, scores({"sw-en/optical": shift}))
        for name, shift in (("once", -0.006), ("twice", -0.012))
    )
    done = command("check", once, "--baseline", baseline)
    assert done.returncode == 0
    assert "lower, within tolerance: sw-en/optical: .337 → .328 (-.009" in done.stdout
    plain = command("baseline", once).stdout
    done = command("baseline", once, "--keep-best", baseline, "--output", baseline)
    assert done.stdout.endswith(f"4 pairs and methods, 4 of them kept from {baseline}\n")
    assert command("check", twice, "--baseline", baseline).returncode == 1
    baseline.write_text(plain)
    assert command("check", twice, "--baseline", baseline).returncode == 0
    old = root / "tests/analysis/baseline-1.json"
    done = command("baseline", once, "--keep-best", old)
    assert done.returncode == 2
    assert f"{old}: the old baseline has format version 1" in done.stderr


PLANNED: dict[str, object] = {
    "pairs": [{"query": query, "documents": "en", "resource": "low"} for query in ("sw", "de")],
    "methods": [
        {"label": "bm25", "method": {"class.name": "bm25"}, "training": {}},
        {"label": "optical", "method": {"class.name": "optical"}, "training": {}},
    ],
}
"""The settings of the six cells, as `clirbench run` writes them."""


def test_a_baseline_needs_whole_results(write_results: Write, command: Call) -> None:
    """A failed cell or a seed never run is not frozen into a baseline."""
    for damage in (fail_cell, drop_cell):
        results = write_results("new", scores(), **PLANNED)
        damage(results)
        done = command("baseline", results)
        assert done.returncode == 3
        assert "but 1 cell is not done" in done.stderr
        assert "sw-en/optical/seed=2" in done.stderr


@pytest.mark.parametrize("part", ["de-en/", "/bm25", "/optical"])
def test_a_baseline_needs_every_pair_and_method(
    part: str, write_results: Write, command: Call
) -> None:
    """A planned method or pair of which nothing was run is missed as a single seed is."""
    whole = scores()
    done = command("baseline", write_results("whole", whole, **PLANNED))
    assert done.returncode == 0, done.stderr
    lost = [cell for cell in whole if part in cell]
    kept = {cell: topics for cell, topics in whole.items() if cell not in lost}
    done = command("baseline", write_results("part", kept, **PLANNED))
    assert done.returncode == 3
    assert done.stdout == ""
    assert f"{len(lost)} cells are not done" in done.stderr
    assert all(f"{cell}: not run" in done.stderr for cell in lost)


def test_a_baseline_asks_for_no_seeds_of_what_has_none(write_results: Write, command: Call) -> None:
    """Another package's method, or a translation model that is only applied, may be run once."""
    methods = [{"label": "theirs", "method": {"class.name": "theirs"}, "training": {}}]
    settings = {**PLANNED, "methods": methods}
    cells = {f"{pair}/theirs": {"t1": 0.5} for pair in ("sw-en", "de-en")}
    assert command("baseline", write_results("r", cells, **settings)).returncode == 0


def test_junit_and_summary_take_any_name(
    tmp_path: Path, write_results: Write, command: Call
) -> None:
    """Names with the signs of XML and Markdown come back from a parser as they were."""
    cells = {"<p>&\x01-en/a|b*`<m>&\"'": {f"t{i}": 0.5 for i in range(12)}}
    path = tmp_path / "b.json"
    command("baseline", write_results("old", cells, name="<&>"), "--output", path)
    worse = {cell: dict.fromkeys(topics, 0.1) for cell, topics in cells.items()}
    results = write_results("new", worse, name="<&>")
    junit, summary = tmp_path / "j.xml", tmp_path / "s.md"
    done = command("check", results, "--baseline", path, "--junit", junit, "--summary", summary)
    assert done.returncode == 1
    (case,) = ET.fromstring(junit.read_text(encoding="utf-8")).iter("testcase")  # noqa: S314
    assert case.get("classname") == "<&>.<p>&\ufffd-en"
    assert case.get("name") == "a|b*`<m>&\"'"
    assert "\\<p\\>\\&" in summary.read_text(encoding="utf-8")
    assert "a\\|b\\*\\`\\<m\\>" in summary.read_text(encoding="utf-8")


SMALL = """\
[suite]
name = "small"
seeds = [1]
measures = ["AP"]

[collection]
source = "synthetic"
concepts = 60
topic_count = 40
document_count = 400
training_query_count = 1500
pairs_high = 600

[teacher]
backbone = "scratch"
query_length = 14
document_length = 28
scratch = { layers = 1, width = 32, heads = 2, vocabulary = 1000 }
training = { epochs = 6, batch_size = 64, learning_rate = 4e-3 }

[training]
epochs = 6
batch_size = 32
learning_rate = 4e-3

[statistics]
flips = 1000
resamples = 1000

[[pair]]
query = "qde"
resource = "high"
bitext = ["synthetic"]

[[method]]
name = "zero-shot"

[[method]]
name = "sentence-contrastive"
"""


def test_a_worse_method_is_caught_and_reseeding_is_not(tmp_path: Path, command: Call) -> None:
    """With one language of the quick suite, trained for real: all five exits, end to end."""
    suite, baseline, store = tmp_path / "small.toml", tmp_path / "baseline.json", tmp_path / "store"
    suite.write_text(SMALL)

    def run(name: str, *overrides: str) -> Path:
        words = [word for override in overrides for word in ("--set", override)]
        done = command("run", suite, "--results", tmp_path / name, "--store", store, *words)
        assert done.returncode == 0, done.stdout + done.stderr
        return tmp_path / name

    known = ["--seed-sd", "0.02"]
    assert command("baseline", run("first"), "--output", baseline).returncode == 0
    reseeded = command("check", run("reseeded", "suite.seeds=[3]"), "--baseline", baseline, *known)
    assert reseeded.returncode == 0, reseeded.stdout
    worse = run("worse", "method.sentence-contrastive.training.learning_rate=1e-5")
    done = command("check", worse, "--baseline", baseline, *known)
    assert done.returncode == 1, done.stdout
    assert "regressed: qde-en/sentence-contrastive" in done.stdout
    assert "settings differ from the baseline's: methods.sentence-contrastive" in done.stdout
    assert "1 regressed; 1 held" in done.stdout
    assert command("check", worse, "--baseline", tmp_path / "none.json").returncode == 2
    shutil.rmtree(worse / "cells/qde-en/sentence-contrastive")
    assert command("check", worse, "--baseline", baseline).returncode == 3
    shutil.rmtree(worse / "cells")
    assert command("check", worse, "--baseline", baseline).returncode == 4
