"""OPTICAL with soft marginals."""

from __future__ import annotations

from typing import ClassVar

from clirbench.methods.optical import Optical
from clirbench.settings import settings
from clirbench.transport.unbalanced import Unbalanced

__all__ = ["OpticalUnbalanced"]


@settings
class OpticalUnbalanced(Optical):
    """`optical`, but a token whose counterparts are all costly is drawn less.

    In the paper, transport of this kind aligns words within a language. Its use in distillation is
    clirbench's. The gradient with respect to C is T, that of the whole unbalanced problem (envelope
    theorem). The loss shown is only its transport part. It can rise when falling costs bring mass
    back.
    """

    name: ClassVar[str] = "optical-unbalanced"
    equation: ClassVar[str] = (
        "mean over pairs of ⟨T, C⟩, C_ij = 1 − cos(t_i, s_j), T = argmin of ⟨T, C⟩ + ε KL(T ‖ a bᵀ) "
        "+ τ KL(T1 ‖ a) + τ KL(Tᵀ1 ‖ b), held constant"
    )
    reference: ClassVar[str] = "after Arase, Bao & Yokoi, ACL 2023, arXiv 2306.04116 (alignment)"

    solver: Unbalanced = Unbalanced()
    """The solver that makes the plan; ε and τ are its settings. Chosen here."""
