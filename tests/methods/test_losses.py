from __future__ import annotations

import numpy as np
import ot
import pytest
import torch
from torch import Tensor

from clirbench.methods import METHODS
from clirbench.methods.additive_margin import AdditiveMargin
from clirbench.methods.attention import TokenAttention
from clirbench.methods.base import Distillation
from clirbench.methods.greedy import TokenGreedy
from clirbench.methods.nearest import TokenNearest
from clirbench.methods.optical import Optical
from clirbench.methods.optical_partial import OpticalPartial
from clirbench.methods.optical_unbalanced import OpticalUnbalanced
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.methods.sentence_mse import SentenceMSE
from clirbench.methods.sentence_ot import SentenceOT
from clirbench.methods.similarity_kl import SimilarityKL
from clirbench.methods.token_contrastive import TokenContrastive
from clirbench.methods.token_contrastive_ot import TokenContrastiveOT
from clirbench.models.vectors import Vectors
from clirbench.transport import find
from clirbench.transport.attention import Attention
from clirbench.transport.ipot import IPOT
from clirbench.transport.nearest import Nearest
from clirbench.transport.partial import Partial
from clirbench.transport.unbalanced import Unbalanced

TRAINED: list[Distillation] = [
    method() for method in METHODS.values() if issubclass(method, Distillation)
]
TOKEN_LEVEL = [method for method in TRAINED if method.level == "token"]
LEAVE_TOKENS_OUT = {"greedy", "optical-partial"}
"""Methods that may leave a token without a counterpart, and so without a gradient."""


def batch(seed: int = 0, lengths: tuple[int, ...] = (3, 5, 1, 4), extra: int = 0) -> Vectors:
    """Random unit vectors of texts of different lengths, `extra` columns of padding on top."""
    generator = torch.Generator().manual_seed(seed)
    width = max(lengths) + extra
    tokens = torch.zeros(len(lengths), width, 8)
    mask = torch.arange(width) < torch.tensor(lengths)[:, None]
    for row, length in enumerate(lengths):
        tokens[row, :length] = torch.randn(length, 8, generator=generator)
    return Vectors(torch.nn.functional.normalize(tokens, dim=-1), mask)


def rows(vectors: Vectors) -> list[np.ndarray]:
    """The unpadded vectors of each text, in float64."""
    return [t[m].double().numpy() for t, m in zip(vectors.tokens, vectors.mask, strict=True)]


def info_nce(scores: np.ndarray) -> float:
    """Mean over rows of -log softmax at the diagonal."""
    return float(np.mean([-s[i] + np.log(np.exp(s).sum()) for i, s in enumerate(scores)]))


def test_sentence_mse() -> None:
    """The squared distance of the means."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    expected = np.mean(
        [((a.mean(0) - b.mean(0)) ** 2).sum() for a, b in zip(rows(s), rows(t), strict=True)]
    )
    assert SentenceMSE().loss(s, t).item() == pytest.approx(expected, abs=1e-6)


def test_sentence_contrastive() -> None:
    """InfoNCE over cosines of the means."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    cosine = lambda a, b: a @ b / np.linalg.norm(a) / np.linalg.norm(b)  # noqa: E731
    scores = np.array([[cosine(a.mean(0), b.mean(0)) / 0.1 for b in rows(t)] for a in rows(s)])
    found = SentenceContrastive(temperature=0.1).loss(s, t).item()
    assert found == pytest.approx(info_nce(scores), abs=1e-5)


def test_token_contrastive() -> None:
    """InfoNCE over mean MaxSim."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    scores = np.array([[(a @ b.T).max(1).mean() / 0.1 for b in rows(t)] for a in rows(s)])
    found = TokenContrastive(temperature=0.1).loss(s, t).item()
    assert found == pytest.approx(info_nce(scores), abs=1e-5)


def cosines(s: Vectors, t: Vectors) -> np.ndarray:
    """Cosines of mean vectors, student's in rows."""
    means = [np.array([x.mean(0) / np.linalg.norm(x.mean(0)) for x in rows(v)]) for v in (s, t)]
    return np.asarray(means[0] @ means[1].T)


