"""The site of many results folders: what its first page says, and what it links."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from hashlib import sha256
from html import unescape
from pathlib import Path

import pytest

from clirbench.analysis.answer import answer_of
from clirbench.errors import DataError
from clirbench.report.page.answer import minus, span
from clirbench.report.site import site
from clirbench.results.folder import Folder
from clirbench.statistics import number

Make = Callable[..., Path]
NASTY = "<b>\"'"


@pytest.fixture(autouse=True)
def _no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "no-cache"))


@pytest.fixture
def make(make_folder: Make, tmp_path: Path) -> Make:
    """Writes a results folder of a name into the test's own."""

    def make(name: str, **fields: object) -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        return make_folder(**fields).rename(path)

    return make


def plain(markup: str) -> str:
    """What is to be read of a part of a page, on one line."""
    return " ".join(unescape(re.sub("<[^>]+>", "", markup)).split())


def cards(page: str) -> list[str]:
    """The part of the first page about each suite."""
    return re.findall(r"<article.*?</article>", page, re.DOTALL)


def test_each_answer_stands_with_its_report(make: Make, tmp_path: Path) -> None:
    """The first page has the sentence of each hypothesis, and a link to a report that leads back."""
    folders = [
        make("one"),
        make("two", methods=("optical", "mse"), hypothesis=None, seeds=(1,)),
        make("three", missing=["tl-en/optical/seed=1"]),
    ]
    index = site(folders, tmp_path / "site")
    assert index == tmp_path / "site" / "index.html"
    found = cards(index.read_text(encoding="utf-8"))
    assert len(found) == 3
    for folder, card in zip(map(Folder, folders), found, strict=True):
        answer = answer_of(folder.measures[0], folder.suite.hypothesis)
        assert (minus(answer.text) if answer else "states no hypothesis") in plain(card)
        assert answer is None or answer.verdict in plain(card)
        (address,) = re.findall('href="([^"]+)"', card)
        report = (index.parent / address).read_text(encoding="utf-8")
        assert 'href="../index.html"' in report
        lacking = folder.lacking
        assert ("cells are missing" in card) == bool(lacking)
    assert "1 of 32 cells are missing" in plain(found[2])


def test_nothing_is_asked_for_from_elsewhere(make: Make, tmp_path: Path) -> None:
    """All links lead into the site, and the policy lets no other script run and nothing be fetched."""
    index = site([make("one"), make("two")], tmp_path / "site")
    for path in (index, *index.parent.glob("reports/*.html")):
        page = path.read_text(encoding="utf-8")
        head, _, script = page.rpartition("<script>")
        links = set(re.findall(' (?:href|src|action|data)="([^"]*)"', head))
        outward = {link for link in links if link[0] != "#" and link != "data:,"}
        assert outward
        assert all((path.parent / link).resolve().is_relative_to(index.parent) for link in outward)
        assert all((path.parent / link).is_file() for link in outward)
        hashed = base64.b64encode(sha256(script.partition("</script>")[0].encode()).digest())
        assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hashed.decode()}'" in page  # fmt: skip


def test_suites_of_the_same_name_are_told_apart(make: Make, tmp_path: Path) -> None:
    """By as much of their folders' paths as it takes; a folder that is named twice is shown once."""
    folders = [make("a/runs"), make("b/runs"), make("c")]
    index = site([*folders, str(folders[0])], tmp_path / "site")
    named = re.findall("<h3>(.*?)</h3>", index.read_text(encoding="utf-8"))
    assert [plain(name) for name in named] == ["made (a/runs)", "made (b/runs)", "made (c)"]
    reports = {path.name for path in (index.parent / "reports").iterdir()}
    assert reports == {"made-a-runs.html", "made-b-runs.html", "made-c.html"}


@pytest.mark.parametrize("name", [f"../../{NASTY}", "..", "/etc/passwd", "x" * 300, "اختبار"])
def test_names_of_suites_are_no_paths_and_no_markup(name: str, make: Make, tmp_path: Path) -> None:
    """Whatever a suite is called, its report lies in reports/, and its name is shown as it is."""
    folder = make("one", methods=("zero-shot", "mse", NASTY), hypothesis=None)
    settings = (folder / "settings.json").read_text(encoding="utf-8")
    folder = folder.rename(tmp_path / "renamed")
    told = name.replace('"', '\\"')
    (folder / "settings.json").write_text(settings.replace('"made"', f'"{told}"'), encoding="utf-8")
    index = site([folder], tmp_path / "site")
    (report,) = (index.parent / "reports").iterdir()
    assert {path.name for path in index.parent.iterdir()} == {"index.html", "reports"}
    page = index.read_text(encoding="utf-8")
    assert f'href="reports/{report.name}"' in page
    assert name in plain(cards(page)[0])
    assert NASTY not in page


