"""From [collection] and [[pair]] to a collection, and language pairs with their bitext."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from clirbench.data import sources
from clirbench.data.base import BitextSource, CollectionSource
from clirbench.data.examples import IRDS_PREFIX
from clirbench.spec.model import LanguagePair, PairBitext
from clirbench.spec.sections import BitextHead, PairHead
from clirbench.spec.toml import Key
from clirbench.spec.values import FileValues
from clirbench.wording import nearest, show

__all__ = ["read_collection", "read_pairs", "source_at"]


def read_collection(given: FileValues) -> CollectionSource | None:
    """The collection; none where anything is wrong with it."""
    at: Key = ("collection",)
    values = given.values.get("collection")
    if not isinstance(values, dict):
        if values is not None:
            given.problems.add(at, f"expected a table (got {show(values)})")
        return None
    found = source_at(given, values, at, CollectionSource)
    return found if isinstance(found, CollectionSource) else None


def read_pairs(given: FileValues, collection: CollectionSource | None) -> list[LanguagePair | None]:
    """The pairs, none for each that is wrong; bitext by the collection's name is the collection's."""
    pairs: list[LanguagePair | None] = []
    seen: set[str] = set()
    for at, values in given.items("pair"):
        head = given.problems.check(PairHead, values, at)
        if head is None:
            pairs.append(None)
            continue
        pair = LanguagePair(
            query=head.query,
            documents=head.documents,
            resource=head.resource,
            student=head.student,
            title=head.title,
        )
        bitext = [
            _bitext(given, item, (*at, "bitext", i), pair.foreign, collection)
            for i, item in enumerate(head.bitext)
        ]
        pair = dataclasses.replace(pair, bitext=tuple(item for item in bitext if item))
        if str(pair) in seen:
            given.problems.add(at, f"duplicate pair {pair}")
        seen.add(str(pair))
        if not pair.foreign:
            given.problems.add(at, f"{pair} has the same language on both sides")
        if collection:
            for key in ("query", "documents"):
                if (language := getattr(pair, key)) in pair.foreign:
                    _check_language(given, collection, language, (*at, key))
        if head.student is not None and head.bitext:
            given.problems.add((*at, "bitext"), "has no effect beside `student`")
        pairs.append(pair)
    if None not in pairs:
        _check_students(given, [pair for pair in pairs if pair])
    return pairs


def _check_students(given: FileValues, pairs: Sequence[LanguagePair]) -> None:
    """Note pairs that are to be searched with what was learned for a pair that learns nothing."""
    known = {str(pair): pair for pair in pairs}
    learning = [name for name, pair in known.items() if not pair.student]
    for index, pair in enumerate(pairs):
        if pair.student is None or pair.student in learning:
            continue
        if (other := known.get(pair.student)) is None:
            text = f"no pair {show(pair.student)}{nearest(pair.student, learning)}"
        elif str(other) == str(pair):
            text = "names the pair itself; leave it out for a pair that learns from its own bitext"
        else:
            text = f"{other} names it as its student, but {other.student} itself learns nothing"
        given.problems.add(("pair", index, "student"), text)


def source_at(given: FileValues, values: Mapping[str, Any], at: Key, kind: type[Any]) -> Any:  # noqa: ANN401
    """The source that a table describes; none where anything is wrong with it.

    Args:
        given: the file.
        values: the table.
        at: its place.
        kind: that the source has to be of.
    """
    name = values.get("source")
    if isinstance(name, str) and name.startswith(IRDS_PREFIX) and "id" not in values:
        values = {**values, "source": "irds", "id": name.removeprefix(IRDS_PREFIX)}
        name = "irds"
    source = sources.SOURCES.get(name) if isinstance(name, str) else None
    if source is None or not issubclass(source, kind):
        what = "missing" if name is None else f"unknown source {show(name)}"
        given.problems.add((*at, "source"), what + nearest(str(name), sources.names(kind)))
        return None
    rest = {key: value for key, value in values.items() if key != "source"}
    found = given.problems.check(source, rest, at)
    if found is not None and isinstance(folder := getattr(found, "folder", None), Path):
        changed: dict[str, Any] = {"folder": given.folder(folder, (*at, "folder"))}
        found = dataclasses.replace(found, **changed)
    return found


def _bitext(
    given: FileValues,
    item: object,
    at: Key,
    languages: Sequence[str],
    collection: CollectionSource | None,
) -> PairBitext | None:
    values = {"source": item} if isinstance(item, str) else item
    if not isinstance(values, dict):
        given.problems.add(
            at, f"expected the name of a bitext, or a table with a source (got {show(item)})"
        )
        return None
    common = {key: values[key] for key in ("weight",) if key in values}
    head = given.problems.check(BitextHead, common, at)
    if head is None:
        return None
    values = {key: value for key, value in values.items() if key not in common}
    if (
        values.keys() == {"source"}
        and collection is not None
        and values["source"] == collection.name
    ):
        # A source that has both hands out the bitext of the very collection, with its settings.
        source: Any = collection if isinstance(collection, BitextSource) else None
        if source is None:
            given.problems.add(
                at, f"{show(item)} has no bitext{nearest(str(item), sources.names(BitextSource))}"
            )
            return None
    else:
        source = source_at(given, values, at, BitextSource)
    if source is None:
        return None
    for language in languages:
        _check_language(given, source, language, at)
    return PairBitext(name=source.name, source=source, weight=head.weight)


def _check_language(given: FileValues, source: Any, language: str, at: Key) -> None:  # noqa: ANN401 - a Source
    offered = source.languages()
    if offered is not None and language not in offered:
        given.problems.add(at, f'{source.name} has no "{language}"{nearest(language, offered)}')
