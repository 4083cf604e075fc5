"""The `xquad` source: questions on English paragraphs, translated by people."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clirbench.data.base import (
    CollectionSource,
    Document,
    Download,
    Fetch,
    Judgments,
    Rules,
    Topics,
)
from clirbench.data.lines import read_lines
from clirbench.data.pins import Repository, choose
from clirbench.errors import DataError
from clirbench.files import parse_json
from clirbench.settings import settings

__all__ = ["XQuAD"]

_UPSTREAM = Repository(
    name="google-deepmind/xquad", commit="7d30520c717524000f0d9d2f9c10a069acd9d285"
)

# language: bytes, SHA-256; none: trusted on first use
_FILES: dict[str, tuple[int, str] | tuple[()]] = {
    "ar": (1_582_988, "abdabd7afed5c635d99cca0f3f0d0c9d9ed0bc77451e963c2e4e0638c29e486d"),
    "de": (669_810, "990b5d746746ed65ed4702ea5f35f99ffa4e2f1c390c07d003642acd937916f9"),
    "el": (),
    "en": (609_383, "e4c57d1c9143aaa1c5d265ba5987a65f4e69528d2a98f29d6e75019b10344f29"),
    "es": (),
    "hi": (1_680_538, "df2cce3532b37e9beb8979704b5c9a4bf874358f105395a298b89427b43b9d24"),
    "ro": (),
    "ru": (1_896_368, "208d5b1aa154c52b1b5c5eda16281e455e8fd198cdb9af3f469f0d6037d973bf"),
    "th": (),
    "tr": (),
    "vi": (),
    "zh": (808_652, "691d0b3359bc6b8faa8de931dfdfe21d50a65861ae348e32a0d1a0190b0c8835"),
}


@settings
class XQuAD(CollectionSource):
    """Wikipedia paragraphs are documents (240), the questions on them topics (1,190).

    Only a question's own paragraph is judged relevant. A few questions occur twice, on different
    paragraphs, and are kept as they are.
    """

    name: ClassVar[str] = "xquad"
    licence: ClassVar[str] = "CC-BY-SA-4.0"
    citation: ClassVar[str] = (
        "Artetxe, Ruder & Yogatama (2020), On the Cross-lingual Transferability of Monolingual "
        "Representations, ACL, 4623-4637"
    )
    rules: ClassVar[Rules] = Rules(
        empty_documents="an error",
        unknown_judgments="none",
        ungraded_topics="none",
    )
    translated: ClassVar[bool] = True
    cluster: ClassVar[str] = "paragraph"

    @classmethod
    def languages(cls) -> frozenset[str]:
        """All of upstream's, without English."""
        return frozenset(_FILES) - {"en"}

    def downloads(self, language: str) -> tuple[Download, ...]:
        """The English file and that of `language`."""
        return tuple(dict.fromkeys((_file("en"), _file(language))))

    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:
        """The paragraphs, in `language`, numbered by article and paragraph."""
        for key, paragraph in _paragraphs(fetch(_file(language))):
            yield Document(key, paragraph.context)

    def topics(self, fetch: Fetch, language: str) -> Topics:
        """The questions, in `language`."""
        return {
            question.id: question.question
            for _, paragraph in _paragraphs(fetch(_file(language)))
            for question in paragraph.qas
        }

    def judgments(self, fetch: Fetch, language: str) -> Judgments:
        """Grade 1 for each question's own paragraph."""
        return {
            question.id: {key: 1}
            for key, paragraph in _paragraphs(fetch(_file(language)))
            for question in paragraph.qas
        }

    def clusters(self, fetch: Fetch, language: str) -> dict[str, str]:
        """The paragraph that a question is asked about."""
        judgments = self.judgments(fetch, language)
        return {question: next(iter(grades)) for question, grades in judgments.items()}


_Text = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, str_strip_whitespace=True)


class _Question(_Part):
    id: Annotated[str, Field(pattern=r"^[0-9A-Za-z]+$")]
    question: _Text


class _Paragraph(_Part):
    context: _Text
    qas: Annotated[list[_Question], Field(min_length=1)]


class _Article(_Part):
    paragraphs: Annotated[list[_Paragraph], Field(min_length=1)]


class _Whole(_Part):
    data: Annotated[list[_Article], Field(min_length=1)]


def _file(language: str) -> Download:
    return _UPSTREAM.file(f"xquad.{language}.json", *choose(_FILES, language, XQuAD.name))


def _paragraphs(path: Path) -> list[tuple[str, _Paragraph]]:
    """Each paragraph with its id: article and paragraph, counted from 1."""
    try:
        whole = _Whole.model_validate(parse_json("\n".join(read_lines(path))))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise DataError(f"{path}: {place}: {first['msg'][:1].lower()}{first['msg'][1:]}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path}: not JSON ({error})") from error
    found = [
        (f"{article}.{number}", paragraph)
        for article, each in enumerate(whole.data, start=1)
        for number, paragraph in enumerate(each.paragraphs, start=1)
    ]
    seen: set[str] = set()
    for question in chain.from_iterable(paragraph.qas for _, paragraph in found):
        if question.id in seen:
            raise DataError(f'{path}: duplicate question "{question.id}"')
        seen.add(question.id)
    return found
