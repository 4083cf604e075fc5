from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clirbench.errors import SuiteError
from clirbench.spec.cell import Cell, cells, select
from clirbench.spec.read import read_suite

NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,20}", fullmatch=True)


@given(NAMES, NAMES, st.none() | st.integers(0, 10**6))
def test_text_parses_back(pair: str, method: str, seed: int | None) -> None:
    """The text of a cell is the cell."""
    cell = Cell(pair, method, seed)
    assert Cell.parse(str(cell)) == cell


@pytest.mark.parametrize("text", ["", "sw-en", "a/b/seed=x", "a/b/1", "a//seed=1", "a/b/c/seed=1"])
def test_other_text_is_refused(text: str) -> None:
    """What is not a cell is an error, not a guess."""
    with pytest.raises(SuiteError, match="expected PAIR/METHOD"):
        Cell.parse(text)


def test_untrained_methods_have_one_cell(tiny: Path) -> None:
    """Seeds multiply trained methods only."""
    found = [str(cell) for cell in cells(read_suite(tiny).suite) if cell.pair == "qde-en"]
    assert found == [
        "qde-en/zero-shot",
        "qde-en/oracle",
        "qde-en/bm25",
        "qde-en/sentence-contrastive/seed=1",
        "qde-en/sentence-contrastive/seed=2",
        "qde-en/optical/seed=1",
        "qde-en/optical/seed=2",
    ]


def test_selection(tiny: Path) -> None:
    """Patterns choose cells; an untrained one stands for every seed."""
    suite = read_suite(tiny).suite
    assert [str(cell) for cell in select(suite, ["qsw-en/*/seed=2"])] == [
        "qsw-en/zero-shot",
        "qsw-en/oracle",
        "qsw-en/bm25",
        "qsw-en/sentence-contrastive/seed=2",
        "qsw-en/optical/seed=2",
    ]
    assert select(suite, []) == cells(suite)
    assert len(select(suite, ["*/optical", "*/bm25"])) == 6


def test_pattern_without_match_is_an_error(tiny: Path) -> None:
    """A pattern that matches nothing tells what there is."""
    with pytest.raises(SuiteError, match=r'--only "x/\*": no cell matches; .* seeds 1, 2'):
        select(read_suite(tiny).suite, ["qsw-en/*", "x/*"])
