"""The page in a real browser: Chromium, driven by Playwright, judged by axe."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from clirbench.data.lock import Lock
from clirbench.report.html_report import html_report
from clirbench.report.page.texts import at_hand
from clirbench.report.site import site
from clirbench.results.folder import Folder

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from playwright.sync_api import Page as Tab

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")  # fmt: skip
Open = Callable[..., "Tab"]
OPENED = "all => all.forEach(one => { one.open = true; })"
ATTACK = "</script><img src=x onerror='window.attacked = 1'><script>window.attacked = 1</script>"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    driver = pytest.importorskip("playwright.sync_api", reason="needs clirbench[test-browser]")
    with driver.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


def write(results: Path, path: Path) -> Path:
    """Write the page of a folder."""
    fetch = at_hand(path.parent, None, Lock(path.with_name("no.lock")))
    path.write_text(html_report(Folder(results), fetch=fetch), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def file(whole_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a folder that has everything."""
    return write(whole_folder, tmp_path_factory.mktemp("page") / "report.html")


@pytest.fixture
def nasty_file(make_folder: Callable[..., Path], tmp_path: Path) -> Path:
    """The page of a folder whose names are long and whose texts are markup."""
    name = "50%_&<b>\"'-that-is-long-" + 30 * "x"
    results = make_folder(
        methods=("zero-shot", "oracle", "contrastive", name),
        hypothesis=(name, "contrastive", "all"),
        failed=["de-en/zero-shot"],
        measures=("RR@10", "nDCG@10"),
        text=ATTACK,
        collection=True,
    )
    return write(results, tmp_path / "report.html")


@pytest.fixture
def index(
    make_folder: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The first page of a site of three suites, of which one has names that are long and markup."""
    monkeypatch.setenv("CLIRBENCH_CACHE", str(tmp_path / "no-cache"))
    name = "50%_&<b>\"'-that-is-long-" + 30 * "x"
    fields: dict[str, dict[str, Any]] = {
        "low": {"pairs": {"sw-en": "low", "so-en": "low"}},
        "high": {"pairs": {"de-en": "high"}, "hypothesis": None},
        "a-folder-whose-name-is-rather-long": {
            "methods": ("zero-shot", "mse", name),
            "hypothesis": (name, "mse", "all"),
            "pairs": {"sw-en": "low", "de-en": "high"},
        },
    }
    folders = [make_folder(**own).rename(tmp_path / key) for key, own in fields.items()]
    return site(folders, tmp_path / "site")


@pytest.fixture
def show(browser: Browser, file: Path) -> Iterator[Open]:
    """Opens the page; at the end of the test nothing has been asked for or complained of."""
    said: list[str] = []
    contexts = []

    def show(
        scheme: Literal["light", "dark"] = "light", width: int = 1280, path: Path = file
    ) -> Tab:
        context = browser.new_context(
            color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
        )
        contexts.append(context)
        tab = context.new_page()
        tab.on("console", lambda message: said.append(message.text))
        tab.on("pageerror", lambda error: said.append(str(error)))
        tab.on("request", lambda request: said.append(request.url))
        tab.goto(path.as_uri())
        return tab

    yield show
    for context in contexts:
        context.close()
    assert [one for one in said if not one.endswith(".html")] == []


def check_grave(found: dict[str, Any]) -> None:
    """No fault that axe found is serious or critical."""
    grave = [
        (fault["id"], fault["help"], [node["html"][:120] for node in fault["nodes"][:3]])
        for fault in found["violations"]
        if fault["impact"] in {"serious", "critical"}
    ]
    assert grave == []
    assert len(found["passes"]) > 20


def rows(tab: Tab, column: int) -> list[str]:
    """The texts of a column of the table that is shown, of the rows that are shown."""
    found: list[str] = tab.eval_on_selector_all(
        "#scores [data-measure]:not([hidden]) tbody tr:not([hidden])",
        f"rows => rows.map(row => row.cells[{column}].dataset.value"
        f" || row.cells[{column}].textContent)",
    )
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(scheme: str, width: int, show: Open) -> None:
    """No serious or critical fault in light or dark, on a desk or a phone, all details opened."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    tab = show(scheme, width)
    tab.check("#details-toggle")
    tab.eval_on_selector_all("details", OPENED)
    tab.focus("#scatter")
    tab.keyboard.press("ArrowRight")
    check_grave(axe.Axe().run(tab).response)


def test_the_table_sorts_by_keyboard(show: Open) -> None:
    """A head's button sorts from the best down, then up, then not; aria-sort says so."""
    tab = show()
    before = rows(tab, 0)
    head = "#scores [data-measure]:not([hidden]) th[data-column='1']"
    tab.focus(f"{head} button")
    orders = []
    for state in ("descending", "ascending", None):
        tab.keyboard.press("Enter")
        assert tab.get_attribute(head, "aria-sort") == state
        orders.append([float(value) for value in rows(tab, 1)])
    assert orders[0] == sorted(orders[0], reverse=True)
    assert orders[1] == sorted(orders[1])
    assert rows(tab, 0) == before
    tab.keyboard.press("Shift+Tab")
    tab.keyboard.press("Space")
    assert rows(tab, 0) == sorted(before)
    assert "Sorted by method, ascending." in (tab.text_content("#said") or "")


def test_the_table_filters_by_keyboard(show: Open) -> None:
    """A part of a name leaves the methods that have it; a group of columns leaves its own."""
    tab = show()
    tab.focus("#method-filter")
    tab.keyboard.type("opt, ora")
    assert rows(tab, 0) == ["oracle", "optical"]
    assert tab.text_content("#filter-count") == "2 of 5 methods"
    tab.keyboard.press("Tab")
    tab.keyboard.type("means")
    heads = tab.eval_on_selector_all(
        "#scores [data-measure]:not([hidden]) thead tr:last-child th:not([hidden])",
        "all => all.map(one => one.textContent)",
    )
    assert heads == ["low", "all"]


def test_measures_change_tables_and_charts(show: Open) -> None:
    """Another measure shows its own table, differences and languages, and moves the plot."""
    tab = show()
    before = rows(tab, 1), tab.text_content("#scatter-name")
    tab.select_option("#measure", label="nDCG@10")
    assert rows(tab, 1) != before[0]
    shown = tab.eval_on_selector_all(
        "[data-measure]:not([hidden])", "all => all.map(one => one.dataset.measure)"
    )
    assert shown == ["1", "1", "1", "1"]
    assert "difference in nDCG@10" in tab.inner_text("#answer")
    assert "difference in MAP" not in tab.inner_text("#answer")
    assert (tab.text_content("#scatter-name") or "").startswith("nDCG@10 by topic")


def test_a_wide_table_says_that_it_goes_on(show: Open) -> None:
    """On a phone a button names the means and brings them; on a desk there is none."""
    assert not show().is_visible("#scores .onward")
    tab = show(width=390)
    button = tab.locator("#scores [data-measure]:not([hidden]) .onward button")
    assert button.inner_text() == "More columns and the means →"
    last = tab.locator("#scores [data-measure]:not([hidden]) th.of-mean").last
    box = last.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] > 390
    button.click()
    tab.get_by_role("button", name="← Back to the first columns").first.wait_for()
    box = last.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= 391


