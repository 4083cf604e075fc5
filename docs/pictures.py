"""Makes the pictures of README and docs anew; needs Chromium, playwright and Pillow (`pip install ".[test-browser]"`).

- `python docs/pictures.py report` draws the first screen of a report, light and dark, from the results folder that
  README names in `<!-- picture: results/NAME -->`.
- `python docs/pictures.py terminal [RESULTS]` runs the suite that `clirbench init` writes, in two minutes, and draws
  what commands print; what RESULTS has of that suite is skipped.
"""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
COLOURS = 64
"""Colours of a picture of the screen, which has few: a third of the bytes."""
WIDTH = 120
"""Columns of the terminal."""
TERMINAL = {
    "plan": "plan first.toml",
    "run": "run first.toml",
    "methods": "methods optical",
    "exact": "run first.toml --set method.optical.solver=exact --only qde-en/optical --results results/exact",
    "compare": "compare results/first results/exact",
}
"""Name of a picture, and the command that it is of."""
SHOWN = ("plan", "run", "methods", "compare")
LINES = 26
"""How many lines of a command are shown."""


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
        _clirbench(ROOT, "report", str(ROOT / found[1]), "--output", str(page))
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme in SCHEMES:
            tab = browser.new_context(
                color_scheme=scheme, viewport={"width": 1120, "height": 700}
            ).new_page()
            tab.goto(page.as_uri())
            image = Image.open(io.BytesIO(tab.screenshot())).convert("RGB")
            image.quantize(COLOURS).save(PICTURES / f"report-{scheme}.png", optimize=True)
        browser.close()


def terminal(results: str = "") -> None:
    """What commands print, as on a terminal."""
    with tempfile.TemporaryDirectory() as folder:
        _clirbench(Path(folder), "init", "first.toml")
        for name, command in TERMINAL.items():
            printed = _clirbench(Path(folder), *shlex.split(command)).rstrip()
            if results and name == "plan":
                shutil.copytree(results, Path(folder) / "results" / "first")
            if name in SHOWN:
                text = _answered(printed) if name == "run" else _begun(printed)
                picture = _drawn(name, f"clirbench {command}", text)
                (PICTURES / f"{name}.svg").write_text(picture, encoding="utf-8")


def _begun(printed: str) -> str:
    """The first lines."""
    lines = printed.splitlines()
    return "\n".join([*lines[:LINES], *["…"] * (len(lines) > LINES)])


def _answered(printed: str) -> str:
    """The table of a run and its answer, without what is between."""
    *rest, answer, _ = printed.split("\n\n")
    table = re.search(r"^[^\n]*: MAP.*?└[^\n]*$", "\n\n".join(rest), re.MULTILINE | re.DOTALL)
    assert table
    return f"{table[0]}\n…\n\n{answer}"


def _drawn(name: str, title: str, text: str) -> str:
    """A terminal with this text, as SVG that asks for no font."""
    from rich._export_format import CONSOLE_SVG_FORMAT
    from rich.console import Console
    from rich.text import Text

    plain = re.sub(r"@font-face {{.*?}}\s*", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    console = Console(record=True, width=WIDTH, file=io.StringIO(), legacy_windows=False)
    console.print(Text.from_ansi(text))
    return console.export_svg(title=title, code_format=plain, unique_id=name)


def _clirbench(folder: Path, *words: str) -> str:
    """What a command prints on a terminal of that width, without the movements of the cursor."""
    environment = {
        **os.environ,
        "CLIRBENCH_CACHE": str(folder / "cache"),
        "COLUMNS": str(WIDTH),
        "FORCE_COLOR": "1",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-m", "clirbench", *words],
        check=True,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-ln-z]", "", done.stdout)


if __name__ == "__main__":
    what, *given = sys.argv[1:]
    {"report": report, "terminal": terminal}[what](*given)
