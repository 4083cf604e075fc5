"""Tokens of a model: its tokenizer with what it puts around texts, and how many of a text it reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, TypeAlias, cast

from clirbench.data.base import JSON, BitextSource, CollectionSource
from clirbench.data.filters import MOST_READ, sound
from clirbench.models.hub import Model, models_of
from clirbench.models.settings import Reader
from clirbench.running.stage import Context, Data, Stage
from clirbench.running.stages.encoder import by_content
from clirbench.running.stages.teacher import TeacherStage

if TYPE_CHECKING:
    from clirbench.data.base import Fetch
    from clirbench.models.tokens import Tokens
    from clirbench.spec.model import Suite

__all__ = [
    "LENGTH",
    "Length",
    "TokensStage",
    "length_of",
    "open_tokens_of",
    "read_length",
    "read_texts",
    "read_tokens",
    "write_length",
]

LENGTH = "length.json"
"""Of an artifact: the longest query or training sentence in tokens, and what it follows from."""
_COUNTED_BY = ("backbone", "revision", "adapter", "prefix", "markers", "query_length")
"""Settings of a reader that change how many tokens a text has, or how many are read."""


@dataclass(frozen=True, kw_only=True)
class TokensStage(Stage):
    """Finds out how many tokens of queries and training sentences a model has to read.

    Where the suite says it, that is so. Else it is what at least 95 % of the training sentences, and
    of the topics, of each language of the suite need, in tokens of this model, at most its positions.
    """

    kind: ClassVar[str] = "tokens"
    on_device: ClassVar[bool] = False
    neutral: ClassVar[Mapping[str, object]] = {
        "reading": None,
        "teacher": None,
        "collection": None,
        "languages": (),
        "bitext": (),
    }

    reader: Reader
    backbone: JSON
    """Checksums of a local backbone's files; none for a hub id, or a model from scratch."""
    reading: JSON = None
    """As a teacher's."""
    teacher: TeacherStage | None = None
    """The model, if it is one from scratch: its tokenizer is trained with it."""
    collection: Data | None = None
    """Whose topics are read; none: the length is known without them."""
    languages: tuple[str, ...] = ()
    """Of the topics."""
    bitext: tuple[tuple[str, Data], ...] = ()
    """Language and bitext, both of whose sides are read."""

    def settings(self) -> dict[str, JSON]:
        """What changes the tokens: neither weights' training nor what is done with vectors."""
        settings = super().settings()
        reader = by_content(self.reader, self.backbone)
        if self.teacher is not None:
            return {**settings, "reader": {"query_length": self.reader.query_tokens}}
        settings["reader"] = {key: reader[key] for key in _COUNTED_BY if key in reader}
        if isinstance(self.reading, dict):
            kept = ("adapter", "lower", "prefix", "markers")
            settings["reading"] = {k: self.reading[k] for k in kept if k in self.reading}
        return settings

    @property
    def models(self) -> tuple[Model, ...]:
        """That whose tokenizer it is, if it is of a hub."""
        return models_of(self.reader.backbone, self.reader.revision)

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the tokenizer and the length, and say how it was found."""
        from clirbench.models.encoder import Encoder
        from clirbench.models.lengths import find_length, open_tokens

        if "teacher" in inputs:
            tokens = Encoder.load(inputs["teacher"]).text
        else:
            tokens = open_tokens(self.reader)
        length, needs = self.reader.query_tokens, dict[str, int]()
        if length is None:
            source = cast("CollectionSource", cast("Data", self.collection).source)
            sources = [(own, cast("BitextSource", data.source)) for own, data in self.bitext]
            texts = read_texts(source, self.languages, sources, context.fetch)
            length, needs = find_length(tokens, texts, self.reader)
            context.says(_told(self.reader, length, needs))
        tokens.save(folder)
        write_length(folder, length, needs)


Length: TypeAlias = int | TokensStage
"""A length as a stage has it: as the suite says it, or what another stage finds out."""


def length_of(length: Length, folder: Path | None) -> int:
    """A length in tokens.

    Args:
        length: as a stage has it.
        folder: what it was found out in, if it was.
    """
    return length if isinstance(length, int) else read_length(cast("Path", folder))


def write_length(folder: Path, length: int, needs: Mapping[str, int] | None = None) -> None:
    """Write a length in tokens, and what each kind of text needs where it follows from that."""
    text = json.dumps({"length": length, "needs": needs or {}}, ensure_ascii=False)
    (folder / LENGTH).write_text(text, encoding="utf-8")


def read_length(folder: Path) -> int:
    """Read the length that `write_length` wrote."""
    return int(json.loads((folder / LENGTH).read_text(encoding="utf-8"))["length"])


def read_tokens(folder: Path) -> tuple[Tokens, int]:
    """The tokens of an artifact, and how many of a sentence are read."""
    from clirbench.models.tokens import Tokens

    return Tokens.load(folder), read_length(folder)


def open_tokens_of(reader: Reader, suite: Suite, fetch: Fetch) -> tuple[Tokens, int] | None:
    """The tokens of a suite's reader and how many of a sentence it reads, as its stage finds them.

    None for a model from scratch, whose tokenizer is trained with it.
    """
    from clirbench.models.lengths import find_length, open_tokens

    if reader.scratch is not None:
        return None
    tokens, length = open_tokens(reader), reader.query_tokens
    if length is None:
        pairs = {str(pair.plain): pair for pair in suite.pairs}.values()
        bitext = [(each, own.source) for p in pairs for each in p.foreign for own in p.bitext]
        languages = tuple(dict.fromkeys(pair.query for pair in pairs))
        length, _ = find_length(
            tokens, read_texts(suite.collection, languages, bitext, fetch), reader
        )
    return tokens, length


def read_texts(
    collection: CollectionSource,
    languages: tuple[str, ...],
    bitext: list[tuple[str, BitextSource]],
    fetch: Fetch,
) -> dict[str, list[str]]:
    """What queries and training sentences there are in each language, by what they are.

    Of a bitext, those that no filter leaves out are taken, 100,000 at most.
    """
    found: dict[str, list[str]] = {}
    for language in languages:
        topics = collection.topics(fetch, language)
        found.setdefault(f"{language} topics", []).extend(topics.values())
    for language, source in bitext:
        foreign = found.setdefault(f"{language} sentences", [])
        english = found.setdefault("en sentences", [])
        for pair in sound(source.pairs(fetch, language), language, MOST_READ):
            foreign.append(pair.foreign)
            english.append(pair.english)
    return found


def _told(reader: Reader, length: int, needs: Mapping[str, int]) -> str:
    most = max(needs, key=needs.__getitem__, default="")
    text = f"{reader.section}.query_length = {length} tokens of {reader.backbone}"
    if not needs:
        return f"{text}: the default, since there are no texts to count"
    if length < needs[most]:
        return f"{text}, all its positions; 95 % of {most} need {needs[most]}"
    return f"{text}: enough for 95 % of {most}; the others need fewer"
