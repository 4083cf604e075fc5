"""The stages that cells share: teacher, index, bitext, lexicon."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import cast

from clirbench.data.base import JSON, Source
from clirbench.data.examples import checksum_of
from clirbench.data.lock import Lock
from clirbench.errors import DataError, SuiteError
from clirbench.models.adapters import own_reading
from clirbench.models.folder import Folder
from clirbench.running.stage import Data, Stage, checksums, data
from clirbench.running.stages.bitext import BitextStage, JointBitextStage
from clirbench.running.stages.documents import DocumentsStage, StudentDocumentsStage
from clirbench.running.stages.encoder import EncoderStage, locked
from clirbench.running.stages.lexicon import LexiconStage
from clirbench.running.stages.sentences import PairsStage, SentencesStage
from clirbench.running.stages.teacher import TeacherStage
from clirbench.running.stages.tokens import Length, TokensStage
from clirbench.spec.model import ENGLISH, LanguagePair, Reader, Suite, SuiteMethod, Training

__all__ = ["LEXICON_ITERATIONS", "Shared"]

LEXICON_ITERATIONS = 10
"""Of expectation maximisation in learning a lexicon, where its method has no such setting."""


class Shared:
    """Makes each stage that several cells need once.

    Args:
        suite: the suite.
        lock: knows unpinned files, and commits of models of a hub.
    """

    def __init__(self, suite: Suite, lock: Lock | None) -> None:
        self.suite = suite
        self.lock = lock
        self.topics = suite.tested
        """Where topics are taken from that are searched for, and judgments."""
        self.known: dict[tuple[int, tuple[str, ...]], Data] = {}
        self.indexes: dict[tuple[str, str], DocumentsStage] = {}
        self.encoders: dict[str, EncoderStage] = {}
        self.tokens: dict[str, TokensStage] = {}
        self.bitexts: dict[tuple[object, ...], BitextStage] = {}
        self.sentences: dict[tuple[object, ...], SentencesStage] = {}

    def _lexicon(
        self, pair: LanguagePair, training: Training, iterations: int = LEXICON_ITERATIONS
    ) -> LexiconStage:
        (sentences,) = self._sentences(pair, training)
        return LexiconStage(title=str(pair), sentences=sentences, iterations=iterations)

    def _bitext(self, pair: LanguagePair, training: Training) -> BitextStage | JointBitextStage:
        """What a student of the pair learns from: both bitexts where both languages are foreign."""
        bitexts = self._bitexts(pair, training)
        if len(bitexts) == 1:
            return bitexts[0]
        return JointBitextStage(title=str(pair), bitexts=bitexts, temperature=1.0)

    def _joint(self, entry: SuiteMethod) -> JointBitextStage:
        """What a student of all pairs learns from; a language that several pairs have counts once."""
        bitexts = {
            stage.identity(): stage
            for pair in self.suite.taught
            for stage in self._bitexts(pair, entry.training)
        }
        return JointBitextStage(
            title="joint",
            bitexts=tuple(bitexts.values()),
            temperature=entry.training.joint_temperature,
        )

    def _bitexts(self, pair: LanguagePair, training: Training) -> tuple[BitextStage, ...]:
        """The bitext of each foreign language of the pair with English."""
        found = []
        for sentences in self._sentences(pair, training):
            key = _drawn(pair, sentences.foreign, training)
            if key not in self.bitexts:
                self.bitexts[key] = BitextStage(
                    title=sentences.title,
                    teacher=self._teacher,
                    sentences=sentences,
                    length=self._query_length(self._teacher),
                )
            found.append(self.bitexts[key])
        return tuple(found)

    def _sentences(self, pair: LanguagePair, training: Training) -> tuple[PairsStage, ...]:
        """The sentence pairs of each foreign language of the pair with English."""
        # Where no encoder learns from the bitext, as in a suite of psq alone, nothing is cut.
        read = any(entry.method.reader in {"student", "map"} for entry in self.suite.methods)
        for language in pair.foreign:
            key = _drawn(pair, language, training)
            if key not in self.sentences:
                self.sentences[key] = SentencesStage(
                    title=pair.told if len(pair.foreign) == 1 else f"{pair.told} {language}",
                    collection=self._collection(pair),
                    sources=tuple(self._data(bitext.source, language) for bitext in pair.learned),
                    query=pair.query,
                    documents=pair.documents,
                    foreign=language,
                    limit=training.pairs,
                    weights=_weights(pair),
                    cut=training.cut,
                    foreign_by=self._tokens(self._start or self._teacher) if read else None,
                    english_by=self._tokens(self._teacher) if read else None,
                    mispaired=training.mispaired,
                )
        return tuple(self.sentences[_drawn(pair, each, training)] for each in pair.foreign)

    def _tokens(self, model: TeacherStage | EncoderStage) -> TokensStage:
        """The tokens of a model, and how many it reads of a query."""
        if (key := model.identity()) not in self.tokens:
            scratch = isinstance(model, TeacherStage) and model.teacher.scratch is not None
            reader = model.teacher if isinstance(model, TeacherStage) else model.reader
            known = reader.query_tokens is not None
            languages = tuple(dict.fromkeys(pair.query for pair in self.suite.pairs))
            self.tokens[key] = TokensStage(
                title=reader.backbone,
                reader=reader,
                backbone=model.backbone,
                reading=model.reading,
                teacher=cast("TeacherStage", model) if scratch else None,
                collection=None if known else self._data(self.suite.collection, *languages),
                languages=() if known else languages,
                bitext=() if known else self._all_bitext(),
            )
        return self.tokens[key]

    def _query_length(self, encoder: Stage) -> Length:
        """The longest query that a stage's encoder reads."""
        first = encoder.inputs.get("start", encoder)
        model = first if isinstance(first, EncoderStage) else self._teacher
        known = self._reader(encoder).query_tokens
        return self._tokens(model) if known is None else known

    def _documents(self, language: str, encoder: Stage) -> DocumentsStage:
        key, name = (language, encoder.identity()), self.suite.collection.name
        if key not in self.indexes:
            own = language != ENGLISH and encoder.transient
            title = f"{name} {language}".removesuffix(f" {ENGLISH}")
            if isinstance(encoder, EncoderStage):
                title += f" by {encoder.title}"
            self.indexes[key] = (StudentDocumentsStage if own else DocumentsStage)(
                title=encoder.title if own else title,
                encoder=encoder,
                collection=self._data(self.suite.collection, language),
                language=language,
                length=self._reader(encoder).document_length,
                vectors=self.suite.retrieval.vectors,
            )
        return self.indexes[key]

    @cached_property
    def _teacher(self) -> TeacherStage:
        teacher = locked(self.suite.teacher, self.lock)
        scratch = teacher.scratch is not None
        training = teacher.training
        source = training.source if training else None
        taught = training.sources if training else ()
        read = scratch or (training is not None and source is None)
        pairs = tuple((pair.query, pair.documents) for pair in self.suite.pairs) if taught else ()
        languages = dict.fromkeys((*(language for pair in pairs for language in pair), ENGLISH))
        return TeacherStage(
            title=teacher.backbone,
            teacher=teacher,
            backbone=None if scratch else checksums(teacher.backbone, "teacher.backbone"),
            language=ENGLISH,
            collection=self._data(self.suite.collection, *languages) if read else None,
            bitext=self._all_bitext() if scratch else (),
            file=None if source is None else checksum_of(source),
            reading=None if scratch else _reading(teacher, "teacher"),
            sources=tuple(self._data(each, ENGLISH) for each in taught),
            tested=pairs,
        )

    def _all_bitext(self) -> tuple[tuple[str, Data], ...]:
        """Language and bitext of all pairs; those that differ in how topics are perturbed count once."""
        plain = {str(pair.plain): pair.plain for pair in self.suite.pairs}
        return tuple(
            (language, self._data(bitext.source, language))
            for pair in plain.values()
            for language in pair.foreign
            for bitext in pair.bitext
        )

    @property
    def _start(self) -> EncoderStage | None:
        """What students start from; none: the teacher."""
        return self._pretrained("student", self.suite.start) if self.suite.student else None

    @property
    def _fitted(self) -> bool:
        """Whether students begin with a projection that is fitted."""
        return self.suite.student is not None and self.suite.student.projection == "fitted"

    def _pretrained(self, key: str, reader: Reader) -> EncoderStage:
        """An encoder beside the teacher, which the suite names at a key."""
        if key not in self.encoders:
            reader = locked(reader, self.lock)
            self.encoders[key] = EncoderStage(
                title=reader.backbone,
                reader=reader,
                backbone=checksums(reader.backbone, f"{key}.backbone"),
                reading=_reading(reader, key),
            )
        return self.encoders[key]

    def _reader(self, encoder: Stage) -> Reader:
        """How a stage's encoder reads: as it says, as what it starts from, or as the teacher."""
        first = encoder.inputs.get("start", encoder)
        return first.reader if isinstance(first, EncoderStage) else self.suite.teacher

    def _data(self, source: Source, *languages: str) -> Data:
        key = id(source), languages  # no other can have it: what is known holds its source
        if key not in self.known:
            self.known[key] = data(source, *languages, pin=self.lock.pin if self.lock else None)
        return self.known[key]

    def _collection(self, pair: LanguagePair) -> Data:
        return self._data(self.suite.collection, pair.query, pair.documents)

    def _judged(self, pair: LanguagePair) -> Data:
        """The collection with those topics alone that are searched for."""
        return self._data(self.topics, pair.query, pair.documents)


