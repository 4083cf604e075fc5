from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from clirbench.cli.schema import schema_text
from clirbench.data.sources import SOURCES
from clirbench.methods import METHODS
from clirbench.methods.mixed import Mixed
from clirbench.methods.staged import Staged
from clirbench.spec.model import Retrieval, Statistics, Teacher, Training
from clirbench.spec.schema import suite_schema
from clirbench.spec.sections import REQUIRED, SECTIONS
from clirbench.transport import SOLVERS, Solver

jsonschema = pytest.importorskip("jsonschema")

ROOT = Path(__file__).resolve().parents[2]
SUITES = sorted((ROOT / "suites").glob("*.toml"))
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The schema, itself checked against its dialect's."""
    made = suite_schema()
    jsonschema.Draft202012Validator.check_schema(made)
    return made


@pytest.fixture(scope="module")
def validator(schema: dict[str, Any]) -> Any:  # noqa: ANN401 - jsonschema's
    """Validates suites as TOML reads them."""
    return jsonschema.Draft202012Validator(schema)


def test_the_committed_schema_is_this_one() -> None:
    """Editors get what the classes say; CLIRBENCH_WRITE_GOLDEN=1 writes the file anew."""
    path = ROOT / "docs" / "suite.schema.json"
    if os.environ.get("CLIRBENCH_WRITE_GOLDEN"):
        path.write_text(schema_text(), encoding="utf-8", newline="\n")
    assert path.read_text(encoding="utf-8") == schema_text(), (
        "write it anew: clirbench schema --output docs/suite.schema.json"
    )


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_shipped_suites_are_valid_and_name_the_schema(path: Path, validator: Any) -> None:  # noqa: ANN401
    """Each suite is valid by the schema, and its first line tells an editor where that is."""
    text = path.read_text(encoding="utf-8")
    assert [error.message for error in validator.iter_errors(tomllib.loads(text))] == []
    first = text.splitlines()[0]
    assert first == "#:schema ../docs/suite.schema.json"
    assert (path.parent / first.removeprefix("#:schema ")).resolve().is_file()


def test_sections_are_those_that_are_read(schema: dict[str, Any]) -> None:
    """The schema has every section of a suite file, and asks for the required ones."""
    assert set(schema["properties"]) == set(SECTIONS)
    assert set(schema["required"]) == set(REQUIRED)


def test_the_tiny_suite_is_valid(write_suite: Write, validator: Any) -> None:  # noqa: ANN401
    """The suite that the cases below break is whole."""
    assert validator.is_valid(tomllib.loads(write_suite().read_text()))


@pytest.mark.parametrize(
    "replacement",
    {
        "unknown key": ("epochs = 2\nbatch_size = 8", "epoch = 2\nbatch_size = 8"),
        "wrong type": ("topic_count = 12", 'topic_count = "twelve"'),
        "negative number": ("learning_rate = 1e-3", "learning_rate = -0.1"),
        "unknown method": ('name = "optical"', 'name = "optcal"'),
        "missing section": ("[teacher]", "[trainer]"),
        "bad seed list": ("seeds = [1, 2]", "seeds = [1, -2]"),
        "no seeds": ("seeds = [1, 2]", "seeds = []"),
        "unknown source": ('source = "synthetic"', 'source = "sintetic"'),
        "unknown bitext": ('bitext = ["synthetic"]', 'bitext = ["tico20"]'),
        "unknown solver": ('name = "optical"', 'name = "optical"\nsolver = "ipto"'),
        "bad solver": (
            'name = "optical"',
            'name = "optical"\nsolver = { name = "ipot", beta = -1 }',
        ),
        "key of another method": ('name = "bm25"', 'name = "bm25"\ntemperature = 0.1'),
        "training of nothing": ('name = "bm25"', 'name = "bm25"\ntraining = { epochs = 1 }'),
        "wrong training": (
            'name = "optical"',
            'name = "optical"\ntraining = { epoch = 1 }',
        ),
        "no hypothesis": ('than = "sentence-contrastive", ', ""),
        "bad label": ('name = "bm25"', 'name = "bm25"\nlabel = "50%_&<b>"'),
        "resource class": ('resource = "high"', 'resource = "hihg"'),
        "one stage": ('name = "optical"', 'stages = [{ method = "optical" }]'),
        "stages in a stage": (
            'name = "optical"',
            'stages = [{ method = "optical" }, { method = "staged" }]',
        ),
        "one loss": ('name = "optical"', 'loss = [{ method = "optical" }]'),
    }.items(),
    ids=lambda case: case[0],
)
def test_broken_suites_are_refused(
    replacement: tuple[str, tuple[str, str]],
    write_suite: Write,
    validator: Any,  # noqa: ANN401
) -> None:
    """What is wrong in itself is seen in the editor, before the suite is read."""
    values = tomllib.loads(write_suite(replacement[1]).read_text())
    assert not validator.is_valid(values)


