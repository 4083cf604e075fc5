"""The layers on top of a backbone that its folder has: projections of ColBERT, Dense modules."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from safetensors import safe_open
from torch import Tensor, nn

from clirbench.errors import DataError
from clirbench.models.reading import Dense

__all__ = ["DenseLayer", "load_dense"]


class DenseLayer(nn.Module):
    """x → activation(W x + b), and to that x, or where sizes differ V x, if it is residual.

    Args:
        shape: sizes, activation, and whether there are b and the residual.
    """

    def __init__(self, shape: Dense) -> None:
        super().__init__()
        self.linear = nn.Linear(*shape.size, bias=shape.bias)
        self.activation: nn.Module = getattr(nn, shape.activation)()
        maps = shape.residual and shape.size[0] != shape.size[1]
        self.residual = nn.Linear(*shape.size, bias=False) if maps else None
        self.adds = shape.residual

    def forward(self, x: Tensor) -> Tensor:
        """Map (…, in) to (…, out)."""
        out = cast("Tensor", self.activation(self.linear(x)))
        if self.adds:
            out = out + (x if self.residual is None else self.residual(x))
        return out


def load_dense(folder: Path, shapes: Sequence[Dense], width: int) -> nn.Sequential | None:
    """Load the layers of a model's folder, in their order; none where there are none.

    Args:
        folder: of the model.
        shapes: of the layers.
        width: of what comes in.

    Raises:
        DataError: weights are missing or of another shape, or sizes do not fit together.
    """
    layers = []
    for shape in shapes:
        layer, file = DenseLayer(shape), folder / shape.file
        wanted = layer.state_dict()
        with safe_open(file, framework="pt") as tensors:
            found = {name: tensors.get_tensor(name) for name in wanted if name in tensors.keys()}  # noqa: SIM118 - its own type
        for name, tensor in wanted.items():
            if name not in found or found[name].shape != tensor.shape:
                got = f"{tuple(found[name].shape)}" if name in found else "nothing"
                raise DataError(
                    f'"{file}": expected {name} of shape {tuple(tensor.shape)} (got {got})'
                )
        if shape.size[0] != width:
            raise DataError(f'"{file}" maps {shape.size[0]} numbers, but {width} come in')
        layer.load_state_dict({name: tensor.float() for name, tensor in found.items()})
        layers.append(layer)
        width = shape.size[1]
    return nn.Sequential(*layers) if layers else None
