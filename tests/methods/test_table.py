from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from clirbench.errors import SuiteError
from clirbench.methods import METHODS, ClosedForm, Distillation, Ranking, Untrained
from clirbench.methods.nmt import NMT
from clirbench.methods.optical_partial import OpticalPartial
from clirbench.methods.optical_unbalanced import OpticalUnbalanced
from clirbench.methods.searcher import Searcher
from clirbench.spec.identity import identity
from clirbench.spec.read import read_suite


def test_every_file_is_in_the_table(root: Path) -> None:
    """A method that has a file can be named in a suite, under the file's name."""
    files = {p.stem.replace("_", "-") for p in (root / "clirbench" / "methods").glob("*.py")}
    assert set(METHODS) == files - {
        *("--init--", "base", "origin", "registry", "searcher", "token-level"),
    }


@pytest.mark.parametrize("name", METHODS)
def test_method_says_what_it_is(name: str) -> None:
    """Every method has what the documentation is made from."""
    method = METHODS[name]
    assert issubclass(method, Distillation | Ranking | Untrained | Searcher | NMT)
    assert method.name == name
    assert method.reference
    assert method.needs
    assert inspect.getdoc(method)
    if issubclass(method, Distillation | Ranking | ClosedForm):
        assert method.equation
    if issubclass(method, Distillation):
        assert method.level in {"sentence", "token", "both"}


@pytest.mark.parametrize("name", METHODS)
def test_every_setting_has_a_default_and_bounds(name: str) -> None:
    """A method can be named without settings, and no number of it is boundless."""
    method = METHODS[name]
    assert isinstance(method(), method)
    for key, field in TypeAdapter(method).json_schema().get("properties", {}).items():
        if field.get("type") in {"number", "integer"}:
            assert {"minimum", "exclusiveMinimum"} & set(field), key


def test_identities_differ() -> None:
    """Two methods of the same settings are not taken for each other."""
    found = {identity(method()) for method in METHODS.values()}
    assert len(found) == len(METHODS)


def test_settings_of_a_fixed_solver(write_suite: Callable[..., Path]) -> None:
    """A method that fixes the kind of plan has a table of that kind's settings."""
    tables = (
        'name = "optical-partial"\nsolver = { fraction = 0.6, iterations = 9 }\n\n[[method]]\n'
        'name = "optical-unbalanced"\nsolver.tau = 0.3\n\n[[method]]\nname = "optical"\n'
    )
    suite = read_suite(write_suite(('name = "optical"\n', tables))).suite
    partial, unbalanced = (entry.method for entry in suite.methods[-3:-1])
    assert isinstance(partial, OpticalPartial)
    assert (partial.solver.fraction, partial.solver.iterations) == (0.6, 9)
    assert isinstance(unbalanced, OpticalUnbalanced)
    assert unbalanced.solver.tau == 0.3


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ('name = "optical-partial"\nsolver = { fraction = 1.5 }', "must be <= 1 (got 1.5)"),
        ('name = "optical-unbalanced"\nsolver = { fraction = 0.5 }', "unknown key"),
        ('name = "nearest"\nsolver = { side = "left" }', "expected 'source' or 'target'"),
        ('name = "sentence-ot"\ntemperature = 0', "must be > 0 (got 0)"),
        ('name = "greedy"\nsolver = "exact"', "unknown key"),
    ],
)
def test_wrong_settings_are_refused(
    table: str, error: str, write_suite: Callable[..., Path]
) -> None:
    """The place in the file and what is allowed are said."""
    path = write_suite(('name = "bm25"', table))
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    (found,) = caught.value.errors
    assert found.startswith(f"{path}:")
    assert error in found
