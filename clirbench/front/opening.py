"""Takes the student of a finished cell out of the store, or has it made again."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.display import display
from clirbench.errors import CellError, DataError, SuiteError
from clirbench.front.student import Student
from clirbench.methods.registry import strangers
from clirbench.models.layouts import LAYOUTS, Lengths
from clirbench.results.names import BACKBONE, SUITE, TRAINING_LOG
from clirbench.results.restore import RecordedMethod
from clirbench.running.execution import make_stages
from clirbench.running.stage import walk
from clirbench.running.stages.encoder import EncoderStage, open_encoder
from clirbench.running.stages.run import EncoderRunStage
from clirbench.running.stages.teacher import TeacherStage
from clirbench.running.stages.tokens import TokensStage, length_of
from clirbench.screen import Screen
from clirbench.session import Session
from clirbench.spec.read import read_suite
from clirbench.wording import close

if TYPE_CHECKING:
    from clirbench.results.events import Event, Reporter
    from clirbench.results.folder import Folder
    from clirbench.running.execution import Execution
    from clirbench.running.stage import Stage
    from clirbench.spec.cell import Cell

__all__ = ["Opening", "student_of"]

_OWN = (
    "--suite FILE names the suite file itself, which has its lock file beside it; relative "
    "paths start from its folder"
)


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What it takes to have a cell's student.

    Args:
        results: the folder that has the cell.
        cell: the cell.
        execution: how stages are made, where some have to be.
        shown: is told what happens meanwhile.
        says: is told what the user should know.
        suite: the suite file; None: the copy in the results.
        store: the store that the run used; None: the one in the cache.
        warns: as for `make_stages`.
    """

    results: Folder
    cell: Cell
    execution: Execution
    shown: Reporter
    says: Callable[[str], None]
    suite: Path | None = None
    store: Path | None = None
    warns: Callable[[str], None] | None = None

    def student(self, layout: str | None = None) -> Student:
        """Take the student out of the store; where it was deleted, it is trained again.

        Args:
            layout: that it is going to be written in, so that one that cannot express it is refused before
                any training; None: not known.

        Raises:
            SuiteError: the suite cannot be read, or the cell has no encoder.
            CellError: the cell is not done, or its student cannot be trained again.
            DataError: the results were made of another suite, data or model than are here.
            StoreError: the store cannot be written to.
        """
        session = self._session()
        store, run = session.artifacts, self._run(session)
        readers = (run.encoder, run.documents.encoder)
        encoder = next((each for each in readers if each.over is not None), run.encoder)
        start = encoder.over or encoder
        length = [run.length] if isinstance(run.length, TokensStage) else []
        with store.uses.begun(each.identity() for each in walk([encoder, *length])):
            self._make(session, start, *length)
            lengths = _lengths(run, encoder, session)
            if layout is not None:
                LAYOUTS[layout].check(open_encoder(start, store.folder), lengths)
            made = self._make(session, encoder)
            found = open_encoder(encoder, store.folder).eval()
            note = self.unlike(store.folder(encoder)) if made else ""
            model, hub = _model(start, session)
            teacher, _ = _model(_teacher(run), session)
            if made:
                store.end([encoder])
        if note:
            self.says(note)
        return Student(
            results=self.results,
            cell=self.cell,
            encoder=found,
            lengths=lengths,
            trained=encoder.over is not None,
            model=model,
            hub=hub,
            teacher=teacher,
            suite=self.suite,
            note=note,
        )

    def unlike(self, folder: Path) -> str:
        """Say that a student that was trained again is not the run's, by the logs of both; else empty.

        Args:
            folder: its artifact.
        """
        before, now = self.results.file(self.cell, TRAINING_LOG), folder / TRAINING_LOG
        if not (before.exists() and now.exists()) or before.read_bytes() == now.read_bytes():
            return ""
        lines = zip(before.read_bytes().splitlines(), now.read_bytes().splitlines(), strict=False)
        step = next((number for number, (a, b) in enumerate(lines, 1) if a != b), 0)
        return (
            f"{self.cell}: retrained, but not with the same numbers as in the run: its log "
            f"differs from step {step} on. Another processor, device, number of threads or "
            "version rounds differently. The scores here are of the student of the run"
        )

    def _session(self) -> Session:
        """The suite of the results, after a look at whether the cell is done."""
        results, cell = self.results, self.cell
        if cell not in results.every.scores:
            if (why := results.lacking.get(cell)) is not None:
                raise CellError(
                    f"{results.path}: {cell} is not done: {why}; run `clirbench run` with the "
                    "same suite to make it"
                )
            known = [str(each) for each in results.every.scores]
            raise SuiteError(
                f"{results.path}: no cell {cell}{close(str(cell), known)}; a cell is PAIR/METHOD/seed=N, as "
                "its folder in cells/"
            )
        if self.store is not None and not self.store.is_dir():
            raise SuiteError(
                f"--store {self.store}: no such folder; name the store of the run, or leave the "
                "option out to use the one in the cache"
            )
        methods = results.suite.methods
        foreign = [each.label for each in methods if isinstance(each.method, RecordedMethod)]
        if self.suite is None and foreign:
            raise SuiteError(
                f"{results.path}: the method {foreign[0]} is not clirbench's, and code that a "
                "results folder names is never run; name your suite file with --suite FILE"
            )
        try:
            file = read_suite(self.suite or results.path / SUITE, results.overrides)
        except SuiteError as error:
            raise SuiteError([*error.errors, *self._hint]) from None
        for method in strangers({each.label: each.method for each in file.suite.methods}):
            self.says(f"runs code that is not clirbench's: {method}")
        return Session(file=file, results=results.path, store=self.store, says=self.says)

    @property
    def _hint(self) -> list[str]:
        return [_OWN] if self.suite is None else []

    def _run(self, session: Session) -> EncoderRunStage:
        """The run of the cell as it would be made now, which is as it was made."""
        results, cell = self.results, self.cell
        try:
            stage = session.stages([str(cell)])[cell]
        except SuiteError as error:
            raise SuiteError([*error.errors, *self._hint]) from None
        if stage.identity() != results.records[cell].get("identity"):
            why = (
                f"{results.path}: {cell} was made from another suite, data, model or version of "
                "clirbench than are here now, so its student is not known"
            )
            raise DataError("; ".join([why, *self._hint]))
        run = stage.run
        if not isinstance(run, EncoderRunStage) or run.translation is not None:
            what = "translates topics" if run.translation else "ranks without an encoder"
            raise SuiteError(
                f"{cell}: the method {cell.method} {what}, so there is no student to export"
            )
        return run

    def _make(self, session: Session, *goals: Stage) -> bool:
        """Make what is not in the store, or damaged there; tells whether there was anything to make."""
        store = session.artifacts
        for goal in goals:
            if store.done(goal) and (fault := store.fault(goal)):
                self.says(f"damaged, will be made again: {fault}")
                store.drop(goal)
        lacking = [goal for goal in goals if not store.done(goal)]
        if not lacking:
            return False
        for goal in lacking:
            self.says(f"{goal}: not in the store {store.shared}; it will be made again")
        outcome = make_stages(
            goals,
            store,
            session.lock,
            self.execution,
            self.shown,
            says=self.says,
            warns=self.warns,
            recorded=False,
        )
        for failure in outcome.failed.values():
            raise CellError(f"{self.cell}: its student cannot be made again: {failure.text}")
        return True