def test_additive_margin() -> None:
    """InfoNCE in both directions, with the margin taken from the right cosine."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    scores = (cosines(s, t) - 0.3 * np.eye(4)) / 0.1
    expected = info_nce(scores) + info_nce(scores.T)
    found = AdditiveMargin(margin=0.3, temperature=0.1).loss(s, t).item()
    assert found == pytest.approx(expected, abs=1e-5)


def test_additive_margin_of_zero_is_contrastive_both_ways() -> None:
    """Without a margin the loss is the contrastive one plus that with the sides exchanged."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    plain = SentenceContrastive()
    both = plain.loss(s, t) + plain.loss(t, s)
    torch.testing.assert_close(AdditiveMargin(margin=0.0).loss(s, t), both)


def test_similarity_kl() -> None:
    """KL between softmaxes of the teacher's own cosines and of the student's with the teacher."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    p, q = np.exp(cosines(t, t) / 0.2), np.exp(cosines(s, t) / 0.1)
    p, q = p / p.sum(1, keepdims=True), q / q.sum(1, keepdims=True)
    expected = (p * np.log(p / q)).sum(1).mean()
    found = SimilarityKL(temperature=0.1, teacher_temperature=0.2).loss(s, t).item()
    assert found == pytest.approx(expected, abs=1e-5)


def test_similarity_kl_of_a_sure_teacher_is_contrastive() -> None:
    """At a low teacher temperature the right sentence is the whole target."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    sure = SimilarityKL(temperature=0.05, teacher_temperature=1e-3).loss(s, t)
    torch.testing.assert_close(sure, SentenceContrastive(temperature=0.05).loss(s, t))


def test_similarity_kl_is_a_method_of_its_own() -> None:
    """Cosines spread as those of English sentences leave the default target more than one answer.

    All-MiniLM-L6-v2's cosines between sentences of a batch are .17 on average, with an SD of .13.
    """
    generator = torch.Generator().manual_seed(0)
    cosines = 0.17 + 0.13 * torch.randn(64, 32, 32, generator=generator)
    cosines.diagonal(dim1=1, dim2=2).fill_(1)
    for temperature, lowest, highest in (
        (0.05, 0.99, 1.0),
        (SimilarityKL().teacher_temperature, 0.4, 0.8),
    ):
        right = (cosines / temperature).softmax(2).diagonal(dim1=1, dim2=2).mean()
        assert lowest < right < highest


def test_similarity_kl_of_equal_vectors_is_zero() -> None:
    """The optimum is a student that gives the teacher's vectors."""
    t = batch(2)
    assert SimilarityKL().loss(t, t).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("temperature", [0.05, 0.3])
def test_sentence_ot(temperature: float) -> None:
    """The divergence of POT's plan from the true pairing, with the gradient that theory gives it."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    cost = 1 - cosines(s, t)
    even = np.full(4, 1 / 4)
    plan = ot.sinkhorn(
        even, even, cost, reg=temperature, method="sinkhorn_log", numItermax=50000, stopThr=1e-13
    )
    expected = -np.log(4 * plan.diagonal()).mean()
    method = SentenceOT(temperature=temperature, iterations=3000)
    tokens = s.tokens.clone().requires_grad_()
    loss = method.loss(Vectors(tokens, s.mask), t)
    assert loss.item() == pytest.approx(expected, abs=1e-4)

    (found,) = torch.autograd.grad(loss, tokens)
    means = [
        torch.nn.functional.normalize(v.sentences, dim=1) for v in (Vectors(tokens, s.mask), t)
    ]
    theory = (1 - means[0] @ means[1].T) * torch.from_numpy(np.eye(4) / 4 - plan).float()
    (gradient,) = torch.autograd.grad(theory.sum() / temperature, tokens)
    torch.testing.assert_close(found, gradient, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_sentence_ot_is_at_most_contrastive(seed: int) -> None:
    """One more marginal can only make the best plan costlier, and the true pairing's lead smaller."""
    s, t = batch(seed), batch(seed + 10, (2, 5, 4, 3))
    transport = SentenceOT(temperature=0.2).loss(s, t).item()
    plain = SentenceContrastive(temperature=0.2)
    assert 0 < transport <= min(plain.loss(s, t).item(), plain.loss(t, s).item()) + 1e-5


