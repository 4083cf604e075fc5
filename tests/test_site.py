"""The site of the documentation in a real browser: Chromium, driven by Playwright, judged by axe."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")  # fmt: skip
ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(page.stem for page in (ROOT / "docs").glob("*.md"))

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium"),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site, built and served."""
    pytest.importorskip("mkdocs", reason="needs clirbench[docs]")
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *words: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window."""
    driver = pytest.importorskip("playwright.sync_api", reason="needs clirbench[test-browser]")
    with driver.sync_playwright() as started:
        found = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    browser: Browser, site: str, scheme: Literal["light", "dark"], width: int
) -> None:
    """On no page, with sections folded and open; nothing is asked of another host, no page is too wide."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    for page in PAGES:
        tab = context.new_page()
        tab.goto(f"{site}/{'' if page == 'index' else page + '/'}", wait_until="networkidle")
        assert tab.evaluate("document.documentElement.scrollWidth") <= width, page
        tab.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        found = axe.Axe().run(tab).response["violations"]
        assert [
            (one["id"], one["nodes"][0]["html"])
            for one in found
            if one["impact"] in {"serious", "critical"}
        ] == [], page
        tab.close()
    assert {url for url in asked if not url.startswith((site, "data:", "blob:"))} == set()


def test_a_long_page_is_narrowed(browser: Browser, site: str) -> None:
    """What is typed hides all sections and keys that do not have it; emptied, all are back."""
    tab = browser.new_context(viewport={"width": 390, "height": 900}).new_page()
    tab.goto(f"{site}/methods/", wait_until="networkidle")
    height = "document.documentElement.scrollHeight"
    whole = tab.evaluate(height)
    tab.get_by_role("searchbox", name="Show only").fill("teacher_temperature")
    assert tab.locator("h2:visible").evaluate_all("all => all.map(one => one.id)") == [
        "similarity-kl"
    ]
    assert tab.locator("tbody tr:visible").count() == 1
    assert tab.evaluate(height) < whole / 5
    tab.get_by_role("searchbox", name="Show only").fill("")
    assert tab.evaluate(height) == whole
