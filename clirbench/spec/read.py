"""From a suite file to a Suite, or to all that is wrong with it."""

from __future__ import annotations

import copy
import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from clirbench.data.base import CollectionSource
from clirbench.data.examples import IRDS_PREFIX
from clirbench.errors import SuiteError
from clirbench.models.settings import Scratch
from clirbench.spec.checks import (
    check_adapted,
    check_axes,
    check_bitext,
    check_data,
    check_documents,
    check_hypothesis,
    check_interaction,
    check_quoted,
    check_retrieval,
    check_runs,
    check_scope,
)
from clirbench.spec.methods import read_methods, read_tune
from clirbench.spec.model import (
    Diagnosis,
    LanguagePair,
    Quoted,
    Retrieval,
    Statistics,
    Student,
    Suite,
    SuiteMethod,
    Teacher,
    Training,
)
from clirbench.spec.overrides import override
from clirbench.spec.pairs import read_collection, read_pairs
from clirbench.spec.problems import Problems
from clirbench.spec.readers import check_encoders, check_student, check_teacher, read_teacher
from clirbench.spec.robustness import read_robustness, read_sweep
from clirbench.spec.sections import REQUIRED, SECTIONS, Head
from clirbench.spec.toml import Key, TomlFile, read_toml
from clirbench.spec.values import FileValues
from clirbench.wording import nearest