def test_sentence_ot_of_a_low_temperature_is_finite() -> None:
    """Where the plan has no mass on a true pair, as exp(-200) is none, the loss is large, no more."""
    t = batch(1)
    s = Vectors(-t.tokens, t.mask)
    loss = SentenceOT(temperature=0.01).loss(s, t)
    assert torch.isfinite(loss)
    assert loss > 10


@pytest.mark.parametrize("solver", ["exact", "sinkhorn"])
def test_token_contrastive_ot(solver: str) -> None:
    """InfoNCE over what POT moves between each foreign and each English sentence."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))

    def score(foreign: np.ndarray, english: np.ndarray) -> float:
        cosine = english @ foreign.T
        a, b = (np.full(n, 1 / n) for n in cosine.shape)
        if solver == "exact":
            return float((ot.emd(a, b, 1 - cosine) * cosine).sum())
        plan = ot.sinkhorn(a, b, 1 - cosine, reg=0.1, numItermax=20000, stopThr=1e-12)
        return float((plan * cosine).sum())

    scores = np.array([[score(a, b) / 0.1 for b in rows(t)] for a in rows(s)])
    made = find(solver)() if solver == "exact" else find(solver)(iterations=2000)  # type: ignore[call-arg]
    found = TokenContrastiveOT(solver=made, temperature=0.1).loss(s, t).item()
    assert found == pytest.approx(info_nce(scores), abs=1e-4)


def test_token_contrastive_ot_by_nearest_is_token_contrastive() -> None:
    """With the nearest token for a plan the score is MaxSim."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    found = TokenContrastiveOT(solver=Nearest()).loss(s, t)
    torch.testing.assert_close(found, TokenContrastive().loss(s, t))


def test_token_contrastive_ot_by_product_compares_means() -> None:
    """Without use of the cost the score is the dot product of the mean vectors."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    scores = np.array([[a.mean(0) @ b.mean(0) / 0.05 for b in rows(t)] for a in rows(s)])
    found = TokenContrastiveOT(solver=find("product")()).loss(s, t).item()
    assert found == pytest.approx(info_nce(scores), abs=1e-5)


def test_nearest() -> None:
    """One minus the MaxSim of the two sentences."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    expected = [1 - (a @ b.T).max(1).mean() for a, b in zip(rows(s), rows(t), strict=True)]
    assert TokenNearest().loss(s, t).item() == pytest.approx(np.mean(expected), abs=1e-6)


def test_attention() -> None:
    """The cost under a softmax over English tokens."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    expected = []
    for a, b in zip(rows(s), rows(t), strict=True):
        weights = np.exp(a @ b.T / 0.2)
        weights /= weights.sum(1, keepdims=True)
        expected.append((weights * (1 - a @ b.T)).sum(1).mean())
    found = TokenAttention(solver=Attention(temperature=0.2)).loss(s, t).item()
    assert found == pytest.approx(np.mean(expected), abs=1e-6)


def test_attention_draws_to_the_mean_of_what_it_attends_to() -> None:
    """On the unit sphere its gradient is half that of the squared distance from that mean."""
    s, t = batch(1, (5,)), batch(2, (4,))
    raw = s.tokens.clone().requires_grad_()
    unit = torch.nn.functional.normalize(raw, dim=-1)
    (found,) = torch.autograd.grad(TokenAttention().loss(Vectors(unit, s.mask), t), raw)
    unit = torch.nn.functional.normalize(raw, dim=-1)
    attended = (unit @ t.tokens.mT / 0.1).softmax(-1).detach() @ t.tokens  # (1, 5, d)
    squares = (unit - attended).square().sum(-1).mean()
    (expected,) = torch.autograd.grad(squares / 2, raw)
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-4)


def test_greedy() -> None:
    """DR.DECR's loop: take the cheapest cell, retire its row and column; squared error of matches."""
    s, t = batch(1, (7, 5, 1, 9)), batch(2, (6, 5, 4, 11))
    expected = []
    for a, b in zip(rows(s), rows(t), strict=True):
        cost, squares = 1 - b @ a.T, []
        for _ in range(min(cost.shape)):
            i, j = np.unravel_index(cost.argmin(), cost.shape)
            squares.append(((b[i] - a[j]) ** 2).sum())
            cost[i], cost[:, j] = np.inf, np.inf
        expected.append(np.mean(squares))
    assert TokenGreedy().loss(s, t).item() == pytest.approx(np.mean(expected), abs=1e-5)


