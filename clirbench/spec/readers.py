"""Checks of the teacher and of what students start from."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from clirbench.data.base import CollectionSource
from clirbench.data.examples import IRDS_PREFIX
from clirbench.spec.model import Reader, Student, SuiteMethod, Teacher
from clirbench.spec.pairs import source_at
from clirbench.spec.problems import Problems
from clirbench.spec.toml import Key
from clirbench.spec.values import FileValues
from clirbench.wording import show

__all__ = ["check_encoders", "check_student", "check_teacher", "read_teacher"]


def read_teacher(given: FileValues) -> Teacher | None:
    """[teacher], with the collections that it is trained on; none where anything is wrong with it."""
    values = given.values.get("teacher")
    training = values.get("training") if isinstance(values, dict) else None
    if not isinstance(values, dict) or not isinstance(training, dict) or "sources" not in training:
        plain: Teacher | None = given.section("teacher", Teacher)
        return plain
    at: Key = ("teacher", "training", "sources")
    own = {key: value for key, value in training.items() if key != "sources"}
    teacher = given.problems.check(Teacher, {**values, "training": own}, ("teacher",))
    items = training["sources"]
    if not isinstance(items, list) or not items:
        given.problems.add(
            at, f'expected an array of collections such as ["afriqa", "xquad"] (got {show(items)})'
        )
        return None
    sources = []
    for index, item in enumerate(items):
        table = {"source": item} if isinstance(item, str) else item
        if isinstance(table, dict):
            sources.append(source_at(given, table, (*at, index), CollectionSource))
        else:
            text = f"expected the name of a collection, or a table with a source (got {show(item)})"
            given.problems.add((*at, index), text)
    if teacher is None or teacher.training is None or len(sources) < len(items) or None in sources:
        return None
    if teacher.training.source is not None:
        given.problems.add(at, "cannot be combined with `source`; keep one of the two")
    return dataclasses.replace(
        teacher, training=dataclasses.replace(teacher.training, sources=tuple(sources))
    )


def check_teacher(
    problems: Problems, teacher: Teacher, collection: CollectionSource | None
) -> None:
    """Note settings of the teacher that do not go together, or with the collection."""
    at: Key = ("teacher",)
    if teacher.backbone != "scratch":
        if teacher.scratch is not None:
            problems.add(
                (*at, "scratch"), f'only for backbone = "scratch" (got {show(teacher.backbone)})'
            )
    elif teacher.training is None:
        problems.add(at, "a teacher from scratch must be trained; add [teacher.training]")
    if teacher.projection and teacher.training is None:
        problems.add(
            (*at, "projection"), "a new projection must be trained; add [teacher.training]"
        )
    _check_reading(problems, teacher, at)
    source = teacher.training.source if teacher.training else None
    if source and source.removeprefix(IRDS_PREFIX) in {
        getattr(collection, key, None) for key in ("id", "oracle_id")
    }:
        problems.add(
            (*at, "training", "source"),
            "is the collection that methods are tested on; a teacher must not train on it",
        )
    if teacher.scratch and teacher.scratch.width % teacher.scratch.heads:
        problems.add(
            (*at, "scratch", "heads"),
            f"must divide width {teacher.scratch.width} (got {teacher.scratch.heads})",
        )


def check_student(
    problems: Problems,
    student: Student,
    teacher: Teacher,
    methods: Sequence[SuiteMethod | None],
) -> None:
    """Note settings of what students start from that do not go together, or that nothing heeds."""
    at: Key = ("student",)
    if student.backbone == "scratch":
        problems.add(
            (*at, "backbone"),
            "must be a pretrained model; without [student] they start as the teacher",
        )
    _check_reading(problems, student.reader(teacher), at)
    if None not in methods and not any(
        entry and entry.method.reader in {"student", "ranker"} for entry in methods
    ):
        problems.add(at, "no method of the suite trains a student, so this has no effect")


def check_encoders(
    problems: Problems, teacher: Teacher, methods: Sequence[SuiteMethod | None]
) -> None:
    """Note keys of the encoders that methods name which have no effect."""
    for index, entry in enumerate(methods):
        if entry and (reader := entry.method.encoder(teacher)):
            _check_reading(problems, reader, ("method", index))


def _check_reading(problems: Problems, reader: Reader, at: Key) -> None:
    """Note keys of how texts are read that have no effect, or cannot have it."""
    if reader.interaction == "late" and reader.pooling is not None:
        problems.add((*at, "pooling"), 'only for interaction = "single"')
    if reader.backbone == "scratch":
        given = {
            "adapter": reader.adapter != "auto",
            "markers": reader.markers is not None,
            "layer": reader.layer is not None,
        }
        for key in (key for key, there in given.items() if there):
            problems.add((*at, key), "only for a pretrained backbone")
