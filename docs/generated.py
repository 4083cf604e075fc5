"""Fills the pages of the documentation with what the program says of itself (a hook of mkdocs)."""

from __future__ import annotations

import argparse
import inspect
import json
import re
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import clirbench
from clirbench.cli import _COMMANDS
from clirbench.cli.as_json import KEYS
from clirbench.data.base import BitextSource, CollectionSource
from clirbench.data.sources import SOURCES
from clirbench.front.shown import Plots
from clirbench.methods import METHODS, Distillation
from clirbench.spec.schema import Schema, suite_schema
from clirbench.transport import SOLVERS

ROOT = Path(__file__).resolve().parents[1]
_MARK = re.compile(r"<!-- (generated|include): (\S+) -->")
_OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./([^)#]+)(?:#[^)]*)?\)")
_BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
_TYPES = {
    "string": "string",
    "number": "number",
    "integer": "whole number",
    "boolean": "true or false",
    "array": "array",
    "object": "table",
}
_WIDTH = 100
_DIALOG = 'data-md-component="search" role="dialog"'


def on_page_markdown(markdown: str, **_: object) -> str:
    """Put generated text, or a file of the checkout, in the place of each mark."""
    return _MARK.sub(lambda mark: _PARTS[mark[1]](mark[2]), _OUTSIDE.sub(_named, markdown))


def on_post_page(output: str, **_: object) -> str:
    """Name the search dialog of the theme, for those who hear the page."""
    return output.replace(_DIALOG, f'{_DIALOG} aria-label="Search"')


def _named(link: re.Match[str]) -> str:
    """A file of the checkout that is not in docs/ is named; a link to it works there alone."""
    return f"{link[1]} (`{link[2]}`)" if (ROOT / link[2]).exists() else link[0]


def _include(path: str) -> str:
    text = (ROOT / path).read_text(encoding="utf-8")
    return f'```python title="{Path(path).name}"\n{text}```'


def _generated(name: str) -> str:
    return "\n".join(_PAGES[name]())


def _suite() -> Iterator[str]:
    """A chapter for each section of a suite file."""
    schema = suite_schema()
    for name, section in schema["properties"].items():
        many = section.get("type") == "array"
        required = ", required" if name in schema["required"] else ""
        yield f"\n## `{'[[' if many else '['}{name}{']]' if many else ']'}`{required}\n"
        own = section.get("items", section)
        yield _prose(section.get("description") or own.get("description", ""))
        if name == "method":
            yield "\nEach method has keys of its own: see [methods](methods.md). All have these:\n"
            common = schema["$defs"]["method.optical"]
            keys = {key: common["properties"][key] for key in ("name", "label", "training")}
            yield from _table({"properties": keys}, schema)
        elif name == "collection":
            for one in own["oneOf"]:
                table = schema["$defs"][one["$ref"].rpartition("/")[2]]
                source = table["properties"]["source"].get("const", "irds:ID")
                if source != "irds:ID":
                    yield from _source(source, schema)
        else:
            yield from _table(own, schema)
            for child in _children(own):
                yield f"\n### {child}\n"
                yield _prose(schema["$defs"][child].get("description", ""))
                yield from _table(schema["$defs"][child], schema)
            if name == "pair":
                for source, kind in SOURCES.items():
                    if issubclass(kind, BitextSource) and not issubclass(kind, CollectionSource):
                        yield from _source(source, schema)


def _source(name: str, schema: Schema) -> Iterator[str]:
    table = schema["$defs"][f"source.{name}"]
    yield f'\n### `source = "{name}"`\n'
    yield _prose(table.get("description", ""))
    yield from _table(table, schema, without=("source",))


def _methods() -> Iterator[str]:
    """Every method and solver, with its settings."""
    schema = suite_schema()
    for method in METHODS.values():
        yield f"\n## {method.name}\n"
        yield _prose(inspect.getdoc(method) or "")
        yield f"\n- level: {method.level}\n- learns from: {method.needs}"
        yield f"- reference: {_prose(method.reference)}"
        if issubclass(method, Distillation):
            yield f"- loss: `{' '.join(method.equation.split())}`"
        table = schema["$defs"][f"method.{method.name}"]
        yield from _table(table, schema, without=("name", "label", "training"))
    yield "\n## Solvers\n"
    yield "What makes the transport plan, where a method has a `solver`.\n"
    for solver in SOLVERS.values():
        yield f"\n### solver: {solver.name}\n"
        yield _prose(inspect.getdoc(solver) or "")
        yield from _table(schema["$defs"][f"solver.{solver.name}"], schema, without=("name",))


def _commands() -> Iterator[str]:
    for name, what in _COMMANDS.items():
        parser = argparse.ArgumentParser(
            prog=f"clirbench {name}",
            description=what,
            formatter_class=lambda prog: argparse.HelpFormatter(prog, width=_WIDTH),
        )
        import_module(f"clirbench.cli.{name.replace('-', '_')}").add_arguments(parser)
        yield f"\n## {name}\n\n```text\n{parser.format_help()}```"
        for words, keys in KEYS.items():
            if words.partition(" ")[0] == name:
                yield f"\n`clirbench {words} --json` prints one object with these keys:\n"
                yield from ("| key | |", "| --- | --- |")
                yield from (f"| `{key}` | {_prose(what)} |" for key, what in keys.items())


def _python() -> Iterator[str]:
    """The functions of `import clirbench`, and what the results that they give can do."""
    for name in clirbench.__all__:
        found = getattr(clirbench, name)
        yield f"\n## {'clirbench.' if name.islower() else ''}{name}\n"
        yield from _member(found)
        if inspect.isclass(found):
            for each, member in vars(found).items():
                if not each.startswith("_"):
                    yield f"\n### {name}.{each}\n"
                    yield from _member(member)
    yield "\n## Results.plot: the figures\n"
    for name, member in vars(Plots).items():
        if not name.startswith("_"):
            first = (inspect.getdoc(member) or "").partition("\n")[0]
            yield f"- `{name}{inspect.signature(member)}`: {_prose(first)}".replace("(self, ", "(")


def _member(member: Any) -> Iterator[str]:  # noqa: ANN401 - a function, class or property
    """A signature and a docstring in Google's style, as Markdown."""
    if callable(member) and not inspect.isclass(member):
        text = str(inspect.signature(member)).replace("(self, ", "(").replace("(self)", "()")
        yield f"```python\n{member.__name__}{text}\n```\n"
    section = ""
    for line in (inspect.getdoc(member) or "").splitlines():
        if line in {"Args:", "Returns:", "Raises:", "Example:"}:
            yield f"{'```' if section == 'Example:' else ''}\n**{line.removesuffix(':')}**\n"
            section = line
            if section == "Example:":
                yield "```python"
        elif section == "Example:":
            yield line.removeprefix("    ")
        elif section in {"Args:", "Raises:"} and line.strip():
            name, _, text = line.strip().partition(": ")
            more = line.startswith("        ")
            yield f"    {_prose(line.strip())}" if more else f"- `{name}`: {_prose(text)}"
        else:
            yield _prose(line.strip() if section else line)
    if section == "Example:":
        yield "```"


def _table(table: Schema, schema: Schema, without: tuple[str, ...] = ()) -> Iterator[str]:
    """A row for each key, folded: a page of them is long."""
    rows = {key: own for key, own in table.get("properties", {}).items() if key not in without}
    if not rows:
        yield "\nNo settings.\n"
        return
    word = "key" if len(rows) == 1 else "keys"
    yield f'\n??? keys "{len(rows)} {word}: {", ".join(rows)}"\n'
    yield "    | key | what it may be | default | meaning |"
    yield "    | --- | --- | --- | --- |"
    for key, own in rows.items():
        default = "required" if key in table.get("required", ()) else ""
        if "default" in own:
            default = f"`{json.dumps(own['default'], ensure_ascii=False)}`"
        cells = [f"`{key}`", _kind(own, schema), default, _prose(own.get("description", ""))]
        yield f"    | {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


def _kind(own: Schema, schema: Schema) -> str:
    """What a value may be, in words."""
    if "$ref" in own:
        name = own["$ref"].rpartition("/")[2]
        solver = "a [solver](methods.md#solvers), by name or as a table"
        return solver if name == "solver" else f"table: {_prose(schema['$defs'][name]['title'])}"
    if "const" in own:
        return f'`"{own["const"]}"`'
    if "enum" in own:
        return " or ".join(f"`{json.dumps(value)}`" for value in own["enum"])
    if "anyOf" in own:
        return " or ".join(dict.fromkeys(_kind(one, schema) for one in own["anyOf"]))
    text = _TYPES.get(own.get("type", ""), "any value")
    bounds = [f"{sign} {own[word]:g}" for word, sign in _BOUNDS.items() if word in own]
    if own.get("type") == "array" and "items" in own and "anyOf" not in own["items"]:
        text = f"array of: {_kind(own['items'], schema)}" if own["items"] else text
    return " ".join([text, " and ".join(bounds)]).strip()


def _children(table: Schema) -> Iterator[str]:
    """The tables inside a table."""
    for own in table.get("properties", {}).values():
        if (name := own.get("$ref", "").rpartition("/")[2]) and name != "solver":
            yield name


def _prose(text: str) -> str:
    """A docstring as Markdown: its signs are no markup, its code is left alone."""
    lines = [line if line.startswith("    ") else _escaped(line) for line in text.splitlines()]
    return "\n".join(lines)


def _escaped(line: str) -> str:
    parts = line.split("`")
    # not every Markdown has a backslash before "<"
    plain = [re.sub(r"([>*_\[\]])", r"\\\1", part) for part in parts[::2]]
    parts[::2] = [part.replace("<", "&lt;") for part in plain]
    return "`".join(parts)


_PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "suite": _suite,
    "methods": _methods,
    "commands": _commands,
    "python": _python,
}
_PARTS: dict[str, Callable[[str], str]] = {"generated": _generated, "include": _include}
__all__: list[Any] = ["on_page_markdown", "on_post_page"]
