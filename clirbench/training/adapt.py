"""What of an encoder is trained: all of it, without frozen parts, or low-rank changes alone."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from clirbench.errors import CellError
from clirbench.models.encoder import Encoder
from clirbench.models.settings import EMBEDDINGS, LoRA, Optimisation
from clirbench.training.gradients import seeded
from clirbench.wording import show

__all__ = ["adapted", "parts"]

_ADAPTER = "default"
"""peft's own name for the one set of changes that there is."""


@contextmanager
def adapted(encoder: Encoder, how: Optimisation, seed: int) -> Iterator[None]:
    """Within, just that of an encoder asks for gradients which is to be trained.

    In the end everything does again, and low-rank changes are a part of the weights.

    Args:
        encoder: the model.
        how: says what is frozen, and what of the backbone is changed by low ranks alone.
        seed: of the start of low-rank changes.

    Raises:
        CellError: the model has no such part, there is nothing left to train, or peft is missing.
    """
    known = parts(encoder.backbone)
    for part in how.freeze:
        if part not in known:
            allowed = ", ".join(map(show, known))
            raise CellError(
                f"training.freeze: no {show(part)} in backbone {type(encoder.backbone).__name__}; it "
                f"has {allowed}"
            )
    changes = _with_changes(encoder.backbone, how.lora, seed) if how.lora else None
    frozen = [own for part in how.freeze for own in parts(encoder.backbone)[part]]
    for own in frozen:
        own.requires_grad = False
    try:
        if not any(own.requires_grad for own in encoder.parameters()):
            raise CellError("training.freeze: leaves nothing of the encoder to train")
        yield
    finally:
        if changes is not None:
            changes.merge_and_unload()
        encoder.requires_grad_()


def parts(backbone: nn.Module) -> dict[str | int, list[Tensor]]:
    """The parameters of what can be frozen: the embeddings, and each layer, counted from 1.

    Embeddings are all tables outside of the layers, of word pieces, positions, segments, and what stands beside
    them, such as their normalisation: were it trained, the gradient would go through all layers that are frozen. A
    layer is what the outermost lists of modules have at its place: some models keep attention and the rest apart.
    Layers that share their weights are one.
    """
    lists: dict[str, nn.ModuleList] = {}
    for name, module in backbone.named_modules():
        inside = any(name.startswith(f"{outer}.") for outer in lists)
        if isinstance(module, nn.ModuleList) and not inside and list(module.parameters()):
            lists[name] = module
    count = max(map(len, lists.values()), default=0)
    tables = [
        name
        for name, module in backbone.named_modules()
        if isinstance(module, nn.Embedding)
        and not any(name.startswith(f"{outer}.") for outer in lists)
    ]
    found: dict[str | int, list[Tensor]] = {
        EMBEDDINGS: list(
            dict.fromkeys(own for name in tables for own in _around(backbone, name, lists))
        )
    }
    for index in range(count):
        found[index + 1] = [
            own for each in lists.values() if len(each) == count for own in each[index].parameters()
        ]
    return {part: own for part, own in found.items() if own}


def _around(backbone: nn.Module, table: str, lists: Collection[str]) -> Iterable[Tensor]:
    """The weights of the module that holds a table; of the table alone where that module holds layers, too."""
    outer = table.rpartition(".")[0]
    holds_layers = not outer or any(name.startswith(f"{outer}.") for name in lists)
    return backbone.get_submodule(table if holds_layers else outer).parameters()


def _with_changes(backbone: nn.Module, lora: LoRA, seed: int) -> Any:  # noqa: ANN401 - a model of peft
    """Put low-rank changes beside linear maps of a backbone, in place; its own weights are frozen."""
    try:
        from peft import LoraConfig, LoraModel
    except ImportError as error:
        raise CellError(
            'training.lora needs the package peft, which is not installed: pip install "clirbench[lora]"'
        ) from error
    maps = _maps(backbone)
    kinds = {name.rpartition(".")[2] for name in maps}
    for target in lora.targets:
        if target not in kinds:
            raise CellError(
                f"training.lora.targets: no {show(target)} in the layers of backbone "
                f"{type(backbone).__name__}; they have {', '.join(map(show, sorted(kinds)))}"
            )
    wanted = set(lora.targets) or kinds
    config = LoraConfig(
        r=lora.rank,
        lora_alpha=lora.alpha,
        lora_dropout=0.0,
        target_modules=[name for name in maps if name.rpartition(".")[2] in wanted],
        fan_in_fan_out=not any(isinstance(own, nn.Linear) for own in maps.values()),
    )
    if not config.target_modules:
        raise CellError(
            f"training.lora: backbone {type(backbone).__name__} has no linear maps in its layers"
        )
    with seeded(seed):
        return LoraModel(backbone, config, _ADAPTER)


def _maps(backbone: nn.Module) -> Mapping[str, nn.Module]:
    """The linear maps of the layers, by name; GPT-2 has Conv1D, which is one the other way round."""
    from transformers.pytorch_utils import Conv1D

    layers = {
        id(own) for part, all_of in parts(backbone).items() if part != EMBEDDINGS for own in all_of
    }
    return {
        name: module
        for name, module in backbone.named_modules()
        if isinstance(module, nn.Linear | Conv1D) and id(module.weight) in layers
    }
