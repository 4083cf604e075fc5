"""Which cells are diagnosed, by which stages, and where what was found goes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import cast

from clirbench.data.lock import Lock
from clirbench.errors import DataError
from clirbench.methods.optical import Optical
from clirbench.results.diagnosis import diagnosis_of, write_diagnosis
from clirbench.results.names import CELLS, DIAGNOSIS
from clirbench.running.plan import plan_stages
from clirbench.running.shared import Shared
from clirbench.running.stage import Stage, walk
from clirbench.running.stages.bitext import JointBitextStage
from clirbench.running.stages.cell import CellStage
from clirbench.running.stages.diagnosis import DiagnosisStage
from clirbench.running.stages.held_out import HeldOutStage
from clirbench.running.stages.run import EncoderRunStage
from clirbench.running.stages.sentences import SentencesStage
from clirbench.running.store import Store
from clirbench.spec.cell import Cell, cells
from clirbench.spec.model import ENGLISH, LanguagePair, Suite
from clirbench.wording import counted

__all__ = ["Diagnoses"]


class Diagnoses(Shared):
    """The diagnoses of a suite's cells; none where the suite asks for none.

    A cell is diagnosed whose foreign topics or documents an encoder reads as they are, on a pair with
    bitext. What was found lies in the store and, beside the cell's scores, in the results folder: there
    it need not be made again on another machine.

    Args:
        suite: the suite.
        lock: as of `Shared`.
        store: where artifacts and results lie.
    """

    def __init__(self, suite: Suite, lock: Lock | None, store: Store) -> None:
        super().__init__(suite, lock)
        self.store = store
        self.pairs = {str(pair): pair for pair in suite.pairs}
        self.methods = {entry.label: entry for entry in suite.methods}
        self.held: dict[tuple[str, str], HeldOutStage] = {}

    def of(self, stages: Mapping[Cell, CellStage]) -> dict[Cell, DiagnosisStage]:
        """The diagnoses of some cells, each with how it is made."""
        if self.suite.diagnosis is None:
            return {}
        found = ((cell, self._diagnosis(cell, stage)) for cell, stage in stages.items())
        return {cell: stage for cell, stage in found if stage}

    def every(self, stages: Mapping[Cell, CellStage]) -> list[Stage]:
        """Some cells and their diagnoses, whether they are there or not."""
        return [*stages.values(), *self.of(stages).values()]

    def goals(self, stages: Mapping[Cell, CellStage]) -> list[Stage]:
        """Some cells, each followed by its diagnosis if the results folder does not have that."""
        own, found = self.of(stages), list[Stage]()
        for cell, stage in stages.items():
            found.append(stage)
            if cell in own and not (self.store.done(stage) and self._there(cell, own[cell])):
                found.append(own[cell])
        return found

    def told(self, stages: Mapping[Cell, CellStage]) -> str:
        """Which encoders of finished cells have to be made again for a diagnosis; "" where none has."""
        done = self.store.done
        again = [
            stage.encoder.identity()
            for cell, stage in self.of(stages).items()
            if done(stages[cell]) and not self._there(cell, stage) and not done(stage)
            if not done(stage.encoder)
        ]
        if not again:
            return ""
        return (
            f"the diagnosis of finished cells needs {counted(len(set(again)), 'encoder')} that "
            "the store no longer has; they are made again. `keep = true` in [suite] keeps "
            "trained students"
        )

    def write(self, done: Mapping[Cell, CellStage]) -> frozenset[Cell]:
        """Put what is in the store beside the scores of cells, and take away what is not of this suite.

        Returns:
            The cells whose diagnosis is not there, though the suite asks for it.

        Raises:
            StoreError: the results folder cannot be written to.
        """
        own, lacking = self.of(done), set[Cell]()
        for cell in done:
            stage = own.get(cell)
            if stage and self._there(cell, stage):
                continue
            if stage and self.store.done(stage):
                text = (self.store.folder(stage) / DIAGNOSIS).read_text(encoding="utf-8")
                write_diagnosis(self._path(cell), stage.identity(), json.loads(text))
            else:
                self._path(cell).unlink(missing_ok=True)
                lacking |= {cell} & own.keys()
        return frozenset(lacking)

    def _there(self, cell: Cell, stage: DiagnosisStage) -> bool:
        """Whether the results folder has a cell's diagnosis, whole, and as it would be made now."""
        try:
            found = diagnosis_of(self._path(cell))
        except DataError:  # it is copied from the store again, or made again
            return False
        return found is not None and found[0] == stage.identity()

    def _path(self, cell: Cell) -> Path:
        return self.store.results / CELLS / str(cell) / DIAGNOSIS

    def _diagnosis(self, cell: Cell, stage: CellStage) -> DiagnosisStage | None:
        run, entry, pair = stage.run, self.methods[cell.method], self.pairs.get(cell.pair)
        read = isinstance(run, EncoderRunStage) and run.translation is None
        if pair is None or not pair.bitext or not read or entry.method.in_english:
            return None
        run = cast("EncoderRunStage", run)
        by_query = pair.query != ENGLISH
        language = pair.query if by_query else pair.documents
        encoder = run.encoder if by_query else run.documents.encoder
        other = entry.method.encoder(self.suite.teacher)
        return DiagnosisStage(
            title=str(cell),
            held=self._held_out(pair, language, self._teacher if other is None else encoder),
            encoder=encoder,
            length=self._query_length(encoder),
            solver=Optical().solver,
        )

    def _held_out(self, pair: LanguagePair, language: str, reader: Stage) -> HeldOutStage:
        """Pairs beyond what any training of the suite reads, with their English side read."""
        found = str(pair), reader.identity()
        if found not in self.held:
            (sentences,) = (
                own
                for own in self._sentences(pair, self.suite.training)
                if isinstance(own, SentencesStage) and own.foreign == language
            )
            diagnosis = self.suite.diagnosis
            self.held[found] = HeldOutStage(
                title=sentences.title,
                collection=sentences.collection,
                sources=sentences.sources,
                query=sentences.query,
                documents=sentences.documents,
                foreign=language,
                limit=diagnosis.sentences if diagnosis else None,
                weights=None,
                cut=sentences.cut,
                foreign_by=sentences.foreign_by,
                english_by=sentences.english_by,
                drawn=self._drawn(language),
                reader=reader,
                length=self._query_length(reader),
            )
        return self.held[found]

    def _drawn(self, language: str) -> tuple[SentencesStage, ...]:
        """What the suite's trainings read of a language, and of those that one student learns with it."""
        together = {language}.union(*(own for own in self._mixed if language in own))
        found = {own.identity(): own for own in self._read if own.foreign in together}
        return tuple(found[identity] for identity in sorted(found))

    @cached_property
    def _stages(self) -> tuple[Stage, ...]:
        """All that the cells of the pairs as they are rest on, and their trials."""
        plain = [cell for cell in cells(self.suite) if cell.pair in self.pairs]
        return tuple(walk(plan_stages(self.suite, plain, self.lock).values()))

    @property
    def _read(self) -> Iterable[SentencesStage]:
        return (stage for stage in self._stages if isinstance(stage, SentencesStage))

    @property
    def _mixed(self) -> Iterable[set[str]]:
        """The languages of each mixture of bitexts."""
        for stage in self._stages:
            if isinstance(stage, JointBitextStage):
                yield {bitext.sentences.foreign for bitext in stage.bitexts}