def test_methods_across_suites(make: Make, tmp_path: Path) -> None:
    """Each mean and interval is that of the comparisons, over all pairs and on each; none where none is."""
    folders = [
        make("one"),
        make("two", pairs={"sw-en": "low"}, methods=("mse", "other"), hypothesis=None),
    ]
    page = site(folders, tmp_path / "site").read_text(encoding="utf-8")
    tables = re.findall(r'<table class="scores cross">.*?</table>', page, re.DOTALL)
    assert len(tables) == 2
    for table, measure in zip(tables, ("AP", "nDCG@10"), strict=True):
        head = [plain(one) for one in re.findall("<th scope=.col.*?</th>", table)]
        assert head == [
            "method",
            "made (one)all 4 pairs of made (one)",
            *(f"made (one){pair} of made (one)" for pair in ("tl-en", "mr-en", "fi-en", "de-en")),
            "made (two)sw-en of made (two)",
        ]
        scopes = [(0, "all"), (0, "tl-en"), (0, "mr-en"), (0, "fi-en"), (0, "de-en"), (1, "sw-en")]
        rows = re.findall(r"<tr data-method=.*?</tr>", table, re.DOTALL)
        assert plain(re.findall("<th.*?</th>", rows[0])[0]) == "mse"  # that of both comes first
        for row in rows:
            method = plain(re.findall("<th.*?</th>", row)[0])
            cells = re.findall("<td.*?</td>", row, re.DOTALL)
            for (place, on), cell in zip(scopes, cells, strict=True):
                (own,) = (f for f in Folder(folders[place]).measures if f.measure == measure)
                if method not in {role.name for role in own.design.methods}:
                    assert plain(cell) == ""
                    continue
                mean = own.mean(method, on)
                assert mean.mean is not None
                assert mean.interval is not None
                assert plain(cell).startswith(number(mean.mean))
                assert span(mean.interval).replace("\u00a0", " ") in plain(cell)
                assert (" hidden" in cell.partition(">")[0]) == (on not in {"all", "sw-en"})
    assert "compare methods within a column" in page


def test_what_differs_between_suites_is_said(make: Make, tmp_path: Path) -> None:
    """Methods of the same name with other settings, and measures that a suite has not."""
    one, two = make("one", measures=("AP",)), make("two")
    text = (two / "settings.json").read_text()
    assert '"class.name": "optical"' in text
    changed = text.replace('"class.name": "optical"', '"class.name": "optical", "marginals": "idf"')
    page = site([one, two], tmp_path / "same").read_text(encoding="utf-8")
    assert "Settings differ between suites" not in page
    assert "Not measured by nDCG@10: made (one)." in page
    (two / "settings.json").write_text(changed)
    page = site([one, two], tmp_path / "other").read_text(encoding="utf-8")
    assert "Settings differ between suites: optical." in page


def test_a_damaged_folder_is_named_and_nothing_written(make: Make, tmp_path: Path) -> None:
    """Half a site is none."""
    good, bad = make("good"), make("bad")
    (bad / "comparisons.json").write_text("{}")
    with pytest.raises(DataError, match=re.escape(str(bad / "comparisons.json"))):
        site([good, bad], tmp_path / "site")
    assert not (tmp_path / "site").exists()


def test_folders_without_results(make: Make, tmp_path: Path) -> None:
    """One among others is named on the first page; alone they make no site."""
    good, empty = make("good"), make("empty", failed=["sw-en/mse/seed=1"], pairs={"sw-en": "low"}, methods=("mse",), seeds=(1,), hypothesis=None)  # fmt: skip
    page = site([good, empty], tmp_path / "site").read_text(encoding="utf-8")
    assert "Left out, since they have no results: made (empty)." in plain(page)
    assert "Results of 1 suite" in plain(page)
    with pytest.raises(DataError, match="nothing was measured"):
        site([empty], tmp_path / "other")
