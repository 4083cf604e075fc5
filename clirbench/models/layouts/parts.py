"""What layouts share: the layers on top of a backbone, and modules as sentence-transformers keeps them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from clirbench.errors import DataError
from clirbench.models.reading import Dense

if TYPE_CHECKING:
    from torch import Tensor

    from clirbench.models.encoder import Encoder

__all__ = [
    "Layer",
    "Layout",
    "Lengths",
    "Module",
    "dense_module",
    "layers_of",
    "write_base",
    "write_modules",
]


class Lengths(NamedTuple):
    """Most word pieces that are read."""

    query: int
    document: int


class Layer(NamedTuple):
    """A layer on top of the backbone."""

    shape: Dense
    tensors: dict[str, Tensor]
    """`linear.weight`, and where it has them `linear.bias` and `residual.weight`."""


class Layout(NamedTuple):
    """A folder that another library loads an encoder from."""

    name: str
    reasons: Callable[[Encoder, Lengths], Mapping[str, object]]
    """What an encoder may do that the layout has no words for → whether it does."""
    files: Callable[[Encoder, Path, Lengths], str]
    """Writes an encoder to an empty folder; gives Python code that encodes with what it wrote."""

    def check(self, encoder: Encoder, lengths: Lengths) -> None:
        """Refuse an encoder that cannot be expressed. Training changes nothing of that.

        Raises:
            DataError: with all reasons.
        """
        part = encoder.reading.part != "all"
        reasons = {"is the encoder of an encoder-decoder model": part}
        reasons |= {what: bool(it) for what, it in self.reasons(encoder, lengths).items()}
        if found := [what for what, holds in reasons.items() if holds]:
            other = "no layout does" if part else "another layout may"
            raise DataError(
                f"the layout {self.name} cannot express this model, which {' and '.join(found)}; "
                f"{other}"
            )

    def write(self, encoder: Encoder, folder: Path, lengths: Lengths) -> str:
        """Write an encoder.

        Args:
            encoder: on the CPU.
            folder: an empty one.
            lengths: word pieces that are read of texts.

        Returns:
            Python code that encodes with what was written, from within the folder.

        Raises:
            DataError: as `check`; nothing is written then.
        """
        self.check(encoder, lengths)
        return self.files(encoder, folder, lengths)


class Module(NamedTuple):
    """A module of a folder in the manner of sentence-transformers."""

    kind: str
    """Its class."""
    settings: Mapping[str, Any]
    tensors: dict[str, Tensor]
    """Empty where it has no weights."""


def layers_of(encoder: Encoder) -> list[Layer]:
    """The layers on top of the backbone in their order, the projection last."""
    found = [
        Layer(shape, _whole(layer.state_dict()))
        for shape, layer in zip(encoder.reading.dense, encoder.dense or (), strict=True)
    ]
    if (linear := encoder.projection) is not None:
        tensors = {f"linear.{name}": value for name, value in linear.state_dict().items()}
        size = linear.in_features, linear.out_features
        shape = Dense(size=size, bias=linear.bias is not None, file="")
        found.append(Layer(shape, _whole(tensors)))
    return found


def _whole(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}


def dense_module(layer: Layer, kind: str, **settings: object) -> Module:
    """A layer as a Dense module."""
    shape = layer.shape
    activation = (
        "linear.Identity" if shape.activation == "Identity" else f"activation.{shape.activation}"
    )
    described = {
        "in_features": shape.size[0],
        "out_features": shape.size[1],
        "bias": shape.bias,
        "activation_function": f"torch.nn.modules.{activation}",
        **({"use_residual": True} if shape.residual else {}),
        **settings,
    }
    return Module(kind, described, layer.tensors)


def write_base(encoder: Encoder, folder: Path) -> None:
    """Write backbone and tokenizer as transformers does."""
    from clirbench.models.loading import save_backbone

    save_backbone(encoder.backbone, folder, encoder.reading.part)
    encoder.tokenizer.save_pretrained(folder)


def write_modules(
    encoder: Encoder,
    folder: Path,
    modules: Sequence[Module],
    *,
    length: int,
    settings: Mapping[str, Any],
) -> None:
    """Write a backbone and what comes after it in the manner of sentence-transformers.

    Args:
        encoder: gives backbone and tokenizer.
        folder: an empty one.
        modules: what comes after the backbone, in order.
        length: word pieces that the backbone reads at most.
        settings: of the model as a whole.
    """
    from safetensors.torch import save_file

    write_base(encoder, folder)
    listed = [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}
    ]
    for number, module in enumerate(modules, 1):
        path = f"{number}_{module.kind.rpartition('.')[2]}"
        listed.append({"idx": number, "name": str(number), "path": path, "type": module.kind})
        (folder / path).mkdir()
        _write(folder / path / "config.json", module.settings)
        if module.tensors:
            save_file(module.tensors, folder / path / "model.safetensors")
    reads = {"max_seq_length": length, "do_lower_case": encoder.reading.lower}
    _write(folder / "modules.json", listed)
    _write(folder / "sentence_bert_config.json", reads)
    _write(folder / "config_sentence_transformers.json", settings)


def _write(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
