"""The figures for papers: their numbers are those of the comparisons."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import pytest

pytest.importorskip("matplotlib", reason="needs clirbench[figures]")

from clirbench.analysis.focus import focus_of
from clirbench.analysis.gaps import gaps
from clirbench.analysis.learning_curves import learning_curves
from clirbench.analysis.ranking import ranking
from clirbench.analysis.seed_means import seed_means
from clirbench.errors import DataError, SuiteError
from clirbench.report.figures.drawing import (
    draw_differences,
    draw_gaps,
    draw_languages,
    draw_topics,
)
from clirbench.report.figures.export import check_look, draw, export_figures, figures
from clirbench.report.figures.ranks import draw_ranks
from clirbench.report.figures.style import Look, looking, marks_of
from clirbench.report.figures.training import draw_learning
from clirbench.report.table import ResultTable, result_table
from clirbench.results.folder import Folder

Make = Callable[..., Path]
SVG = {"svg", "metadata", "RDF", "Work", "type", "format", "creator", "Agent", "title", "defs", "style",
       "g", "path", "use", "clipPath", "rect"}  # fmt: skip


@pytest.fixture(scope="module")
def contents(whole_folder: Path) -> Folder:
    """A folder that has everything."""
    return Folder(whole_folder)


@pytest.fixture(scope="module")
def table(contents: Folder) -> ResultTable:
    """Its first table."""
    return result_table(contents.measures[0], suite="")


def dots(axes: Any) -> list[tuple[float, float]]:  # noqa: ANN401 - matplotlib's axes
    """The points that are drawn as lines of one mark."""
    return [
        (x, y)
        for line in axes.get_lines()
        if line.get_marker() == "o"
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    ]


def bounds_of(comparisons: Any) -> list[float]:  # noqa: ANN401
    """Every mean of the two bounds."""
    return [
        comparisons.mean(method, pair.name).mean
        for method in ("zero-shot", "oracle")
        for pair in comparisons.design.pairs
    ]


def test_differences(contents: Folder, table: ResultTable) -> None:
    """A point in each row, where the comparison has it; intervals are the lines."""
    comparisons = contents.measures[0]
    figure = draw_differences(table, comparisons)
    assert figure is not None
    panels = [axes for axes in figure.axes if axes.get_visible()]
    assert [axes.get_title(loc="left") or axes.get_title() for axes in panels] == ["mse", "optical"]
    names = [text.get_text() for text in panels[0].get_yticklabels()]
    assert names == [column.name for column in table.columns]
    for axes, method in zip(panels, ("mse", "optical"), strict=True):
        found = [comparisons.between(method, "contrastive", name) for name in names]
        assert dots(axes) == [(one.difference, i) for i, one in enumerate(found)]  # type: ignore[union-attr]
        lines = [tuple(line.get_xdata()) for line in axes.get_lines()]
        for one in found:
            assert tuple(one.interval) in lines  # type: ignore[union-attr, arg-type]
            assert tuple(one.seed_interval) in lines  # type: ignore[union-attr, arg-type]


def test_languages(contents: Folder, table: ResultTable) -> None:
    """Marks are means, short strokes are seeds, lines across are the bounds; no mark comes twice."""
    comparisons = contents.measures[0]
    seeds = seed_means(contents.cells, "AP")
    figure = draw_languages(table, comparisons, seeds, focus_of(comparisons))
    assert figure is not None
    (axes,) = figure.axes
    pairs = ["tl-en", "mr-en", "fi-en", "de-en"]
    wanted = [
        comparisons.mean(method, pair).mean
        for method in ("mse", "contrastive", "optical")
        for pair in pairs
    ]
    own = [line for line in axes.get_lines() if line.get_marker() not in {"_", "None"}]
    assert [y for line in own for y in line.get_ydata()] == wanted
    assert len({line.get_marker() for line in own}) == len({line.get_color() for line in own}) == 3
    runs = [run for (_, method), own in seeds.items() if len(own) > 1 for run in own]
    strokes = [line for line in axes.get_lines() if line.get_marker() == "_"]
    assert sorted(y for line in strokes for y in line.get_ydata()) == sorted(runs)
    assert axes.get_ylim()[1] == axes.get_yticks()[-1] >= max(bounds_of(comparisons))
    bounds = {line.get_ydata()[0] for line in axes.get_lines() if line.get_linestyle() in {"--", ":"} and len(line.get_ydata())}  # fmt: skip
    assert bounds == {comparisons.mean(m, p).mean for m in ("zero-shot", "oracle") for p in pairs}


def test_ranks(contents: Folder) -> None:
    """The diagram has every method's mean rank on its line, and a bar with a dot for each of a group."""
    comparisons = contents.measures[0]
    found = ranking(comparisons)
    assert found is not None
    figure = draw_ranks(found, comparisons.design, focus_of(comparisons))
    assert figure is not None
    (axes,) = figure.axes
    ranks = {one.method: one.mean_rank for one in comparisons.profiles if one.mean_rank}
    assert set(ranks) == {"zero-shot", "mse", "contrastive", "optical"}
    texts = {text.get_text() for text in axes.texts}
    for name, one in ranks.items():
        assert texts & {f"{name}  {one}", f"{one}  {name}"}
    bars = [sorted(x for x, y in dots(axes) if y == bar) for bar in sorted({y for _, y in dots(axes)}, reverse=True)]  # fmt: skip
    assert bars == [[found.methods[place][1].rank for place in group] for group in found.groups]
    long = replace(found, methods=tuple(("x" * 99, one) for _, one in found.methods))
    figure = draw_ranks(long, comparisons.design, None)
    assert figure is not None
    assert any("x" * 29 + "…  " in text.get_text() for text in figure.axes[0].texts)
    assert draw_ranks(None, comparisons.design, None) is None