@pytest.mark.parametrize(
    "table",
    [
        'name = "optical"\nlabel = "o"\nsolver = "exact"',
        'name = "optical"\nsolver = { name = "sinkhorn", epsilon = 1 }',
        'name = "optical-partial"\nsolver.fraction = 0.5',
        'loss = [{ method = "optical" }, { method = "sentence-mse", weight = 0.5 }]',
        """stages = [
            { method = "greedy", epochs = 1 },
            { loss = [{ method = "optical" }, { method = "nearest" }], rate = 0.5, batch_size = 4 },
        ]""",
        'name = "my_module:Mine"\nown_key = 1',
        'name = "outside"\nlabel = "theirs"\nruns = "theirs/{pair}.trec.gz"',
    ],
)
def test_whatever_may_stand_there_is_valid(table: str, write_suite: Write, validator: Any) -> None:  # noqa: ANN401
    """Each way to write a method is taken."""
    values = tomllib.loads(write_suite(('name = "optical"', table)).read_text())
    assert [error.message for error in validator.iter_errors(values)] == []


KINDS = [
    *(("method", kind) for kind in METHODS.values() if not issubclass(kind, Mixed | Staged)),
    *(("source", kind) for kind in SOURCES.values()),
    *(("solver", kind) for kind in SOLVERS.values()),
]


@pytest.mark.parametrize(("what", "kind"), KINDS, ids=lambda value: getattr(value, "name", value))
def test_every_setting_is_there_with_its_default(
    what: str, kind: type[Any], schema: dict[str, Any]
) -> None:
    """The schema's defaults, given as a file would, make what no settings make."""
    table = schema["$defs"][f"{what}.{kind.name}"]
    own = [field.name for field in fields(kind)]
    assert set(own) <= set(table["properties"])
    assert all(table["properties"][name].get("description") for name in own)
    if len(table["required"]) > 1:
        return
    given = {name: table["properties"][name].get("default") for name in own}
    given = {name: value for name, value in given.items() if value is not None}
    assert TypeAdapter(kind).validate_json(json.dumps(given), strict=True) == kind()


@pytest.mark.parametrize("kind", [Teacher, Training, Retrieval, Statistics])
def test_bounds_are_the_classes_own(kind: type[Any], schema: dict[str, Any]) -> None:
    """Where pydantic has a bound, the schema has the same."""
    table = schema["properties"][kind.__name__.lower()]["properties"]
    bounds = TypeAdapter(kind).json_schema()["properties"]
    words = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "enum", "pattern")
    for name, own in bounds.items():
        for word in words:
            assert table[name].get(word) == own.get(word) or "anyOf" in own, (name, word)


def test_a_free_solver_is_any_of_them(schema: dict[str, Any]) -> None:
    """A field that takes any solver refers to all, and says its default as a file would."""
    assert issubclass(type(METHODS["optical"]().solver), Solver)  # type: ignore[attr-defined]
    solver = schema["$defs"]["method.optical"]["properties"]["solver"]
    assert solver["$ref"] == "#/$defs/solver"
    assert solver["default"] == "ipot"
    assert schema["$defs"]["solver"]["anyOf"][0]["enum"] == list(SOLVERS)