__all__ = ["SuiteFile", "read_source", "read_suite"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteFile:
    """A suite together with the file that it was read from."""

    suite: Suite
    path: Path
    text: str
    given: dict[str, Any]
    """The values as given, overrides included."""
    overrides: tuple[str, ...]


def read_suite(path: Path, overrides: Sequence[str] = ()) -> SuiteFile:
    """Read and validate a suite file.

    Args:
        path: the file.
        overrides: `key=value` texts such as `training.pairs=2000` or `method.optical.solver=exact`.

    Raises:
        SuiteError: with every error of the file, each with file:line:column, what came, and what
            is allowed.
    """
    text, given = _given(path, overrides)
    suite = _read(given)
    if suite is None or given.problems.errors:
        raise SuiteError(given.problems.errors)
    return SuiteFile(
        suite=suite, path=path, text=text, given=given.values, overrides=tuple(overrides)
    )


def read_source(path: Path, overrides: Sequence[str] = ()) -> CollectionSource:
    """Read nothing but the collection of a suite file: no method is looked up, and no code imported.

    Args:
        path: the file.
        overrides: as of `read_suite`.

    Raises:
        SuiteError: with every error of [collection], as of `read_suite`.
    """
    _, given = _given(path, overrides)
    collection = read_collection(given)
    if collection is None and not given.problems.errors:
        given.problems.add((), "missing section [collection]")
    if collection is None or given.problems.errors:
        raise SuiteError(given.problems.errors)
    return collection


def _given(path: Path, overrides: Sequence[str]) -> tuple[str, FileValues]:
    """The text and the values of a file."""
    file = read_toml(path)
    values = copy.deepcopy(file.values)
    if not values:
        raise SuiteError(f"{path}:1:1: the file is empty; a suite needs [{'], ['.join(REQUIRED)}]")
    places = override(values, overrides)

    def base(key: Key) -> Path:
        """A path in a suite file starts from the file's folder, one on the command line from here."""
        return Path() if key in places else path.parent

    return file.text, FileValues(values, Problems(lambda key: _place(key, places, file)), base)


def _place(key: Key, overridden: Mapping[Key, str], file: TomlFile) -> str:
    for length in range(len(key), 0, -1):
        if key[:length] in overridden:
            return overridden[key[:length]]
    return file.place(key)


def _read(given: FileValues) -> Suite | None:
    """The suite, wrong where a problem is noted; none where a section is missing or wrong."""
    problems = given.problems
    for section in given.values.keys() - set(SECTIONS):
        problems.add((section,), f"unknown section{nearest(section, SECTIONS)}")
    for section in REQUIRED:
        if section not in given.values:
            brackets = "[[{}]]" if section in {"pair", "method"} else "[{}]"
            problems.add((), f"missing section {brackets.format(section)}")
    head = given.section("suite", Head)
    collection = read_collection(given)
    teacher = read_teacher(given)
    training = given.section("training", Training)
    retrieval = given.section("retrieval", Retrieval)
    statistics = given.section("statistics", Statistics)
    pairs = read_pairs(given, collection)
    methods = read_methods(given, training or Training())
    if head:
        check_axes(problems, head.seeds, head.measures, collection)
    if head and head.hypothesis and None not in methods and None not in pairs:
        check_hypothesis(problems, head.hypothesis, pairs, methods)
    check_interaction(problems, statistics or Statistics(), methods)
    if teacher:
        check_teacher(problems, teacher, collection)
        check_encoders(problems, teacher, methods)
        teacher = _local(given, teacher)
    check_bitext(problems, given.values, pairs, methods)
    check_runs(problems, pairs, methods)
    check_documents(problems, pairs, methods)
    check_data(problems, collection, pairs, methods)
    check_scope(problems, methods)
    check_adapted(problems, methods)
    check_retrieval(problems, retrieval or Retrieval(), methods)
    tune, methods = read_tune(given, methods, pairs, collection)
    robustness = read_robustness(given, pairs, methods)
    sweep = read_sweep(given, pairs, methods)
    quoted = [problems.check(Quoted, values, at) for at, values in given.items("quoted")]
    if head:
        check_quoted(problems, quoted, head.measures, pairs)
    if not (head and collection and teacher and training and retrieval and statistics):
        return None
    if teacher.backbone == "scratch" and teacher.scratch is None:
        teacher = dataclasses.replace(teacher, scratch=Scratch())
    return Suite(
        name=head.name,
        seeds=head.seeds,
        measures=head.measures,
        hypothesis=head.hypothesis,
        collection=collection,
        teacher=teacher,
        training=training,
        retrieval=retrieval,
        statistics=statistics,
        pairs=tuple(pair for pair in pairs if pair),
        methods=tuple(method for method in methods if method),
        quoted=tuple(each for each in quoted if each),
        tune=tune,
        student=_student(given, teacher, methods),
        robustness=robustness,
        sweep=sweep,
        diagnosis=_diagnosis(given, pairs),
        keep=head.keep,
    )


def _diagnosis(given: FileValues, pairs: Sequence[LanguagePair | None]) -> Diagnosis | None:
    """How encoders are diagnosed; none where the suite does not say it."""
    if "diagnosis" not in given.values:
        return None
    found: Diagnosis | None = given.section("diagnosis", Diagnosis)
    if None not in pairs and not any(pair.bitext for pair in pairs if pair):
        text = "needs bitext with sentence pairs to measure encoders on, and no pair has any"
        given.problems.add(("diagnosis",), text)
    return found


def _student(
    given: FileValues, teacher: Teacher, methods: Sequence[SuiteMethod | None]
) -> Student | None:
    """What students start from, by its path from here; none where the suite does not say it."""
    if "student" not in given.values:
        return None
    student: Student | None = given.section("student", Student)
    if student is None:
        return None
    check_student(given.problems, student, teacher, methods)
    backbone = given.model(student.backbone, ("student", "backbone"))
    return dataclasses.replace(student, backbone=backbone)


def _local(given: FileValues, teacher: Teacher) -> Teacher:
    """The teacher with its files and folders by their paths from here."""
    training, at = teacher.training, ("teacher", "training", "source")
    if training and training.source and not training.source.startswith(IRDS_PREFIX):
        path = given.path(training.source, at)
        if not os.path.isfile(path):  # noqa: PTH113 - Path.is_file raises for a name too long
            given.problems.add(
                at,
                f'no file "{path}"; an ir_datasets id begins with "irds:", and a collection '
                'such as "afriqa" belongs in `sources`',
            )
        training = dataclasses.replace(training, source=str(path))
    return dataclasses.replace(
        teacher,
        backbone=given.model(teacher.backbone, ("teacher", "backbone")),
        training=training,
    )