def test_gaps(contents: Folder) -> None:
    """Points are the macro means of the classes."""
    comparisons = contents.measures[0]
    found = gaps(comparisons)
    figure = draw_gaps(found, "AP")
    assert figure is not None
    drawn = {
        (group, tuple(map(float, point)))
        for group, one in zip(("low", "medium", "high"), figure.axes[0].collections, strict=True)
        for point in one.get_offsets()
    }
    assert drawn == {
        (group, (comparisons.mean(gap.method, group).mean, float(i)))
        for i, gap in enumerate(found)
        for group in ("low", "medium", "high")
    }


def test_topics(contents: Folder) -> None:
    """Each point is a topic's pair of means over seeds."""
    focus = focus_of(contents.measures[0])
    assert focus is not None
    means = contents.topic_means("AP")
    pairs = ["tl-en", "mr-en", "fi-en", "de-en"]
    assert set(focus.pairs) < set(pairs)  # all are drawn, not those of the hypothesis alone
    figure = draw_topics(means, focus, "AP", pairs)
    assert figure is not None
    for axes, pair in zip(figure.axes, pairs, strict=True):
        first, second = means[pair, "optical"].topics, means[pair, "contrastive"].topics
        drawn = [
            tuple(map(float, point)) for one in axes.collections for point in one.get_offsets()
        ]
        assert sorted(drawn) == sorted((second[topic], first[topic]) for topic in first)


def test_training(contents: Folder) -> None:
    """Curves are the logs'; without data there is no figure."""
    comparisons = contents.measures[0]
    own = learning_curves(contents)
    figure = draw_learning(own, comparisons.design)
    assert figure is not None
    drawn = {tuple(line.get_ydata()) for axes in figure.axes for line in axes.get_lines()}
    assert drawn == {curve.losses for curve in own}
    for axes in figure.axes:  # two pairs of the same class are told apart
        assert len({line.get_color() for line in axes.get_lines()}) == 4
        assert len({line.get_marker() for line in axes.get_lines()}) == 4
    (legend,) = figure.legends
    assert legend.get_texts()[0].get_text() == "tl-en (low)"
    assert draw_learning([], comparisons.design) is None


def test_every_figure_is_exported_as_svg_and_pdf(contents: Folder, tmp_path: Path) -> None:
    """Those that there is data for."""
    written = export_figures(contents, tmp_path)
    names = {"differences", "languages", "ranks", "high-low", "learning", "topics"}
    assert {path.name for path in written} == {f"{n}.{e}" for n in names for e in ("svg", "pdf")}
    assert {path.read_bytes()[:5] for path in written} == {b"<?xml", b"%PDF-"}


def test_names_are_drawn_as_they_are_and_files_are_the_same_each_time(
    make_folder: Make, tmp_path: Path
) -> None:
    """Dollars and underscores are no mathematics, angles no markup; nothing depends on the time."""
    name = "_50%_&<b>$x^2$"
    results = make_folder(
        pairs={"sw-en": "low"}, logs=False, methods=("zero-shot", "oracle", "contrastive", name),
        hypothesis=(name, "contrastive", "low"),
    )  # fmt: skip
    first, second = (export_figures(Folder(results), tmp_path / to) for to in ("a", "b"))
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    for figure in ("differences", "languages", "topics"):
        root = ET.parse(tmp_path / "a" / f"{figure}.svg").getroot()  # noqa: S314 - ours
        assert {one.tag.rpartition("}")[2] for one in root.iter()} <= SVG
        assert escape(name) in (tmp_path / "a" / f"{figure}.svg").read_text()  # in a comment


