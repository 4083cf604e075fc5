"""Marginals by norm and by idf, and words in place of pieces: against POT, one sentence pair after another."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import ot
import pytest
import torch
from torch import Tensor

from clirbench.methods.base import Distillation
from clirbench.methods.greedy import TokenGreedy
from clirbench.methods.mixed import Mixed, Part
from clirbench.methods.optical import Optical
from clirbench.methods.sentence_mse import SentenceMSE
from clirbench.methods.token_contrastive import TokenContrastive
from clirbench.methods.token_contrastive_ot import TokenContrastiveOT
from clirbench.models.vectors import Units, Vectors
from clirbench.spec.identity import canonical, identity
from clirbench.transport.exact import Exact
from clirbench.transport.nearest import Nearest
from clirbench.transport.sinkhorn import Sinkhorn

ENGLISH, FOREIGN = (5, 3, 1, 4), (3, 6, 4, 2)
KNOBS = [
    {"marginals": "norm"},
    {"marginals": "idf"},
    {"unit": "word"},
    {"unit": "word", "marginals": "norm"},
    {"unit": "word", "marginals": "idf"},
]
knobs = pytest.mark.parametrize("knobs", KNOBS, ids=lambda given: "-".join(given.values()))


def batch(seed: int, lengths: tuple[int, ...], *, padding: int = 0) -> Vectors:
    """Texts of random vectors, of which each two pieces make a word; padding holds nonsense."""
    generator = np.random.default_rng(seed)
    n = max(lengths) + padding
    tokens = generator.normal(size=(len(lengths), 40, 8)) * generator.uniform(
        0.5, 3, (len(lengths), 40, 1)
    )
    idf, word_idf = (generator.uniform(0.5, 5, (len(lengths), 40)) for _ in range(2))
    word_idf[:, 1::2] = word_idf[:, ::2]
    mask = np.arange(n) < np.array(lengths)[:, None]
    tokens, idf, word_idf = tokens[:, :n], idf[:, :n], word_idf[:, :n]
    tokens, idf, word_idf = tokens * mask[..., None], idf * mask, np.where(mask, word_idf, 99)
    words = np.broadcast_to(np.arange(n) // 2, mask.shape)
    units = Units(*(torch.from_numpy(each.copy()) for each in (words, idf, word_idf)))
    return Vectors(torch.from_numpy(tokens), torch.from_numpy(mask), None, units)


def texts(vectors: Vectors, unit: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of each text its tokens or words, written out: vectors and idf."""
    assert vectors.units is not None
    found = []
    for row, length in enumerate(vectors.mask.sum(1).tolist()):
        tokens = vectors.tokens[row, :length].numpy()
        idf, word_idf = (each[row, :length].numpy() for each in vectors.units[1:])
        if unit == "word":
            starts = range(0, length, 2)
            tokens = np.array([tokens[at : at + 2].mean(0) for at in starts])
            idf = word_idf[::2]
        found.append((tokens, idf))
    return found