def _lengths(run: EncoderRunStage, encoder: Stage, session: Session) -> Lengths:
    """Word pieces that the encoder read, or would have read, of queries and documents."""
    if run.documents.encoder == encoder:
        document = run.documents.length
    elif isinstance(encoder, EncoderStage):
        document = encoder.reader.document_length
    else:
        document = session.suite.start.document_length
    if run.encoder != encoder:  # it reads the documents alone
        return Lengths(document, document)
    folder = session.artifacts.folder(run.length) if isinstance(run.length, TokensStage) else None
    return Lengths(length_of(run.length, folder), document)


def _teacher(run: EncoderRunStage) -> Stage:
    """What reads English in a run; the run's own encoder where there is no teacher."""
    stages = walk([run])
    return next((each for each in stages if isinstance(each, TeacherStage)), run.encoder)


def _model(start: Stage, session: Session) -> tuple[str, str | None]:
    """The pretrained model that is at the bottom, for people, and its id if it is a hub's."""
    file = session.artifacts.folder(start) / BACKBONE
    if file.exists():
        known = json.loads(file.read_text(encoding="utf-8"))
        name = str(known["name"])
        return f"{name}, commit {known['revision']}", name
    reader = start.reader if isinstance(start, EncoderStage) else session.suite.teacher
    if reader.scratch is not None:
        return 'a small encoder trained from scratch (`backbone = "scratch"`)', None
    return f"a local copy of {Path(reader.backbone).name}", None


def student_of(
    results: Folder,
    cell: Cell,
    execution: Execution,
    *,
    suite: Path | None,
    store: Path | None,
    progress: bool,
) -> Student:
    """Take the student of a cell out of the store, from Python; arguments and errors as of `Opening`.

    Args:
        results: the folder.
        cell: the cell.
        execution: how stages are made.
        suite: the suite file.
        store: the store.
        progress: whether progress is shown.
    """
    console = Screen(quiet=not progress)
    with ExitStack() as stack:
        shown: Reporter = stack.enter_context(display(console)) if progress else _unseen
        opening = Opening(
            results=results,
            cell=cell,
            execution=execution,
            shown=shown,
            says=lambda text: console.print(text, soft_wrap=True),
            suite=suite,
            store=store,
        )
        return opening.student()


def _unseen(event: Event) -> None:
    del event
