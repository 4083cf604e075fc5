from __future__ import annotations

import base64
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest

from clirbench.analysis.answer import answer_of
from clirbench.analysis.ranking import ranking
from clirbench.artifacts.record import read_record, write_record
from clirbench.data.lock import Lock
from clirbench.errors import DataError, SuiteError
from clirbench.report.html_report import html_report
from clirbench.report.page.answer import minus, span
from clirbench.report.page.texts import at_hand
from clirbench.report.page.topics import CODE
from clirbench.report.table import result_table
from clirbench.results.folder import Folder
from clirbench.statistics import Comparison, Shares, number, p_value, to_json

Make = Callable[..., Path]
VOID = {"meta", "link", "br", "input"}
NASTY = "</script><script>alert(1)</script><b>50%_&\"' ${x} {{ 7 * 7 }} \u2028"


class Page(HTMLParser):
    """The elements of a page, the texts of all, and those of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.texts: list[str] = []
        self.cells: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag in {"td", "th"}:
            self.cells.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in {"script", "style"}:
            {"script": self.scripts, "style": self.styles}[self.open[-1]].append(data)
            return
        if data.strip():
            self.texts.append(data.strip())
        if {"td", "th"} & set(self.open) and "svg" not in self.open:
            self.cells[-1] += data

    def values(self, name: str) -> list[str]:
        """All values of an attribute."""
        return [value for _, attrs in self.elements if (value := attrs.get(name)) is not None]

    @property
    def text(self) -> str:
        """All that is to be read, on one line."""
        return " ".join(" ".join(self.texts).split())

    def data(self) -> dict[str, object]:
        """What the script reads."""
        found: dict[str, object] = json.loads(self.scripts[0])
        return found


def write(results: Path, **options: object) -> str:
    """The text of a page."""
    fetch = at_hand(results / "no-cache", None, Lock(results / "no.lock"))
    return html_report(Folder(results), fetch=fetch, **options)  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def text(whole_folder: Path) -> str:
    """The page of a folder that has everything."""
    return write(whole_folder)


@pytest.fixture(scope="session")
def page(text: str) -> Page:
    """The same, parsed."""
    return Page(text)


def test_nothing_is_asked_for_from_elsewhere(text: str, page: Page) -> None:
    """No address is in the page but places in it; the policy lets no other script run."""
    for name in ("src", "href", "action", "data", "srcset", "poster", "xlink:href"):
        assert all(value[0] == "#" or value == "data:," for value in page.values(name))
    assert "url(" not in page.styles[0]
    assert "@import" not in page.styles[0]
    assert not re.search(
        r"fetch\(|XMLHttpRequest|import\(|https?://(?!www\.w3\.org/2000/svg)", page.scripts[1]
    )
    (policy,) = (v for v in page.values("content") if "default-src" in v)
    hashed = base64.b64encode(sha256(page.scripts[1].encode()).digest()).decode()
    assert f"script-src 'sha256-{hashed}'" in policy
    assert "default-src 'none'" in policy
    assert text.startswith("<!doctype html>")


def test_labels_and_targets(page: Page) -> None:
    """Ids are unique, and whatever refers to one finds it; heads have scopes, pictures names."""
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    for name in ("for", "aria-labelledby", "aria-describedby"):
        for value in page.values(name):
            assert {*value.split()} <= {*ids}
    assert {href[1:] for href in page.values("href") if href != "data:,"} <= {*ids}
    for tag, attrs in page.elements:
        if tag == "th":
            assert attrs["scope"] in {"row", "col", "colgroup"}
        if tag == "svg":
            assert attrs.get("aria-hidden") == "true" or attrs.get("aria-labelledby")
        if tag in {"div", "section"} and attrs.get("class") == "scroll":
            assert attrs["tabindex"] == "0"
            assert attrs["aria-label"]
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_answer_says_the_hypothesis_with_interval_and_p(page: Page, whole_folder: Path) -> None:
    """Question, verdict, difference, interval and p are those of the comparison."""
    found = Folder(whole_folder).measures[0].primary
    assert isinstance(found, Comparison)
    assert "Is optical better than contrastive on the low-resource language pairs?" in page.text
    assert found.p < 0.05
    assert found.difference > 0
    head = page.text.index("Is optical better")
    for said in (
        "Yes",
        minus(number(found.difference, sign=True)),
        span(found.claimed_interval).replace("\u00a0", " "),
        f"p {p_value(found.p)}",
        f"{found.topics} topics",
    ):
        assert said in page.text[head : page.text.index("Scores", head)], said


def test_tables_hold_every_mean_of_every_measure(page: Page, whole_folder: Path) -> None:
    """Each measure has its table, of which the first is shown; numbers are those of other formats."""
    contents = Folder(whole_folder)
    shown = [found[0] for cell in page.cells if (found := re.match(r"\.\d{3}", cell.strip()))]
    wanted = []
    for comparisons in contents.measures:
        table = result_table(comparisons, suite="")
        wanted += [entry.text for _, entries in table.rows for entry in entries]
    at = iter(shown)
    assert all(text in at for text in wanted)  # in this order, among others
    parts = [attrs for _, attrs in page.elements if "data-measure" in attrs]
    assert {attrs["data-measure"] for attrs in parts} == {"0", "1"}
    assert all(("hidden" in attrs) == (attrs["data-measure"] != "0") for attrs in parts)
    buttons = [attrs for tag, attrs in page.elements if tag == "button"]
    assert sum(attrs.get("class") == "sort" for attrs in buttons) == 2 * (1 + 4 + 2)


def test_topic_data_are_the_scores(page: Page, whole_folder: Path) -> None:
    """What the plot is drawn from decodes to each topic's mean over seeds, in thousandths."""
    data: dict[str, list[object]] = page.data()  # type: ignore[assignment]
    contents = Folder(whole_folder)
    for pair in data["pairs"]:
        assert isinstance(pair, dict)
        topics = data["topics"][pair["topics"]]
        for place, measure in enumerate(["AP", "nDCG@10"]):
            for method, coded in zip(data["methods"], pair["scores"][place], strict=True):
                runs = [
                    scores
                    for cell, scores in contents.cells.scores.items()
                    if (cell.pair, cell.method) == (pair["name"], method)
                ]
                for i, topic in enumerate(topics):  # type: ignore[arg-type, var-annotated]
                    mean = sum(run[topic][measure] for run in runs) / len(runs)
                    got = 64 * CODE.index(coded[2 * i]) + CODE.index(coded[2 * i + 1])
                    assert abs(got - 1000 * mean) <= 0.5 + 1e-9
    assert [pair["language"] for pair in data["pairs"]] == ["tl", "mr", "fi", "de"]  # type: ignore[index]


