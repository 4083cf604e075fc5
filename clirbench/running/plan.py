"""The plan: from a suite's cells to their stages."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from clirbench.data.lock import Lock
from clirbench.running.shared import LEXICON_ITERATIONS, Shared
from clirbench.running.stage import Stage, content_of
from clirbench.running.stages.cell import CellStage
from clirbench.running.stages.lexicon import LexiconStage
from clirbench.running.stages.machine_made import MachineMadeStage
from clirbench.running.stages.map import MapStage
from clirbench.running.stages.perturbed import PerturbedStage
from clirbench.running.stages.queries import QueriesStage
from clirbench.running.stages.ranker import RankerStage
from clirbench.running.stages.run import EncoderRunStage, RunStage, SearchStage
from clirbench.running.stages.sentences import PairsStage
from clirbench.running.stages.student import StudentStage
from clirbench.running.stages.translation import TranslationStage, TranslatorStage
from clirbench.running.stages.tuning import BeyondStage, ChoiceStage, TrialStage
from clirbench.running.translations import translation_of
from clirbench.spec.cell import Cell
from clirbench.spec.identity import seed_for
from clirbench.spec.model import (
    ENGLISH,
    LanguagePair,
    Suite,
    SuiteMethod,
    Training,
    Tune,
    first_stage,
)
from clirbench.spec.trials import beyond, trials

if TYPE_CHECKING:
    from clirbench.methods import ClosedForm, Distillation, Ranking, Searcher
    from clirbench.methods.nmt import NMT

__all__ = ["plan_stages"]


def plan_stages(
    suite: Suite, cells: Sequence[Cell], lock: Lock | None = None
) -> Mapping[Cell, CellStage]:
    """Lay out the stages of some cells; cells share the objects of the stages that they share.

    Args:
        suite: the suite.
        cells: of it.
        lock: the suite's: knows unpinned files, and commits of models of a hub.

    Raises:
        DataError: a file of the user's that the suite names is missing.
        SuiteError: the backbone's folder is not complete.
    """
    planner = _Planner(suite, lock)
    return {cell: planner.cell(cell) for cell in cells}


class _Planner(Shared):
    def __init__(self, suite: Suite, lock: Lock | None) -> None:
        super().__init__(suite, lock)
        self.pairs = {str(pair): pair for pair in (*suite.pairs, *suite.perturbed, *suite.swept)}
        self.methods = {entry.label: entry for entry in suite.methods}
        self.made: dict[Cell, CellStage] = {}
        self.choices: dict[tuple[str, str], ChoiceStage] = {}

    def cell(self, cell: Cell) -> CellStage:
        if cell not in self.made:
            self.made[cell] = self._cell(cell)
        return self.made[cell]

    def _cell(self, cell: Cell) -> CellStage:
        pair = self.pairs[cell.pair]
        entry = self.methods[cell.method].on(pair)
        plain = self.cell(replace(cell, pair=str(pair.plain))) if pair.perturbation else None
        return CellStage(
            title=str(cell),
            run=self._run(cell, pair, entry),
            collection=self._judged(pair),
            language=pair.query,
            measures=self.suite.measures,
            plain=plain.run if plain else None,
        )

    def _run(self, cell: Cell, pair: LanguagePair, entry: SuiteMethod) -> RunStage:
        english, perturbed = entry.method.in_english, self._perturbed(pair, entry)
        translation = self._translation(cell, pair, entry, perturbed)
        asked: dict[str, Any] = {
            "translation": translation,
            "perturbed": None if translation else perturbed,
        }
        if label := first_stage(entry, self.suite.retrieval):
            first = self.methods[label].on(pair)
            asked["first"] = self._run(Cell(str(pair), label), pair, first)
        if entry.method.searcher is not None:
            return replace(self._search(pair, entry), title=str(cell), **asked)
        taught = self._taught(pair)
        made_for = replace(cell, pair=str(taught)), taught, entry
        language, documents = (ENGLISH, ENGLISH) if english else (pair.query, pair.documents)
        encoder = self._encoder(*made_for, ENGLISH if translation else language)
        return EncoderRunStage(
            title=str(cell),
            encoder=encoder,
            documents=self._documents(documents, self._encoder(*made_for, documents)),
            collection=self._data(self.topics, language),
            language=language,
            length=self._query_length(encoder),
            depth=self.suite.retrieval.depth,
            **asked,
        )

    def _perturbed(self, pair: LanguagePair, entry: SuiteMethod) -> PerturbedStage | None:
        """What the pair's topics become; none where they stay, or are read in English."""
        perturbation, training = pair.perturbation, self.suite.training
        if perturbation is None or entry.method.in_english:
            return None
        return PerturbedStage(
            title=str(pair),
            perturbation=perturbation,
            collection=self._data(self.topics, pair.query),
            language=pair.query,
            lexicon=self._lexicon(pair.plain, training) if perturbation.needs_lexicon else None,
        )

    def _taught(self, pair: LanguagePair) -> LanguagePair:
        """The pair from whose bitext a pair's methods learn: itself, or the one that it names."""
        if pair.student:
            return self.pairs[pair.student]
        return pair if pair.swept else pair.plain

    def _search(self, pair: LanguagePair, entry: SuiteMethod) -> SearchStage:
        searcher, training = cast("Searcher", entry.method.searcher), entry.training
        taught = self._taught(pair)
        models = (Path(getattr(searcher, key)) for key in sorted(searcher.models))
        files = (*searcher.files(str(pair.plain)), *(model for model in models if model.is_dir()))
        needs = searcher.requires
        return SearchStage(
            title=str(pair),
            method=searcher,
            collection=self._collection(pair) if "held-out" in needs else self._judged(pair),
            language=pair.query,
            documents=pair.documents,
            depth=self.suite.retrieval.depth,
            lexicon=self._learned(taught, entry) if "lexicon" in needs else None,
            bitext=self._sentences(taught, training)[0] if "bitext" in needs else None,
            teacher=self._teacher if "teacher" in needs else None,
            vectors=self._documents(pair.documents, self._teacher) if "vectors" in needs else None,
            files=files,
            contents=tuple(content_of(file, f"method.{entry.label}") for file in files),
        )

    def _learned(self, pair: LanguagePair, entry: SuiteMethod) -> LexiconStage:
        """The lexicon that a method asks for."""
        iterations = getattr(entry.method, "iterations", LEXICON_ITERATIONS)
        return self._lexicon(pair, entry.training, iterations)

    def _encoder(self, cell: Cell, pair: LanguagePair, entry: SuiteMethod, language: str) -> Stage:
        """What reads a language: English the teacher, another one whatever the method makes.

        A method that names an encoder has all read by that.
        """
        if (other := entry.method.encoder(self.suite.teacher)) is not None:
            return self._pretrained(f"method.{entry.label}", other)
        if language == ENGLISH or entry.method.reader == "teacher":
            return self._teacher
        make: Mapping[str, Callable[[Cell, LanguagePair, SuiteMethod], Stage]] = {
            "student": self._student,
            "ranker": self._ranker,
            "map": self._map,
        }
        return make[entry.method.reader](cell, pair, entry)

    def _map(self, cell: Cell, pair: LanguagePair, entry: SuiteMethod) -> MapStage:
        return MapStage(
            title=str(cell),
            teacher=self._teacher,
            bitext=self._bitext(pair, entry.training),
            method=cast("ClosedForm", entry.method),
        )

    def _student(self, cell: Cell, pair: LanguagePair, entry: SuiteMethod) -> StudentStage:
        joint = entry.training.scope == "joint"
        name = "joint" if joint else str(pair.plain)
        return StudentStage(
            title=str(replace(cell, pair="joint") if joint else cell),
            teacher=self._teacher,
            bitext=self._joint(entry) if joint else self._bitext(pair, entry.training),
            method=cast("Distillation", entry.method),
            training=entry.training,
            pair=name,
            seed=cast("int", cell.seed),
            start=self._start,
            own_length=self._query_length(self._start) if self._start else None,
            fitted=self._fitted,
            choice=self._choice(name, self.suite.taught if joint else (pair,), entry),
        )

    def _ranker(self, cell: Cell, pair: LanguagePair, entry: SuiteMethod) -> RankerStage:
        teacher, method = self.suite.teacher, cast("Ranking", entry.method)
        return RankerStage(
            title=str(cell),
            teacher=self._teacher,
            queries=QueriesStage(
                title=pair.documents,
                teacher=self._teacher,
                collection=self._data(self.suite.collection, pair.documents),
                language=pair.documents,
                query_length=self._query_length(self._teacher),
                document_length=teacher.document_length,
                depth=method.depth,
            ),
            collection=self._collection(pair),
            query=pair.query,
            lexicon=self._learned(pair, entry) if "lexicon" in method.requires else None,
            method=method,
            training=entry.training,
            pair=str(pair.plain),
            seed=cast("int", cell.seed),
            start=self._start,
            own_length=self._query_length(self._start) if self._start else None,
            fitted=self._fitted,
            choice=self._choice(str(pair.plain), (pair,), entry),
        )

    def _choice(
        self, name: str, pairs: tuple[LanguagePair, ...], entry: SuiteMethod
    ) -> ChoiceStage | None:
        """What picks a method's settings for some pairs, by the suite's own bitext; none: not tuned."""
        tune = self.suite.tune
        if tune is None:
            return None
        if tune.pairs is not None:
            name, pairs = "+".join(tune.pairs), tuple(self.pairs[pair] for pair in tune.pairs)
        pairs, entry = tuple(pair.plain for pair in pairs), self.methods[entry.label]
        key = name, entry.label
        if key not in self.choices:
            title = f"{name}/{entry.label}"
            made = self._trials(title, pairs, trials(self.suite, entry), tune)
            further = f"{title}/trial={len(made) + 1}"
            candidates = self._trials(further, pairs, beyond(self.suite, entry), tune)
            extra = BeyondStage(title=further, trials=made, candidates=candidates)
            self.choices[key] = ChoiceStage(
                title=title, trials=made, beyond=extra if candidates else None
            )
        return self.choices[key]

    def _trials(
        self,
        title: str,
        pairs: tuple[LanguagePair, ...],
        tried: Sequence[SuiteMethod],
        tune: Tune,
    ) -> tuple[TrialStage, ...]:
        """Trials on the development topics."""
        planner = self._developing()
        seed, measure = seed_for("tune", tune.seed), tune.measure or self.suite.measures[0]
        return tuple(
            planner._trial(f"{title}/trial={number}", pairs, each, seed, measure)  # noqa: SLF001 - its own class
            for number, each in enumerate(tried, 1)
        )

    def _developing(self) -> _Planner:
        """The same for the development topics, which shares what has nothing to do with topics."""
        other = copy.copy(self)
        other.suite, other.topics = replace(self.suite, tune=None), self.suite.development
        return other

    def _trial(
        self,
        title: str,
        pairs: tuple[LanguagePair, ...],
        trial: SuiteMethod,
        seed: int,
        measure: str,
    ) -> TrialStage:
        return TrialStage(
            title=title,
            runs=tuple(
                self._run(Cell(str(pair), trial.label, seed), pair, trial) for pair in pairs
            ),
            collections=tuple(map(self._judged, pairs)),
            languages=tuple(pair.query for pair in pairs),
            pairs=tuple(map(str, pairs)),
            measure=measure,
            method=trial.method,
            training=trial.training,
        )

    def _translation(
        self,
        cell: Cell,
        pair: LanguagePair,
        entry: SuiteMethod,
        perturbed: PerturbedStage | None,
    ) -> TranslationStage | None:
        if entry.method.translation is None:
            return None
        method, taught = cast("NMT", entry.method.translation), self._taught(pair)
        translator = self._translator(cell, taught, entry) if method.trained else None
        return translation_of(
            method,
            pair,
            entry.label,
            title=str(cell) if translator else str(pair),
            translator=translator,
            lock=self.lock,
            collection=self._data(self.topics, pair.query),
            perturbed=perturbed,
        )

    def _translator(self, cell: Cell, taught: LanguagePair, entry: SuiteMethod) -> TranslatorStage:
        method = cast("NMT", entry.method.translation)
        return TranslatorStage(
            title=str(replace(cell, pair=str(taught))),
            bitext=self._sentences(taught, entry.training)[0],
            shape=method.scratch,
            smoothing=method.smoothing,
            length=method.length,
            training=entry.training,
            pair=str(taught.plain),
            seed=cast("int", cell.seed),
            choice=self._choice(str(taught.plain), (taught,), entry),
        )

    def _sentences(self, pair: LanguagePair, training: Training) -> tuple[PairsStage, ...]:
        """What is learned from; of sentences in translation the translator of the first seed serves all."""
        if pair.swept is None or pair.swept.translated is None:
            return super()._sentences(pair, training)
        by, plain = self.methods[pair.swept.translated], pair.plain
        translator = self._translator(Cell(str(plain), by.label, self.suite.seeds[0]), plain, by)
        wanted = training.pairs and training.pairs + (by.training.pairs or 0)
        (every,) = super()._sentences(plain, replace(training, pairs=wanted, mispaired=0.0))
        method = cast("NMT", by.method.translation)
        made = MachineMadeStage(
            title=pair.told,
            foreign=every.foreign,
            limit=training.pairs,
            every=every,
            learned=translator.bitext,
            translator=translator,
            beams=method.beams,
            length=method.length,
        )
        return (made,)
