"""From a suite file to a Suite, or to all that is wrong with it."""

from __future__ import annotations

import copy
import dataclasses
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field

from clirbench.data import sources
from clirbench.data.base import BitextSource, CollectionSource
from clirbench.data.examples import IRDS_PREFIX
from clirbench.errors import SuiteError
from clirbench.methods import Distillation, Method
from clirbench.methods.mixed import Mixed, Part
from clirbench.methods.nmt import NMT
from clirbench.methods.registry import find
from clirbench.settings import settings
from clirbench.suite.checks import (
    check_axes,
    check_bitext,
    check_documents,
    check_hypothesis,
    check_quoted,
    check_retrieval,
    check_runs,
    check_scope,
    check_teacher,
    check_tune,
)
from clirbench.suite.model import (
    ENGLISH,
    Hypothesis,
    Language,
    LanguagePair,
    Name,
    PairBitext,
    Positive,
    Quoted,
    Resource,
    Retrieval,
    Scratch,
    Statistics,
    Suite,
    SuiteMethod,
    Teacher,
    Training,
    Tune,
)
from clirbench.suite.overrides import override
from clirbench.suite.problems import Problems, nearest, show
from clirbench.suite.toml import Key, TomlFile, read_toml

__all__ = ["REQUIRED", "SECTIONS", "SuiteFile", "read_suite"]


@settings
class _Head:
    name: Name
    """Of the suite; its results go to results/NAME."""
    seeds: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)]
    """Each trained method is trained once with each; five or more tell how far they matter."""
    measures: Annotated[tuple[str, ...], Field(min_length=1)] = ("AP", "nDCG@10", "RR@10", "R@100")
    """Names of ir-measures. The hypothesis is decided by the first."""
    hypothesis: Hypothesis | None = None
    """The one comparison that the suite is made to decide; all else is exploration."""


@settings
class _Pair:
    query: Language
    """Language of the topics: ISO 639-1, else 639-3."""
    documents: Language = ENGLISH
    """Language of the documents."""
    resource: Resource
    """How much text there is of the language: the classes that macro means are made over."""
    bitext: tuple[Any, ...] = ()
    """Where sentence pairs come from: names of sources, or tables of a source and its settings."""


@settings
class _MethodHead:
    name: str
    """Of the method, such as "optical"."""
    label: Name | None = None
    """What the method is called in this suite; none: as it is named."""
    training: dict[str, Any] = Field(default_factory=dict)
    """What is other than in [training], for this method alone."""


@settings
class _PartHead:
    method: str
    """Of a loss in a sum."""
    weight: Positive = 1.0
    """What its loss is multiplied by."""


SECTIONS: dict[str, type[Any]] = {
    "suite": _Head,
    "collection": CollectionSource,
    "teacher": Teacher,
    "training": Training,
    "tune": Tune,
    "retrieval": Retrieval,
    "statistics": Statistics,
    "pair": _Pair,
    "method": _MethodHead,
    "quoted": Quoted,
}
"""Section of a suite file → what its keys, or those that all its kinds have, are read as."""
_COMMON = ("name", "label", "training")
"""Keys that every method's table may have beside the method's own."""
REQUIRED = ("suite", "collection", "teacher", "pair", "method")


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
    file = read_toml(path)
    values = copy.deepcopy(file.values)
    if not values:
        raise SuiteError(f"{path}:1:1: the file is empty; a suite needs [{'], ['.join(REQUIRED)}]")
    places = override(values, overrides)
    problems = Problems(lambda key: _place(key, places, file))

    def base(key: Key) -> Path:
        """A path in a suite file starts from the file's folder, one on the command line from here."""
        return Path() if key in places else path.parent

    suite = _Reader(values, problems, base).read()
    if suite is None or problems.errors:
        raise SuiteError(problems.errors)
    return SuiteFile(
        suite=suite, path=path, text=file.text, given=values, overrides=tuple(overrides)
    )


def _place(key: Key, overridden: Mapping[Key, str], file: TomlFile) -> str:
    for length in range(len(key), 0, -1):
        if key[:length] in overridden:
            return overridden[key[:length]]
    return file.place(key)