def test_everything_there_is_shown(page: Page) -> None:
    """Texts, judgments, plans, curves, costs and provenance stand in their sections."""
    for said in (
        "tl topic t0003: plain",
        "en topic t0003: plain",
        "document 0: plain",
        "relevant",
        "Transport plan of tl-en/optical/seed=1",
        "Loss of optical in training",
        "Students, runs and cells of each method",
        "worked on for 1:00 min.",
        "numpy 2.0",
        "Checksums of 88 files",
    ):
        assert said in page.text, said
    assert "Score against bitext" not in page.text  # no method has two sizes
    assert "are not in this report" not in page.text


def test_texts_of_suites_are_never_markup(make_folder: Make, page: Page) -> None:
    """Names, texts, comments and errors are shown as they are, and bring no element with them."""
    name = "50%_&<b>\"'"
    results = make_folder(
        methods=("zero-shot", "oracle", "contrastive", name),
        hypothesis=(name, "contrastive", "low"),
        failed=["de-en/contrastive/seed=2"],
        text=NASTY.replace("\u2028", " "),
        collection=True,
    )
    plan = {"source": [NASTY], "target": ["<i>"], "plan": [[1.0]]}
    (results / "cells/tl-en" / name / "seed=1/plans.json").write_text(json.dumps([plan]))
    text = write(results)
    nasty = Page(text)
    assert {tag for tag, _ in nasty.elements} <= {tag for tag, _ in page.elements}
    assert len(nasty.scripts) == 2
    assert "49" not in nasty.texts
    assert f"Is {name} better than contrastive" in nasty.text
    assert name in nasty.values("data-method")
    assert "</script><script>alert(1)</script><b>50%_&\"' ${x} {{ 7 * 7 }}" in nasty.text
    assert nasty.data()["methods"] == ["zero-shot", "oracle", "contrastive", name]
    own = nasty.data()["pairs"][0]["texts"][0]  # type: ignore[index]
    assert own.startswith("tl topic t0000: </script><script>alert(1)")
    assert not [v for tag, attrs in nasty.elements for v in attrs if v.startswith("on")]


