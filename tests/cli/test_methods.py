from __future__ import annotations

import dataclasses
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import AfterValidator, Field

from clirbench.cli import main
from clirbench.cli.methods import _default, _field, _type
from clirbench.methods import METHODS, Distillation
from clirbench.settings import settings
from clirbench.transport import SOLVERS, Solver
from clirbench.transport.sinkhorn import Sinkhorn


def flat(text: str) -> str:
    """Text without line breaks and indentation."""
    return " ".join(text.split())


def test_list_names_every_method(capsys: pytest.CaptureFixture[str]) -> None:
    """Each method has a row with its level and what it learns from; levels stand together."""
    assert main(["methods"]) == 0
    rows = [
        [cell.strip() for cell in line.strip("│").split("│")]
        for line in capsys.readouterr().out.splitlines()
        if line.startswith("│")
    ]
    assert sorted(row[0] for row in rows) == sorted(METHODS)
    for name, level, needs, reference in rows:
        method = METHODS[name]
        assert (level, needs, reference) == (method.level, method.needs, method.reference)
    levels = [row[1] for row in rows]
    assert levels == sorted(levels, key=levels.index)


@pytest.mark.parametrize("name", METHODS)
def test_a_method_tells_all(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its loss, and each of its settings with default and description, none of them empty."""
    assert main(["methods", name]) == 0
    text = capsys.readouterr().out
    method = METHODS[name]
    assert flat(method.reference) in flat(text)
    if issubclass(method, Distillation):
        assert flat(method.equation) in flat(text)
    own = text.split("\nsolver ")[0]
    shown = re.findall(r"^    (\w+) = \S.* # \S.*\n {8}\S", own, flags=re.MULTILINE)
    assert "typing." not in text
    assert "<" not in re.sub(" < 1", "", "".join(re.findall(r"^ {4}\w+ = .*", text, re.MULTILINE)))
    assert shown == [_field(method, f.name).alias or f.name for f in dataclasses.fields(method)]


def test_optical_tells_every_solver(capsys: pytest.CaptureFixture[str]) -> None:
    """The default comes first; the settings of each solver stand under it, with where they are from."""
    assert main(["methods", "optical"]) == 0
    text = capsys.readouterr().out
    solvers = re.findall(r'^solver "(.*)"$', text, flags=re.MULTILINE)
    assert solvers[0] == "ipot"
    assert sorted(solvers) == sorted(SOLVERS)
    assert "beta = 0.5    # number > 0" in text
    assert "UNITER's value; unverified for OPTICAL." in flat(text)


def test_a_narrower_method_tells_its_own_solver(capsys: pytest.CaptureFixture[str]) -> None:
    """A method that fixes the kind of plan has the settings of that kind alone."""
    assert main(["methods", "optical-partial"]) == 0
    text = capsys.readouterr().out
    assert re.findall(r'^solver "(.*)"$', text, flags=re.MULTILINE) == ["partial"]
    assert "fraction = 0.8    # number > 0 and ≤ 1" in text


def test_no_method_speaks_of_a_suite_as_of_clirbench() -> None:
    """A suite is the user's file; where a method is clirbench's own, it says so."""
    kinds = (*METHODS.values(), *SOLVERS.values())
    texts = [kind.__doc__ or "" for kind in kinds]
    texts += [method.reference for method in METHODS.values()]
    assert not [text for text in texts if "this suite" in text]


def test_unknown_method(capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest name is offered, and all known ones; exit 2."""
    assert main(["methods", "opticl"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith('unknown method "opticl"; did you mean "optical"? (known: ')


def test_defaults_are_shown_as_in_a_suite_file() -> None:
    """A solver whose settings are not its own defaults is a table; one that is free has its name."""

    @settings
    class Free:
        solver: Solver = Sinkhorn(epsilon=0.2)
        plain: Solver = Sinkhorn()

    @settings
    class Fixed:
        solver: Sinkhorn = Sinkhorn(epsilon=0.2, domain="scaling")

    assert _default(_field(Free, "solver")) == '{ name = "sinkhorn", epsilon = 0.2 }'
    assert _default(_field(Free, "plain")) == '"sinkhorn"'
    assert _default(_field(Fixed, "solver")) == '{ epsilon = 0.2, domain = "scaling" }'


def test_types_are_said_in_words() -> None:
    """Bounds and choices stand with the type."""

    @settings
    class Some:
        name: ClassVar[str] = "some"
        share: Annotated[float, Field(ge=0, lt=1)] = 0.5
        count: Annotated[int, Field(ge=1)] = 1
        side: Literal["left", "right"] = "left"
        on: bool = True
        code: Annotated[str, AfterValidator(str.lower)] | None = None
        way: Literal["up", "down"] | None = None

    assert _type(_field(Some, "share")) == "number ≥ 0 and < 1"
    assert _type(_field(Some, "count")) == "whole number ≥ 1"
    assert _type(_field(Some, "side")) == '"left" or "right"'
    assert _type(_field(Some, "on")) == "true or false"
    assert _type(_field(Some, "code")) == "string"
    assert _type(_field(Some, "way")) == '"up" or "down"'
    assert _default(_field(Some, "on")) == "true"


def test_no_heavy_library_is_loaded(root: Path) -> None:
    """All of this is known without torch."""
    code = (
        "import sys; from clirbench.cli import main; main(['methods']); main(['methods', 'optical'])\n"
        "print(sorted({'torch', 'transformers', 'scipy', 'statsmodels', 'ot'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=root,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert done.stdout.splitlines()[-1] == "[]"