def problem(
    english: tuple[np.ndarray, np.ndarray], foreign: tuple[np.ndarray, np.ndarray], marginals: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both marginals, and the cosine cost."""
    sides = []
    for tokens, idf in (english, foreign):
        mass = {
            "uniform": np.ones(len(tokens)),
            "norm": np.linalg.norm(tokens, axis=1),
            "idf": idf,
        }[marginals]
        sides.append(mass / mass.sum())
    t, s = (x / np.linalg.norm(x, axis=1, keepdims=True) for x, _ in (english, foreign))
    return sides[0], sides[1], 1 - t @ s.T


@knobs
def test_optical(knobs: dict[str, str]) -> None:
    """What POT's cheapest plan costs, pair by pair."""
    s, t = batch(1, FOREIGN), batch(2, ENGLISH)
    unit, marginals = knobs.get("unit", "piece"), knobs.get("marginals", "uniform")
    expected = [
        ot.emd2(*problem(english, foreign, marginals))
        for english, foreign in zip(texts(t, unit), texts(s, unit), strict=True)
    ]
    found = Optical(solver=Exact(), **knobs).loss(s, t).item()  # type: ignore[arg-type]
    assert found == pytest.approx(np.mean(expected), abs=1e-9)


@knobs
def test_token_contrastive_ot(knobs: dict[str, str]) -> None:
    """InfoNCE over what POT's plans move between each foreign and each English sentence."""
    s, t = batch(1, FOREIGN), batch(2, ENGLISH)
    unit, marginals = knobs.get("unit", "piece"), knobs.get("marginals", "uniform")
    problems = [
        [problem(english, foreign, marginals) for english in texts(t, unit)]
        for foreign in texts(s, unit)
    ]
    scores = np.array(
        [[(ot.emd(a, b, cost) * (1 - cost)).sum() / 0.1 for a, b, cost in row] for row in problems]
    )
    expected = np.mean([np.log(np.exp(row).sum()) - row[i] for i, row in enumerate(scores)])
    method = TokenContrastiveOT(solver=Exact(), temperature=0.1, **knobs)  # type: ignore[arg-type]
    assert method.loss(s, t).item() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("method", [TokenGreedy, TokenContrastive])
def test_other_token_level_methods_of_words(method: type[Distillation]) -> None:
    """They compare words as they would pieces: those of texts that have a piece a word."""
    s, t = batch(1, FOREIGN), batch(2, ENGLISH)
    words = []
    for side in (s, t):
        rows = [torch.from_numpy(tokens) for tokens, _ in texts(side, "word")]
        mask = torch.arange(max(map(len, rows))) < torch.tensor([*map(len, rows)])[:, None]
        words.append(Vectors(torch.nn.utils.rnn.pad_sequence(rows, batch_first=True), mask))
    found = method(unit="word").loss(s, t)  # type: ignore[call-arg]
    torch.testing.assert_close(found, method().loss(*words))


@knobs
def test_padding_changes_nothing(knobs: dict[str, str]) -> None:
    """Columns of padding leave the loss and its gradient as they are."""

    def run(padding: int) -> tuple[Tensor, Tensor]:
        s, t = batch(1, FOREIGN, padding=padding), batch(2, ENGLISH, padding=2 * padding)
        tokens = s.tokens.clone().requires_grad_()
        loss = Optical(**knobs).loss(s._replace(tokens=tokens), t)  # type: ignore[arg-type]
        (gradient,) = torch.autograd.grad(loss, tokens)
        return loss.detach(), gradient[:, :6]

    for plain, padded in zip(run(0), run(3), strict=True):
        torch.testing.assert_close(plain, padded, atol=1e-12, rtol=0)


@knobs
def test_descent_brings_student_to_teacher(knobs: dict[str, str]) -> None:
    """A step against the gradient lowers the loss; every piece has a part in it."""
    s, t = batch(1, FOREIGN), batch(2, ENGLISH)
    method = Optical(solver=Sinkhorn(), **knobs)  # type: ignore[arg-type]
    tokens = s.tokens.clone().requires_grad_()
    loss = method.loss(s._replace(tokens=tokens), t)
    (gradient,) = torch.autograd.grad(loss, tokens)
    assert (gradient[s.mask].abs().sum(-1) > 0).all()
    assert method.loss(s._replace(tokens=tokens - 0.1 * gradient), t) < loss


def test_equal_weights_are_uniform() -> None:
    """Vectors of one length, and tokens as rare as each other, weigh the same."""
    s, t = (
        v._replace(tokens=torch.nn.functional.normalize(v.tokens, dim=2))
        for v in (batch(1, FOREIGN), batch(2, ENGLISH))
    )
    uniform = Optical().loss(s, t)
    torch.testing.assert_close(Optical(marginals="norm").loss(s, t), uniform)
    even = [
        v._replace(units=v.units._replace(idf=torch.ones_like(v.units.idf)))  # type: ignore[union-attr]
        for v in (s, t)
    ]
    torch.testing.assert_close(Optical(marginals="idf").loss(*even), uniform)


def test_a_mix_needs_what_its_parts_need() -> None:
    """Also with a part that does not."""
    wanted = Mixed(loss=(Part(method=SentenceMSE()), Part(method=Optical(unit="word"))))
    assert wanted.needs_units
    assert not Mixed().needs_units
    assert Optical(marginals="idf").needs_units
    assert not Optical(marginals="norm").needs_units


def test_what_is_not_known_is_an_error() -> None:
    """A loss without what it needs says so."""
    s, t = (v._replace(units=None) for v in (batch(1, FOREIGN), batch(2, ENGLISH)))
    with pytest.raises(ValueError, match="the frequencies of tokens are not known"):
        Optical(marginals="idf").loss(s, t)


@pytest.mark.parametrize("make", [Optical, TokenGreedy, TokenContrastive, TokenContrastiveOT])
def test_defaults_are_neutral(make: Callable[..., Distillation]) -> None:
    """At their defaults the knobs are no part of an identity; at other values they are."""
    fields = canonical(make())
    assert isinstance(fields, dict)
    assert not {"unit", "marginals"} & fields.keys()
    assert identity(make(unit="word")) != identity(make())
    if issubclass(make, Optical):  # type: ignore[arg-type]
        assert len({identity(make(marginals=m)) for m in ("uniform", "norm", "idf")}) == 3


def test_one_sided_plans_weigh_the_side_that_they_keep() -> None:
    """`nearest`: the mean, by idf, over foreign tokens of the smallest cost."""
    s, t = batch(1, FOREIGN), batch(2, ENGLISH)
    expected = []
    for english, foreign in zip(texts(t, "piece"), texts(s, "piece"), strict=True):
        _, mass, cost = problem(english, foreign, "idf")
        expected.append((mass * cost.min(0)).sum())
    found = Optical(solver=Nearest(), marginals="idf").loss(s, t).item()
    assert found == pytest.approx(np.mean(expected), abs=1e-9)
