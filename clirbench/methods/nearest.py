"""Token-level distillation to the nearest token."""

from __future__ import annotations

from typing import ClassVar

from clirbench.methods.optical import Optical
from clirbench.settings import settings
from clirbench.transport.nearest import Nearest

__all__ = ["TokenNearest"]


@settings
class TokenNearest(Optical):
    """Each foreign token is drawn to the English token that is already nearest.

    This is `optical` without the marginal of the English tokens: several foreign tokens may choose
    the same one, and some may be chosen by none. The loss is 1 − the MaxSim of the two sentences,
    and never above that of exact transport.
    """

    name: ClassVar[str] = "nearest"
    equation: ClassVar[str] = "mean over pairs of mean_j min_i C_ij, C_ij = 1 − cos(t_i, s_j)"
    reference: ClassVar[str] = "after the relaxed word mover's distance (Kusner et al., ICML 2015)"

    solver: Nearest = Nearest()
    """How tokens choose; the side that chooses is a setting."""
