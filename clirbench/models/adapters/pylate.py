"""PyLate folders (Chaffin & Sourty 2025): ColBERT as sentence-transformers lays out its modules."""

from __future__ import annotations

from dataclasses import replace
from string import punctuation
from typing import TYPE_CHECKING

from clirbench.errors import DataError
from clirbench.models.adapters.sentence_transformers import read_dense
from clirbench.models.adapters.transformers import read_transformers
from clirbench.models.reading import Reading

if TYPE_CHECKING:
    from clirbench.models.folder import Folder

__all__ = ["read_pylate"]

_OWN = frozenset({"query_prefix", "document_prefix", "do_query_expansion", "skiplist_words"})


def read_pylate(folder: Folder) -> Reading | None:
    """Transformer and Dense modules; markers, lengths and the like beside the prompts.

    Where these lack one, PyLate's own default holds, which is ColBERT's but for the markers "[Q] " and
    "[D] ". Words to be skipped that are not in the vocabulary are none.

    Raises:
        DataError: it has a module, or a setting of one, that is not read here.
    """
    said = folder.json("config_sentence_transformers.json")
    theirs = any(kind.startswith("pylate.") for kind, _ in folder.modules)
    if not folder.modules or not (theirs or said.keys() & _OWN):
        return None
    dense = []
    for place, (kind, path) in enumerate(folder.modules):
        name = kind.rpartition(".")[2]
        if name == "Dense":
            dense.append(read_dense(folder, path))
        elif place == 0 and (name != "Transformer" or path):
            raise DataError(
                f'"{folder.path}": its first module, {kind} in {path or "."}/, is not '
                "supported; expected a Transformer in the folder itself"
            )
    if not dense:
        raise DataError(
            f'"{folder.path}" has no Dense module, so PyLate would create one at random; '
            'adapter = "transformers" reads the backbone alone'
        )
    expansion = said.get("do_query_expansion")
    prompt = (said.get("prompts") or {}).get(said.get("default_prompt_name")) or ""
    markers = (said.get("query_prefix"), said.get("document_prefix"))
    skipped = said.get("skiplist_words")
    return replace(
        read_transformers(folder),
        adapter="pylate",
        lower=bool(folder.json("sentence_bert_config.json").get("do_lower_case", False)),
        prefix=(str(prompt), str(prompt)),
        markers=(
            "[Q] " if markers[0] is None else str(markers[0]),
            "[D] " if markers[1] is None else str(markers[1]),
        ),
        expansion=int(said.get("query_length") or 32) if expansion in {None, True} else 0,
        attend=bool(said.get("attend_to_expansion_tokens", False)),
        skip=tuple(punctuation) if skipped is None else tuple(map(str, skipped)),
        dense=tuple(dense),
        made_for=(int(said.get("query_length") or 32), int(said.get("document_length") or 180)),
    )
