from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from clirbench.errors import SuiteError
from clirbench.report.markdown import markdown_table
from clirbench.report.table import number, result_table
from clirbench.report.terminal import terminal_table, terminal_text
from clirbench.statistics import (
    Comparisons,
    Design,
    Hypothesis,
    MethodRole,
    PairRole,
    Scores,
    compare,
)

TOPICS = [f"t{i:02}" for i in range(30)]
LEVEL = {"zero-shot": 0.1, "oracle": 0.8, "mse": 0.3, "contrastive": 0.3, "optical|*": 0.5}


def comparisons(*, missing: bool = False) -> Comparisons:
    """Five methods on two pairs; `optical|*` is plainly the best, the others of the trained alike."""
    records = []
    for pair in ("sw-en", "de-en"):
        for method, level in LEVEL.items():
            seeds = [None] if method in {"zero-shot", "oracle"} else [1, 2]
            for seed in seeds:
                if missing and (method, pair, seed) == ("mse", "de-en", 2):
                    continue
                for i, topic in enumerate(TOPICS):
                    noise = 0.01 * ((i * 7 + len(method) * (seed or 3)) % 5 - 2)
                    records.append((method, pair, seed, topic, level + noise))
    design = Design(
        pairs=(PairRole(name="de-en", resource="high"), PairRole(name="sw-en", resource="low")),
        methods=tuple(
            MethodRole(name=name, trained=name not in {"zero-shot", "oracle"}) for name in LEVEL
        ),
        seeds=(1, 2),
        translated=True,
        hypothesis=Hypothesis(better="optical|*", than="contrastive", on="all", measure="AP"),
        zero_shot="zero-shot",
        oracle="oracle",
        flips=2000,
        resamples=1000,
    )
    scores = Scores.from_records(
        records,
        measure="AP",
        methods=list(LEVEL),
        pairs=["de-en", "sw-en"],
        seeds=[1, 2],
        untrained=["zero-shot", "oracle"],
    )
    return compare(scores, design=design)


def test_layout() -> None:
    """Pairs stand by resource class, then the macro means; the best but for the oracle is marked."""
    table = result_table(comparisons(), suite="s")
    assert table.title == "s: MAP"
    assert [(c.name, c.group) for c in table.columns] == [
        ("sw-en", "low"),
        ("de-en", "high"),
        ("all", "mean"),
    ]
    rows = dict(table.rows)
    assert [entry.best for entry in rows["optical|*"]] == [True, True, True]
    assert not any(entry.best for name, row in rows.items() if name != "optical|*" for entry in row)
    assert [entry.mark for entry in rows["optical|*"][:2]] == ["▲", "▲"]
    assert [entry.mark for entry in rows["zero-shot"]] == ["▼", "▼", "▼"]
    assert [entry.mark for entry in rows["contrastive"]] == ["", "", ""]
    assert [entry.mark for entry in rows["oracle"]] == ["", "", ""]
    assert rows["oracle"][0].text == ".800"


def test_the_notes_say_what_the_marks_mean() -> None:
    """Topics, seeds, test, family and level stand below the table."""
    notes = " ".join(result_table(comparisons(), suite="s").notes)
    for part in (
        "mean over 30 topics and, for trained methods, 2 seeds",
        "Bold: best but for oracle",
        "significantly better, worse than contrastive at 0.05",
        "two-sided t-test over topics and seeds. Families",
        "Holm",
    ):
        assert part in notes


def test_missing_cells_are_shown_as_such() -> None:
    """No mean is made around a missing cell, and the notes name it."""
    table = result_table(comparisons(missing=True), suite="s")
    rows = dict(table.rows)
    assert [entry.text for entry in rows["mse"]][1:] == ["–", "–"]
    assert rows["mse"][0].text != "–"
    assert "Missing (–): mse on de-en, seed 2: no scores." in table.notes[-1]


def test_second_and_ties_go_by_what_is_shown() -> None:
    """Two methods shown as the same number share a place; the oracle has none."""
    rows = dict(result_table(comparisons(), suite="s").rows)
    for column in range(3):
        assert rows["mse"][column].text == rows["contrastive"][column].text
        assert rows["mse"][column].second
        assert rows["contrastive"][column].second
        assert not rows["oracle"][column].best
        assert not rows["oracle"][column].second


def test_rows_and_columns_by_pattern() -> None:
    """The table shrinks, its best is the best of what is shown, its marks stay."""
    whole = dict(result_table(comparisons(), suite="s").rows)
    part = result_table(comparisons(), suite="s", rows=["*s*", "oracle"], columns=["sw-*", "all"])
    assert [c.name for c in part.columns] == ["sw-en", "all"]
    rows = dict(part.rows)
    assert list(rows) == ["zero-shot", "oracle", "mse", "contrastive"]
    assert [entry.best for entry in rows["mse"]] == [True, True]
    assert [entry.mark for entry in rows["zero-shot"]] == [
        whole["zero-shot"][0].mark,
        whole["zero-shot"][2].mark,
    ]


