"""Loading of a backbone and its tokenizer, with a check of all that would go wrong in silence."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from clirbench.errors import DataError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from clirbench.models.reading import Reading

__all__ = ["load_backbone", "load_saved", "positions", "save_backbone"]

_HEADS = (
    "cls.",
    "classifier.",
    "decoder.",
    "discriminator_predictions.",
    "generator_lm_head.",
    "generator_predictions.",
    "head.",
    "lm_head.",
    "lm_loss.",
    "lm_predictions.",
    "mask_predictions.",
    "mlm.",
    "pooler.",
    "pred_layer.",
    "predictions.",
    "qa_outputs.",
    "score.",
    "sop_classifier.",
    "vocab_layer_norm.",
    "vocab_projector.",
    "vocab_transform.",
)
"""How weights of what tasks put on top of a backbone begin, which search does not read."""
_POSITIONS = ("position_embeddings", "embed_positions", "wpe", "position_embedding", "pos_embed")
_SHOWN = 3
_ENCODER = "encoder.safetensors"


def load_backbone(
    name: str | Path, reading: Reading | None = None, *, headless: bool = False
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a model's folder: safetensors only, no code that lies in it.

    Args:
        name: the folder.
        reading: which part of it reads, and which weights belong to layers on top; none: all of it.
        headless: whether weights of an unknown head on top may be left, as the suite says.

    Raises:
        DataError: it is not there, not of that form, or its weights are not those of its config.json.
    """
    from transformers import AutoModel, AutoTokenizer

    options: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
    weights = {"use_safetensors": True, "dtype": torch.float32, "output_loading_info": True}
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, **options)
        try:
            # BERT and its like have a pooler that nothing here reads, often without weights.
            backbone, info = AutoModel.from_pretrained(
                name, add_pooling_layer=False, **options, **weights
            )
        except TypeError:
            backbone, info = AutoModel.from_pretrained(name, **options, **weights)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, TypeError) as error:
        text = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DataError(
            f'backbone "{name}" cannot be loaded: {text}; expected a folder or a hub id with '
            "config.json, tokenizer.json and model.safetensors"
        ) from error
    encoder = reading is not None and reading.part == "encoder"
    taken = {part for dense in (reading.dense if reading else ()) for part in _parts_of(dense.file)}
    _check_weights(
        str(name),
        backbone,
        missing=[key for key in info["missing_keys"] if not (encoder and "decoder" in key)],
        unexpected={*info["unexpected_keys"]} - taken,
        headless=headless,
    )
    if encoder:
        backbone = backbone.get_encoder()
    _check_tokenizer(str(name), backbone, tokenizer)
    return backbone, tokenizer


def _parts_of(file: str) -> tuple[str, ...]:
    """Weights of a layer on top that lie beside the backbone's own."""
    return () if "/" in file else ("linear.weight", "linear.bias", "residual.weight")


def _check_weights(
    name: str,
    backbone: PreTrainedModel,
    *,
    missing: Iterable[str],
    unexpected: Iterable[str],
    headless: bool,
) -> None:
    """Refuse a model of which a part would be random, or left out."""
    lost = sorted(key for key in missing if "pooler." not in key)
    if lost:
        raise DataError(
            f'backbone "{name}": its config.json asks for weights that its files lack, so they '
            f"would be random: {_some(lost)}; use the config.json that belongs to them"
        )
    own = {child for child, _ in backbone.named_children()}
    # Older files carry constants, such as `embeddings.position_ids`, that a model makes by itself.
    constants = {buffer for buffer, _ in backbone.named_buffers()}
    left = sorted(
        key
        for key in unexpected
        if "pooler." not in key
        and key.removeprefix(f"{backbone.base_model_prefix}.") not in constants
        and not key.startswith(_HEADS)
        and not (headless and key.partition(".")[0] not in own)
    )
    if left:
        raise DataError(
            f'backbone "{name}": its files have weights that {type(backbone).__name__} of its '
            f"config.json does not use: {_some(left)}; use the config.json that belongs to them, "
            'or read the backbone alone by adapter = "transformers"'
        )


def _some(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _check_tokenizer(
    name: str, backbone: PreTrainedModel, tokenizer: PreTrainedTokenizerBase
) -> None:
    """Refuse a tokenizer that knows no words, or more of them than the backbone."""
    if len(tokenizer) <= len(set(tokenizer.all_special_ids)):
        raise DataError(
            f'backbone "{name}": its tokenizer has {len(tokenizer)} tokens, all special; copy '
            "the tokenizer's files, such as tokenizer.json, into its folder"
        )
    rows = None
    with suppress(NotImplementedError, AttributeError):  # of a backbone that has no such table
        rows = getattr(backbone.get_input_embeddings(), "num_embeddings", None)
    largest = max(tokenizer.get_vocab().values(), default=0)
    if rows is not None and largest >= rows:
        raise DataError(
            f'backbone "{name}": its tokenizer has tokens up to number {largest}, but its '
            f"embedding has {rows} rows; use the tokenizer that belongs to it"
        )


def positions(backbone: PreTrainedModel) -> int | None:
    """Tokens that a backbone has a vector of their place for; none where there is no limit."""
    tables = [
        module.num_embeddings
        - (0 if module.padding_idx is None else module.padding_idx + 1)
        - int(getattr(module, "offset", 0))
        for name, module in backbone.named_modules()
        if name.endswith(_POSITIONS) and isinstance(module, nn.Embedding)
    ]
    if not tables:
        return None
    said = getattr(backbone.config, "max_position_embeddings", None)
    return min([*tables, *([said] if isinstance(said, int) else [])])


def save_backbone(backbone: PreTrainedModel, folder: Path, part: str) -> None:
    """Write a backbone so that `load_saved` reads it: as transformers does, but of a part its weights."""
    if part == "all":
        backbone.save_pretrained(folder)
        return
    backbone.config.save_pretrained(folder)
    tensors = {name: value.detach().clone() for name, value in backbone.state_dict().items()}
    save_file(tensors, folder / _ENCODER)


def load_saved(folder: Path, reading: Reading) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Read what `save_backbone` wrote, and the tokenizer beside it."""
    if reading.part == "all":
        return load_backbone(folder, reading)
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    with torch.random.fork_rng():  # what is drawn here is overwritten
        whole = AutoModel.from_config(AutoConfig.from_pretrained(folder))
    backbone = whole.get_encoder()
    backbone.load_state_dict(load_file(folder / _ENCODER))
    return backbone.eval(), AutoTokenizer.from_pretrained(folder)
