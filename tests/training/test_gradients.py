from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import torch
from torch import Tensor

from clirbench.methods.optical import Optical
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.models.encoder import Encoder
from clirbench.models.vectors import Vectors
from clirbench.training.gradients import Objective, backward, seeded

FOREIGN = [f"neno la {'kwa ' * (i % 4)}namba {i}" for i in range(7)]
ENGLISH = [f"word {'for ' * (i % 3)}number {i}" for i in range(7)]


def objective(encoder: Encoder, method: Optical | SentenceContrastive) -> Objective:
    """A method's loss, with the student reading both sides."""
    foreign, english = (encoder.tokenize(texts, 16) for texts in (FOREIGN, ENGLISH))
    with torch.no_grad():
        encoder.eval()
        target = encoder(english)
    encoder.train()

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        return tuple(encoder([ids[i] for i in batch]) for ids in (foreign, english))

    def loss(sides: tuple[Vectors, ...], batch: Sequence[int], step: int) -> Tensor:
        rows = Vectors(target.tokens[list(batch)], target.mask[list(batch)])
        return method.loss(sides[0], rows) + 0.5 * method.loss(sides[1], rows)

    return Objective(encode=encode, loss=loss, tokens=[1] * 7, example="pair")


@pytest.mark.parametrize("method", [Optical(), SentenceContrastive()], ids=lambda m: m.name)
@pytest.mark.parametrize("parts", [2, 3, 7])
def test_in_parts_equals_whole(
    method: Optical | SentenceContrastive, parts: int, encoder: Callable[..., Encoder]
) -> None:
    """Cut into parts, the loss and its gradient are those of the whole batch, negatives included."""

    def gradients(parts: int) -> tuple[float, dict[str, Tensor]]:
        model = encoder()
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        loss = backward(objective(model, method), [4, 0, 6, 1, 3, 2, 5], 0, parts)
        return loss.item(), {n: p.grad for n, p in model.named_parameters() if p.grad is not None}

    whole, expected = gradients(1)
    cut, found = gradients(parts)
    assert cut == pytest.approx(whole, rel=1e-5)
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-3, atol=1e-6)


def test_dropout_is_the_same_in_both_passes(encoder: Callable[..., Encoder]) -> None:
    """The second pass through the model drops what the first one dropped, and no generator is lost."""
    model = encoder()
    seen: list[Tensor] = []

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        (vectors,) = (model(model.tokenize([FOREIGN[i] for i in batch], 16)),)
        seen.append(vectors.tokens.detach())
        return (vectors,)

    def loss(sides: tuple[Vectors, ...], batch: Sequence[int], step: int) -> Tensor:
        return sides[0].tokens.square().sum()

    torch.manual_seed(3)
    backward(Objective(encode=encode, loss=loss, tokens=[1] * 7, example="pair"), range(6), 0, 2)
    after = torch.rand(1)
    torch.testing.assert_close(seen[0], seen[2], rtol=0, atol=0)
    torch.testing.assert_close(seen[1], seen[3], rtol=0, atol=0)
    torch.manual_seed(3)
    with torch.no_grad():
        encode(range(3))
        encode(range(3, 6))
    assert torch.equal(torch.rand(1), after)


def test_dropout_is_the_same_in_both_passes_on_a_mac(
    encoder: Callable[..., Encoder], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The generator of Apple's GPUs is put back, too."""
    model = encoder()
    place = torch.zeros(1, dtype=torch.uint8)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.mps, "get_rng_state", place.clone)
    monkeypatch.setattr(torch.mps, "set_rng_state", place.copy_)
    seen: list[int] = []

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        seen.append(int(place))
        place.add_(1)  # as a draw would
        return (model(model.tokenize([FOREIGN[i] for i in batch], 16)),)

    def loss(sides: tuple[Vectors, ...], batch: Sequence[int], step: int) -> Tensor:
        return sides[0].tokens.square().sum()

    backward(Objective(encode=encode, loss=loss, tokens=[1] * 7, example="pair"), range(6), 0, 2)
    assert seen == [0, 1, 0, 1]
    assert int(place) == 2


def test_seeded_draws_repeat_and_leave_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same seed gives the same numbers; the caller's go on; no GPU is made use of for it."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)  # each would be initialised
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    found = [torch.rand(1)]
    with seeded(5):
        first = torch.rand(3)
    found.append(torch.rand(1))
    with seeded(5):
        assert torch.equal(torch.rand(3), first)
    assert torch.equal(torch.cat(found), expected)
