"""Adding a method is one file and one line, as CONTRIBUTING says."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.retrieval.run import read_run

SEARCHER = """\
\"\"\"The longest documents first.\"\"\"

from __future__ import annotations

from typing import ClassVar

import numpy as np

from clirbench.methods.base import Need
from clirbench.methods.searcher import Given, Searcher
from clirbench.retrieval.run import Ranked
from clirbench.settings import settings

__all__ = ["LongestFirst"]


@settings
class LongestFirst(Searcher):
    \"\"\"Ranks by length, whatever is asked.\"\"\"

    name: ClassVar[str] = "longest-first"
    needs: ClassVar[str] = "nothing"
    reference: ClassVar[str] = "nobody's"
    requires: ClassVar[frozenset[Need]] = frozenset({"documents"})

    def search(self, given: Given) -> dict[str, Ranked]:
        \"\"\"The same for each topic.\"\"\"
        documents = list(given.documents)
        ids = [document.id for document in documents]
        lengths = np.array([len(document.text) for document in documents], dtype=np.float32)
        return dict.fromkeys(given.topics, Ranked(ids, lengths))
"""
LOSS = """\
\"\"\"Distance of sentence vectors.\"\"\"

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clirbench.methods.base import Distillation
from clirbench.models.vectors import Vectors
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SentenceL1"]


@settings
class SentenceL1(Distillation):
    \"\"\"Each foreign sentence is drawn to its English one.\"\"\"

    name: ClassVar[str] = "sentence-l1"
    level: ClassVar[str] = "sentence"
    equation: ClassVar[str] = "mean over pairs of the L1 distance of their mean vectors"
    reference: ClassVar[str] = "nobody's"

    def loss(self, student: Vectors, teacher: Vectors) -> Tensor:
        \"\"\"Mean of the distances.\"\"\"
        return (student.sentences - teacher.sentences).abs().sum(dim=-1).mean()
"""


@pytest.fixture
def add(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, str, str], None]:
    """Adds a method to a copy of the package, which commands then run from."""

    def put(name: str, kind: str, text: str) -> None:
        copy = tmp_path / "copy"
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(root / "clirbench", copy / "clirbench", ignore=ignored)
        methods = copy / "clirbench" / "methods"
        (methods / f"{name.replace('-', '_')}.py").write_text(text)
        table, line = (methods / "__init__.py").read_text(), f'        "{name}": "{kind}",\n'
        table = table.replace('        "psq": ', line + '        "psq": ')
        (methods / "__init__.py").write_text(table)
        monkeypatch.setenv("PYTHONPATH", str(copy))

    return put


@pytest.mark.parametrize(
    ("name", "kind", "text"),
    [("longest-first", "LongestFirst", SEARCHER), ("sentence-l1", "SentenceL1", LOSS)],
)
def test_one_file_and_one_line(  # noqa: PLR0917 - parameters and fixtures
    name: str,
    kind: str,
    text: str,
    add: Callable[[str, str, str], None],
    write_suite: Callable[..., Path],
    places: list[str],
    clirbench: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """In a copy of the package a new method, searcher or loss, is told of, read and run."""
    add(name, kind, text)
    told = clirbench("methods", name)
    assert told.returncode == 0, told.stderr
    assert "nobody's" in told.stdout
    path = write_suite(('name = "bm25"', f'name = "{name}"'))
    done = clirbench("run", path, *places, "--only", f"qde-en/{name}/seed=1")
    assert done.returncode == 0, done.stdout + done.stderr
    (run,) = (path.parent / "results" / "cells" / "qde-en" / name).rglob("run.trec.gz")
    assert len(read_run(run)) == 12
