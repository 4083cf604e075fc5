"""What a teacher learns from: queries with relevant and other passages, of a file or of ir_datasets."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from clirbench.data import irds
from clirbench.data.base import TrainingQuery
from clirbench.data.own import checksum
from clirbench.data.tables import filled_lines
from clirbench.errors import DataError

__all__ = ["IRDS_PREFIX", "checksum_of", "training_examples"]

IRDS_PREFIX = "irds:"
_FIELDS = ("query", "positive", "negative")


def training_examples(source: str, limit: int | None = None) -> Iterator[TrainingQuery]:
    """The first examples of a source, in its order; no more of it is read than is needed.

    Args:
        source: `irds:` and an id of ir_datasets, or the path of a file of
            query<TAB>positive[<TAB>negative] lines; a name that ends in .gz is that of a gzip file.
        limit: examples at most; none: all.

    Raises:
        DataError: it cannot be had or read, or is malformed.
    """
    if source.startswith(IRDS_PREFIX):
        return _of_irds(source.removeprefix(IRDS_PREFIX), limit)
    return islice(_of_file(Path(source)), limit)


def checksum_of(source: str) -> str | None:
    """SHA-256 of a source that is a file; none for an id of ir_datasets, which stands for its content.

    Raises:
        DataError: there is no such file or id.
    """
    if source.startswith(IRDS_PREFIX):
        irds.check_known(source.removeprefix(IRDS_PREFIX))
        return None
    return checksum(Path(source))


def _of_file(path: Path) -> Iterator[TrainingQuery]:
    count = None
    for number, line in filled_lines(path):
        values = [value.strip() for value in line.split("\t")]
        at = f"{path}:{number}"
        if count is None and len(values) in {2, 3}:
            count = len(values)
        if len(values) != count:
            wanted = "2 or 3" if count is None else f"{count}, as on the first line,"
            raise DataError(
                f"{at}: expected {wanted} values with tabs between, {', '.join(_FIELDS)} "
                f"(got {len(values)})"
            )
        for field, value in zip(_FIELDS, values, strict=False):
            if not value:
                raise DataError(f"{at}: {field}: empty")
        yield TrainingQuery(*values)


def _of_irds(name: str, limit: int | None) -> Iterator[TrainingQuery]:
    """Pairs of documents where an id has them, else its judgments that are above 0."""
    chosen = list(islice(irds.preferences(name), limit))
    topics = irds.topics(name)
    documents = irds.lookup(
        name, dict.fromkeys(key for _, *keys in chosen for key in keys if key is not None)
    )
    for topic, positive, negative in chosen:
        for what, key, known in (
            ("topic", topic, topics),
            ("document", positive, documents),
            ("document", negative, documents),
        ):
            if key is not None and key not in known:
                raise DataError(f"irds:{name}: {what} {key} of a training example is not there")
        query, passage = topics[topic], documents[positive]
        other = None if negative is None else documents[negative]
        if query and passage and other != "":
            yield TrainingQuery(query, passage, other)
