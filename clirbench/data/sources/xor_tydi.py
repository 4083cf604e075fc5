"""The `xor-tydi` source: XOR-Retrieve, questions in seven languages to be answered from English Wikipedia."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar, NamedTuple

from pydantic import Field

from clirbench.data import irds
from clirbench.data.base import (
    CollectionSource,
    Document,
    Download,
    Fetch,
    Judgments,
    Part,
    Rules,
    Topics,
)
from clirbench.data.own import Mark, mark_of
from clirbench.data.pins import choose
from clirbench.data.sample import judged_and_random
from clirbench.data.tables import check_id, read_objects, string
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["XORTyDi"]

_QUESTIONS = Download(
    url="https://nlp.cs.washington.edu/xorqa/XORQA_site/data/xor_dev_retrieve_eng_span_v1_1.jsonl"
)
_LANGUAGES = {code: code for code in ("ar", "bn", "fi", "ja", "ko", "ru", "te")}
_POLAR = frozenset({"yes", "no"})
_COMMON = 100
"""Passages with an answer above which it says nothing of relevance, as the answer "2" does not."""


class _Question(NamedTuple):
    id: str
    text: str
    language: str
    answers: tuple[str, ...]


@settings
class XORTyDi(CollectionSource):
    """XOR-Retrieve's development questions, v1.1, and passages of 100 words of English Wikipedia.

    Topics are the 1,928 questions with an answer other than yes and no. The measures are R@2kt and
    R@5kt, which look for answers in what was retrieved. For all other measures, a passage is
    relevant if it holds one of the question's answers as whole words, in the same case. An answer
    in more than 100 passages is not used for judging; a question without another answer scores 0 by
    those measures. The documents are those of ir_datasets' `dpr-w100` (December 2018), title before
    text, as in most compared systems. Upstream names a dump of February 2019.
    """

    name: ClassVar[str] = "xor-tydi"
    licence: ClassVar[str] = "CC-BY-SA-4.0 (its data card says MIT)"
    citation: ClassVar[str] = (
        "Asai, Kasai, Clark, Lee, Choi & Hajishirzi (2021), XOR QA: Cross-lingual Open-Retrieval Question "
        "Answering, NAACL, 547-564; Karpukhin et al. (2020), Dense Passage Retrieval, EMNLP, 6769-6781"
    )
    rules: ClassVar[Rules] = Rules(
        empty_documents="skipped",
        unknown_judgments="none",
        ungraded_topics="kept, listed; they score 0 except by R@2kt and R@5kt",
    )
    translated: ClassVar[bool] = False
    answered: ClassVar[bool] = True
    cluster: ClassVar[str] = "answer"

    documents_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]+$")] = "dpr-w100"
    """Id of the passages in ir_datasets; there are 21,015,324."""
    distractors: Annotated[int, Field(ge=0)] | None = None
    """Search the judged passages and this many random others. Default: all passages."""
    sample_seed: Annotated[int, Field(ge=0)] = 0
    """Seed of the draw of `distractors`."""

    @classmethod
    def languages(cls) -> frozenset[str]:
        """The seven."""
        return frozenset(_LANGUAGES)

    def downloads(self, language: str) -> tuple[Download, ...]:
        """The questions of all languages; ir_datasets fetches the passages."""
        if language != "en":
            choose(_LANGUAGES, language, self.name)
        return (_QUESTIONS,)

    def caption(self) -> str | None:
        """What is to be known of the numbers when only a part was searched."""
        if self.distractors is None:
            return None
        return (
            f"only the passages with an answer and {self.distractors:,} random others (seed "
            f"{self.sample_seed}) of {self.documents_id} are searched; scores are higher than on "
            "all passages, and not comparable with published ones"
        )

    def lacks(self, part: Part, language: str) -> str | None:  # noqa: ARG002
        """Questions in English: people's translations were released for training questions only."""
        return f"{self.name} has no questions in English" if part == "translations" else None

    def documents(self, fetch: Fetch, language: str) -> Iterator[Document]:  # noqa: ARG002
        """The passages, or the sample of them."""
        everything = irds.documents(self.documents_id)
        if self.distractors is None:
            return everything
        judged = {d for grades in self._judgments(fetch).values() for d in grades}
        return judged_and_random(everything, judged, self.distractors, self.sample_seed)

    def topics(self, fetch: Fetch, language: str) -> Topics:
        """The questions in `language`, without those answered by yes or no alone.

        Raises:
            DataError: `language` is the passages': people's translations were released for training
                questions only.
        """
        choose(_LANGUAGES, language, self.name)
        return {question.id: question.text for question in self._asked(fetch, language)}

    def judgments(self, fetch: Fetch, language: str) -> Judgments:
        """The passages with an answer; a topic may have none. All passages are read for it, once."""
        judged = self._judgments(fetch)
        return {
            question.id: judged.get(question.id, {}) for question in self._asked(fetch, language)
        }

    def clusters(self, fetch: Fetch, language: str) -> Mapping[str, str]:
        """The first question, of any language, with the same judged passages, whose answer is the same."""
        first: dict[frozenset[str], str] = {}
        judged = {key: frozenset(grades) for key, grades in self._judgments(fetch).items()}
        names = {key: first.setdefault(own, key) for key, own in judged.items() if own}
        return {
            question.id: names.get(question.id, question.id)
            for question in self._asked(fetch, language)
        }

    def answers(self, fetch: Fetch, language: str) -> Mapping[str, tuple[str, ...]]:
        """The answers of each topic, yes and no among them."""
        return {question.id: question.answers for question in self._asked(fetch, language)}

    def texts(self, fetch: Fetch, language: str, ids: Collection[str]) -> Mapping[str, str]:  # noqa: ARG002
        """The texts of some passages, by ir_datasets' store."""
        return irds.lookup(self.documents_id, ids)

    def left_out(self, fetch: Fetch, language: str) -> Mapping[str, tuple[str, ...]]:
        """Yes/no questions, and those without a passage to judge by."""
        judged = self.judgments(fetch, language)
        return {
            "question answered by yes or no": tuple(
                question.id
                for question in _questions(fetch(_QUESTIONS))
                if question.language == language and _POLAR.issuperset(question.answers)
            ),
            "question without a judged passage": tuple(t for t, own in judged.items() if not own),
        }

    def test_texts(self, fetch: Fetch, query: str, documents: str) -> Iterator[str]:
        """The questions and the passages."""
        yield from self.topics(fetch, query).values()
        yield from (document.text for document in self.documents(fetch, documents))

    def _asked(self, fetch: Fetch, language: str) -> list[_Question]:
        return [
            question
            for question in _questions(fetch(_QUESTIONS))
            if question.language == language and not _POLAR.issuperset(question.answers)
        ]

    def _judgments(self, fetch: Fetch) -> Judgments:
        path = fetch(_QUESTIONS)
        return _holding(self.documents_id, path, mark_of(path))


