"""Procrustes: a rotation between sentence vectors of the two languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from clirbench.methods.base import ClosedForm
from clirbench.models.vectors import Affine
from clirbench.settings import settings

if TYPE_CHECKING:
    from clirbench.models.ragged import Ragged

__all__ = ["Procrustes"]


@settings
class Procrustes(ClosedForm):
    """The rotation that brings foreign sentence vectors nearest to their English ones."""

    name: ClassVar[str] = "procrustes"
    needs: ClassVar[str] = "bitext"
    equation: ClassVar[str] = (
        "s → Q (s − mean s) + mean t, Q = argmin over orthogonal Q of the sum over pairs of "
        "‖Q (mean_j s_j − mean s) − (mean_i t_i − mean t)‖²"
    )
    reference: ClassVar[str] = (
        "Schönemann, Psychometrika 31(1), 1966; Smith et al., ICLR 2017 (words)"
    )

    centre: bool = True
    """Whether the means of the two languages are removed first. Without, the map is only a
    rotation. On by default, since encoders put each language's sentences around a mean of its own.
    Chosen here."""

    def fit(self, foreign: Ragged, english: Ragged) -> Affine:
        """By the singular value decomposition of the cross-covariance: Q = U Vᵀ."""
        from torch.linalg import svd

        s, t = foreign.means().double(), english.means().double()  # (N, d)
        origin, target = (s.mean(0), t.mean(0)) if self.centre else (0 * s[0], 0 * t[0])
        u, _, v = svd((t - target).T @ (s - origin))
        return Affine(u @ v, target - u @ v @ origin)
