"""Makes the pictures of README and docs anew; needs Chromium, playwright and Pillow (`pip install ".[test-browser]"`).

`python docs/pictures.py report` draws the first screen of a report, light and dark, from the results folder that
README names in `<!-- picture: results/NAME -->`.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
_SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
_COLOURS = 64
"""Colours of a picture of the screen, which has few: a third of the bytes."""


def report() -> None:
    """The first screen of a report."""
    from PIL import Image
    from playwright.sync_api import sync_playwright

    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- picture: (\S+) -->", readme)
    assert found
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        page = Path(folder) / "report.html"
        _clirbench("report", str(ROOT / found[1]), "--output", str(page))
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme in _SCHEMES:
            tab = browser.new_context(
                color_scheme=scheme, viewport={"width": 1120, "height": 700}
            ).new_page()
            tab.goto(page.as_uri())
            image = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
            image.quantize(_COLOURS).save(PICTURES / f"report-{scheme}.png", optimize=True)
        browser.close()


def _clirbench(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "clirbench", *words], check=True, cwd=ROOT)


if __name__ == "__main__":
    parts = {"report": report}
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", choices=[*parts, []], default=list(parts))
    for what in parser.parse_args().what or parts:
        parts[what]()