def test_the_columns_of_a_small_table_stand_together(
    show: Open, make_folder: Callable[..., Path], tmp_path: Path
) -> None:
    """With one pair no number is farther from its method than a few words."""
    (tmp_path / "small").mkdir()
    path = write(make_folder(pairs={"sw-en": "low"}), tmp_path / "small" / "report.html")
    tab = show(path=path)
    table = tab.locator("#scores [data-measure]:not([hidden]) table").bounding_box()
    assert table is not None
    assert table["width"] < 400


def test_learning_curves_are_read_by_pointing(show: Open) -> None:
    """The nearest point's language, loss and step stand below the chart, as they are in the log."""
    tab = show()
    chart = tab.locator("#training svg.chart").first
    readout = tab.locator("#training .readout").first
    assert readout.inner_text() == "Point at a line to read it."
    chart.scroll_into_view_if_needed()
    line = chart.locator("polyline").first
    places = (line.get_attribute("points") or "").split()
    box = chart.bounding_box()
    assert box is not None
    x, y = map(float, places[-1].split(","))
    tab.mouse.move(box["x"] + x * box["width"] / 340, box["y"] + y * box["width"] / 340)
    values = [line.get_attribute(f"data-{key}") or "" for key in ("name", "values", "steps")]
    name, value, step = values[0], values[1].split()[-1], values[2].split()[-1]
    assert readout.inner_text() == f"{name}: {value} at {step} steps"
    tab.mouse.move(0, 0)
    assert readout.inner_text() == "Point at a line to read it."


def test_topics_are_walked_through_by_keyboard_and_pointed_at(show: Open) -> None:
    """The plot has a point for each topic; its text is shown on an arrow key and under the pointer."""
    tab = show()
    assert tab.locator("#scatter .point").count() == 12
    tab.focus("#scatter")
    tab.keyboard.press("ArrowRight")
    first = tab.text_content("#scatter-card") or ""
    assert "tl topic t" in first
    assert "en topic t" in first
    tab.keyboard.press("End")
    last = tab.text_content("#scatter-card") or ""
    assert last != first
    assert "+" in first.rpartition("difference")[2]
    tab.locator("#scatter .point").first.hover()
    assert tab.text_content("#scatter-card") == first
    tab.select_option("#topic-pair", label="fi-en")
    assert "fi-en: of 12 topics" in (tab.text_content("#scatter-name") or "")


