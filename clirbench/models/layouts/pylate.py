"""PyLate folders of late-interaction encoders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.models.layouts.parts import (
    Layer,
    Layout,
    Lengths,
    dense_module,
    layers_of,
    write_modules,
)
from clirbench.models.reading import Dense

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder

__all__ = ["PYLATE"]


def _reasons(encoder: Encoder, lengths: Lengths) -> dict[str, object]:
    """What PyLate has no setting for."""
    reading = encoder.reading
    filled = f"fills queries up to {reading.expansion} tokens but reads {lengths.query}"
    return {
        "has a single vector for a text": encoder.interaction == "single",
        f"reads layer {reading.layer} of its backbone": reading.layer is not None,
        "leaves special tokens out of scoring": encoder.special_tokens == "drop",
        f"{filled}, where PyLate has one number for both": 0 < reading.expansion < lengths.query,
    }


def _write(encoder: Encoder, folder: Path, lengths: Lengths) -> str:
    """Transformer and Dense modules; markers, lengths, filling and skip list beside the prompts.

    PyLate draws a Dense at random where there is none, so that an encoder without layers on top gets one
    that maps a vector to itself. It takes a word to be skipped that the vocabulary lacks for the unknown
    token, so that the tokens themselves are listed.
    """
    import torch

    reading, size = encoder.reading, encoder.size
    same = Layer(Dense(size=(size, size), bias=False, file=""), {"linear.weight": torch.eye(size)})
    skipped = encoder.text.skipped
    names = [] if skipped is None else encoder.tokenizer.convert_ids_to_tokens(skipped.tolist())
    prompts = dict(zip(("query", "document"), reading.prefix, strict=True))
    alike = reading.prefix[0] == reading.prefix[1]
    write_modules(
        encoder,
        folder,
        [dense_module(each, "pylate.models.Dense.Dense") for each in layers_of(encoder) or [same]],
        length=max(lengths),
        settings={
            "model_type": "ColBERT",
            "prompts": prompts,
            "default_prompt_name": "query" if alike and any(reading.prefix) else None,
            "similarity_fn_name": "MaxSim",
            "query_prefix": reading.markers[0],
            "document_prefix": reading.markers[1],
            "query_length": lengths.query,
            "document_length": lengths.document,
            "do_query_expansion": bool(reading.expansion),
            "attend_to_expansion_tokens": bool(reading.expansion) and reading.attend,
            "skiplist_words": names,
        },
    )
    as_query, as_document = ("", "") if alike else (f', prompt_name="{side}"' for side in prompts)
    return f"""\
from pylate import models  # 1.6 or later

model = models.ColBERT(".", device="cpu")  # this folder
queries = model.encode(["a query"], is_query=True{as_query})
documents = model.encode(["a document"], is_query=False{as_document})
score = (queries[0] @ documents[0].T).max(axis=1).sum()
"""


PYLATE = Layout("pylate", _reasons, _write)