def outside(figure: Any) -> list[str]:  # noqa: ANN401 - matplotlib's figure
    """Texts of which a part lies outside the canvas, by the boxes that the renderer gives."""
    drawn = [*figure.texts, figure._supxlabel, figure._supylabel]  # noqa: SLF001
    drawn += [text for one in figure.legends for text in one.get_texts()]
    for axes in figure.axes:
        if axes.get_visible():
            drawn += [axes.title, axes._left_title, *axes.texts]  # noqa: SLF001
            axis = (axes.xaxis, axes.yaxis) if axes.axison else ()
            drawn += [one.label for one in axis]
            # a tick beyond the ends is made, but not drawn
            drawn += [tick.label1 for one in axis for tick in one._update_ticks()]  # noqa: SLF001
    found = []
    for text in drawn:
        if text is not None and text.get_visible() and text.get_text().strip():
            box = text.get_window_extent()
            if min(box.x0, box.y0) < 0 or box.x1 > figure.bbox.x1 or box.y1 > figure.bbox.y1:
                found.append(text.get_text())
    return found


LONG = "a-method-whose-name-says-all-of-its-settings-at-temperature-0.05-and-64-negatives"


@pytest.mark.parametrize(
    "look", [Look(), Look(width=3.3), Look(width=5.5, size=10.5, font="serif")]
)
@pytest.mark.parametrize("name", ["optical", LONG])
def test_no_text_leaves_the_canvas(make_folder: Make, look: Look, name: str) -> None:
    """At any width, in any size, with any name; in the dots of a screen and in those of files."""
    results = Folder(
        make_folder(
            pairs={"sw-en": "low", "so-en": "low", "tl-en": "low", "fi-en": "medium", "de-en": "high"},
            methods=("zero-shot", "oracle", "mse", "sentence-contrastive", name),
            hypothesis=(name, "sentence-contrastive", "low"),
        )
    )  # fmt: skip
    seen = 0
    for kind, make in figures(results, None).items():
        figure = draw(make, look)
        if figure is None:
            continue
        seen += 1
        with looking(look):
            for dpi in (72, 100, 288):
                figure.set_dpi(dpi)
                figure.draw_without_rendering()
                assert outside(figure) == [], (kind, dpi)
    assert seen >= 6


def test_titles_are_drawn_in_place_of_names(contents: Folder, table: ResultTable) -> None:
    """Of methods in panels and legends, of pairs beside an axis."""
    titles = {"optical": "OPTICAL", "tl-en": "Tagalog"}
    figure = draw_differences(table, contents.measures[0], titles)
    assert figure is not None
    assert [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes] == ["mse", "OPTICAL"]  # fmt: skip
    assert figure.axes[0].get_yticklabels()[0].get_text() == "Tagalog"
    figure = draw_gaps(gaps(contents.measures[0]), "AP", titles)
    assert figure is not None
    assert figure.axes[0].get_yticklabels()[-1].get_text() == "OPTICAL"


def test_no_two_of_many_methods_look_alike() -> None:
    """Colour, marker and line together; with a few, colour and marker each alone."""
    names = [f"m{i}" for i in range(60)]
    assert len(set(marks_of(names).values())) == 60
    few = list(marks_of(names[:11]).values())
    assert len({one.colour for one in few}) == len({one.marker for one in few}) == 11


@pytest.mark.parametrize(
    ("look", "told"),
    [
        (Look(width=0.5), r"width must be 2\.5 to 20 inches \(got 0\.5\)"),
        (Look(size=99), r"letters must be 5 to 14 points \(got 99\)"),
        (
            Look(font="DejaVu Sanz"),
            'font "DejaVu Sanz" is not installed; did you mean "DejaVu Sans"',
        ),
    ],
)
def test_a_look_that_cannot_be(look: Look, told: str) -> None:
    """It is said what is allowed."""
    with pytest.raises(SuiteError, match=told):
        check_look(look)


def test_without_matplotlib_the_user_is_told_what_to_install(
    contents: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(SuiteError, match=r"clirbench\[figures\]"):
        export_figures(contents, tmp_path)


def test_a_folder_that_cannot_be_written_to(contents: Folder, tmp_path: Path) -> None:
    """A file in its place is named."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(DataError, match="cannot be written"):
        export_figures(contents, tmp_path / "taken")
