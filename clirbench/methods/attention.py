"""Token-level distillation to a softmax over tokens."""

from __future__ import annotations

from typing import ClassVar

from clirbench.methods.optical import Optical
from clirbench.settings import settings
from clirbench.transport.attention import Attention

__all__ = ["TokenAttention"]


@settings
class TokenAttention(Optical):
    """Each foreign token is drawn to the English tokens that it attends to.

    This is a soft `nearest`, or `optical` by Sinkhorn without the marginal of the English tokens.
    Each foreign token is drawn to the mean of what it attends to. With vectors of unit length, the
    gradient is half that of Σ_j b_j ‖s_j − Σ_i T_ij t_i / b_j‖².
    """

    name: ClassVar[str] = "attention"
    equation: ClassVar[str] = (
        "mean over pairs of ⟨T, C⟩, C_ij = 1 − cos(t_i, s_j), T_ij = b_j softmax_i(−C_ij / "
        "temperature), held constant"
    )
    reference: ClassVar[str] = (
        "one step of clirbench's ladder of losses; compare BERTScore's soft matching"
    )

    solver: Attention = Attention()
    """The softmax; its temperature and side are settings."""
