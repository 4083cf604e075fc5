"""Results folders that the jobs of an array made, joined into one."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clirbench.cli import main
from clirbench.results.folder import Folder

Command = Callable[..., subprocess.CompletedProcess[str]]
WHAT = ("table.md", "comparisons.json", "training.csv", "suite.toml")


@pytest.fixture(scope="module")
def made(tiny_text: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A suite that was run as a whole, and in parts with a store each."""
    root = tmp_path_factory.mktemp("merge")
    suite = root / "tiny.toml"
    suite.write_text(tiny_text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CLIRBENCH_CACHE", str(root / "cache"))
        patch.chdir(root)
        parts = {
            "whole": ["*"],
            "one": ["*/seed=1"],
            "two": ["*/seed=2", "qde-en/optical/seed=1"],
        }
        for name, only in parts.items():
            words = [word for pattern in only for word in ("--only", pattern)]
            places = ["--results", str(root / name), "--store", str(root / f"store-{name}")]
            assert main(["run", str(suite), *places, *words]) == 0
        yield root


@pytest.fixture
def parts(made: Path, tmp_path: Path) -> Path:
    """A copy of the parts, to be spoilt."""
    for name in ("one", "two"):
        shutil.copytree(made / name, tmp_path / name)
    return tmp_path


def test_parts_give_the_whole(made: Path, tmp_path: Path, command: Command) -> None:
    """Table and comparisons are those of one run; what was in the parts is there once."""
    done = command("merge", made / "one", made / "two", "--output", tmp_path / "all")
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"14 cells of 2 folders\n{tmp_path / 'all' / 'table.md'}\n"
    for name in WHAT:
        assert (tmp_path / "all" / name).read_bytes() == (made / "whole" / name).read_bytes(), name
    merged, whole = Folder(tmp_path / "all"), Folder(made / "whole")
    assert merged.every.scores == whole.every.scores
    assert merged.bitext == whole.bitext
    assert not merged.doubts
    assert merged.costs["methods"].keys() == whole.costs["methods"].keys()
    assert merged.costs["shared"].keys() == whole.costs["shared"].keys()
    both = sum(Folder(made / name).costs["wall"] for name in ("one", "two"))
    assert merged.costs["wall"] == pytest.approx(both, abs=0.2)
    plan = json.loads((tmp_path / "all" / "analysis-plan.json").read_text())
    assert [version["cells"] for version in plan["versions"]] == [0]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all"]
    assert command("status", tmp_path / "all").returncode == 0
    assert command("report", tmp_path / "all").returncode == 0


def test_a_merged_folder_goes_on(
    made: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What no part has is told, by exit status 3, too, and a run makes it."""
    merged = tmp_path / "all"
    done = command("merge", made / "one", "--output", merged)
    assert done.returncode == 3
    assert "10 cells of 1 folder; 4 cells of the suite not done in any" in done.stdout
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "cache"))
    places = ("--results", merged, "--store", made / "store-two")
    assert command("run", made / "tiny.toml", *places).returncode == 0
    for name in WHAT:
        assert (merged / name).read_bytes() == (made / "whole" / name).read_bytes(), name


def spoil_scores(results: Path) -> None:
    """Make another run's scores of a cell, with a record that fits."""
    other = results.parent / "one" / "cells" / "qde-en" / "zero-shot"
    target = results / "cells" / "qde-en" / "optical" / "seed=1"
    shutil.copyfile(other / "scores.csv", target / "scores.csv")
    record = json.loads((target / "record.json").read_text())
    record["files"]["scores.csv"] = json.loads((other / "record.json").read_text())["files"][
        "scores.csv"
    ]
    write_checked(target / "record.json", record)


def spoil_settings(results: Path) -> None:
    """Make it another suite's."""
    settings = json.loads((results / "settings.json").read_text())
    settings["resolved"]["training"]["epochs"] = 3
    write_checked(results / "settings.json", settings)
    (results / "analysis.json").unlink()


def spoil_data(results: Path) -> None:
    """Judge a pair by other files."""
    for path in results.glob("cells/qsw-en/*/seed=2/record.json"):
        record = json.loads(path.read_text())
        record["settings"]["collection"]["checksums"] = {"qsw": [["f" * 64], None]}
        write_checked(path, record)


def spoil_bitext(results: Path) -> None:
    """Tell of another bitext."""
    path = results / "bitext" / "qde-en.json"
    values = json.loads(path.read_text())
    values["None"][0]["read"] = 7
    write_checked(path, values)


def write_checked(path: Path, values: dict[str, object]) -> None:
    """Write an object with its own checksum."""
    from clirbench.spec.identity import own_checksum

    values.pop("sha256", None)
    path.write_text(json.dumps({**values, "sha256": own_checksum(values)}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("spoil", "error"),
    [
        (
            spoil_scores,
            (
                "qde-en/optical/seed=1: {one}/cells/qde-en/optical/seed=1/scores.csv and "
                "{two}/cells/qde-en/optical/seed=1/scores.csv differ, but must be the same"
            ),
        ),
        (
            spoil_settings,
            "{two}/settings.json: settings differ from {one}/settings.json: training.epochs is 3 and not 2",
        ),
        (spoil_data, "seed=2/record.json: scored on other data than {one}/cells/qsw-en/"),
        (spoil_bitext, "{two}/bitext/qde-en.json and {one}/bitext/qde-en.json differ at None"),
    ],
)
def test_contradictions(
    parts: Path, command: Command, spoil: Callable[[Path], None], error: str
) -> None:
    """Each is told with both places, and nothing is written."""
    one, two = parts / "one", parts / "two"
    spoil(two)
    done = command("merge", one, two, "--output", parts / "all")
    assert done.returncode == 2
    assert error.format(one=one, two=two) in done.stderr
    assert sorted(path.name for path in parts.iterdir()) == ["one", "two"]


def test_damage_is_left_out(parts: Path, command: Command) -> None:
    """A cell whose scores were changed is not done, there or in what is made of it."""
    scores = parts / "two" / "cells" / "qsw-en" / "optical" / "seed=2" / "scores.csv"
    scores.write_bytes(scores.read_bytes().replace(b"0.", b"1.", 1))
    done = command("merge", parts / "one", parts / "two", "--output", parts / "all")
    assert done.returncode == 3
    assert "13 cells of 2 folders; 1 cell of the suite not done in any" in done.stdout


def test_what_cannot_be_merged(parts: Path, command: Command) -> None:
    """A folder that is there stays as it is; one without results is named."""
    one = parts / "one"
    before = {path: path.read_bytes() for path in one.rglob("*") if path.is_file()}
    done = command("merge", one, "--output", one)
    assert (done.returncode, done.stderr) == (
        2,
        f"{one}: already exists; name a new folder, or delete it first\n",
    )
    assert {path: path.read_bytes() for path in one.rglob("*") if path.is_file()} == before
    (parts / "empty").mkdir()
    done = command("merge", one, parts / "empty", "--output", parts / "all")
    assert done.returncode == 2
    assert done.stderr.startswith(f"clirbench: {parts / 'empty'}: not a results folder")