def test_another_pair_shows_its_wins_and_losses(show: Open) -> None:
    """One language pair's examples are shown at a time."""
    tab = show()
    assert tab.locator("[data-example]:visible").count() == 1
    tab.select_option("#example-pair", label="de-en")
    assert "de-en" in (tab.locator("[data-example]:visible").text_content() or "")


def test_dark_and_light(show: Open) -> None:
    """The page follows the system, and the button turns it round, for as long as it is kept."""
    colours = {}
    for scheme in ("light", "dark"):
        tab = show(scheme)
        paper = "getComputedStyle(document.body).backgroundColor"
        colours[scheme] = tab.evaluate(paper)
        tab.click("#theme")
        colours[f"{scheme}, turned"] = tab.evaluate(paper)
        tab.reload()
        assert tab.evaluate(paper) == colours[f"{scheme}, turned"]
    assert colours["light"] == colours["dark, turned"] != colours["dark"]
    assert colours["dark"] == colours["light, turned"]


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_no_page_is_wider_than_its_screen(width: int, show: Open, nasty_file: Path) -> None:
    """Only tables and maps scroll sideways, within themselves."""
    for path in (None, nasty_file):
        tab = show(width=width, **({"path": path} if path else {}))
        tab.check("#details-toggle")
        tab.eval_on_selector_all("details", OPENED)
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_texts_of_suites_run_nothing(show: Open, nasty_file: Path) -> None:
    """Whatever is pointed at or chosen, texts stay texts."""
    tab = show(path=nasty_file)
    tab.eval_on_selector_all("details", OPENED)
    tab.focus("#scatter")
    tab.keyboard.press("ArrowRight")
    assert ATTACK in (tab.text_content("#scatter-card") or "")
    tab.select_option("#topic-pair", label="fi-en")
    tab.select_option("#example-pair", label="fi-en")
    assert tab.locator("img").count() == 0
    assert tab.evaluate("window.attacked") is None


def test_it_prints(show: Open, tmp_path: Path) -> None:
    """On paper the page is light and leaves out what can only be pressed."""
    tab = show("dark")
    tab.pdf(path=tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").stat().st_size > 20_000
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(252, 251, 248)"
    assert not tab.locator("#measure").is_visible()
    assert not tab.locator("#method-filter").is_visible()


def test_without_scripts_the_numbers_are_there(browser: Browser, file: Path) -> None:
    """Tables and charts need no script."""
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(file.as_uri())
    assert tab.locator("#scores table:visible").count() == 1
    assert tab.locator("#languages svg.strip:visible").count() > 8
    assert "Without scripts" in (tab.text_content("noscript") or "")
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious_in_a_site(
    scheme: str, width: int, show: Open, index: Path
) -> None:
    """The first page has no serious fault, and only its table is wider than the screen."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe")
    tab = show(scheme, width, index)
    tab.eval_on_selector_all("details", OPENED)
    check_grave(axe.Axe().run(tab).response)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width


def test_a_site_is_filtered_by_language_and_method(show: Open, index: Path) -> None:
    """A language leaves its suites, and its pairs of each; a name leaves the methods that have it."""

    def named() -> list[str]:
        return tab.locator(".suite:visible h3").all_inner_texts()

    def heads() -> list[str]:
        found = tab.locator("[data-measure]:not([hidden]) thead th:visible button")
        return [text.split(" of ")[0].strip() for text in found.all_text_contents()]

    tab = show(path=index)
    everything = heads()
    assert everything == ["method", "all 2 pairs", "de-en", "all 2 pairs"]
    assert len(named()) == 3
    tab.select_option("#column-filter", label="Swahili (sw)")
    assert heads() == ["method", "sw-en", "sw-en"]
    assert [name.partition(" (")[2][:3] for name in named()] == ["low", "a-f"]
    assert tab.text_content("#filter-count") == "2 of 3 suites"
    tab.fill("#method-filter", "50%")
    assert len(rows(tab, 0)) == len(named()) == 1
    tab.fill("#method-filter", "")
    tab.select_option("#column-filter", label="German (de)")
    tab.select_option("#measure", label="nDCG@10")
    assert heads() == ["method", "de-en", "de-en"]
    tab.select_option("#column-filter", label="all")
    assert heads() == everything


def test_a_site_leads_to_its_reports_and_back(show: Open, index: Path) -> None:
    """Opened as files, without a server."""
    tab = show(path=index)
    tab.locator(".suite h3 a").first.click()
    assert tab.title() == "made: clirbench report"
    tab.click("text=All suites")
    assert tab.title() == "clirbench: results of 3 suites"


def test_without_scripts_a_site_shows_the_means(browser: Browser, index: Path) -> None:
    """Answers and the means over all pairs need no script."""
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(index.as_uri())
    assert tab.locator(".suite:visible").count() == 3
    assert tab.locator("#scores table:visible").count() == 1
    assert tab.locator("#scores table:visible thead th:visible").count() == 4
    context.close()