def test_versus() -> None:
    """Marks are against the method named; a comparison is told from the row's side."""
    rows = dict(result_table(comparisons(), suite="s", versus="optical|*").rows)
    assert [entry.mark for entry in rows["contrastive"]] == ["▼", "▼", "▼"]
    assert [entry.mark for entry in rows["optical|*"]] == ["", "", ""]
    assert rows["mse"][0].compared is not None
    assert rows["mse"][0].compared.difference == pytest.approx(-0.2, abs=0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rows": ["nope*"]}, '--rows "nope*": matches none of the methods zero-shot, oracle'),
        ({"columns": ["xx"]}, '--columns "xx": matches none of the pairs and macro means sw-en'),
        ({"versus": "nope"}, '--versus "nope": unknown method; known: zero-shot, mse'),
        ({"versus": "oracle"}, '--versus "oracle": the oracle is compared with nothing'),
    ],
)
def test_what_does_not_exist_is_refused(options: dict[str, Any], message: str) -> None:
    """An error names the option, what came, and what there is."""
    with pytest.raises(SuiteError) as caught:
        result_table(comparisons(), suite="s", **options)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.4374, ".437"),
        (0.4376, ".438"),
        (1.0, "1.000"),
        (0.0, ".000"),
        (-0.0512, "-.051"),
        (0.9996, "1.000"),
        (-0.0002, ".000"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    """Three places, no zero before the point."""
    assert number(value) == text


def test_markdown() -> None:
    """Names are escaped, the best is bold, the notes follow."""
    text = markdown_table(result_table(comparisons(), suite="a_b"))
    assert text.startswith(
        "### a\\_b: MAP\n\n| method | sw-en (low) | de-en (high) | all (mean) |\n"
    )
    assert "| optical\\|\\* | **.5" in text
    assert "| zero-shot | .1" in text
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(LEVEL)
    assert {line.replace("\\|", "").count("|") for line in lines} == {5}


def test_terminal() -> None:
    """Every method and score is on the screen, whatever the names."""
    console = Console(width=120, record=True, file=None, quiet=False, force_terminal=True)
    with console.capture() as captured:
        console.print(terminal_table(result_table(comparisons(), suite="[red]s")))
    text = captured.get()
    assert "[red]s: MAP" in text
    for name in LEVEL:
        assert name in text
    assert "\x1b[1m.5" in text  # bold


@pytest.mark.parametrize("width", [30, 34, 38, 39, 40, 79, 400])
def test_terminal_of_any_width(width: int) -> None:
    """Every column stands in some block that fits, each block names every method, and one title all."""
    table = result_table(comparisons(), suite="s")
    console = Console(width=width, color_system=None)
    with console.capture() as captured:
        console.print(terminal_table(table))
    lines = captured.get().splitlines()
    assert all(len(line) <= width for line in lines)
    heads = [i for i, line in enumerate(lines) if line.startswith("┃ method")]
    whole = max(len(line) for line in terminal_text(replace(table, notes=())).splitlines())
    assert (len(heads) == 1) == (width >= whole)
    names = [name.strip() for i in heads for name in lines[i].strip("┃").split("┃")[1:]]
    assert names == [column.name for column in table.columns]
    groups = [name.strip() for i in heads for name in lines[i - 1].strip("┃").split("┃")[1:]]
    assert all(groups[place] for place, name in enumerate(names) if name in {"sw-en", "all"})
    rows: dict[str, list[str]] = {}
    for line in lines:
        if line.startswith("│"):
            method, *cells = (cell.strip() for cell in line.strip("│").split("│"))
            rows.setdefault(method, []).extend(cells)
    assert rows == {
        method: [entry.text + entry.mark for entry in entries] for method, entries in table.drawn
    }
    assert sum("s: MAP" in line for line in lines) == 1


def test_a_name_wider_than_the_terminal_is_folded() -> None:
    """Nothing of a name is lost, however narrow the terminal is."""
    console = Console(width=16, color_system=None)
    with console.capture() as captured:
        console.print(terminal_table(result_table(comparisons(), suite="s")))
    firsts = [line.split("│")[1].strip() for line in captured.get().splitlines() if "│" in line]
    assert "contrastive" in "".join(firsts)
    assert "…" not in captured.get()


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ([], "2 seeds; all: macro mean over language pairs. Bold"),
        (["*"], "2 seeds; all: macro mean over language pairs. Bold"),
        (["*-en"], "2 seeds. Bold"),
    ],
)
def test_the_notes_explain_the_means_that_are_shown(columns: list[str], said: str) -> None:
    """No class is explained that has no column."""
    assert said in result_table(comparisons(), suite="s", columns=columns).notes[0]


def test_marks_that_cannot_occur_are_not_explained() -> None:
    """A table of the reference and the oracle alone compares nothing."""
    marked = result_table(comparisons(), suite="s", rows=["mse"])
    assert any("▲▼" in note for note in marked.notes)
    alone = result_table(comparisons(), suite="s", rows=["contrastive", "oracle"])
    assert not any("▲▼" in note for note in alone.notes)


def test_a_single_method_is_compared_with_nothing() -> None:
    """There are no marks then, and no note explains them."""
    scores = Scores.from_records([("own", "sw-en", 1, "t", 0.5)], measure="AP")
    design = Design(
        pairs=(PairRole(name="sw-en", resource="low"),),
        methods=(MethodRole(name="own", trained=True),),
        seeds=(1,),
        translated=True,
        resamples=10,
    )
    notes = result_table(compare(scores, design=design), suite="one").notes
    assert [note.partition(".")[0] for note in notes] == [
        "MAP: mean over 1 topic and, for trained methods, 1 seed",
        "There is a single seed, so the variation between trainings is not known",
    ]
