"""OPTICAL with a share of the tokens left unaligned."""

from __future__ import annotations

from typing import ClassVar

from clirbench.methods.optical import Optical
from clirbench.settings import settings
from clirbench.transport.partial import Partial

__all__ = ["OpticalPartial"]


@settings
class OpticalPartial(Optical):
    """`optical`, but only the cheapest share of the tokens is aligned.

    It is for words without a counterpart, and for sentence pairs that are only partly translations.
    Arase et al. found such transport strong for word alignment within a language, most where many
    words stay unaligned. Its use in distillation is clirbench's.
    """

    name: ClassVar[str] = "optical-partial"
    equation: ClassVar[str] = (
        "mean over pairs of ⟨T, C⟩, C_ij = 1 − cos(t_i, s_j), T the cheapest plan that moves a "
        "share `fraction` of the mass, held constant"
    )
    reference: ClassVar[str] = "after Arase, Bao & Yokoi, ACL 2023, arXiv 2306.04116 (alignment)"

    solver: Partial = Partial()
    """The solver that makes the plan: the settings of `ipot` as in `optical`, and the share. Chosen
    here."""
