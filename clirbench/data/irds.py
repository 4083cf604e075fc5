"""Reading through ir_datasets: any of its ids, streamed, its failures told as DataError."""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from hashlib import blake2b
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

from clirbench.data.base import Document, Judgments
from clirbench.data.download import default_folder
from clirbench.data.languages import family, standard
from clirbench.data.tables import check_id, check_text
from clirbench.errors import DataError, OfflineError
from clirbench.wording import close

__all__ = [
    "check_known",
    "check_language",
    "documents",
    "judged_otherwise",
    "judgments",
    "lookup",
    "preferences",
    "texts",
    "topics",
]


def check_known(name: str) -> None:
    """Check that ir_datasets has an id, without fetching anything.

    Raises:
        DataError: it has not; the error offers the nearest.
    """
    ir_datasets = _library()

    registry = ir_datasets.registry
    patterns = getattr(registry, "_patterns", ())
    if name in registry or any(pattern.match(name) for pattern, _ in patterns):
        return
    hint = close(name, registry)
    raise DataError(f'irds: ir_datasets {ir_datasets.__version__} has no "{name}"{hint}')


def documents(name: str, part: str | None = None, *, empty: bool = False) -> Iterator[Document]:
    """The documents of an id, one after another; those without text are passed over.

    Args:
        name: the id.
        part: attribute that is the text; none: the id's own choice, such as title and text.
        empty: give documents without text, too.

    Raises:
        DataError: they cannot be had or read, or an id stands twice.
    """
    seen = array("Q")  # hashes: the ids themselves would take hundreds of megabytes
    for item in _items(name, "docs"):
        at = f"irds:{name}: document {item.doc_id}"
        check_id(item.doc_id, (), at)
        seen.append(_hash(item.doc_id))
        text = _text(item, part, at)
        if text or empty:
            yield Document(item.doc_id, text)
    if not seen:
        raise DataError(f"irds:{name}: has no documents in its files")
    _check_unique(name, seen)


def topics(name: str, part: str | None = None) -> dict[str, str]:
    """Topic id to text, in ir_datasets' order; a topic may have no text.

    Raises:
        DataError: they cannot be had or read, or an id stands twice.
    """
    found: dict[str, str] = {}
    for item in _items(name, "queries"):
        at = f"irds:{name}: topic {item.query_id}"
        check_id(item.query_id, found, at)
        found[item.query_id] = _text(item, part, at)
    return found


def judgments(name: str) -> Judgments:
    """Topic id to document id to grade; of a document that is judged twice, the last, as ir-measures.

    Raises:
        DataError: they cannot be had or read.
    """
    found: dict[str, dict[str, int]] = {}
    for item in _items(name, "qrels"):
        found.setdefault(item.query_id, {})[item.doc_id] = item.relevance
    return found


def judged_otherwise(name: str) -> tuple[str, ...]:
    """Topic and document of each that is judged twice with different grades.

    Raises:
        DataError: they cannot be had or read.
    """
    last = judgments(name)
    return tuple(
        dict.fromkeys(
            f"{item.query_id} {item.doc_id}"
            for item in _items(name, "qrels")
            if item.relevance != last[item.query_id][item.doc_id]
        )
    )


def check_language(
    name: str, kind: Literal["docs", "queries"], language: str, *, known_as: str
) -> None:
    """Check that the documents or topics of an id are in a language, where ir_datasets knows theirs.

    Args:
        name: the id.
        kind: which of the two.
        language: in which they should be.
        known_as: the code that the id has for it.

    Raises:
        DataError: they are in another one, or the id is not to be had.
    """
    check_known(name)
    with _told(name, kind):
        ir_datasets = _library()

        dataset = ir_datasets.load(name)
        if not getattr(dataset, f"has_{kind}")():
            return
        handler = getattr(dataset, f"{kind}_handler")()
        own = getattr(handler, f"{kind}_lang")()
    if own and own not in {language, known_as} and family(standard(own)) != family(language):
        what = "documents" if kind == "docs" else "topics"
        key = "documents_language and documents" if kind == "docs" else "query"
        raise DataError(
            f'irds:{name}: its {what} are in "{own}" according to ir_datasets, not in '
            f'"{language}"; correct {key} of the suite'
        )


