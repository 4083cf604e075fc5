"""What the documentation shows is so: its commands, its suites, its generated pages."""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

from clirbench.cli import _COMMANDS, main
from clirbench.data.sources import SOURCES
from clirbench.methods import METHODS
from clirbench.spec.read import read_suite
from clirbench.spec.schema import suite_schema
from clirbench.spec.sections import SECTIONS
from clirbench.transport import SOLVERS

Call = Callable[..., subprocess.CompletedProcess[str]]

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.glob("*.md"))
OTHER_WORDS = {"python3", ".venv/bin/pip", ".", "export"}
"""What lines of shell begin with, if not with clirbench."""
TINY = {
    "synthetic": (
        "collection.concepts=60",
        "collection.topic_count=12",
        "collection.document_count=120",
        "collection.training_query_count=64",
        "collection.pairs_low=48",
        "collection.pairs_medium=48",
        "collection.pairs_high=48",
        "teacher.scratch={ layers = 1, width = 16, heads = 2, vocabulary = 400 }",
        "teacher.training={ epochs = 1, batch_size = 16 }",
        "training.epochs=1",
        "statistics.flips=1000",
        "statistics.resamples=1000",
    ),
    "files": ("teacher.backbone=scratch", "teacher.training={ epochs = 1 }"),
    "beir": (),
}
"""What makes the suites of the documentation small, by collection."""


