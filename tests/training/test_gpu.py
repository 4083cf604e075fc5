"""What holds on the CPU holds on a GPU: `pytest -m gpu` on a machine that has one."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from clirbench.artifacts.meter import Meter
from clirbench.data.base import JSON, SentencePair, TrainingQuery
from clirbench.methods import METHODS
from clirbench.methods.base import Distillation, Ranking
from clirbench.methods.optical import Optical
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.models import encoder as encoders
from clirbench.models.encoder import Encoder
from clirbench.models.memory import MicroBatches
from clirbench.models.vectors import Vectors
from clirbench.spec.model import Optimisation, Teacher, TeacherTraining, Training
from clirbench.training.gradients import Objective
from clirbench.training.loop import Step, train
from clirbench.training.ranker import Candidates, train_ranker
from clirbench.training.student import train_student
from clirbench.training.teacher import train_teacher

pytestmark = pytest.mark.gpu

FOREIGN = [f"neno la {'kwa ' * (i % 4)}namba {i}" for i in range(24)]
ENGLISH = [f"word {'for ' * (i % 3)}number {i}" for i in range(24)]
PAIRS = [SentencePair(*pair) for pair in zip(FOREIGN, ENGLISH, strict=True)]
Make = Callable[..., Encoder]
HOW = {"epochs": 2, "batch_size": 8, "learning_rate": 1e-3}


class Saved:
    """A checkpoint of the latest step, in memory, as it comes back from a file: on the CPU."""

    def __init__(self) -> None:
        self.state: tuple[dict[str, Tensor], JSON] | None = None

    def due(self) -> bool:
        return True

    def save(self, tensors: dict[str, Tensor], state: JSON) -> None:
        self.state = {name: value.cpu().clone() for name, value in tensors.items()}, state

    def load(self) -> tuple[dict[str, Tensor], JSON] | None:
        return self.state


def losses(
    make: Make, method: Distillation, device: str = "cuda", *, parts: int = 1, **changes: object
) -> list[float]:
    """Of a student's training."""
    student = make().to(device)
    steps = train_student(
        student,
        PAIRS,
        student.tokens(ENGLISH, 16),
        method=method,
        training=Training(**{**HOW, **changes}),  # type: ignore[arg-type]
        length=16,
        pair="sw-en",
        seed=1,
        micro_batches=MicroBatches(parts=parts),
    )
    return [step.loss for step in steps]


def teach(
    make: Make, checkpoint: Saved | None = None, stop: int | None = None, parts: int = 1
) -> list[Step]:
    """Of a teacher's training, which has dropout."""
    steps = train_teacher(
        make().to("cuda"),
        [TrainingQuery(pair.foreign, pair.english) for pair in PAIRS],
        Teacher(backbone="scratch", query_length=16, document_length=16),
        TeacherTraining(**HOW),  # type: ignore[arg-type]
        checkpoint=checkpoint,
        micro_batches=MicroBatches(parts=parts),
    )
    return list(islice(steps, stop))


@pytest.fixture
def single_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bf16, so that numbers are the CPU's but for the order of sums."""
    monkeypatch.setattr(encoders, "autocast", lambda device: nullcontext())


@pytest.mark.usefixtures("single_precision")
@pytest.mark.parametrize(
    "method", [m() for m in METHODS.values() if issubclass(m, Distillation)], ids=lambda m: m.name
)
def test_students_learn_as_on_the_cpu(method: Distillation, encoder: Make) -> None:
    """Every loss on bitext has the CPU's values, step after step."""
    assert losses(encoder, method) == pytest.approx(losses(encoder, method, "cpu"), rel=1e-2)


@pytest.mark.usefixtures("single_precision")
@pytest.mark.parametrize(
    "method", [m() for m in METHODS.values() if issubclass(m, Ranking)], ids=lambda m: m.name
)
def test_rankers_learn_as_on_the_cpu(method: Ranking, encoder: Make) -> None:
    """Every ranking loss has, too."""

    def run(device: str) -> list[float]:
        student = encoder().to(device)
        vectors = student.encode(ENGLISH, 16)
        candidates = Candidates(
            queries=vectors,
            passages=vectors,
            relevant=range(24),
            others=[[(i + k) % 24 for k in range(1, 8)] for i in range(24)],
            texts=ENGLISH,
        )
        steps = train_ranker(
            student,
            [FOREIGN] * 2,
            candidates,
            method=method,
            training=Training(**HOW),  # type: ignore[arg-type]
            length=16,
            pair="sw-en",
            seed=1,
        )
        return [step.loss for step in steps]

    assert run("cuda") == pytest.approx(run("cpu"), rel=1e-2)


@pytest.mark.parametrize("method", [Optical(), SentenceContrastive()], ids=lambda m: m.name)
def test_bf16_is_near_single_precision(
    method: Distillation, encoder: Make, request: pytest.FixtureRequest
) -> None:
    """What is chosen on a GPU that has it changes losses by a few hundredths at most."""
    found = losses(encoder, method)
    request.getfixturevalue("single_precision")
    assert found == pytest.approx(losses(encoder, method), rel=0.05, abs=0.02)


