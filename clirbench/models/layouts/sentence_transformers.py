"""sentence-transformers folders of single-vector encoders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.models.layouts.parts import (
    Layout,
    Lengths,
    Module,
    dense_module,
    layers_of,
    write_modules,
)

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder

__all__ = ["SENTENCE_TRANSFORMERS"]

_KIND = "sentence_transformers.models."
_POOLINGS = {"mean": "mean_tokens", "cls": "cls_token", "last": "lasttoken"}


def _reasons(encoder: Encoder, lengths: Lengths) -> dict[str, object]:
    """What its modules cannot express."""
    del lengths
    reading, means = encoder.reading, encoder.reading.pooling == "mean"
    return {
        "has a vector for each token (late interaction)": encoder.interaction == "late",
        f"reads layer {reading.layer} of its backbone": reading.layer is not None,
        "leaves special tokens out of the mean": encoder.special_tokens == "drop" and means,
        "puts marker tokens into texts": any(reading.markers),
        "fills queries up with [MASK]": reading.expansion,
        "leaves tokens of passages out of the mean": encoder.text.skipped is not None and means,
    }


def _write(encoder: Encoder, folder: Path, lengths: Lengths) -> str:
    """Transformer, Pooling, Dense and Normalize, with the prefixes as prompts.

    A projection is linear, so that it may come after the pooling; a layer that is not comes before it.
    """
    reading = encoder.reading
    width = int(encoder.backbone.config.hidden_size)
    modes = {f"pooling_mode_{mode}": name == reading.pooling for name, mode in _POOLINGS.items()}
    pooling = Module(
        f"{_KIND}Pooling", {"word_embedding_dimension": width, **modes, "include_prompt": True}, {}
    )
    layers = layers_of(encoder)
    if reading.dense and reading.dense_of == "tokens":
        given = {"module_input_name": "token_embeddings"}
        modules = [dense_module(layer, f"{_KIND}Dense", **given) for layer in layers]
        pooled = {**pooling.settings, "word_embedding_dimension": encoder.size}
        modules.append(pooling._replace(settings=pooled))
    else:
        modules = [pooling, *(dense_module(layer, f"{_KIND}Dense") for layer in layers)]
    write_modules(
        encoder,
        folder,
        [*modules, Module(f"{_KIND}Normalize", {}, {})],
        length=max(lengths),
        settings={
            "model_type": "SentenceTransformer",
            "prompts": dict(zip(("query", "document"), reading.prefix, strict=True)),
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )
    return f"""\
from sentence_transformers import SentenceTransformer

model = SentenceTransformer(".")  # this folder
model.max_seq_length = {lengths.query}  # word pieces read of a query
queries = model.encode_query(["a query"])
model.max_seq_length = {lengths.document}  # and of a document
documents = model.encode_document(["a document"])
scores = model.similarity(queries, documents)
"""


SENTENCE_TRANSFORMERS = Layout("sentence-transformers", _reasons, _write)
