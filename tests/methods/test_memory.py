from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from clirbench.methods.additive_margin import AdditiveMargin
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.methods.sentence_crd import SentenceCRD
from clirbench.methods.token_contrastive import TokenContrastive
from clirbench.models.ragged import Ragged
from clirbench.models.vectors import Memory, Vectors
from clirbench.spec.identity import canonical, identity


def vectors(seed: int, size: int = 4) -> Vectors:
    """Random texts of one to three tokens."""
    generator = torch.Generator().manual_seed(seed)
    mask = torch.arange(3) < torch.randint(1, 4, (size, 1), generator=generator)
    return Vectors(torch.randn(size, 3, 8, generator=generator) * mask[..., None], mask)


def memory(batch: list[int], past: list[int], size: int = 20, seed: int = 5) -> Memory:
    """Of a bitext of `size` sentences; sentence i has the first coordinate i."""
    generator = torch.Generator().manual_seed(3)
    sentences = torch.randn(size, 8, generator=generator)
    sentences[:, 0] = torch.arange(size)
    return Memory(
        lambda: sentences, torch.tensor(batch), torch.tensor(past, dtype=torch.long), seed
    )


def unit(rows: Tensor) -> np.ndarray:
    """Rows of unit length, in float64."""
    array = rows.double().numpy()
    return np.asarray(array / np.linalg.norm(array, axis=1, keepdims=True))


def test_latest_are_the_last_that_are_not_of_the_batch() -> None:
    """The queue forgets the oldest, and never has a positive for a negative."""
    past = [9, 8, 1, 7, 6, 2, 5]
    assert memory([1, 2], past).latest(3)[:, 0].tolist() == [7, 6, 5]
    assert memory([1, 2], past).latest(100)[:, 0].tolist() == [9, 8, 7, 6, 5]
    assert memory([1, 2], []).latest(3).shape == (0, 8)


def test_drawn_differ_and_are_not_of_the_batch() -> None:
    """A step's draw holds no sentence twice; the seed decides it; every other sentence can be had."""
    drawn = memory([1, 2], []).drawn(6)[:, 0].tolist()
    assert len(set(drawn) - {1, 2}) == 6
    assert memory([1, 2], []).drawn(6)[:, 0].tolist() == drawn
    assert memory([1, 2], [], seed=6).drawn(6)[:, 0].tolist() != drawn
    every = memory([1, 2], []).drawn(100)[:, 0].tolist()
    assert sorted(every) == [i for i in range(20) if i not in {1, 2}]


def test_queue() -> None:
    """InfoNCE over the batch's English sentences and those of the steps before."""
    s, t = vectors(1), vectors(2)
    known = memory([0, 1, 2, 3], [9, 2, 8, 7])
    bank = np.concatenate([unit(t.sentences), unit(known.sentences[[8, 7]])])
    scores = unit(s.sentences) @ bank.T / 0.1
    expected = np.mean([np.log(np.exp(row).sum()) - row[i] for i, row in enumerate(scores)])
    method = SentenceContrastive(temperature=0.1, queue=2)
    found = method.loss(s, t._replace(memory=known)).item()
    assert found == pytest.approx(expected, abs=1e-5)


def test_queue_of_nothing_is_the_batch() -> None:
    """In the first step there is no past, and without a memory there is none ever."""
    s, t = vectors(1), vectors(2)
    plain = SentenceContrastive().loss(s, t)
    method = SentenceContrastive(queue=8)
    assert torch.equal(method.loss(s, t), plain)
    assert torch.equal(method.loss(s, t._replace(memory=memory([0, 1], []))), plain)


def test_both_directions() -> None:
    """As the additive margin of none."""
    s, t = vectors(1), vectors(2)
    both = SentenceContrastive(both=True).loss(s, t)
    torch.testing.assert_close(both, AdditiveMargin(margin=0.0).loss(s, t))


@pytest.mark.parametrize("negatives", [0, 5])
def test_sentence_crd(negatives: int) -> None:
    """Binary cross entropy of the critic, drawn sentences included, written out."""
    s, t = vectors(1), vectors(2)
    known = memory([0, 1, 2, 3], [])
    bank = np.concatenate([unit(t.sentences), unit(known.drawn(negatives))])
    count = len(bank) - 1
    ratio = lambda a, b: np.exp(a @ b / 0.2)  # noqa: E731
    c = np.mean([ratio(a, b) for i, a in enumerate(bank[:4]) for k, b in enumerate(bank) if i != k])
    expected = 0.0
    for i, a in enumerate(unit(s.sentences)):
        for k, b in enumerate(bank):
            h = ratio(a, b) / (ratio(a, b) + count * c)
            expected -= np.log(h if i == k else 1 - h) / 4
    method = SentenceCRD(temperature=0.2, negatives=negatives)
    found = method.loss(s, t._replace(memory=known)).item()
    assert found == pytest.approx(expected, abs=1e-5)