def preferences(name: str) -> Iterator[tuple[str, str, str | None]]:
    """Topic, a document, and one that is less relevant to it, in ir_datasets' order.

    An id without such pairs of documents gives its judgments above 0, without the other document.

    Raises:
        DataError: they cannot be had or read, or the id has neither.
    """
    check_known(name)
    with _told(name, "docpairs"):
        ir_datasets = _library()

        paired = ir_datasets.load(name).has_docpairs()
    if paired:
        for item in _items(name, "docpairs"):
            yield item.query_id, item.doc_id_a, item.doc_id_b
    else:
        for item in _items(name, "qrels"):
            if item.relevance > 0:
                yield item.query_id, item.doc_id, None


def texts(name: str, kind: Literal["docs", "queries"]) -> Iterator[str]:
    """All text of the documents or topics of an id: each as a whole, and each part of several alone.

    Raises:
        DataError: they cannot be had or read.
    """
    for item in _items(name, kind):
        whole = _text(item, None, f"irds:{name}")
        yield whole
        for field, value in zip(item._fields[1:], item[1:], strict=True):
            part = " ".join(value.split()) if isinstance(value, str) else ""
            if part and part != whole and not field.endswith(("_id", "url")):
                yield part


def lookup(name: str, ids: Iterable[str], part: str | None = None) -> dict[str, str]:
    """The texts of some documents, by ir_datasets' own store, which it makes when it is first asked.

    Raises:
        DataError: they cannot be had.
    """
    with _told(name, "docs"):
        ir_datasets = _library()

        found = ir_datasets.load(name).docs_store().get_many(list(ids))
        return {
            key: _text(item, part, f"irds:{name}: document {key}") for key, item in found.items()
        }


def _items(name: str, kind: str) -> Iterator[Any]:
    check_known(name)
    with _told(name, kind):
        ir_datasets = _library()

        dataset = ir_datasets.load(name)
        if not getattr(dataset, f"has_{kind}")():
            raise DataError(f"irds:{name}: has no {_KINDS[kind]}")
        yield from getattr(dataset, f"{kind}_iter")()


_KINDS = {
    "docs": "documents",
    "queries": "topics",
    "qrels": "judgments",
    "docpairs": "pairs of documents",
}


@contextmanager
def _told(name: str, kind: str) -> Iterator[None]:
    """Turn whatever ir_datasets raises into an error that names the id."""
    try:
        yield
    except BaseException as error:  # ir_datasets ends the process where it needs a licensed file
        told = isinstance(error, DataError) and not isinstance(error, OfflineError)
        if told or not isinstance(error, (Exception, SystemExit)):
            raise
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(
            f"irds:{name}: the {_KINDS[kind]} cannot be downloaded or read ({first}); "
            "ir_datasets keeps its files in IR_DATASETS_HOME, by default ~/.ir_datasets if that "
            "exists, else the cache"
        ) from error


def _text(item: Any, part: str | None, at: str) -> str:  # noqa: ANN401 - ir_datasets' tuples
    if part is None:
        value = item.default_text()
    elif part in item._fields:
        value = getattr(item, part)
    else:
        raise DataError(f'{at}: has no "{part}"; it has {", ".join(item._fields)}')
    if value is not None and not isinstance(value, str):
        raise DataError(f"{at}: expected text (got {type(value).__name__})")
    check_text(value or "", at)
    return " ".join((value or "").split())


def _library() -> Any:  # noqa: ANN401 - a module without types
    """The package ir_datasets, which makes its folders as it is imported: in the cache, not at home.

    They stay where `IR_DATASETS_HOME` says, or where an earlier use of it has left one.
    """
    own = default_folder() / "ir_datasets"
    if not (Path.home() / ".ir_datasets").is_dir():
        os.environ.setdefault("IR_DATASETS_HOME", str(own))
    os.environ.setdefault("IR_DATASETS_TMP", str(own / "tmp"))
    return import_module("ir_datasets")


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest())


def _check_unique(name: str, seen: array[int]) -> None:
    import numpy as np

    hashes = np.frombuffer(seen, dtype=np.uint64) if seen else np.empty(0, np.uint64)
    twice = len(hashes) - len(np.unique(hashes))
    if twice:
        once: set[str] = set()
        for item in _items(name, "docs"):  # again, to name the first
            if item.doc_id in once:
                raise DataError(
                    f'irds:{name}: {twice} duplicate document ids, "{item.doc_id}" the first'
                )
            once.add(item.doc_id)
