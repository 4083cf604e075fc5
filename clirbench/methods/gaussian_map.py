"""Transport between the Gaussians of two languages' vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from clirbench.methods.base import ClosedForm
from clirbench.models.vectors import Affine
from clirbench.settings import settings

if TYPE_CHECKING:
    from torch import Tensor

    from clirbench.models.ragged import Ragged

__all__ = ["GaussianMap"]


@settings
class GaussianMap(ClosedForm):
    """The cheapest map that gives foreign vectors the mean and covariance of English ones.

    It is the optimal transport, with squared Euclidean cost, between Gaussians fitted to all
    vectors of each side. It does not use which sentence translates which: any text of the two
    languages would do.
    """

    name: ClassVar[str] = "gaussian-map"
    needs: ClassVar[str] = "text of both languages"
    equation: ClassVar[str] = (
        "s → A (s − mean s) + mean t, A = S^-½ (S^½ T S^½)^½ S^-½, S and T the covariances of s and t"
    )
    reference: ClassVar[str] = "Knott & Smith 1984; Peyré & Cuturi, arXiv 1803.00567, remark 2.31"

    vectors: Literal["token", "sentence"] = "token"
    """What the Gaussians are fitted to. Tokens by default, because MaxSim compares tokens and there
    are more of them. Chosen here."""
    shrinkage: Annotated[float, Field(ge=0, le=1)] = 0.05
    """Share of the mean variance, in every direction, that is mixed into each covariance (after
    Ledoit & Wolf 2004). It keeps directions with little data from being blown up. Chosen here."""

    def fit(self, foreign: Ragged, english: Ragged) -> Affine:
        """By eigendecompositions of symmetric matrices; directions without variance map to none."""
        from torch import cov

        tokens = self.vectors == "token"
        s, t = ((side.vectors if tokens else side.means()).double() for side in (foreign, english))
        source, target = (self._shrunk(cov(side.T)) for side in (s, t))
        root, inverse = _power(source, 0.5), _power(source, -0.5)
        matrix = inverse @ _power(root @ target @ root, 0.5) @ inverse
        return Affine(matrix, t.mean(0) - matrix @ s.mean(0))

    def _shrunk(self, covariance: Tensor) -> Tensor:
        import torch

        even = torch.eye(len(covariance), dtype=covariance.dtype) * covariance.diagonal().mean()
        return (1 - self.shrinkage) * covariance + self.shrinkage * even


def _power(matrix: Tensor, exponent: float) -> Tensor:
    """A power of a positive semidefinite matrix; the pseudo-inverse's where it is negative."""
    from torch import finfo
    from torch.linalg import eigh

    values, vectors = eigh((matrix + matrix.T) / 2)
    there = values > len(values) * finfo(values.dtype).eps * values[-1].clamp(min=0)
    powers = values.where(there, 1).pow(exponent).where(there, 0)
    found: Tensor = (vectors * powers) @ vectors.T
    return found
