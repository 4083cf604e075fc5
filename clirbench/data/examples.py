"""What a teacher learns from: queries with relevant and other passages, of a file or of ir_datasets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import TypedDict

from clirbench.data import irds
from clirbench.data.base import CollectionSource, Fetch, SentencePair, TrainingQuery
from clirbench.data.leaks import KINDS, find_leaks
from clirbench.data.own import checksum
from clirbench.data.tables import filled_lines
from clirbench.errors import DataError

__all__ = ["IRDS_PREFIX", "TaughtFrom", "checksum_of", "teaching_examples", "training_examples"]

IRDS_PREFIX = "irds:"
_ENOUGH = "more than are used"
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


class TaughtFrom(TypedDict):
    """What happened to one source's queries: read = used + the sum of those left out."""

    source: str
    read: int
    left_out: dict[str, int]
    """Reason to number of queries: what test text they contain, or that there were enough without
    them."""
    used: int


def teaching_examples(
    sources: Sequence[CollectionSource],
    fetch: Fetch,
    language: str,
    *,
    tested: Iterable[str],
    limit: int | None,
) -> tuple[list[TrainingQuery], list[TaughtFrom]]:
    """The queries and passages of collections, without those that hold test text; and the counts.

    Args:
        sources: the collections.
        fetch: gives their files.
        language: of queries and passages.
        tested: the topics that methods are tested on, and the documents that are relevant to them. No
            example is used that has one of them, or a sentence or eight words in a row of one.
        limit: examples at most; none: all.

    Raises:
        DataError: a file is missing or malformed.
    """
    read = [list(source.teaching_queries(fetch, language)) for source in sources]
    pairs = [SentencePair(each.query, each.passage) for own in read for each in own]
    leaks = iter(find_leaks(pairs, tested))
    examples: list[TrainingQuery] = []
    counts: list[TaughtFrom] = []
    for source, own in zip(sources, read, strict=True):
        reasons: Counter[str] = Counter()
        for example, leak in zip(own, leaks, strict=False):
            if leak is None and limit is not None and len(examples) >= limit:
                leak = _ENOUGH  # noqa: PLW2901 - as if it were one
            if leak is None:
                examples.append(example)
            else:
                reasons[leak] += 1
        counts.append(
            {
                "source": source.name,
                "read": len(own),
                "left_out": {why: reasons[why] for why in (*KINDS, _ENOUGH)},
                "used": len(own) - reasons.total(),
            }
        )
    return examples, counts


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
                f"{at}: expected {wanted} values separated by tabs, {', '.join(_FIELDS)} (got "
                f"{len(values)})"
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
                raise DataError(
                    f"irds:{name}: a training example names the {what} {key}, which does not exist"
                )
        query, passage = topics[topic], documents[positive]
        other = None if negative is None else documents[negative]
        if query and passage and other != "":
            yield TrainingQuery(query, passage, other)
