"""Training queries, and what the teacher finds for them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, cast

from clirbench.data.base import CollectionSource
from clirbench.errors import DataError
from clirbench.running.stage import Context, Data, Stage
from clirbench.running.stages.teacher import TeacherStage
from clirbench.running.stages.tokens import Length, length_of, write_length

__all__ = ["QueriesStage"]


@dataclass(frozen=True, kw_only=True)
class QueriesStage(Stage):
    """Reads queries and passages with the teacher, and ranks the passages for each query."""

    kind: ClassVar[str] = "queries"
    version: ClassVar[int] = 3

    teacher: TeacherStage
    collection: Data
    language: str
    """Of queries and passages."""
    query_length: Length
    """Longest query in word pieces."""
    document_length: int
    """Longest passage in word pieces."""
    depth: int
    """Passages to be found for a query."""

    def make(self, folder: Path, inputs: Mapping[str, Path], context: Context) -> None:
        """Write the queries, the teacher's vectors, and its best passages.

        Raises:
            DataError: the collection has no queries to train from.
        """
        from clirbench.models.encoder import Encoder
        from clirbench.retrieval.search import search

        source = cast("CollectionSource", self.collection.source)
        examples = list(source.training_queries(context.fetch, self.language))
        if len(examples) < 2:  # noqa: PLR2004 - in-batch negatives need another query
            raise DataError(f"{source.name}: no queries in {self.language} to train from")
        passages = list(dict.fromkeys(example.passage for example in examples))
        number = {passage: index for index, passage in enumerate(passages)}
        relevant = [number[example.passage] for example in examples]
        known: defaultdict[str, set[int]] = defaultdict(set)
        for example, passage in zip(examples, relevant, strict=True):
            known[example.query].add(passage)

        teacher = Encoder.load(inputs["teacher"]).to(context.device)
        length = length_of(self.query_length, inputs.get("query_length"))
        queries = teacher.encode([example.query for example in examples], length)
        vectors = teacher.encode(
            passages,
            self.document_length,
            lambda done, total: context.progress(done, total, "passages"),
            side="passage",
        )
        # Every token of every passage with every token of every query would take hours where there
        # are many; mean vectors find candidates well enough, whose scores are then MaxSim.
        found = search(
            queries.pooled().to(context.device),
            vectors.pooled().to(context.device),
            [str(index) for index in range(len(examples))],
            [str(index) for index in range(len(passages))],
            depth=self.depth + max(map(len, known.values())),
            progress=lambda done, total: context.progress(done, total, "candidates"),
        )
        others = [
            [p for p in found[str(index)].documents if int(p) not in known[example.query]][
                : self.depth
            ]
            for index, example in enumerate(examples)
        ]
        write_length(folder, length)
        queries.save(folder / "queries.safetensors")
        vectors.save(folder / "passages.safetensors")
        text = {
            "queries": [example.query for example in examples],
            "relevant": relevant,
            "others": [[int(passage) for passage in each] for each in others],
        }
        (folder / "queries.json").write_text(json.dumps(text, ensure_ascii=False), encoding="utf-8")
