from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from clirbench.analysis.power import pilot_spread, stated_spread, suite_power
from clirbench.results.folder import Folder
from clirbench.spec.read import read_suite
from clirbench.statistics import crossed_interval

Call = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[..., Path]

TOPICS = 40
SEEDS = (1, 2, 3)
METHODS = ("sentence-contrastive", "optical")


@pytest.fixture
def pilot(write_results: Write) -> Path:
    """A results folder of two methods and three seeds on the tiny suite's pairs."""
    draw = np.random.default_rng(1)
    cells = {}
    for pair in ("qsw-en", "qde-en"):
        for method in METHODS:
            own = draw.normal(0, 0.1, TOPICS)
            for seed in SEEDS:
                scores = 0.5 + own + draw.normal(0, 0.03, TOPICS) + draw.normal(0, 0.01)
                cells[f"{pair}/{method}/seed={seed}"] = {
                    f"t{i:02}": float(one) for i, one in enumerate(scores)
                }
    return write_results("pilot", cells)


def rows(text: str) -> dict[str, list[str]]:
    """The table's lines: scope to what stands behind it."""
    found = {}
    for line in text.splitlines():
        if line.startswith("│"):
            name, *entries = (entry.strip() for entry in line.strip("│").split("│"))
            found[name] = entries
    return found


def test_stated_sd(tiny: Path, command: Call) -> None:
    """Per language 2.80 SD / sqrt(n) or a little more, pooled less, corrected more; needs as asked."""
    done = command("power", tiny, "--sd", ".2", "--topics", "246", "--effect", ".02")
    assert done.returncode == 0, done.stderr
    table = rows(done.stdout)
    assert set(table) == {"qsw-en", "qde-en", "all"}
    topics, sd, seed_sd, _, alone, corrected, family, need, _, seeds, _ = table["qsw-en"]
    assert (topics, sd, seed_sd, family) == ("246", ".200", ".0000", "11")
    assert float(alone) == pytest.approx(2.80 * 0.2 / 246**0.5, abs=0.0006)
    assert float(corrected) > float(alone) > float(table["all"][4])
    assert float(need.replace(",", "")) == pytest.approx((2.80 * 0.2 / 0.02) ** 2, rel=0.01)
    assert seeds == "–"  # no number of seeds makes up for topics
    assert "no number of topics (or of seeds) alone is enough" in done.stdout
    assert "optical against sentence-contrastive on low, is tested alone" in done.stdout


def test_correlation_and_seeds_widen(tiny: Path) -> None:
    """A mean over translations gains less the more alike they are; seeds add their own."""
    suite = read_suite(tiny).suite
    topics = {str(pair): 100 for pair in suite.pairs}
    found = [
        {
            one.on: one.alone
            for one in suite_power(
                suite,
                stated_spread(suite, topics, sd=0.2, seed_sd=seed_sd, correlation=correlation),
                effect=None,
            )
        }
        for correlation, seed_sd in ((0.0, 0.0), (0.5, 0.0), (1.0, 0.0), (0.0, 0.01))
    ]
    assert found[0]["qsw-en"] == found[2]["qsw-en"]
    assert found[2]["all"] == pytest.approx(found[2]["qsw-en"])
    assert found[0]["all"] == pytest.approx(found[2]["all"] / 2**0.5)
    assert found[0]["all"] < found[1]["all"] < found[2]["all"]
    assert found[3]["qsw-en"] > found[0]["qsw-en"]


def test_pilot(tiny: Path, pilot: Path, command: Call) -> None:
    """With the pilot's own seeds, half an interval of 95 % is what the test of the pilot has."""
    path = tiny
    done = command("power", path, "--pilot", pilot, "--set", "suite.seeds=[1,2,3]")
    assert done.returncode == 0, done.stderr
    assert f"Spread: of optical less sentence-contrastive in {pilot}, AP, 3 seeds." in done.stdout
    assert "Set statistics.smallest_effect in the suite, or --effect" in done.stdout
    suite = read_suite(path, ["suite.seeds=[1,2,3]"]).suite
    spreads, compared, seeds, remarks = pilot_spread(suite, Folder(pilot))
    assert (compared, seeds) == ((("optical", "sentence-contrastive"),), (1, 2, 3))
    assert remarks == ()
    found = {one.on: one for one in suite_power(suite, spreads, effect=0.02)}
    table = rows(done.stdout)
    for name, one in found.items():
        assert float(table[name][4]) == pytest.approx(one.alone, abs=0.0006)
        assert one.corrected > one.alone
        assert one.need_alone is not None
    differences = read_pilot(pilot, "qsw-en")
    low, high = crossed_interval(differences)
    # t of 97.5 % and of 80 % above it: some 1.96 and 2.80 standard errors, or more with few df.
    ratio = found["qsw-en"].alone / ((high - low) / 2)
    assert 1.25 < ratio < 1.5


def read_pilot(pilot: Path, pair: str) -> np.ndarray:
    """Differences of the pilot, (seeds, topics)."""

    def read(method: str, seed: int) -> list[float]:
        text = (pilot / "cells" / pair / method / f"seed={seed}" / "scores.csv").read_text()
        return [float(line.split(",")[1]) for line in text.splitlines()[1:]]

    return np.array([np.subtract(read(METHODS[1], s), read(METHODS[0], s)) for s in SEEDS])


def test_more_topics_than_the_pilot(tiny: Path, pilot: Path, command: Call) -> None:
    """--topics takes the place of the pilot's number, and lowers what is detected."""
    few, many = (
        rows(
            command(
                "power", tiny, "--pilot", pilot, "--set", "suite.seeds=[1,2,3,4,5]", *options
            ).stdout
        )
        for options in ([], ["--topics", "400"])
    )
    assert (few["qsw-en"][0], many["qsw-en"][0]) == ("40", "400")
    assert float(many["all"][4]) < float(few["all"][4])


def test_collection_knows_its_topics(tiny: Path, command: Call) -> None:
    """Without --topics the collection is asked."""
    done = command("power", tiny, "--sd", ".2")
    assert re.search(r"│ qsw-en\s*│\s*12 │", done.stdout)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ([], "one of the arguments --pilot --sd is required"),
        (["--sd", "0"], r"must be a number > 0 \(got 0\)"),
        (["--sd", "many"], r"must be a number > 0 \(got many\)"),
        (["--sd", ".2", "--seed-sd", "-1"], r"must be a number >= 0 \(got -1\)"),
        (["--sd", ".2", "--topics", "2.5"], "at least 2"),
        (["--sd", ".2", "--topics", "1"], "at least 2"),
        (["--sd", ".2", "--correlation", "2"], r"\[0, 1\]"),
        (["--pilot", "nowhere"], "settings.json: missing"),
        (["--pilot", "PILOT", "--seed-sd", ".1"], "only work with --sd"),
    ],
)
def test_bad_commands(
    options: list[str], text: str, tiny: Path, pilot: Path, command: Call
) -> None:
    """What cannot be worked out exits with 2 and the reason."""
    done = command("power", tiny, *[str(pilot) if one == "PILOT" else one for one in options])
    assert done.returncode == 2
    assert re.search(text, done.stderr)


def test_a_pilot_of_something_else(tiny: Path, write_results: Write, command: Call) -> None:
    """A folder without the suite's methods, or without its measure, is refused."""
    other = write_results("other", {"fr-en/bm25": {"a": 0.5, "b": 0.4}})
    assert (
        "no pair has two trained methods of the suite"
        in command("power", tiny, "--pilot", other).stderr
    )
    done = command("power", tiny, "--pilot", other, "--set", 'suite.measures=["P@5"]')
    assert done.returncode == 2