def test_missing_and_failed_cells_are_told(make_folder: Make) -> None:
    """The page opens with how many cells are missing, which and why; their means are –."""
    results = make_folder(missing=["de-en/mse/seed=1"], failed=["fi-en/optical/seed=2"])
    page = Page(write(results))
    assert "2 of 32 cells of the suite are not in this report" in page.text
    assert "de-en/mse/seed=1 : not run" in page.text
    assert "fi-en/optical/seed=2 : failed: out of memory: plain" in page.text
    assert "–" in [cell.strip() for cell in page.cells]


def test_a_hypothesis_whose_cells_are_missing_is_not_answered(make_folder: Make) -> None:
    """Nothing is claimed of a method without all its runs."""
    page = Page(write(make_folder(missing=["mr-en/optical/seed=2"])))
    assert "Not answered" in page.text
    assert "The hypothesis cannot be tested" in page.text


@pytest.mark.parametrize(
    ("fields", "said", "unsaid"),
    [
        ({"hypothesis": None}, "This suite states no hypothesis.", "Not answered"),
        ({"seeds": (1,)}, "Read with care: it rests on a single seed: what another would give is not known.", "small circles"),
        (
            {"methods": ("zero-shot", "oracle", "contrastive"), "hypothesis": ("optical", "x", "low")},
            "Not answered",
            "Yes",
        ),
        ({"methods": ("zero-shot", "oracle"), "hypothesis": None}, "nothing to compare", "Loss of"),
        ({"methods": ("optical",), "hypothesis": None}, "nothing to compare", "Topic by topic"),
        ({"pairs": {"sw-en": "low"}}, "Is optical better", "From low- to high-resource"),
        ({"logs": False}, "not on this page: what stages cost; the log of any training.", "Loss of"),
        ({"runs": False}, "the rankings of 8 runs whose topics are shown", "relevant"),
        ({"topics": 1}, "Is optical better", "NaN"),
    ],
)  # fmt: skip
def test_what_is_not_there_is_left_out(
    fields: dict[str, object], said: str, unsaid: str, make_folder: Make
) -> None:
    """A folder without hypothesis, seeds, rivals, languages, logs or runs makes a sound page."""
    page = Page(write(make_folder(**fields)))
    assert said in page.text
    assert unsaid not in page.text
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.values("href") if href != "data:,"} <= {*ids}


def test_what_is_absent_is_said_once(make_folder: Make) -> None:
    """A section without data is not there, nor in the list of sections; one sentence says so."""
    page = Page(write(make_folder(logs=False, runs=False)))
    assert "cost" not in page.values("id")
    assert "#cost" not in page.values("href")
    assert page.text.count("Not in the results folder, so not on this page") == 1
    assert page.text.lower().count("not in the results folder") == 1


@pytest.mark.parametrize("name", ["run.trec.gz", "plans.json", "notes.json"])
def test_large_files_may_be_left_out_of_a_committed_folder(name: str, make_folder: Make) -> None:
    """Without runs and plans there is a page, which says so; a small file that is gone is a fault."""
    results = make_folder()
    for path in results.glob("cells/*/optical/*/record.json"):
        record = read_record(path.parent)
        assert record is not None
        gone = {"bytes": 2, "sha256": sha256(b"[]").hexdigest()}
        write_record(path.parent, replace(record, files={**record.files, name: gone}))
        (path.parent / name).unlink(missing_ok=True)
    if name == "notes.json":
        with pytest.raises(DataError, match=r"notes\.json: missing, though the cell's record"):
            write(results)
        return
    what = {
        "run.trec.gz": "the rankings of 4 runs whose topics are shown",
        "plans.json": "the transport plans of 8 cells",
    }
    assert f"so not on this page: {what[name]}." in Page(write(results)).text


def test_the_answer_stands_by_each_measure(make_folder: Make) -> None:
    """The first decides the hypothesis; by another it is one claim of a family, which is said."""
    page = write(make_folder())
    answer = page[page.index('<section id="answer"') : page.index('<section id="scores"')]
    assert answer.count("difference in MAP") == answer.count("difference in nDCG@10") == 1
    assert answer.count("The suite's hypothesis is decided by MAP.") == 1
    assert answer.count("By this measure the claim is one of a family") == 1


def test_without_the_collection_ids_stand_and_the_way_to_texts(make_folder: Make) -> None:
    """Topics and documents are shown by their ids, with a sentence that says how to get the texts."""
    page = Page(write(make_folder()))
    assert "their texts could not be read" in page.text
    assert "--suite FILE" in page.text
    assert {"t0003", "d0"} <= {*page.texts} | {*page.text.split()}
    assert page.data()["pairs"][0]["texts"] is None  # type: ignore[index]


