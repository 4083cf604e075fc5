"""A suite that comes back from what a results folder recorded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clirbench.data.base import JSON
from clirbench.errors import DataError
from clirbench.methods.optical import Optical
from clirbench.results.folder import Folder
from clirbench.results.restore import RecordedMethod, of_now, restored_suite
from clirbench.spec.cell import Cell, cells
from clirbench.spec.identity import canonical
from clirbench.spec.read import read_suite
from clirbench.transport.exact import Exact

ROOT = Path(__file__).parents[2]
RECORDED = sorted(path.parent for path in (ROOT / "results").glob("*/settings.json"))
SHIPPED = sorted((ROOT / "suites").glob("*.toml"))


def unversioned(value: JSON) -> JSON:
    """Without the versions of classes, which rise when the same settings come to give other numbers."""
    if isinstance(value, dict):
        return {key: unversioned(own) for key, own in value.items() if key != "class.version"}
    return [unversioned(own) for own in value] if isinstance(value, list) else value


@pytest.mark.parametrize("folder", RECORDED, ids=lambda folder: folder.name)
def test_committed_results_come_back_as_recorded(folder: Path) -> None:
    """What was recorded is what the restored suite would be recorded as, but for raised versions."""
    results = Folder(folder)
    assert unversioned(canonical(results.suite)) == unversioned(of_now(results.resolved))


@pytest.mark.parametrize("suite", SHIPPED, ids=lambda suite: suite.name)
def test_shipped_suites_come_back(suite: Path, tmp_path: Path) -> None:
    """Every source, method and solver of the shipped suites; the cells are the same, too."""
    licensed = [f"collection.folder={tmp_path}"] if suite.stem == "clef" else []
    read = read_suite(suite, licensed).suite
    resolved = json.loads(json.dumps(canonical(read)))
    restored = restored_suite(resolved)
    assert canonical(restored) == resolved
    assert cells(restored) == cells(read)
    assert restored.pairs == read.pairs
    assert restored.measures == read.measures
    assert [entry.training for entry in restored.methods] == [e.training for e in read.methods]


def test_solvers_and_parts_are_objects(tiny: Path, tmp_path: Path) -> None:
    """Nested settings are of their own classes."""
    text = tiny.read_text().partition("[[method]]")[0]
    text += '[[method]]\nname = "mixed"\nloss = [{ method = "optical", solver = "exact" }, '
    text += '{ method = "sentence-mse", weight = 0.5 }]\n'
    file = tmp_path / "mixed.toml"
    file.write_text(text.replace("hypothesis", "# hypothesis"))
    read = read_suite(file).suite
    (entry,) = restored_suite(json.loads(json.dumps(canonical(read)))).methods
    assert entry.method == read.methods[0].method
    first = entry.method.parts[0]  # type: ignore[attr-defined]
    assert first.method == Optical(solver=Exact())


def test_paths_are_empty_and_strangers_are_not_run(tmp_path: Path) -> None:
    """A method of another package has its name and settings; its code is not imported."""
    resolved = {
        "name": "s",
        "seeds": [1, 2],
        "measures": ["AP"],
        "hypothesis": None,
        "collection": {"class.name": "files", "class.version": 1, "folder": None},
        "teacher": {"backbone": "scratch"},
        "training": {},
        "pairs": [{"query": "sw", "documents": "en", "resource": "low", "bitext": []}],
        "methods": [
            {
                "label": "theirs",
                "method": {"class.name": "their-loss", "class.origin": "ab", "weight": 0.5},
                "training": {"epochs": 3},
            },
            {
                "label": "ours-renamed",
                "method": {"class.name": "optical", "class.origin": "cd"},
                "training": {},
            },
        ],
    }
    suite = restored_suite(resolved, {"theirs"})
    assert suite.collection.folder == Path()  # type: ignore[attr-defined]
    assert [type(entry.method) for entry in suite.methods] == [RecordedMethod, RecordedMethod]
    theirs = suite.methods[0]
    assert (theirs.method.name, theirs.training.epochs) == ("their-loss", 3)
    assert theirs.method.settings == {"weight": 0.5}  # type: ignore[attr-defined]
    assert cells(suite) == (
        Cell("sw-en", "theirs"),
        Cell("sw-en", "ours-renamed", 1),
        Cell("sw-en", "ours-renamed", 2),
    )


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ({"pairs": 3}, r"expected a list \(got 3\)"),
        ({"methods": [{"label": "a"}, 3]}, "there is no 'method'"),
        ({"seeds": {}}, r"expected a list \(got \{\}\)"),
        ({"teacher": []}, r"expected a dict \(got \[\]\)"),
    ],
)
def test_what_is_no_suite_is_refused(damage: dict[str, object], said: str, tmp_path: Path) -> None:
    """The error names the file and what is wrong."""
    (recorded,) = (path for path in RECORDED if path.name == "ntrex-small")
    settings = json.loads((recorded / "settings.json").read_text())
    settings["resolved"] |= damage
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    with pytest.raises(DataError, match=rf"settings\.json: .*{said}.*clirbench run"):
        _ = Folder(tmp_path).suite
