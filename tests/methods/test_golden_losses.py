"""What losses gave for fixed vectors when this was written: the same settings give the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from clirbench.methods.attention import TokenAttention
from clirbench.methods.base import Distillation
from clirbench.methods.greedy import TokenGreedy
from clirbench.methods.nearest import TokenNearest
from clirbench.methods.optical import Optical
from clirbench.methods.optical_partial import OpticalPartial
from clirbench.methods.optical_unbalanced import OpticalUnbalanced
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.methods.sentence_ot import SentenceOT
from clirbench.methods.token_contrastive import TokenContrastive
from clirbench.methods.token_contrastive_ot import TokenContrastiveOT
from clirbench.models.vectors import Vectors
from clirbench.transport import plan, uniform
from clirbench.transport.exact import Exact
from clirbench.transport.ipot import IPOT
from clirbench.transport.sinkhorn import Sinkhorn

ENGLISH, FOREIGN = (5, 7, 3, 1), (7, 4, 3, 2)


def fixed(lengths: tuple[int, ...], shift: float, *, extra: int = 0) -> Vectors:
    """Vectors in float64 by a formula, so that no generator of random numbers has a part in them."""
    b, n, d = np.meshgrid(*map(np.arange, (len(lengths), 7, 6)), indexing="ij")
    waves = np.sin(shift + 1.7 * b + 2.3 * n + 0.9 * d * d + 0.37 * b * n + 0.61 * n * d)
    mask = np.arange(7) < np.array(lengths)[:, None]
    padded = np.pad(waves * mask[..., None], ((0, 0), (0, extra), (0, 0)))
    return Vectors(torch.from_numpy(padded), torch.from_numpy(np.pad(mask, ((0, 0), (0, extra)))))


LOSSES: list[tuple[Distillation, float, float]] = [
    (Optical(), 0.5350550257412547, 0.11932196973108831),
    (Optical(solver=Sinkhorn()), 0.5486493457917896, 0.10856325733282171),
    (Optical(solver=Exact()), 0.5345198029868942, 0.12526952037555306),
    (OpticalPartial(), 0.3789171897333964, 0.09356423268800497),
    (OpticalUnbalanced(), 0.38863847274346275, 0.08033684047690812),
    (TokenNearest(), 0.4572911499617661, 0.13287566686884025),
    (TokenAttention(), 0.479736630770755, 0.11639211320820879),
    (TokenGreedy(), 0.9066721042792913, 0.2987796104347141),
    (TokenContrastive(), 2.178030765371042, 2.2828064120439695),
    (TokenContrastiveOT(), 0.9094936160237773, 1.491697453466711),
    (SentenceContrastive(), 0.0014087708065345836, 0.03779499810820097),
    (SentenceOT(), -0.0030051832673390066, 0.006387068258754538),
]
"""A method, its loss, and the norm of its gradient."""


@pytest.mark.parametrize("extra", [0, 3])
@pytest.mark.parametrize(
    ("method", "loss", "slope"), LOSSES, ids=lambda given: getattr(given, "name", "")
)
def test_losses_are_as_they_were(
    method: Distillation, loss: float, slope: float, extra: int
) -> None:
    """In float64, to 1e-12, with more padding, too."""
    teacher, student = fixed(ENGLISH, 0.0, extra=extra), fixed(FOREIGN, 1.1, extra=extra)
    tokens = student.tokens.clone().requires_grad_()
    found = method.loss(Vectors(tokens, student.mask), teacher)
    (gradient,) = torch.autograd.grad(found, tokens)
    assert found.dtype == torch.float64
    assert found.item() == pytest.approx(loss, abs=1e-12, rel=0)
    assert gradient.norm().item() == pytest.approx(slope, abs=1e-12, rel=0)


def uniter(cost: np.ndarray, foreign: np.ndarray, english: np.ndarray) -> np.ndarray:
    """The published iteration of UNITER (Chen et al., ECCV 2020), from its equations, padding and all.

        A = exp(−C / β)     σ = 1 / m     T = 1
        δ = 1 / (n Q σ)     σ = 1 / (m Qᵀ δ)     T = diag(δ) Q diag(σ),     Q = A ∘ T

    Fifty times, β = .5. At padding A and T are 0, and so a large number is added to what is divided by.

    Args:
        cost: (B, n, m).
        foreign: (B, m) true where there is a token; σ scales these.
        english: (B, n) likewise; δ scales these.
    """
    here = english[:, :, None] & foreign[:, None, :]
    kernel = np.where(here, np.exp(-cost / 0.5), 0)
    n, m = english.sum(1)[:, None], foreign.sum(1)[:, None]
    sigma, moved = foreign / m, here.astype(float)
    for _ in range(50):
        q = kernel * moved
        delta = 1 / (n * np.einsum("bij,bj->bi", q, sigma) + 1e4 * ~english)
        sigma = 1 / (m * np.einsum("bij,bi->bj", q, delta) + 1e4 * ~foreign)
        moved = delta[:, :, None] * q * sigma[:, None, :]
    return np.where(here, moved, 0)


UNITER = (0.44700046397195037, 0.635283403243168, 0.44607207626352896, 0.611864159486372)
"""⟨T, C⟩ of each pair by `uniter`, computed once."""


@pytest.mark.parametrize("solver", [IPOT(), IPOT(domain="log")], ids=str)
def test_ipot_is_uniters(solver: IPOT) -> None:
    """The default plan is that of UNITER's iteration, cell by cell; OPTICAL's loss is its mean cost."""
    teacher, student = fixed(ENGLISH, 0.0, extra=2), fixed(FOREIGN, 1.1, extra=1)
    sides = [
        (v.tokens / v.tokens.norm(dim=2, keepdim=True).clamp(min=1e-12)).numpy()
        for v in (teacher, student)
    ]
    cost = 1 - sides[0] @ sides[1].transpose(0, 2, 1)
    expected = uniter(cost, student.mask.numpy(), teacher.mask.numpy())
    np.testing.assert_allclose((expected * cost).sum((1, 2)), UNITER, rtol=0, atol=1e-12)
    found = plan(torch.from_numpy(cost), uniform(teacher.mask), uniform(student.mask), solver)
    np.testing.assert_allclose(found.numpy(), expected, rtol=0, atol=1e-12)
    loss = Optical(solver=solver).loss(student, teacher)
    assert loss.item() == pytest.approx(np.mean(UNITER), abs=1e-12, rel=0)