class _Reader:
    def __init__(
        self, values: dict[str, Any], problems: Problems, base: Callable[[Key], Path]
    ) -> None:
        self.values = values
        self.problems = problems
        self.base = base

    def read(self) -> Suite | None:
        for section in self.values.keys() - set(SECTIONS):
            self.problems.add((section,), f"unknown section{nearest(section, SECTIONS)}")
        for section in REQUIRED:
            if section not in self.values:
                brackets = "[[{}]]" if section in {"pair", "method"} else "[{}]"
                self.problems.add((), f"missing section {brackets.format(section)}")
        head = self._section("suite", _Head)
        collection = self._collection()
        teacher = self._section("teacher", Teacher)
        training = self._section("training", Training)
        retrieval = self._section("retrieval", Retrieval)
        statistics = self._section("statistics", Statistics)
        pairs = self._pairs(collection)
        methods = self._methods(training or Training())
        if head:
            check_axes(self.problems, head.seeds, head.measures, collection)
        if head and head.hypothesis and None not in methods and None not in pairs:
            check_hypothesis(self.problems, head.hypothesis, pairs, methods)
        if teacher:
            check_teacher(self.problems, teacher, collection)
            teacher = self._local(teacher)
        check_bitext(self.problems, self.values, pairs, methods)
        check_runs(self.problems, pairs, methods)
        check_documents(self.problems, pairs, methods)
        check_scope(self.problems, methods)
        check_retrieval(self.problems, retrieval or Retrieval(), methods)
        tune, methods = self._tune(methods, collection)
        quoted = [self.problems.check(Quoted, values, at) for at, values in self._items("quoted")]
        if head:
            check_quoted(self.problems, quoted, head.measures, pairs)
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
        )

    def _section(self, name: str, kind: type[Any]) -> Any:  # noqa: ANN401 - an instance of `kind`
        if name not in self.values and name in REQUIRED:
            return None
        return self.problems.check(kind, self.values.get(name, {}), (name,))

    def _items(self, name: str) -> list[tuple[Key, Any]]:
        items = self.values.get(name, [])
        if not isinstance(items, list) or (name in self.values and not items):
            self.problems.add(
                (name,), f"expected tables, each headed [[{name}]] (got {show(items)})"
            )
            return []
        return [((name, index), item) for index, item in enumerate(items)]

    def _collection(self) -> CollectionSource | None:
        at: Key = ("collection",)
        values = self.values.get("collection")
        if not isinstance(values, dict):
            if values is not None:
                self.problems.add(at, f"expected a table (got {show(values)})")
            return None
        found = self._source(values, at, CollectionSource)
        return found if isinstance(found, CollectionSource) else None

    def _source(self, values: Mapping[str, Any], at: Key, kind: type[Any]) -> Any:  # noqa: ANN401
        name = values.get("source")
        if isinstance(name, str) and name.startswith("irds:") and "id" not in values:
            values = {**values, "source": "irds", "id": name.removeprefix("irds:")}
            name = "irds"
        source = sources.SOURCES.get(name) if isinstance(name, str) else None
        if source is None or not issubclass(source, kind):
            what = "missing" if name is None else f"unknown source {show(name)}"
            self.problems.add((*at, "source"), what + nearest(str(name), sources.names(kind)))
            return None
        rest = {key: value for key, value in values.items() if key != "source"}
        found = self.problems.check(source, rest, at)
        if found is not None and isinstance(folder := getattr(found, "folder", None), Path):
            changed: dict[str, Any] = {"folder": self._folder(folder, (*at, "folder"))}
            found = dataclasses.replace(found, **changed)
        return found

    def _pairs(self, collection: CollectionSource | None) -> list[LanguagePair | None]:
        pairs: list[LanguagePair | None] = []
        seen: set[str] = set()
        for at, values in self._items("pair"):
            head = self.problems.check(_Pair, values, at)
            if head is None:
                pairs.append(None)
                continue
            pair = LanguagePair(query=head.query, documents=head.documents, resource=head.resource)
            bitext = [
                self._bitext(item, (*at, "bitext", i), pair.foreign, collection)
                for i, item in enumerate(head.bitext)
            ]
            pair = dataclasses.replace(pair, bitext=tuple(item for item in bitext if item))
            if str(pair) in seen:
                self.problems.add(at, f"the pair {pair} stands twice")
            seen.add(str(pair))
            if not pair.foreign:
                self.problems.add(at, f"{pair} is not across languages")
            if collection:
                for key in ("query", "documents"):
                    if (language := getattr(pair, key)) in pair.foreign:
                        self._check_language(collection, language, (*at, key))
            pairs.append(pair)
        return pairs

    def _bitext(
        self,
        item: object,
        at: Key,
        languages: Sequence[str],
        collection: CollectionSource | None,
    ) -> PairBitext | None:
        values = {"source": item} if isinstance(item, str) else item
        if not isinstance(values, dict):
            self.problems.add(
                at, f"expected the name of a bitext, or a table with a source (got {show(item)})"
            )
            return None
        weight = values.get("weight", 1.0)
        if isinstance(weight, bool) or not isinstance(weight, (int, float)) or not weight > 0:
            self.problems.add((*at, "weight"), f"expected a number > 0 (got {show(weight)})")
            return None
        values = {key: value for key, value in values.items() if key != "weight"}
        if (
            values.keys() == {"source"}
            and collection is not None
            and values["source"] == collection.name
        ):
            # A source that has both hands out the bitext of the very collection, with its settings.
            source: Any = collection if isinstance(collection, BitextSource) else None
            if source is None:
                self.problems.add(
                    at,
                    f"{show(item)} has no bitext{nearest(str(item), sources.names(BitextSource))}",
                )
                return None
        else:
            source = self._source(values, at, BitextSource)
        if source is None:
            return None
        for language in languages:
            self._check_language(source, language, at)
        return PairBitext(name=source.name, source=source, weight=float(weight))

    def _check_language(self, source: Any, language: str, at: Key) -> None:  # noqa: ANN401 - a Source
        offered = source.languages()
        if offered is not None and language not in offered:
            self.problems.add(at, f'{source.name} has no "{language}"{nearest(language, offered)}')

    def _methods(self, general: Training) -> list[SuiteMethod | None]:
        methods: list[SuiteMethod | None] = []
        seen: set[str] = set()
        for at, values in self._items("method"):
            if not isinstance(values, dict):
                self.problems.add(at, f"expected a table (got {show(values)})")
                methods.append(None)
                continue
            common = {key: values[key] for key in _COMMON if key in values}
            if "loss" in values:
                common.setdefault("name", Mixed.name)
            head = self.problems.check(_MethodHead, common, at)
            if head is None:
                methods.append(None)
                continue
            kind = self._kind(head.name, (*at, "name"))
            label = head.label or (kind.name if kind else head.name)
            if label in seen:
                self.problems.add(
                    at, f'the label "{label}" stands twice; give one a `label` of its own'
                )
            seen.add(label)
            knobs = {key: value for key, value in values.items() if key not in common}
            method = self._method(kind, knobs, at) if kind else None
            own = self.problems.check(Training, head.training, (*at, "training"))
            if method is None or own is None:
                methods.append(None)
                continue
            if isinstance(runs := getattr(method, "runs", None), Path):
                changed: dict[str, Any] = {"runs": self.base((*at, "runs")) / runs.expanduser()}
                method = dataclasses.replace(method, **changed)
            changes = {**(method.own_training if method.trained else {}), **head.training}
            training = dataclasses.replace(general, **changes)
            if head.training and not method.trained:
                self.problems.add((*at, "training"), f"{head.name} trains nothing")
            methods.append(SuiteMethod(label=label, method=method, training=training))
        return methods

    def _tune(
        self, methods: list[SuiteMethod | None], collection: CollectionSource | None
    ) -> tuple[Tune | None, list[SuiteMethod | None]]:
        """What [tune] says, and the methods with what is tried of them."""
        tune = (
            self.problems.check(Tune, self.values["tune"], ("tune",))
            if "tune" in self.values
            else None
        )
        whole = [method for method in methods if method]
        if tune is None or len(whole) < len(methods):
            return tune, methods
        check_tune(self.problems, self.values, tune, whole, collection)
        return tune, [self._tried(tune, index, entry) for index, entry in enumerate(whole)]

    def _tried(self, tune: Tune, index: int, entry: SuiteMethod) -> SuiteMethod:
        """The method with every combination of the values that are tried for its knobs."""
        knobs = tune.knobs.get(entry.label)
        if not knobs or not entry.trained:
            return entry
        values = self.values["method"][index]
        own = {key: value for key, value in values.items() if key not in _COMMON}
        tried = [
            self._method(
                type(entry.method),
                copy.deepcopy({**own, **dict(zip(knobs, chosen, strict=True))}),
                ("tune", "knobs", entry.label),
            )
            for chosen in itertools.product(*knobs.values())
        ]
        return dataclasses.replace(entry, tried=tuple(method for method in tried if method))

    def _kind(self, name: str, at: Key) -> type[Method] | None:
        try:
            return find(name)
        except SuiteError as error:
            self.problems.add(at, str(error))
            return None

    def _method(self, kind: type[Method], knobs: dict[str, Any], at: Key) -> Method | None:
        if not (issubclass(kind, Mixed) and "loss" in knobs):
            method = self.problems.check(kind, knobs, at)
            if isinstance(method, NMT) and not method.trained:
                changed: dict[str, Any] = {"model": self._model(method.model, (*at, "model"))}
                method = dataclasses.replace(method, **changed)
            return method
        given = knobs.pop("loss")
        mix = self.problems.check(Mixed, knobs, at)
        if not isinstance(given, list) or len(given) < 2:  # noqa: PLR2004 - else there is no sum
            self.problems.add(
                (*at, "loss"),
                "expected an array of two or more losses such as "
                f'{{ method = "optical", weight = 0.5 }} (got {show(given)})',
            )
            return None
        parts = [self._part(item, (*at, "loss", index)) for index, item in enumerate(given)]
        if mix is None or None in parts:
            return None
        return Mixed(anchor=mix.anchor, loss=tuple(part for part in parts if part))

    def _part(self, values: object, at: Key) -> Part | None:
        if not isinstance(values, dict):
            self.problems.add(at, f"expected a table with a method (got {show(values)})")
            return None
        common = {key: values[key] for key in ("method", "weight") if key in values}
        head = self.problems.check(_PartHead, common, at)
        kind = self._kind(head.method, (*at, "method")) if head else None
        if head is None or kind is None:
            return None
        if not issubclass(kind, Distillation) or issubclass(kind, Mixed):
            self.problems.add((*at, "method"), f"{head.method} has no loss that could be added up")
            return None
        knobs = {key: value for key, value in values.items() if key not in common}
        method = self.problems.check(kind, knobs, at)
        return Part(method=method, weight=head.weight) if method else None

    def _local(self, teacher: Teacher) -> Teacher:
        """The teacher with its files and folders by their paths from here."""
        training, at = teacher.training, ("teacher", "training", "source")
        if training and training.source and not training.source.startswith(IRDS_PREFIX):
            path = self.base(at) / Path(training.source).expanduser()
            if not path.is_file():
                self.problems.add(at, f'no file "{path}"; an id of ir_datasets begins with "irds:"')
            training = dataclasses.replace(training, source=str(path))
        return dataclasses.replace(
            teacher,
            backbone=self._model(teacher.backbone, ("teacher", "backbone")),
            training=training,
        )

    def _model(self, name: str, at: Key) -> str:
        """A model that is a folder, by its path from here; a hub id as it is."""
        local = name.startswith((".", "/", "~")) or name.count("/") > 1
        if local and "{" in name:  # a folder for each pair
            return str(self.base(at) / Path(name).expanduser())
        return (
            str(self._folder(Path(name), at)) if local or (self.base(at) / name).is_dir() else name
        )

    def _folder(self, folder: Path, at: Key) -> Path:
        found = self.base(at) / folder.expanduser()
        if not found.is_dir():
            self.problems.add(at, f'no folder "{found}"')
        return found