def test_greedy_keeps_what_is_in_place() -> None:
    """A student that gives the teacher's vectors has no error."""
    t = batch(1)
    assert TokenGreedy().loss(t, t).item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("fraction", [0.3, 0.8])
def test_optical_partial(fraction: float) -> None:
    """What POT's partial transport costs, pair by pair."""
    s, t = batch(1, (7, 5, 1, 9)), batch(2, (6, 5, 4, 11))
    expected = []
    for a, b in zip(rows(s), rows(t), strict=True):
        cost = 1 - b @ a.T
        sides = [np.full(n, 1 / n) for n in cost.shape]
        expected.append((ot.partial.partial_wasserstein(*sides, cost, m=fraction) * cost).sum())
    solver = Partial(fraction=fraction, iterations=2000)
    found = OpticalPartial(solver=solver).loss(s, t).item()
    assert found == pytest.approx(np.mean(expected), abs=1e-4)


def test_optical_partial_of_all_mass_is_optical() -> None:
    """A fraction of 1 leaves nothing out."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    whole = OpticalPartial(solver=Partial(fraction=1.0)).loss(s, t)
    torch.testing.assert_close(whole, Optical(solver=IPOT(inner=4)).loss(s, t))


def test_optical_unbalanced() -> None:
    """What POT's unbalanced plan costs, pair by pair."""
    s, t = batch(1, (7, 5, 1, 9)), batch(2, (6, 5, 4, 11))
    expected = []
    for a, b in zip(rows(s), rows(t), strict=True):
        cost = 1 - b @ a.T
        sides = [np.full(n, 1 / n) for n in cost.shape]
        plan = ot.unbalanced.sinkhorn_unbalanced(
            *sides, cost, reg=0.1, reg_m=0.5, reg_type="kl", numItermax=20000, stopThr=1e-12
        )
        expected.append((plan * cost).sum())
    found = OpticalUnbalanced(solver=Unbalanced(tau=0.5)).loss(s, t).item()
    assert found == pytest.approx(np.mean(expected), abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_the_ladder_is_in_order(seed: int) -> None:
    """For sentences of equal length nearest ≤ exact ≤ greedy, and exact ≤ mean pooling."""
    lengths = (6, 3, 9)
    s, t = batch(seed, lengths), batch(seed + 10, lengths)
    exact = Optical(solver=find("exact")()).loss(s, t).item()
    pooled = Optical(solver=find("product")()).loss(s, t).item()
    assert TokenNearest().loss(s, t).item() <= exact + 1e-6
    assert exact <= TokenGreedy().loss(s, t).item() / 2 + 1e-6
    assert exact <= pooled + 1e-6
    partial = OpticalPartial(solver=Partial(iterations=2000)).loss(s, t).item()
    assert partial <= 0.8 * exact + 1e-4  # the cheapest four fifths cost at most four fifths


def test_attention_lies_between_nearest_and_pooled() -> None:
    """A low temperature chooses, a high one takes the mean."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    losses = [
        TokenAttention(solver=Attention(temperature=temperature)).loss(s, t)
        for temperature in (1e-4, 0.1, 1e4)
    ]
    torch.testing.assert_close(losses[0], TokenNearest().loss(s, t))
    torch.testing.assert_close(losses[2], Optical(solver=find("product")()).loss(s, t))
    assert losses[0] < losses[1] < losses[2]


@pytest.mark.parametrize("method", TOKEN_LEVEL, ids=lambda method: method.name)
def test_length_of_token_vectors_changes_nothing(method: Distillation) -> None:
    """MaxSim compares directions, so that is what token-level methods align."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    generator = torch.Generator().manual_seed(3)
    scaled = [
        Vectors(v.tokens * (0.5 + 2 * torch.rand(4, 5, 1, generator=generator)), v.mask)
        for v in (s, t)
    ]
    torch.testing.assert_close(method.loss(*scaled), method.loss(s, t), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("method", TRAINED, ids=lambda method: method.name)
def test_order_of_the_batch_changes_nothing(method: Distillation) -> None:
    """The loss is of a set of pairs."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    order = torch.tensor([2, 0, 3, 1])
    mixed = method.loss(
        Vectors(s.tokens[order], s.mask[order]), Vectors(t.tokens[order], t.mask[order])
    )
    torch.testing.assert_close(mixed, method.loss(s, t), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("method", TRAINED, ids=lambda method: method.name)
def test_one_pair_is_a_batch(method: Distillation) -> None:
    """The last batch of an epoch may hold one pair: the loss is finite, as is its gradient."""
    s, t = batch(1, (3,)), batch(2, (5,))
    tokens = s.tokens.clone().requires_grad_()
    loss = method.loss(Vectors(tokens, s.mask), t)
    (gradient,) = torch.autograd.grad(loss, tokens)
    assert torch.isfinite(loss)
    assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("name", ["exact", "sinkhorn", "ipot"])
def test_optical_equals_pot_pair_by_pair(name: str) -> None:
    """⟨T, C⟩ of the padded batch is what POT gives for each pair alone, or nears it for IPOT."""
    s, t = batch(1, (7, 5, 1, 9)), batch(2, (6, 5, 4, 11))
    costs = [1 - b @ a.T for a, b in zip(rows(s), rows(t), strict=True)]
    sides = [
        (np.full(c.shape[0], 1 / c.shape[0]), np.full(c.shape[1], 1 / c.shape[1])) for c in costs
    ]
    if name == "sinkhorn":
        solver = find(name)(epsilon=0.1, iterations=2000)  # type: ignore[call-arg]
        plans = [
            ot.sinkhorn(a, b, c, reg=0.1, numItermax=20000, stopThr=1e-12)
            for (a, b), c in zip(sides, costs, strict=True)
        ]
        expected = [float((plan * c).sum()) for plan, c in zip(plans, costs, strict=True)]
    else:
        solver = find(name)() if name == "exact" else find(name)(iterations=3000)  # type: ignore[call-arg]
        expected = [float(ot.emd2(a, b, c)) for (a, b), c in zip(sides, costs, strict=True)]
    found = Optical(solver=solver).loss(s, t).item()
    assert found == pytest.approx(np.mean(expected), abs=1e-5)


@pytest.mark.parametrize("method", TRAINED, ids=lambda method: method.name)
def test_padding_changes_nothing(method: Distillation) -> None:
    """Columns of padding leave the loss and its gradient as they are."""

    def run(extra: int) -> tuple[Tensor, Tensor]:
        s, t = batch(1, extra=extra), batch(2, (2, 5, 4, 3), extra=2 * extra)
        tokens = s.tokens.clone().requires_grad_()
        loss = method.loss(Vectors(tokens, s.mask), t)
        (gradient,) = torch.autograd.grad(loss, tokens)
        return loss.detach(), gradient[:, :5]

    for plain, padded in zip(run(0), run(3), strict=True):
        torch.testing.assert_close(plain, padded, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("method", TRAINED, ids=lambda method: method.name)
def test_descent_brings_student_to_teacher(method: Distillation) -> None:
    """A step against the gradient lowers the loss; there is a gradient at every real token."""
    s, t = batch(1), batch(2, (2, 5, 4, 3))
    tokens = s.tokens.clone().requires_grad_()
    loss = method.loss(Vectors(tokens, s.mask), t)
    (gradient,) = torch.autograd.grad(loss, tokens)
    assert torch.isfinite(gradient).all()
    if method.name not in LEAVE_TOKENS_OUT:
        assert (gradient[s.mask].abs().sum(-1) > 0).all()
    assert method.loss(Vectors(tokens - 0.01 * gradient, s.mask), t) < loss


def test_optical_of_identical_sentences_costs_nothing() -> None:
    """A student that gives the teacher's own vectors, in another order, has nothing to learn."""
    t = batch(1, (4, 4))
    s = Vectors(t.tokens.flip(1), t.mask)
    assert Optical(solver=find("exact")()).loss(s, t).item() == pytest.approx(0, abs=1e-6)
    assert Optical().loss(s, t).item() == pytest.approx(0, abs=5e-3)
