"""Folders of transformers: backbone and tokenizer, the layers on top in a file of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from clirbench.models.layouts.parts import Layer, Layout, Lengths, layers_of, write_base

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder

__all__ = ["TRANSFORMERS"]

_LAYERS = "layers.safetensors"


def _reasons(encoder: Encoder, lengths: Lengths) -> dict[str, object]:
    """The code that comes with it can say all."""
    del encoder, lengths
    return {}


def _write(encoder: Encoder, folder: Path, lengths: Lengths) -> str:
    """Backbone and tokenizer; `layers.safetensors` has the weights of layer 0, 1, … on top."""
    from safetensors.torch import save_file

    write_base(encoder, folder)
    layers = layers_of(encoder)
    if layers:
        tensors = {
            f"{i}.{name}": v for i, each in enumerate(layers) for name, v in each.tensors.items()
        }
        save_file(tensors, folder / _LAYERS)
    return "\n".join(_code(encoder, layers, lengths)) + "\n"


def _code(encoder: Encoder, layers: list[Layer], lengths: Lengths) -> Iterator[str]:
    """Python that gives a text's vectors, one text at a time, line by line."""
    reading = encoder.reading
    sides = ("query", "document")
    yield "import torch"
    yield "from safetensors.torch import load_file"
    yield "from torch.nn.functional import normalize"
    yield "from transformers import AutoModel, AutoTokenizer"
    yield ""
    yield 'tokenizer = AutoTokenizer.from_pretrained(".")  # this folder'
    yield 'model = AutoModel.from_pretrained(".").eval()'
    if layers:
        yield f'layers = load_file("{_LAYERS}")'
    yield f"longest = {dict(zip(sides, lengths, strict=True))}  # word pieces"
    if any(reading.prefix):
        yield f"prefix = {dict(zip(sides, reading.prefix, strict=True))}"
    if any(reading.markers):
        yield f"marker = {dict(zip(sides, reading.markers, strict=True))}"
    yield ""
    yield ""
    yield "@torch.no_grad()"
    yield 'def encode(text, side="query"):'
    yield from _tokenized(encoder, lengths)
    if reading.layer is None:
        yield "    x = model(**given).last_hidden_state[0]"
    else:
        yield f"    x = model(**given, output_hidden_states=True).hidden_states[{reading.layer}][0]"
    kept, pooled, mapped = _scored(encoder), _pooled(encoder), _mapped(layers)
    yield from (
        [*kept, *pooled, *mapped] if reading.dense_of == "sentences" else [*mapped, *kept, *pooled]
    )
    yield "    return normalize(x, dim=-1)"
    yield ""
    yield ""
    yield 'query, document = encode("a query"), encode("a document", "document")'
    score = "(query @ document.T).max(dim=1).values.sum()"
    yield f"score = {score if encoder.interaction == 'late' else 'query @ document'}"


def _tokenized(encoder: Encoder, lengths: Lengths) -> Iterator[str]:
    """Lines that make a text the model's input."""
    reading = encoder.reading
    if any(reading.prefix):
        yield "    text = prefix[side] + text"
    if reading.lower:
        yield "    text = text.lower()"
    cut = "longest[side] - bool(marker[side])" if any(reading.markers) else "longest[side]"
    yield f'    ids = tokenizer(text, truncation=True, max_length={cut})["input_ids"]'
    if any(reading.markers):
        yield "    if marker[side]:  # after the first token"
        yield "        ids.insert(1, tokenizer.convert_tokens_to_ids(marker[side]))"
    yield "    attended = [1] * len(ids)"
    if reading.expansion:
        yield '    if side == "query":'
        yield f"        filled = {min(reading.expansion, lengths.query)} - len(ids)"
        yield "        ids += [tokenizer.mask_token_id] * filled"
        yield f"        attended += [{int(reading.attend)}] * filled"
    yield "    given = {"
    yield '        "input_ids": torch.tensor([ids]),'
    yield '        "attention_mask": torch.tensor([attended]),'
    yield "    }"


def _scored(encoder: Encoder) -> list[str]:
    """Lines that leave out what takes no part in scoring."""
    if encoder.interaction == "single" and encoder.reading.pooling != "mean":
        return []
    lines = []
    if encoder.special_tokens == "drop":
        dropped = set(encoder.tokenizer.all_special_ids) - {encoder.tokenizer.unk_token_id}
        lines += [
            f"    dropped = {sorted(dropped)}  # special tokens",
            "    kept = [i for i, each in enumerate(ids) if each not in dropped]",
            "    ids, x = ([ids[i] for i in kept], x[kept]) if kept else (ids, x)",
        ]
    if encoder.text.skipped is not None:
        lines += [
            f"    skipped = {encoder.text.skipped.tolist()}  # tokens of documents that are not scored",
            '    kept = [i for i, each in enumerate(ids) if side == "query" or each not in skipped]',
            "    x = x[kept] if kept else x",
        ]
    return lines


def _pooled(encoder: Encoder) -> list[str]:
    if encoder.interaction == "late":
        return []
    vector = {"mean": "x.mean(dim=0)", "cls": "x[0]", "last": "x[-1]"}[encoder.reading.pooling]
    return [f"    x = {vector}"]


def _mapped(layers: list[Layer]) -> list[str]:
    lines = []
    for number, (shape, _) in enumerate(layers):
        bias = f' + layers["{number}.linear.bias"]' if shape.bias else ""
        value = f'x @ layers["{number}.linear.weight"].T{bias}'
        if shape.activation != "Identity":
            value = f"torch.nn.{shape.activation}()({value})"
        if shape.residual:
            same = shape.size[0] == shape.size[1]
            value += " + x" if same else f' + x @ layers["{number}.residual.weight"].T'
        lines.append(f"    x = {value}")
    return lines


TRANSFORMERS = Layout("transformers", _reasons, _write)
