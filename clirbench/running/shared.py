"""The stages that cells share: teacher, index, bitext, lexicon."""

from __future__ import annotations

from pathlib import Path

from clirbench.data.base import JSON, Source
from clirbench.data.examples import checksum_of
from clirbench.errors import SuiteError
from clirbench.running.artifact import sha256
from clirbench.running.stage import Data, Pin, data
from clirbench.running.stages.bitext import BitextStage
from clirbench.running.stages.documents import DocumentsStage, StudentDocumentsStage
from clirbench.running.stages.joint import JointBitextStage
from clirbench.running.stages.lexicon import LexiconStage
from clirbench.running.stages.run import EncoderStage
from clirbench.running.stages.sentences import SentencesStage
from clirbench.running.stages.teacher import TeacherStage
from clirbench.suite.model import ENGLISH, LanguagePair, Suite, SuiteMethod

__all__ = ["Shared", "checksums"]


class Shared:
    """Makes each stage that several cells need once.

    Args:
        suite: the suite.
        pin: gives what the suite's lock file knows of unpinned files.
    """

    def __init__(self, suite: Suite, pin: Pin | None) -> None:
        self.suite = suite
        self.pin = pin
        self.topics = suite.tested
        """Where topics are taken from that are searched for, and judgments."""
        self.judged: dict[str, Data] = {}
        self.collections: dict[str, Data] = {}
        self.teachers: dict[str, TeacherStage] = {}
        self.indexes: dict[tuple[str, str], DocumentsStage] = {}
        self.bitexts: dict[tuple[str, str, int | None], BitextStage] = {}
        self.sentences: dict[tuple[str, str, int | None], SentencesStage] = {}

    def _lexicon(self, pair: LanguagePair, entry: SuiteMethod, iterations: int) -> LexiconStage:
        (sentences,) = self._sentences(pair, entry.training.pairs)
        return LexiconStage(title=str(pair), sentences=sentences, iterations=iterations)

    def _bitext(self, pair: LanguagePair, limit: int | None) -> BitextStage | JointBitextStage:
        """What a student of the pair learns from: both bitexts where both languages are foreign."""
        bitexts = self._bitexts(pair, limit)
        return bitexts[0] if len(bitexts) == 1 else self._mixed(str(pair), bitexts, 1.0)

    def _joint(self, entry: SuiteMethod) -> JointBitextStage:
        """What a student of all pairs learns from; a language that several pairs have counts once."""
        bitexts = {
            stage.identity(): stage
            for pair in self.suite.pairs
            for stage in self._bitexts(pair, entry.training.pairs)
        }
        return self._mixed("joint", tuple(bitexts.values()), entry.training.joint_temperature)

    def _mixed(
        self, title: str, bitexts: tuple[BitextStage, ...], temperature: float
    ) -> JointBitextStage:
        return JointBitextStage(title=title, bitexts=bitexts, temperature=temperature)

    def _bitexts(self, pair: LanguagePair, limit: int | None) -> tuple[BitextStage, ...]:
        """The bitext of each foreign language of the pair with English."""
        found = []
        for sentences in self._sentences(pair, limit):
            key = str(pair), sentences.foreign, limit
            if key not in self.bitexts:
                self.bitexts[key] = BitextStage(
                    title=sentences.title,
                    teacher=self._teacher(),
                    sentences=sentences,
                    length=self.suite.teacher.query_length,
                )
            found.append(self.bitexts[key])
        return tuple(found)

    def _sentences(self, pair: LanguagePair, limit: int | None) -> tuple[SentencesStage, ...]:
        """The sentence pairs of each foreign language of the pair with English."""
        for language in pair.foreign:
            key = str(pair), language, limit
            if key not in self.sentences:
                self.sentences[key] = SentencesStage(
                    title=str(pair) if len(pair.foreign) == 1 else f"{pair} {language}",
                    collection=self._collection(pair),
                    sources=tuple(self._data(bitext.source, language) for bitext in pair.bitext),
                    query=pair.query,
                    documents=pair.documents,
                    foreign=language,
                    limit=limit,
                    weights=_weights(pair),
                )
        return tuple(self.sentences[str(pair), language, limit] for language in pair.foreign)

    def _documents(self, language: str, encoder: EncoderStage) -> DocumentsStage:
        key = language, encoder.identity()
        if key not in self.indexes:
            own = language != ENGLISH and not isinstance(encoder, TeacherStage)
            self.indexes[key] = (StudentDocumentsStage if own else DocumentsStage)(
                title=encoder.title if own else _named(self.suite.collection.name, language),
                teacher=encoder,
                collection=self._data(self.suite.collection, language),
                language=language,
                length=self.suite.teacher.document_length,
            )
        return self.indexes[key]

    def _teacher(self, language: str = ENGLISH) -> TeacherStage:
        if language not in self.teachers:
            teacher = self.suite.teacher
            scratch = teacher.scratch is not None
            source = teacher.training.source if teacher.training else None
            read = scratch or (teacher.training is not None and source is None)
            self.teachers[language] = TeacherStage(
                title=teacher.backbone,
                teacher=teacher,
                backbone=None if scratch else checksums(teacher.backbone, "teacher.backbone"),
                language=language,
                collection=self._data(self.suite.collection, language) if read else None,
                bitext=tuple(
                    (language, self._data(bitext.source, language))
                    for pair in self.suite.pairs
                    for language in pair.foreign
                    for bitext in pair.bitext
                )
                if scratch
                else (),
                file=None if source is None else checksum_of(source),
            )
        return self.teachers[language]

    def _data(self, source: Source, *languages: str) -> Data:
        return data(source, *languages, pin=self.pin)

    def _collection(self, pair: LanguagePair) -> Data:
        key = str(pair)
        if key not in self.collections:
            self.collections[key] = self._data(self.suite.collection, pair.query, pair.documents)
        return self.collections[key]

    def _judged(self, pair: LanguagePair) -> Data:
        """The collection with those topics alone that are searched for."""
        key = str(pair)
        if key not in self.judged:
            self.judged[key] = self._data(self.topics, pair.query, pair.documents)
        return self.judged[key]


def _named(collection: str, language: str) -> str:
    return collection if language == ENGLISH else f"{collection} {language}"


def _weights(pair: LanguagePair) -> tuple[float, ...] | None:
    """Of the pair's bitexts; none where all are alike."""
    weights = tuple(bitext.weight for bitext in pair.bitext)
    return weights if len(set(weights)) > 1 else None


def checksums(name: str, key: str) -> JSON:
    """Checksums of a local model's files, for an error under its `key`; None for a hub id."""
    folder = Path(name)
    if not folder.is_dir():
        return None
    files = sorted(
        p for p in folder.iterdir() if p.suffix in {".json", ".safetensors", ".txt", ".model"}
    )
    if not any(path.suffix == ".safetensors" for path in files):
        raise SuiteError(f'{key}: no .safetensors file in "{name}"; pickled weights are not loaded')
    return {path.name: sha256(path) for path in files}