def test_another_collection_gives_no_texts(make_folder: Make) -> None:
    """Texts of files that are not those the results were made of are not shown."""
    results = make_folder(collection=True)
    for path in (results / "cells").rglob("record.json"):
        record = read_record(path.parent)
        assert record is not None
        object.__setattr__(record, "settings", {"collection": {"checksums": {"tl": "other"}}})
        write_record(path.parent, record)
    page = Page(write(results))
    assert "another collection" in page.text
    assert "topic t0003" not in page.text


def test_versus(make_folder: Make) -> None:
    """Tables and differences refer to the method named; one that is not there is refused."""
    results = make_folder()
    assert "Each method less mse , MAP" in Page(write(results, versus="mse")).text
    with pytest.raises(SuiteError, match="unknown method"):
        write(results, versus="nobody")


@pytest.mark.slow
def test_size(make_folder: Make) -> None:
    """Seven pairs, eight methods, five seeds, a thousand topics, four measures: under 3 MB."""
    pairs = dict.fromkeys(("sw-en", "so-en", "tl-en", "mr-en"), "low") | {"fi-en": "medium"}
    results = make_folder(
        pairs=pairs | dict.fromkeys(("de-en", "fr-en"), "high"),
        methods=("zero-shot", "oracle", "mse", "contrastive", "token", "optical", "greedy", "kl"),
        seeds=(1, 2, 3, 4, 5),
        topics=1000,
        measures=("AP", "nDCG@10", "RR@10", "R@100"),
        collection=True,
        text="a text as long as headlines and questions are, and " + 20 * "आणखी ",
        runs=False,
    )
    text = write(results)
    assert len(text.encode()) < 3_000_000
    data = Page(text).data()
    assert len(data["measures"]) == 4  # type: ignore[arg-type]
    assert data["pairs"][6]["texts"][999].startswith("fr topic t0999: a")  # type: ignore[index]


def test_beforehand_is_said_where_it_was(make_folder: Make) -> None:
    """The answer takes what it says of the plan of analysis from the plan that was recorded."""
    results = make_folder()
    late = "The plan of analysis was written after 77 cells had been made."
    for remarks, said, unsaid in (
        ((), "was named beforehand", late),
        ((late,), "is tested alone, so p is not corrected.", "named beforehand"),
    ):
        measures = [replace(one, remarks=remarks) for one in Folder(results).measures]
        (results / "comparisons.json").write_text(to_json(measures))
        text = write(results)
        answer = text[text.index('<section id="answer"') : text.index('<section id="scores"')]
        assert said in answer
        assert unsaid not in answer
        assert answer.count(late) == len(remarks)


def test_two_seeds_and_the_smallest_effect_are_told_as_in_the_answer(make_folder: Make) -> None:
    """The page has the words of the answer's own sentence, one voice; three seeds need no warning."""
    folder = Folder(make_folder())
    (folder.path / "comparisons.json").write_text(
        to_json(
            replace(
                one,
                design=replace(one.design, smallest_effect=0.01),
                primary=one.primary and replace(one.primary, shares=Shares(0.7, 0.2, 0.1)),  # type: ignore[call-arg]
            )
            for one in folder.measures
        )
    )
    page, answer = Page(write(folder.path)), answer_of(Folder(folder.path).measures[0])
    assert answer is not None
    for words, measures in (
        ("it rests on 2 seeds", 2),
        ("read with a flat prior, P(worse by more than .01) = .700", 1),
    ):
        assert words in str(answer)
        # in plain words, and for a paper
        assert page.text.lower().count(words.lower()) == 2 * measures
    assert "Read with care: it rests on 2 seeds" in page.text


def test_mean_ranks(whole_folder: Path, page: Page) -> None:
    """A row a method with its mean rank and interval; a bar's dots are as many as its methods."""
    found = ranking(Folder(whole_folder).measures[0])
    assert found is not None
    for _, one in found.methods:
        assert str(one).replace(", ", ",\u00a0") in page.cells
    joints = [attrs for tag, attrs in page.elements if attrs.get("class") == "joint"]
    assert joints
    assert "Mean rank over the languages" in page.text


def test_three_seeds_need_no_warning(make_folder: Make) -> None:
    """The page warns where the answer does: below three."""
    assert "rests on" not in Page(write(make_folder(seeds=(1, 2, 3)))).text
