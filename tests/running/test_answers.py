"""A cell that is judged by answers: R@2kt and its like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import pytest

from clirbench.data.base import CollectionSource, Document, Download, Fetch, Judgments, Topics
from clirbench.errors import DataError
from clirbench.methods.bm25 import BM25
from clirbench.methods.outside import Outside
from clirbench.results.scores import read_scores
from clirbench.retrieval.run import Ranked, write_run
from clirbench.running.stage import Context, Data
from clirbench.running.stages.cell import CellStage
from clirbench.running.stages.run import RunStage, SearchStage
from clirbench.settings import settings


@settings
class Answered(CollectionSource):
    """Two questions, two passages."""

    name: ClassVar[str] = "answered"
    licence: ClassVar[str] = ""
    citation: ClassVar[str] = ""
    translated: ClassVar[bool] = False
    answered: ClassVar[bool] = True

    @classmethod
    def languages(cls) -> None:
        return

    def downloads(self, language: str) -> tuple[Download, ...]:
        return ()

    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:
        return iter([Document("p", "Tokyo is large."), Document("q", "Nothing.")])

    def topics(self, fetch: Fetch, language: str) -> Topics:
        return {"a": "?", "b": "?"}

    def judgments(self, fetch: Fetch, language: str) -> Judgments:
        return {"a": {"p": 1}, "b": {}}

    def answers(self, fetch: Fetch, language: str) -> Mapping[str, tuple[str, ...]]:
        return {"a": ("Tokyo",), "b": ("Rome", "yes")}


@dataclass(frozen=True)
class Place:
    """Where a cell is made."""

    run: Path
    cell: Path


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """Folders of a run that found nothing for one topic, and of a cell."""
    for name in ("run", "cell"):
        (tmp_path / name).mkdir()
    found = {"a": Ranked.of({"p": 2.0, "q": 1.0}), "b": Ranked.of({})}
    write_run(tmp_path / "run" / "run.trec.gz", found, "x")
    return Place(tmp_path / "run", tmp_path / "cell")


def make(place: Place, run: RunStage, measures: tuple[str, ...]) -> None:
    """Judge the run as a stage of a kind."""
    data = Data(source=Answered(), checksums=None)
    cell = CellStage(title="ja-en/x", run=run, collection=data, language="ja", measures=measures)
    cell.make(place.cell, {"run": place.run}, Context(fetch=lambda download: Path(download.url)))


def lexical() -> SearchStage:
    """A run of this program."""
    data = Data(source=Answered(), checksums=None)
    return SearchStage(method=BM25(), collection=data, language="ja", documents="en", depth=10)


def test_both_kinds_of_measures(place: Place) -> None:
    """Measures by judgments and by answers stand side by side, in the suite's order."""
    make(place, lexical(), ("R@2kt", "AP", "R@5kt"))
    assert read_scores(place.cell / "scores.csv") == {
        "a": {"R@2kt": 1.0, "AP": 1.0, "R@5kt": 1.0},
        "b": {"R@2kt": 0.0, "AP": 0.0, "R@5kt": 0.0},
    }
    assert (place.cell / "scores.csv").read_text().startswith("topic,R@2kt,AP,R@5kt\n")


def test_answers_alone(place: Place) -> None:
    """No judgment is needed."""
    make(place, lexical(), ("R@2kt",))
    assert read_scores(place.cell / "scores.csv") == {"a": {"R@2kt": 1.0}, "b": {"R@2kt": 0.0}}


@pytest.mark.parametrize("missing", ["refuse", "zero"])
def test_another_system_s_run_must_have_every_topic(
    place: Place, tmp_path: Path, missing: Literal["refuse", "zero"]
) -> None:
    """What was searched for and not found scores 0; what another system left out must be so called."""
    data = Data(source=Answered(), checksums=None)
    outside = SearchStage(
        method=Outside(missing=missing),
        files=(tmp_path / "x.trec",),
        contents=("",),
        collection=data,
        language="ja",
        documents="en",
        depth=10,
    )
    if missing == "refuse":
        with pytest.raises(DataError, match="the run lacks 1 of 2 topics, b the first"):
            make(place, outside, ("R@2kt",))
    else:
        make(place, outside, ("R@2kt",))
        assert read_scores(place.cell / "scores.csv")["b"] == {"R@2kt": 0.0}