_WORDS = re.compile(r"[^\W\d_]{2,}")
"""What of an output is compared: other numbers come of smaller suites."""


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    title: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order, and the files that it includes."""
    text = page.read_text(encoding="utf-8")
    include = re.compile(r"<!-- include: (\S+) -->")
    text = include.sub(
        lambda found: (
            f'```python title="{Path(found[1]).name}"\n{(ROOT / found[1]).read_text()}```'
        ),
        text,
    )
    fence = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)
    for found in fence.finditer(text):
        yield Block(found[1], found[2] or "", found[3])


def commands(block: Block) -> list[list[str]]:
    """The clirbench commands of a block of shell or of a workflow, in words."""
    lines = [line.strip().removeprefix("- run: ") for line in block.text.splitlines()]
    words = [
        shlex.split(line.removesuffix(" &"), comments=True)
        for line in lines
        if line.startswith("clirbench ") and not line.endswith("\\")
    ]
    if block.language == "sh":
        assert {shlex.split(line)[0] for line in lines} <= {"clirbench", *OTHER_WORDS}
    return [own[1:] for own in words]


def indented(page: Path) -> list[list[str]]:
    """The commands of a page's indented blocks."""
    lines = re.findall(r"^    clirbench (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return [shlex.split(line.removesuffix(" &"), comments=True) for line in lines]


@pytest.mark.parametrize(
    "page",
    [*PAGES, ROOT / "README.md", *sorted(ROOT.glob("examples/*/README.md"))],
    ids=lambda p: f"{p.parent.name}/{p.stem}",
)
def test_commands_take_their_options(page: Path) -> None:
    """Every command shown is one, and each of its options exists."""
    shown = [words for block in blocks(page) for words in commands(block)] + indented(page)
    for name, *words in shown:
        parser = argparse.ArgumentParser(exit_on_error=False)
        import_module(f"clirbench.cli.{name.replace('-', '_')}").add_arguments(parser)
        parser.parse_args(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_suites_are_valid(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A suite shown whole can be read; of a part, each section is valid."""
    jsonschema = pytest.importorskip("jsonschema")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    parts = jsonschema.Draft202012Validator({**suite_schema(), "required": []})
    for block in written(page):
        if block.language == "toml":
            assert [error.message for error in parts.iter_errors(tomllib.loads(block.text))] == []
            if block.title:
                read_suite(Path(block.title))


def written(page: Path) -> Iterator[Block]:
    """The blocks of a page; the files that it shows are written into the working directory."""
    for block in blocks(page):
        if block.title and not block.title.startswith("."):
            Path(block.title).parent.mkdir(parents=True, exist_ok=True)
            Path(block.title).write_text(block.text)
        yield block


def walk(page: Path, do: Callable[[list[str]], None]) -> None:
    """Write the files that a page shows into the working directory, and do its commands, in order."""
    for block in written(page):
        for words in commands(block) if block.language == "sh" else ():
            do(words)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_can_be_planned(
    page: Path, tmp_path: Path, command: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In an empty folder, what a page writes, imports or runs can be written, imported, planned."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)

    def do(words: list[str]) -> None:
        if words[0] == "run":
            words = ["plan", *words[1:]]
        if words[0] in {"init", "schema", "plan", "import-run", "methods"}:
            done = command(*words)
            assert done.returncode == 0, done.stderr

    walk(page, do)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_can_be_done(
    page: Path, tmp_path: Path, clirbench: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every command of a page, in order, for real, on small settings."""
    monkeypatch.chdir(tmp_path)
    said: list[str] = []

    def do(words: list[str]) -> None:
        if words[0] == "run":
            source = tomllib.loads(Path(words[1]).read_text())["collection"]["source"]
            words = [*words, *(part for value in TINY[source] for part in ("--set", value))]
        done = clirbench(*words)
        assert done.returncode == 0, done.stdout + done.stderr
        said.append(done.stdout)

    walk(page, do)
    shown = " ".join(block.text for block in blocks(page) if block.language == "output")
    assert set(_WORDS.findall(shown)) <= set(_WORDS.findall(" ".join(said)))


@pytest.mark.slow
def test_the_job_array_can_be_done(
    tmp_path: Path, clirbench: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The jobs of the page's array, one after another with a shell for Slurm, and their parts joined."""
    monkeypatch.chdir(tmp_path)
    walk(DOCS / "offline.md", lambda words: None)
    for name in ("init", "data"):
        (words,) = [
            words
            for block in blocks(DOCS / "offline.md")
            if block.language == "sh"
            for words in commands(block)
            if words[0] == name
        ]
        assert clirbench(*words).returncode == 0
    Path("shared/venv/bin").mkdir(parents=True)
    activate = f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH\n"
    Path("shared/venv/bin/activate").write_text(activate)
    Path("shared/work").symlink_to(tmp_path)
    tiny = " ".join(f"--set {shlex.quote(value)}" for value in TINY["synthetic"])
    script = Path("array.sh").read_text()
    script = script.replace("/shared/", f"{tmp_path}/shared/").replace(
        "run suite.toml", f"run suite.toml {tiny}"
    )
    first, last = map(int, re.search(r"--array=(\d+)-(\d+)", script).groups())  # type: ignore[union-attr]
    for part in range(first, last + 1):
        done = subprocess.run(
            ["/bin/bash", "-c", script],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "SLURM_ARRAY_TASK_ID": str(part)},
        )
        assert done.returncode == 0, done.stdout + done.stderr
    (merge,) = [
        words
        for block in blocks(DOCS / "offline.md")
        for words in commands(block)
        if words[0] == "merge"
    ]
    done = clirbench(*merge)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "optical is" in Path("results/suite/table.md").read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_scripts_can_be_read_by_a_shell(page: Path) -> None:
    """Each block of shell is whole."""
    for block in blocks(page):
        if block.language in {"bash", "sh"}:
            done = subprocess.run(
                ["/bin/bash", "-n", "-c", block.text], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr


def test_the_workflow_does_what_the_page_says() -> None:
    """The GitHub Actions file is YAML, its inputs are the action's, and its files those of the page."""
    yaml = pytest.importorskip("yaml")
    shown = list(blocks(DOCS / "ci.md"))
    (workflow,) = [block for block in shown if block.language == "yaml"]
    parsed = yaml.safe_load(workflow.text)
    (given,) = (
        step["with"] for step in parsed["jobs"]["check"]["steps"] if "/clirbench@" in step["uses"]
    )
    (last,) = commands([block for block in shown if block.language == "sh"][-1])
    assert last[:4] == ["check", given["results"], "--baseline", given["baseline"]]
    assert given["suite"] in {block.title for block in shown}
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    table = re.findall(r"^\| `([\w-]+)` \|", (DOCS / "ci.md").read_text(), re.MULTILINE)
    assert table == list(action["inputs"])
    assert given.keys() <= action["inputs"].keys()


@pytest.fixture(scope="module")
def generated() -> ModuleType:
    """The hook that fills the pages."""
    spec = importlib.util.spec_from_file_location("generated", DOCS / "generated.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def filled(generated: ModuleType, name: str) -> str:
    """A page as it is published."""
    text: str = generated.on_page_markdown((DOCS / f"{name}.md").read_text(encoding="utf-8"))
    assert "<!--" not in text
    return text


def test_the_suite_page_has_every_key(generated: ModuleType) -> None:
    """Each section, source and key that a suite file may have is described."""
    text = filled(generated, "suite")
    schema = suite_schema()
    for section in SECTIONS:
        assert re.search(rf"^## `\[+{section}\]+`", text, re.MULTILINE), section
        own = schema["properties"][section]
        for key in own.get("items", own).get("properties", {}):
            assert f"| `{key}` |" in text, key
    for source in SOURCES:
        assert f'### `source = "{source}"`' in text
        for key in schema["$defs"][f"source.{source}"]["properties"].keys() - {"source"}:
            assert f"| `{key}` |" in text, key


def test_the_methods_page_has_every_method(generated: ModuleType) -> None:
    """Each method and solver has a chapter with its settings."""
    chapters = re.split(r"^##+ ", filled(generated, "methods"), flags=re.MULTILINE)
    found = {chapter.partition("\n")[0]: chapter for chapter in chapters[1:]}
    solvers = {f"solver: {solver}" for solver in SOLVERS}
    about = {
        "Transport and contrast, of sentences and of tokens",
        "Pieces or words, and what they weigh",
        "Losses together, and one after another",
        "Hard negatives",
    }
    assert set(found) == about | {*METHODS, "Solvers", *solvers}
    schema = suite_schema()
    for what, names in (("method", METHODS), ("solver", SOLVERS)):
        for name in names:
            chapter = found[name if what == "method" else f"solver: {name}"]
            for key in schema["$defs"][f"{what}.{name}"]["properties"]:
                assert f"| `{key}` |" in chapter or key in {"name", "label", "training"}, (
                    name,
                    key,
                )


def test_the_commands_page_has_every_command(generated: ModuleType) -> None:
    """Each command has its help."""
    text = filled(generated, "commands")
    assert "`clirbench data list --json` prints one object with these keys:\n\n| key | |" in text
    assert "| `seconds_left` | expected for a run in progress; null: not known yet |" in text
    for name in _COMMANDS:
        assert f"usage: clirbench {name} " in text


def _markdown_it(text: str) -> str:
    return str(pytest.importorskip("markdown_it").MarkdownIt().render(text))


def _python_markdown(text: str) -> str:
    return str(pytest.importorskip("markdown", reason="needs clirbench[docs]").markdown(text))


@pytest.mark.parametrize("render", [_markdown_it, _python_markdown])
def test_no_name_becomes_markup(generated: ModuleType, render: Callable[[str], str]) -> None:
    """Signs of Markdown and HTML in docstrings are shown as they are, code is left alone."""
    text = "50%_&<b> *x* _y_ [z](w) `a<b>*`"
    rendered = render(generated._prose(text)).strip()  # noqa: SLF001
    assert rendered == ("<p>50%_&amp;&lt;b&gt; *x* _y_ [z](w) <code>a&lt;b&gt;*</code></p>")


def test_links_out_of_the_site_name_the_file(generated: ModuleType) -> None:
    """What is in the checkout and not on the site is named; a link to nothing stays, and is told."""
    fill = generated.on_page_markdown
    assert fill("[this](../README.md#more), [that](ci.md)") == "this (`README.md`), [that](ci.md)"
    assert fill("[gone](../nowhere.md)") == "[gone](../nowhere.md)"


def test_nothing_heavy_is_needed_to_build() -> None:
    """The pages are made without torch, so that the documentation builds in seconds."""
    code = (
        "import runpy, sys; page = runpy.run_path(sys.argv[1])['on_page_markdown']\n"
        "[page(f'<!-- generated: {name} -->') for name in ('suite', 'methods', 'commands')]\n"
        "print(sorted({'torch', 'transformers', 'scipy', 'ot', 'pandas'} & set(sys.modules)))"
    )
    words = [sys.executable, "-c", code, str(DOCS / "generated.py")]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.slow
def test_the_site_builds_strictly(tmp_path: Path) -> None:
    """No page or link is missing."""
    pytest.importorskip("mkdocs")
    words = [
        sys.executable,
        "-m",
        "mkdocs",
        "build",
        "--strict",
        "--site-dir",
        str(tmp_path / "site"),
    ]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "suite" / "index.html").exists()


@pytest.fixture
def command(
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command line in this process."""

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        status = main(arguments)
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, status, printed.out, printed.err)

    return call


def test_the_table_of_transport_and_contrast_is_of_methods() -> None:
    """Each cell of the 2 x 2 is a method of the row's level, and none stands twice."""
    text = (DOCS / "methods.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (sentence|token) \| `([\w-]+)` \| `([\w-]+)` \|$", text, re.MULTILINE)
    assert [level for level, *_ in rows] == ["sentence", "token"]
    for level, *names in rows:
        assert [METHODS[name].level for name in names] == [level, level]
    assert len({name for _, *names in rows for name in names}) == 4
