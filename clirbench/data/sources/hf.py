"""The `hf` source: a collection in a Hugging Face data set, by its id or in a folder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import Field

from clirbench.data.base import JSON, Download, Judgments, Part
from clirbench.data.own import checksum
from clirbench.data.rows import Row, RowsSource
from clirbench.errors import DataError
from clirbench.settings import settings

__all__ = ["HF"]

_Name = Annotated[str, Field(min_length=1)]
_IDS = ("_id", "id", "query-id", "query_id", "docid", "corpus-id")
_PASSAGES = ("positive_passages", "negative_passages")


@settings
class HF(RowsSource):
    """A data set that the package `datasets` loads (`pip install clirbench[hf]`), such as MTEB's.

    Three parts of one data set, by the names of their configurations. Documents and queries have an
    id (`_id`, `id`, `query_id`, `docid`), `text` or `query`, and maybe `title`. Judgments have
    `query-id`, `corpus-id`, `score`. Or rows as MIRACL has them, with `query_id`, `query`,
    `positive_passages` and `negative_passages`, whose passages are the documents. In names of
    configurations `{language}` stands for a language: of the documents that of the documents, else
    the pair's query language.

    With `dataset`, an id, datasets' cache is read where that has it, and `revision` pins the content.
    With `folder`, a configuration is a folder in it that `save_to_disk` wrote, or what `load_dataset`
    finds there.
    """

    name: ClassVar[str] = "hf"
    licence: ClassVar[str] = "the data set's; see its card at https://huggingface.co/datasets"
    citation: ClassVar[str] = (
        "Lhoest et al. (2021), Datasets: A Community Library for Natural Language Processing, EMNLP "
        "Demonstrations, 175-184; and the data set's own"
    )

    dataset: _Name | None = None
    """An id such as mteb/scifact."""
    revision: _Name | None = None
    """Commit of the id. Without one, the content may change unnoticed."""
    folder: Path | None = None
    """A folder instead of an id; in a suite file, relative to the suite's folder."""
    corpus: _Name = "corpus"
    """Configuration of the documents."""
    topics_part: _Name = "queries"
    """Configuration of the queries, or of MIRACL's rows."""
    judgments_part: _Name = "default"
    """Configuration of the judgments; MIRACL's rows hold them."""
    split: _Name = "test"
    """Split of the judgments. Documents and queries are taken from all splits of their
    configuration."""

    def __post_init__(self) -> None:
        if self.dataset is not None and self.folder is not None:
            raise ValueError("takes either dataset (an id) or folder, not both")

    def lacks(self, part: Part, language: str) -> str | None:
        """Everything without a data set; else as all sources of rows."""
        if self.dataset is None and self.folder is None:
            return "hf: needs dataset, an id such as mteb/scifact, or folder"
        return super().lacks(part, language)

    def downloads(self, language: str) -> tuple[Download, ...]:  # noqa: ARG002
        """None of ours: `datasets` fetches for itself."""
        return ()

    def kept_by(self) -> str | None:
        """The package `datasets`, where it is a data set by its id."""
        return "datasets keeps it in HF_HOME" if self.folder is None else None

    def content(self, language: str) -> JSON:  # noqa: ARG002
        """SHA-256 of every file of a folder; of an id nothing, which its revision stands for.

        Raises:
            DataError: the folder is not there, or empty.
        """
        if self.folder is None:
            return None
        files = sorted(path for path in self.folder.rglob("*") if path.is_file())
        if not files:
            raise DataError(
                f"{self.folder}: {'empty' if self.folder.is_dir() else 'no such folder'}"
            )
        return {path.relative_to(self.folder).as_posix(): checksum(path) for path in files}

    def rows(self) -> Iterator[Row]:
        """The documents."""
        language = self.documents_language
        if self._miracl(language):
            yield from self._passages(language)
            return
        for at, record in self._records(self.corpus, language, None):
            yield Row(_id(record, at), _text(record, ("title",)), _text(record, ("text",)))

    def queries(self, language: str) -> Iterator[Row]:
        """The queries."""
        for at, record in self._records(self.topics_part, language, None):
            yield Row(_id(record, at), "", _text(record, ("text", "query")))

    def has_queries(self, language: str) -> bool:
        """Whether queries are told by language."""
        del language
        return "{language}" in self.topics_part

    def grades(self, language: str) -> Judgments:
        """The judgments of the split."""
        judgments: dict[str, dict[str, int]] = {}
        if self._miracl(language):
            for at, record in self._records(self.topics_part, language, self.split):
                grades = judgments.setdefault(_id(record, at), {})
                for grade, field in ((1, _PASSAGES[0]), (0, _PASSAGES[1])):
                    for passage in record.get(field) or ():
                        grades.setdefault(str(passage.get("docid")), grade)
            return judgments
        for at, record in self._records(self.judgments_part, language, self.split):
            try:
                topic, document = str(record["query-id"]), str(record["corpus-id"])
                score = float(record["score"])
            except (KeyError, TypeError, ValueError):
                raise DataError(
                    f"{at}: expected query-id, corpus-id and score (got {', '.join(record)})"
                ) from None
            judgments.setdefault(topic, {})[document] = int(score)
        if not judgments:
            raise DataError(f"{self._at(self.judgments_part)}: no judgments")
        return judgments

    def _miracl(self, language: str) -> bool:
        """Whether the queries' rows hold their passages."""
        first = next(self._records(self.topics_part, language, None), None)
        return first is not None and _PASSAGES[0] in first[1]

    def _passages(self, language: str) -> Iterator[Row]:
        seen: set[str] = set()
        for _, record in self._records(self.topics_part, language, None):
            for field in _PASSAGES:
                for passage in record.get(field) or ():
                    if (key := str(passage.get("docid"))) not in seen:
                        seen.add(key)
                        yield Row(key, _text(passage, ("title",)), _text(passage, ("text",)))

    def _records(
        self, part: str, language: str, split: str | None
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The rows of a part, each with its place; of all splits where none is named."""
        if why := self.lacks("topics", language):
            raise DataError(why)
        part = part.replace("{language}", language)
        loaded = _loaded(str(self.folder or self.dataset), part, self.revision)
        if split is not None and split not in loaded:
            raise DataError(f"{self._at(part)}: no split {split}; it has {', '.join(loaded)}")
        for each in [split] if split is not None else list(loaded):
            for number, record in enumerate(loaded[each], start=1):
                yield f"{self._at(part)}, {each}, row {number}", record

    def _at(self, part: str) -> str:
        return f"hf:{self.folder or self.dataset}: {part}"


@lru_cache(maxsize=8)  # stages of the same languages ask in turn
def _loaded(name: str, part: str, revision: str | None) -> Mapping[str, Any]:
    """The splits of a configuration.

    Raises:
        DataError: `datasets` is not installed, or cannot load it.
    """
    try:
        import datasets
    except ImportError as error:
        raise DataError("hf: needs the package datasets: pip install clirbench[hf]") from error
    with _told(f"hf:{name}: {part}"):
        saved = Path(name, part)
        if (saved / "dataset_dict.json").is_file():
            return dict(datasets.load_from_disk(str(saved)))
        if (saved / "state.json").is_file():
            return {"test": datasets.load_from_disk(str(saved))}
        return dict(datasets.load_dataset(name, part, revision=revision))


@contextmanager
def _told(at: str) -> Iterator[None]:
    """Turn whatever `datasets` raises into an error that names the data set."""
    try:
        yield
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise DataError(f"{at}: cannot be loaded ({first})") from error


def _id(record: Mapping[str, Any], at: str) -> str:
    for field in _IDS:
        if record.get(field) is not None:
            return str(record[field])
    raise DataError(f"{at}: expected an id, {' or '.join(_IDS)} (got {', '.join(record)})")


def _text(record: Mapping[str, Any], fields: tuple[str, ...]) -> str:
    value = next((record[field] for field in fields if record.get(field) is not None), "")
    return " ".join(str(value).split())
