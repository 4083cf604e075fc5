"""Measures of an encoder on sentence pairs, against independent lines of NumPy and known plans."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from clirbench.data.base import SentencePair
from clirbench.methods.optical import Optical
from clirbench.models.ragged import Ragged
from clirbench.results.diagnosis import MEASURES
from clirbench.retrieval import diagnosis
from clirbench.retrieval.diagnosis import diagnose

SOLVER = Optical().solver


def ragged(*texts: np.ndarray) -> Ragged:
    """Texts of given token vectors."""
    offsets = np.concatenate([[0], np.cumsum([len(text) for text in texts])])
    vectors = torch.tensor(np.concatenate(texts), dtype=torch.float32)
    return Ragged(vectors, torch.tensor(offsets))


class Reader:
    """Reads texts whose vectors are known."""

    def __init__(self, known: dict[str, np.ndarray], interaction: str = "late") -> None:
        self.known = known
        self.interaction = interaction

    def tokens(self, texts: list[str], length: int) -> Ragged:
        """As an encoder's."""
        del length
        return ragged(*(self.known[text] for text in texts))


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to length 1."""
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


@pytest.fixture
def texts() -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
    """Token vectors of foreign sentences, of English ones, and of these by another reader."""
    draw = np.random.default_rng(5)
    english = [draw.normal(size=(length, 6)) for length in (3, 5, 4, 6, 3)]
    foreign = [
        np.resize(e, (n, 6)) + draw.normal(size=(n, 6))
        for e, n in zip(english, (4, 5, 3, 7, 2), strict=True)
    ]
    own = [e + 0.3 * draw.normal(size=e.shape) for e in english]
    return foreign, english, own


def measured(
    texts: tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]],
    *,
    interaction: str = "late",
    alike: bool = True,
) -> dict[str, float | None]:
    """What is measured of them."""
    foreign, english, own = texts
    pairs = [SentencePair(f"f{i}", f"e{i}") for i in range(len(foreign))]
    known = {f"f{i}": x for i, x in enumerate(foreign)} | {f"e{i}": x for i, x in enumerate(own)}
    reader = Reader(known, interaction)
    return diagnose(reader, 9, pairs, ragged(*english), SOLVER, alike=alike)  # type: ignore[arg-type]


def test_sentences_against_numpy(
    texts: tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]],
) -> None:
    """Accuracies, cosines, alignment, uniformity, drift, each from its definition."""
    foreign, english, own = texts
    n = len(foreign)
    f, e, o = (unit(np.array([x.mean(axis=0) for x in side])) for side in texts)
    cosines = f @ e.T
    off = ~np.eye(n, dtype=bool)
    maxsim = np.array([[(unit(x) @ unit(y).T).max(axis=1).sum() for y in english] for x in foreign])
    back = np.array([[(unit(y) @ unit(x).T).max(axis=1).sum() for x in foreign] for y in english])
    gaps = [np.exp(-2 * ((f[i] - f[j]) ** 2).sum()) for i in range(n) for j in range(n) if i != j]
    tokens = [unit(x) for x in english], [unit(x) for x in own]
    expected = {
        "to_english": (cosines.argmax(axis=1) == np.arange(n)).mean(),
        "from_english": (cosines.argmax(axis=0) == np.arange(n)).mean(),
        "maxsim_to_english": (maxsim.argmax(axis=1) == np.arange(n)).mean(),
        "maxsim_from_english": (back.argmax(axis=1) == np.arange(n)).mean(),
        "cosine": np.diag(cosines).mean(),
        "margin": np.diag(cosines).mean() - cosines[off].mean(),
        "alignment": ((f - e) ** 2).sum(axis=1).mean(),
        "uniformity": math.log(np.mean(gaps)),
        "drift": (1 - (o * e).sum(axis=1)).mean(),
        "token_drift": np.mean(
            1 - (np.concatenate(tokens[0]) * np.concatenate(tokens[1])).sum(axis=1)
        ),
    }
    found = measured(texts)
    assert list(found) == list(MEASURES)
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=2e-6), name
    assert found["alignment"] == pytest.approx(2 - 2 * found["cosine"], abs=1e-5)  # type: ignore[operator]


def test_plans_against_numpy(
    texts: tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]],
) -> None:
    """Entropy and unaligned mass of the plans that the solver gives for each pair alone."""
    entropies, loose = [], []
    for x, y in zip(*texts[:2], strict=True):
        cosines = unit(y) @ unit(x).T  # English tokens are the source
        source, target = (torch.full((1, k), 1 / k) for k in cosines.shape)
        cost = torch.tensor(1 - cosines, dtype=torch.float32)[None]
        plan = SOLVER.solve(cost, source, target)[0].double().numpy()
        plan /= plan.sum()
        if plan.shape[0] < plan.shape[1]:
            plan, cosines = plan.T, cosines.T
        given = [row / row.sum() for row in plan]  # of each token of the longer side
        spread = [-(p[p > 0] * np.log(p[p > 0])).sum() for p in given]
        entropies.append((plan.sum(axis=1) * spread).sum() / math.log(plan.shape[1]))
        mutual = [
            (i, int(j)) for i, j in enumerate(cosines.argmax(axis=1)) if cosines[:, j].argmax() == i
        ]
        loose.append(1 - sum(plan[cell] for cell in mutual))
    found = measured(texts)
    assert found["plan_entropy"] == pytest.approx(np.mean(entropies), abs=2e-6)
    assert found["unaligned"] == pytest.approx(np.mean(loose), abs=2e-6)
    assert 0 < np.mean(entropies) < 1
    assert 0 < np.mean(loose) < 1


def test_a_reader_of_itself() -> None:
    """Translations with the same vectors as their English: nothing drifts, all is found and aligned."""
    draw = np.random.default_rng(1)
    # Far apart, so that the sharpest plan is the identity.
    english = [5 * np.eye(8)[draw.permutation(8)[:4]] for _ in range(6)]
    found = measured((english, english, english))
    ones = ("to_english", "from_english", "maxsim_to_english", "maxsim_from_english", "cosine")
    distinct = len({tuple(sorted(map(tuple, x))) for x in english}) == len(english)
    assert distinct
    assert [found[name] for name in ones] == [1, 1, 1, 1, 1]
    assert found["alignment"] == found["drift"] == found["token_drift"] == 0
    assert found["plan_entropy"] == pytest.approx(0, abs=1e-5)
    assert found["unaligned"] == pytest.approx(0, abs=1e-5)


def test_entropy_of_known_plans() -> None:
    """0 for a matching, also of unlike lengths with padding; 1 for the product; NaN of one token."""
    identity = torch.eye(4)[None] / 4
    assert diagnosis.plan_entropy(identity).item() == pytest.approx(0, abs=1e-12)
    product = torch.full((1, 3, 5), 1 / 15)
    assert diagnosis.plan_entropy(product).item() == pytest.approx(1, abs=1e-6)
    two_to_one = torch.zeros(1, 6, 5)  # 4 tokens to 2, in a batch with longer ones
    for i, j in enumerate((0, 0, 1, 1)):
        two_to_one[0, i, j] = 0.25
    assert diagnosis.plan_entropy(two_to_one).item() == pytest.approx(0, abs=1e-12)
    turned = diagnosis.plan_entropy(two_to_one.mT)
    assert turned.item() == pytest.approx(0, abs=1e-12)
    half = torch.tensor([[[0.25, 0.25], [0.0, 0.5]]])  # one of two tokens has two partners
    assert diagnosis.plan_entropy(half).item() == pytest.approx(
        (-0.5 * math.log(0.25) - 0.5 * math.log(0.5) + 0.5 * math.log(0.5) * 2) / math.log(2),
        abs=1e-6,
    )
    assert diagnosis.plan_entropy(torch.full((1, 1, 3), 1 / 3)).isnan().item()


def test_mass_off_the_mutual_best() -> None:
    """Tokens 0 and 1 are each other's nearest on both sides; the third has no partner."""
    cosines = torch.tensor([[[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]]])
    masses = torch.tensor([[[0.3, 0.0], [0.0, 0.3], [0.2, 0.2]]])
    assert diagnosis.unaligned(masses, cosines).item() == pytest.approx(0.4)
    assert diagnosis.unaligned(torch.eye(2)[None] / 2, torch.eye(2)[None]).item() == 0


def test_ties_are_misses() -> None:
    """An encoder that gives every sentence one vector finds nothing; its vectors are one point."""
    assert diagnosis.accuracy(torch.ones(5, 5)) == 0
    same = torch.nn.functional.normalize(torch.ones(5, 3), dim=1)
    assert diagnosis.uniformity(same) == pytest.approx(0, abs=1e-6)
    opposite = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    assert diagnosis.uniformity(opposite) == pytest.approx(-8)
    assert diagnosis.alignment(opposite, -opposite) == 4
    assert diagnosis.drift(opposite, -opposite) == 2
    assert diagnosis.margin(torch.ones(4, 4)) == pytest.approx(0)


def test_what_is_not_defined(
    texts: tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray]],
) -> None:
    """No MaxSim of single vectors, no token drift between other tokens, no entropy of one token."""
    single = measured(texts, interaction="single", alike=False)
    assert single["maxsim_to_english"] is single["maxsim_from_english"] is None
    assert single["token_drift"] is None
    assert single["to_english"] == measured(texts)["to_english"]
    one = tuple([x[:1] for x in side] for side in texts)
    assert measured(one)["plan_entropy"] is None  # type: ignore[arg-type]
