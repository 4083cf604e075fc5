"""OPTICAL with a share of the tokens left unaligned."""

from __future__ import annotations

from typing import ClassVar

from clirbench.methods.optical import Optical
from clirbench.settings import settings
from clirbench.transport.partial import Partial

__all__ = ["OpticalPartial"]


@settings
class OpticalPartial(Optical):
    """As `optical`, but only the share of the tokens that is cheapest to align is drawn anywhere.

    For words without a counterpart, and for sentence pairs that translate each other in part. Arase
    et al. found transport strong for word alignment within a language, most so where many words stay
    unaligned; the use of this kind in distillation is clirbench's.
    """

    name: ClassVar[str] = "optical-partial"
    equation: ClassVar[str] = (
        "mean over pairs of ⟨T, C⟩, C_ij = 1 − cos(t_i, s_j), T the cheapest plan that moves a "
        "share `fraction` of the mass, held constant"
    )
    reference: ClassVar[str] = "after Arase, Bao & Yokoi, ACL 2023, arXiv 2306.04116 (alignment)"

    solver: Partial = Partial()
    """Maker of the plan; its settings are `ipot`'s as in `optical`, and the share. Chosen here."""