def test_late_settings_are_neutral() -> None:
    """At their defaults they are no part of an identity; at other values they are."""
    plain = SentenceContrastive()
    assert canonical(plain) == {
        "class.name": "sentence-contrastive",
        "class.version": 1,
        "temperature": 0.05,
    }
    others = [
        SentenceContrastive(queue=8),
        SentenceContrastive(both=True),
        SentenceContrastive(hard=4),
        SentenceContrastive(hard=4, hard_limit=0.9),
    ]
    assert len({identity(method) for method in (plain, *others)}) == 5
    assert not {"hard", "hard_limit"} & set(canonical(TokenContrastive()))  # type: ignore[arg-type]


def bitext(size: int = 30) -> Ragged:
    """Texts of one to three tokens, the fifth twice."""
    generator = torch.Generator().manual_seed(9)
    lengths = torch.randint(1, 4, (size,), generator=generator)
    lengths[7] = lengths[5]
    offsets = torch.cat([torch.zeros(1, dtype=torch.long), lengths.cumsum(0)])
    rows = torch.randn(int(offsets[-1]), 8, generator=generator) + 0.5
    rows[offsets[7] : offsets[8]] = rows[offsets[5] : offsets[6]]
    return Ragged(rows, offsets)


def texts(batch: list[int]) -> Memory:
    """Of that bitext."""
    every = bitext()
    return Memory(every.means, torch.tensor(batch), torch.tensor([]), 1, every.padded)


def mined(known: Memory, size: int, most: float) -> list[list[int]]:
    """The nearest allowed ones of each of the batch, written out."""
    bank, batch = unit(known.sentences), known.batch.tolist()
    found = []
    for i in batch:
        cosines = {j: float(bank[i] @ bank[j]) for j in range(len(bank)) if j not in batch}
        allowed = [j for j, cosine in cosines.items() if cosine <= most]
        found.append(sorted(allowed, key=lambda j: -cosines[j])[:size])
    return found


@pytest.mark.parametrize("most", [0.95, 0.6, -0.2])
def test_nearest(most: float) -> None:
    """The nearest that may not say the same; none of the batch, and fewer where there are no more."""
    known = texts([5, 2, 11])
    which, there = known.nearest(4, most)
    found = [
        [j for j, own in zip(row, ok, strict=True) if own]
        for row, ok in zip(which.tolist(), there.tolist(), strict=True)
    ]
    assert found == mined(known, 4, most)
    assert 7 not in found[0]  # says what the fifth says
    assert 7 in texts([5, 2, 11]).nearest(4, 1.1)[0][0].tolist()
    assert known.nearest(100, 1.1)[1].sum(dim=1).tolist() == [27] * 3


@pytest.mark.parametrize("most", [0.95, 0.6, -0.2])
def test_hard_negatives_of_sentences(most: float) -> None:
    """InfoNCE over the batch's English sentences and each pair's own mined ones."""
    known = texts([5, 2, 11])
    s, t = vectors(1, 3), Vectors(*bitext().padded([5, 2, 11]), known)
    bank, rows = unit(known.sentences), mined(known, 4, most)
    losses = []
    for i, own in enumerate(unit(s.sentences)):
        scores = [own @ each / 0.1 for each in (*bank[[5, 2, 11]], *bank[rows[i]])]
        losses.append(np.log(np.exp(scores).sum()) - scores[i])
    method = SentenceContrastive(temperature=0.1, hard=4, hard_limit=most)
    assert method.loss(s, t).item() == pytest.approx(np.mean(losses), abs=1e-5)


@pytest.mark.parametrize("most", [0.95, 0.6, -0.2])
def test_hard_negatives_of_tokens(most: float) -> None:
    """The same over MaxSim, by the token vectors of what is mined."""
    known, every = texts([5, 2, 11]), bitext()
    s, t = vectors(1, 3), Vectors(*every.padded([5, 2, 11]), known)

    def score(i: int, j: int) -> float:
        own = unit(s.tokens[i][s.mask[i]])
        other = unit(every.vectors[every.offsets[j] : every.offsets[j + 1]])
        return float((own @ other.T).max(axis=1).mean() / 0.1)

    rows = mined(known, 4, most)
    losses = []
    for i in range(3):
        scores = np.array([score(i, j) for j in (5, 2, 11, *rows[i])])
        losses.append(np.log(np.exp(scores).sum()) - scores[i])
    method = TokenContrastive(temperature=0.1, hard=4, hard_limit=most)
    assert method.loss(s, t).item() == pytest.approx(np.mean(losses), abs=1e-5)


@pytest.mark.parametrize("kind", [SentenceContrastive, TokenContrastive])
def test_hard_negatives_where_there_are_none(kind: type[SentenceContrastive]) -> None:
    """Without a memory, or where all say the same, the loss is that of the batch."""
    s, t = vectors(1), vectors(2)
    plain = kind().loss(s, t)
    assert torch.equal(kind(hard=4).loss(s, t), plain)
    known = texts([0, 1, 2, 3])
    found = kind(hard=4, hard_limit=-1.0).loss(
        s.__class__(s.tokens, s.mask), t._replace(memory=known)
    )
    torch.testing.assert_close(found, plain)
