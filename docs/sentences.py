"""Counts the words of each sentence that users read: README, docs, messages, help, descriptions of settings.

`python docs/sentences.py` prints every sentence of more than 30 words with its place, then the exceptions, and exits
with status 1 if one is no exception.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from clirbench.spec.schema import suite_schema

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 30
NOT_PROSE = {"reference", "citation", "equation"}
"""Class variables that hold no sentences: authors and titles, and formulas."""
EXCEPTIONS = {
    "aa ab ae": "a list of codes",
    "af:afr am": "a list of codes",
    "They live in herds": "a sample of a file",
    "exit status: 0 done;": "a list",
    "Source: Chizat, Peyré": "authors and titles",
    "optical is ": "an answer: figures, which a program puts together",
    "Optical is ": "the same",
    "Mean rank over ": "figures",
    "Families: ": "a list",
    "Sentence pairs with a longer side ": "figures",
}
"""How a long sentence begins that may stay, and why."""

_DROPPED = re.compile(
    r"^```.*?^```$|<!--.*?-->|</?[a-z][^>]*>|^(?: {4}[^\n]*\n)+", re.MULTILINE | re.DOTALL
)
_CODE = re.compile(r"`[^`]+`")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*(?:[-*>#|:]|\d+\.) )|(?<!\\)\|")
_END = re.compile(r"(?<=[.!?])(?<! al\.)(?<! cf\.)[)\"*_]*\s+(?=[^a-z]|[\w-]+: |optical is )|:\s*$")
_WORD = re.compile(r"[^\W_]")


class Sentence(NamedTuple):
    """A sentence, and where it stands."""

    place: str
    text: str

    @property
    def words(self) -> int:
        """What stands between blanks and has a letter or a digit."""
        return sum(bool(_WORD.search(word)) for word in self.text.split())

    @property
    def excepted(self) -> bool:
        """Whether it may be as long as it is."""
        return self.text.startswith(tuple(EXCEPTIONS))


def sentences(text: str) -> Iterator[str]:
    """The sentences of Markdown. Code within one is a word; blocks of code, comments and tags are left out."""
    plain = _LINK.sub(r"\1", _CODE.sub("CODE", _DROPPED.sub("\n\n", text)))
    for block in _BLOCK.split(plain):
        for sentence in _END.split(" ".join(block.split())):
            if stripped := sentence.strip(" #->*"):
                yield stripped


def pages(*paths: Path) -> Iterator[Sentence]:
    """What stands in files of Markdown."""
    for path in paths:
        for text in sentences(path.read_text(encoding="utf-8")):
            yield Sentence(str(path.relative_to(ROOT)), text)


def messages() -> Iterator[Sentence]:
    """What the program may say: its literals, but for docstrings; what is filled in is one word."""
    for path in sorted((ROOT / "clirbench").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        passed = set(_passed(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant | ast.JoinedStr) and node not in passed:
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                yield from (Sentence(place, text) for text in sentences(_text(node)))


def _passed(tree: ast.AST) -> Iterator[ast.AST]:
    """Docstrings, references and equations, and the parts of a literal that is looked at as a whole."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield from node.values
        elif isinstance(node, ast.Expr):
            yield node.value
        elif isinstance(node, ast.AnnAssign) and ast.unparse(node.target) in NOT_PROSE:
            yield from ast.walk(node)


def _text(node: ast.Constant | ast.JoinedStr) -> str:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    parts = (part.value if isinstance(part, ast.Constant) else "X" for part in node.values)
    return "".join(str(part) for part in parts)


def descriptions() -> Iterator[Sentence]:
    """What the schema of suites says of each section, method, source and key."""

    def walk(node: object, place: str) -> Iterator[Sentence]:
        if isinstance(node, list):
            for value in node:
                yield from walk(value, place)
        elif isinstance(node, dict):
            for key, value in node.items():
                if key == "description" and isinstance(value, str):
                    yield from (Sentence(place, text) for text in sentences(value))
                else:
                    yield from walk(value, f"{place}.{key}")

    yield from walk(suite_schema(), "suite.schema.json")


def held() -> list[Sentence]:
    """The long sentences of README, docs, messages and descriptions; each text once."""
    own = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    found = [*pages(*own), *messages(), *descriptions()]
    return list({one.text: one for one in found if one.words > LIMIT}.values())


def main() -> int:
    """Print the long sentences; gives the exit status."""
    long = held()
    for one in long:
        if not one.excepted:
            print(f"{one.place}: {one.words} words: {one.text}")
    for one in long:
        if one.excepted:
            print(f"exception: {one.place}: {one.words} words: {one.text[:60]}")
    return int(any(not one.excepted for one in long))


if __name__ == "__main__":
    sys.exit(main())
