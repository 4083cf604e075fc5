from __future__ import annotations

from pathlib import Path

import pytest
import torch

from clirbench.data.base import Download, SentencePair
from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.models.ragged import Ragged
from clirbench.models.settings import Scratch
from clirbench.running.stage import Context
from clirbench.running.stages.bitext import BitextStage, JointBitextStage, read_bitext
from clirbench.running.stages.sentences import write_pairs
from clirbench.spec.model import Teacher

TEXT = [f"word {'for ' * (i % 3)}number {i} neno la kwa namba" for i in range(40)]
PAIRS = [
    SentencePair(f"neno {i} {'kwa ' * (i % 4)}", f"word {'for ' * (i % 5)}{i}") for i in range(11)
]


def no_fetch(download: Download) -> Path:
    """Nothing is downloaded."""
    raise AssertionError(download)


@pytest.fixture
def teacher() -> Encoder:
    """A small one."""
    settings = Teacher(
        backbone="scratch",
        scratch=Scratch(layers=1, width=16, heads=2, vocabulary=120),
        document_length=32,
        query_length=16,
    )
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return build_encoder(settings, lambda: TEXT)


def test_vectors_are_written_as_they_come(
    teacher: Encoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A few pairs at a time, in their order; mixed bitexts take them from there."""
    monkeypatch.setattr("clirbench.running.stages.bitext._AT_ONCE", 3)
    for name in ("teacher", "sentences", "bitext", "joint"):
        (tmp_path / name).mkdir()
    teacher.save(tmp_path / "teacher")
    write_pairs(tmp_path / "sentences", PAIRS)
    seen: list[tuple[int, int]] = []
    context = Context(fetch=no_fetch, progress=lambda done, total, _: seen.append((done, total)))
    stage = BitextStage(teacher=None, sentences=None, length=16)  # type: ignore[arg-type]
    inputs = {name: tmp_path / name for name in ("teacher", "sentences")}
    stage.make(tmp_path / "bitext", inputs, context)
    assert [pair.english for pair in read_bitext(tmp_path / "bitext")] == [e.english for e in PAIRS]
    assert seen == [(3, 11), (6, 11), (9, 11), (11, 11)]
    found = Ragged.load(tmp_path / "bitext" / "vectors.safetensors")
    expected = teacher.tokens([pair.english for pair in PAIRS], 16)
    assert torch.equal(found.offsets, expected.offsets)
    assert torch.allclose(found.vectors, expected.vectors, rtol=0, atol=1e-6)

    class Sentences:
        foreign = "sw"

    other = BitextStage(teacher=None, sentences=Sentences(), length=16)  # type: ignore[arg-type]
    joint = JointBitextStage(bitexts=(other, other), temperature=1.0)
    folders = {f"bitexts.{number}": tmp_path / "bitext" for number in range(2)}
    joint.make(tmp_path / "joint", folders, context)
    assert len(read_bitext(tmp_path / "joint")) == 2 * len(PAIRS)
    both = Ragged.load(tmp_path / "joint" / "vectors.safetensors")
    assert torch.equal(both.vectors, torch.cat([found.vectors] * 2))
    assert both.size == 2 * found.size