def _drawn(pair: LanguagePair, language: str, training: Training) -> tuple[object, ...]:
    """What tells the bitexts of a suite apart."""
    return pair.told, language, training.pairs, training.cut, training.mispaired


def _weights(pair: LanguagePair) -> tuple[float, ...] | None:
    """Of the pair's bitexts; none where all are alike."""
    weights = tuple(bitext.weight for bitext in pair.learned)
    return weights if len(set(weights)) > 1 else None


def _reading(reader: Reader, key: str) -> JSON:
    """What a local backbone's files make of how texts are read; None where they say nothing new.

    Raises:
        SuiteError: no encoder can be loaded from the folder.
    """
    path = Path(reader.backbone)
    if not path.is_dir():
        return None
    folder = Folder(path=path)
    try:
        folder.check()
        found = own_reading(folder, reader)
    except DataError as error:
        raise SuiteError(f"{key}.backbone: {error}") from error
    most = folder.positions()
    lengths = {"query_length": reader.query_tokens, "document_length": reader.document_length}
    for side, length in lengths.items():
        if most is not None and length is not None and length > most:
            raise SuiteError(
                f'{key}.{side}: must be <= {most}, the positions of backbone "{path}" (got '
                f"{length})"
            )
    return None if found is None else cast("JSON", found.as_json())