def test_encoding_is_near_the_cpu(encoder: Make) -> None:
    """Vectors come back on the CPU in float32, pointing where the CPU's do."""
    model = encoder()
    expected = model.encode(ENGLISH, 16)
    found = model.to("cuda").encode(ENGLISH, 16)
    assert not found.vectors.is_cuda
    assert found.vectors.dtype == torch.float32
    assert torch.equal(found.offsets, expected.offsets)
    assert (found.vectors * expected.vectors).sum(1).min() > 0.999


@pytest.mark.parametrize("stopped", [1, 4])
def test_resumed_goes_on(stopped: int, encoder: Make) -> None:
    """After a checkpoint dropout and moments are those of a training that was never stopped."""
    whole = teach(encoder)
    saved = Saved()
    teach(encoder, saved, stopped)
    resumed = teach(encoder, saved)
    assert [s.loss for s in resumed] == pytest.approx([s.loss for s in whole], rel=1e-3)


def test_in_parts_is_whole(encoder: Make) -> None:
    """Gradients that are cached are those of the batch; with dropout, both passes drop the same."""
    found = losses(encoder, SentenceContrastive(), parts=3)
    assert found == pytest.approx(losses(encoder, SentenceContrastive()), rel=0.02)
    model = encoder().to("cuda").train()
    ids = model.tokenize(FOREIGN, 16)
    seen: list[Tensor] = []

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        seen.append(model([ids[i] for i in batch]).tokens)
        return (Vectors(seen[-1], torch.ones(seen[-1].shape[:2], dtype=torch.bool)),)

    task = Objective(
        encode=encode,
        loss=lambda sides, batch, step: sides[0].tokens.square().sum(),
        tokens=[1] * 24,
        example="pair",
    )
    how = Optimisation(epochs=1, learning_rate=1e-3)
    batches = [[list(range(24))]]
    list(train(model, batches, task, how, seed=3, micro_batches=MicroBatches(parts=2)))
    for first, second in zip(seen[:2], seen[2:], strict=True):
        torch.testing.assert_close(first, second, atol=1e-6, rtol=1e-5)


def test_memory_that_runs_out_halves_the_micro_batch() -> None:
    """A batch that asks for more than the GPU has goes through in parts, and is counted once."""
    torch.cuda.empty_cache()
    share = int(0.3 * torch.cuda.mem_get_info()[0])
    model = nn.Linear(3, 1).to("cuda")
    sizes: list[int] = []

    def encode(batch: Sequence[int]) -> tuple[Vectors, ...]:
        sizes.append(len(batch))
        held = torch.empty(len(batch) * share, dtype=torch.uint8, device="cuda")
        rows = torch.ones(len(batch), 1, 3, device="cuda") * (held.numel() > 0)
        return (Vectors(model(rows), torch.ones(len(batch), 1, dtype=torch.bool, device="cuda")),)

    said: list[str] = []
    micro = MicroBatches(says=said.append)
    task = Objective(
        encode=encode,
        loss=lambda sides, batch, step: sides[0].tokens.square().mean(),
        tokens=[1] * 8,
        example="row",
    )
    how = Optimisation(epochs=1, learning_rate=1e-3)
    steps = list(train(model, [[list(range(8))]], task, how, seed=1, micro_batches=micro))
    assert [step.examples for step in steps] == [8]
    assert sizes == [8, 4, *[2] * 8]
    assert len(said) == 2


def test_memory_is_measured() -> None:
    """The peak is that of the stage, not of one before."""
    torch.empty(2**26, dtype=torch.uint8, device="cuda")
    meter = Meter("cuda")
    before = meter.read().device_memory
    torch.empty(2**24, dtype=torch.uint8, device="cuda")
    peak = meter.read().device_memory
    assert before is not None
    assert peak is not None
    assert before < 2**26
    assert 2**24 <= peak - before < 2**25


def test_deterministic_repeats_to_the_last_bit(
    tiny: Path,
    tmp_path: Path,
    clirbench: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """With --deterministic no operation of a suite is refused, and runs and losses are the same twice."""
    found = []
    for name in ("first", "second"):
        places = ["--results", tmp_path / name, "--store", tmp_path / f"store-{name}"]
        done = clirbench("run", tiny, *places, "--device", "cuda", "--deterministic")
        assert done.returncode == 0, done.stdout + done.stderr
        assert json.loads((tmp_path / name / "environment.json").read_text())
        files = sorted((tmp_path / name / "cells").rglob("*"))
        kept = [f for f in files if f.name in {"run.trec.gz", "training.jsonl", "scores.csv"}]
        found.append({str(f.relative_to(tmp_path / name)): f.read_bytes() for f in kept})
    assert found[0]
    assert found[0] == found[1]