def _questions(path: Path) -> list[_Question]:
    questions: dict[str, _Question] = {}
    for at, record in read_objects(path):
        key, text = string(record, "id", at), string(record, "question", at)
        check_id(key, questions, at)
        language = string(record, "lang", at)
        choose(_LANGUAGES, language, at)
        answers = record.get("answers")
        if not isinstance(answers, list) or not answers:
            raise DataError(
                f"{at}: answers: expected an array of strings (got {type(answers).__name__})"
            )
        given = tuple(answer for answer in answers if isinstance(answer, str) and answer)
        if len(given) != len(answers) or not text:
            raise DataError(f"{at}: {'answers' if text else 'question'}: empty, or not text")
        questions[key] = _Question(key, text, language, given)
    if not questions:
        raise DataError(f"{path}: no questions")
    return list(questions.values())


@lru_cache(maxsize=2)  # one pass over 21 million passages serves all languages and cells
def _holding(documents_id: str, path: Path, mark: Mark) -> Judgments:  # noqa: ARG001 - when to read again
    """Question to the passages that hold one of its answers."""
    return judge(irds.documents(documents_id), {q.id: q.answers for q in _questions(path)})


def judge(
    documents: Iterable[Document], answers: Mapping[str, tuple[str, ...]], most: int = _COMMON
) -> dict[str, dict[str, int]]:
    """Grade 1 for documents with an answer as whole words, but for answers that over `most` have.

    Args:
        documents: read once.
        answers: question to its answers; yes and no do not count.
        most: documents.
    """
    holding = _search(documents, {a for own in answers.values() for a in own} - _POLAR, most)
    judged: dict[str, dict[str, int]] = {}
    for question, own in answers.items():
        for answer in own:
            if 0 < len(holding.get(answer, ())) <= most:
                judged.setdefault(question, {}).update(dict.fromkeys(holding[answer], 1))
    return judged


def _search(documents: Iterable[Document], answers: set[str], most: int) -> dict[str, list[str]]:
    """Answer to the ids of documents that have it, `most` and one at most."""
    by_first: defaultdict[str, list[str]] = defaultdict(list)
    for answer in sorted(answers):
        if words := _WORD.findall(answer):
            by_first[words[0]].append(answer)
    holding: defaultdict[str, list[str]] = defaultdict(list)
    for document in documents:
        for first in by_first.keys() & set(_WORD.findall(document.text)):
            for answer in by_first[first]:
                if len(holding[answer]) <= most and _holds(document.text, answer):
                    holding[answer].append(document.id)
    return holding


_WORD = re.compile(r"\w+")


def _holds(text: str, answer: str) -> bool:
    start = text.find(answer)
    while start >= 0:
        stop = start + len(answer)
        before, after = text[start - 1 : start], text[stop : stop + 1]
        whole = not (answer[0].isalnum() and before.isalnum())
        if whole and not (answer[-1].isalnum() and after.isalnum()):
            return True
        start = text.find(answer, start + 1)
    return False
