"""What a solver is given and what it gives back: a plan."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Solver"]


@settings
class Solver(ABC):
    """A way to make a plan. Subclasses are settings: their fields are the suite's keys."""

    name: ClassVar[str]
    """The name in suite files."""
    version: ClassVar[int] = 1
    """Raised when the same costs and settings would give other plans."""
    differentiable: ClassVar[bool]
    """Whether the plan can be differentiated; where not, it is a constant to whoever gets it."""

    weighs: ClassVar[bool] = True
    """Whether the plan depends on how much mass a token has, beyond there being one."""

    @abstractmethod
    def solve(self, cost: Tensor, source: Tensor, target: Tensor) -> Tensor:
        """Solve each item of a batch, independently of the others.

        Gives the mass moved from each source token to each target token, (B, n, m), exactly 0 at
        padding.

        Called by `clirbench.transport.plan`, which makes its arguments tidy: all of one dtype, at
        least float32; `source` (B, n) and `target` (B, m) sum to 1 in every item and are 0 at
        padding; `cost` (B, n, m) is 0 at padding, or anything if `skips_padding`.
        """

    def skips_padding(self, *batch: Tensor) -> bool:  # noqa: ARG002 - for those who may
        """Whether `solve` would not read the costs of this batch's padding."""
        return False
