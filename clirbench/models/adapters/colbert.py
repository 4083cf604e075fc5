"""ColBERT's checkpoints (Khattab & Zaharia 2020; Santhanam et al. 2022; Nair et al. 2022)."""

from __future__ import annotations

from dataclasses import replace
from string import punctuation
from typing import TYPE_CHECKING

from clirbench.errors import DataError
from clirbench.models.adapters.transformers import read_transformers
from clirbench.models.reading import Dense, Reading

if TYPE_CHECKING:
    from clirbench.models.folder import Folder

__all__ = ["read_colbert"]


def read_colbert(folder: Folder) -> Reading | None:
    """A backbone with the projection `linear.weight` beside it; settings in artifact.metadata.

    Where these lack one, ColBERT's own default holds: markers [unused0] and [unused1], queries filled
    up to 32 tokens with [MASK], to which no other token attends, and punctuation of passages that is not
    scored.

    Raises:
        DataError: its scores are no cosines.
    """
    if folder.modules or "linear.weight" not in folder.tensors:
        return None
    said = folder.json("artifact.metadata")
    if (similarity := said.get("similarity", "cosine")) != "cosine":
        raise DataError(
            f'"{folder.path / "artifact.metadata"}": similarity "{similarity}" is not '
            "supported; only cosine is"
        )
    file, (size, hidden) = folder.tensors["linear.weight"]
    projection = Dense(size=(hidden, size), bias="linear.bias" in folder.tensors, file=file.name)
    return replace(
        read_transformers(folder),
        adapter="colbert",
        markers=(
            str(said.get("query_token_id") or "[unused0]"),
            str(said.get("doc_token_id") or "[unused1]"),
        ),
        expansion=int(said.get("query_maxlen") or 32),
        attend=bool(said.get("attend_to_mask_tokens", False)),
        skip=tuple(punctuation) if said.get("mask_punctuation", True) else (),
        skip_by="piece",
        dense=(projection,),
        made_for=(int(said.get("query_maxlen") or 32), said.get("doc_maxlen")),
    )
