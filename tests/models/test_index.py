from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from threading import Event

import pytest
import torch

from clirbench.errors import CellError, DataError
from clirbench.models.index import Index, IndexWriter
from clirbench.models.ragged import Ragged


def ragged(lengths: list[int], seed: int, size: int = 6) -> Ragged:
    """Random vectors."""
    generator = torch.Generator().manual_seed(seed)
    offsets = torch.tensor([0, *lengths]).cumsum(0)
    return Ragged(torch.randn(int(offsets[-1]), size, generator=generator), offsets)


def written(path: Path, *parts: Ragged) -> Path:
    """A file of some parts."""
    with IndexWriter(path) as index:
        for part in parts:
            index.append(part)
    return path


def whole(*parts: Ragged) -> Ragged:
    """The parts as one."""
    lengths = torch.cat([part.lengths for part in parts])
    return Ragged(
        torch.cat([part.vectors for part in parts]),
        torch.cat([torch.tensor([0]), lengths.cumsum(0)]),
    )


@pytest.mark.parametrize("parts", [[[3, 1, 5]], [[3], [1, 5], [2, 2, 2]], [[1]]])
def test_safetensors_reads_it(tmp_path: Path, parts: list[list[int]]) -> None:
    """A file written in pieces is what `Ragged.save` would have written in one."""
    made = [ragged(lengths, seed) for seed, lengths in enumerate(parts)]
    found = Ragged.load(written(tmp_path / "v.safetensors", *made))
    assert torch.equal(found.vectors, whole(*made).vectors)
    assert torch.equal(found.offsets, whole(*made).offsets)


@pytest.mark.parametrize("most", [1, 4, 7, 1000])
def test_blocks(tmp_path: Path, most: int) -> None:
    """Blocks are whole texts in order, as large as allowed, whoever wrote the file."""
    texts = ragged([3, 1, 5, 2, 9, 1, 1], 0)
    texts.save(tmp_path / "saved.safetensors")
    for path in (tmp_path / "saved.safetensors", written(tmp_path / "w.safetensors", texts)):
        index = Index(path, largest=most * 6 * 4)
        blocks = list(index)
        assert index.size == texts.size
        assert len(blocks) == len(index)
        assert torch.equal(whole(*blocks).vectors, texts.vectors)
        assert torch.equal(whole(*blocks).offsets, texts.offsets)
        assert all(len(block.vectors) <= most or block.size == 1 for block in blocks)
        joined = [int(a.lengths.sum() + b.lengths[0]) for a, b in pairwise(blocks)]
        assert all(size > most for size in joined)


def test_the_next_block_is_read_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one is computed with, the one after it is read, and no more."""
    index = Index(written(tmp_path / "v.safetensors", ragged([2] * 5, 0)), largest=2 * 6 * 4)
    read: list[int] = []
    second, third = Event(), Event()
    block = Index._block  # noqa: SLF001 - to be watched

    def watched(self: Index, number: int) -> Ragged:
        read.append(number)
        {1: second, 2: third}.get(number, Event()).set()
        return block(self, number)

    monkeypatch.setattr(Index, "_block", watched)
    blocks = iter(index)
    next(blocks)
    assert second.wait(60)
    assert read == [0, 1]
    next(blocks)
    assert third.wait(60)
    assert read == [0, 1, 2]


def test_an_interrupted_file_is_none(tmp_path: Path) -> None:
    """What was not finished, or was cut, is not read."""
    path = tmp_path / "v.safetensors"
    with pytest.raises(AttributeError), IndexWriter(path) as index:
        index.append(None)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="not a file of vectors"):
        Index(path)
    with pytest.raises(DataError, match="not a file of vectors"):
        Index(tmp_path / "nothing")
    texts = ragged([3, 1, 5], 0)
    texts.save(path)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataError, match=r"ends early|not a file"):
        list(Index(path))


@pytest.mark.parametrize("which", [[0], [6, 0, 2], [4, 4, 1, 3, 5, 0]])
def test_some_texts_are_read_as_they_were_written(tmp_path: Path, which: list[int]) -> None:
    """In any order, one twice, padded or not, to the last bit; whoever wrote the file."""
    texts = ragged([3, 1, 5, 2, 9, 1, 0], 0)
    texts.save(tmp_path / "saved.safetensors")
    for path in (tmp_path / "saved.safetensors", written(tmp_path / "w.safetensors", texts)):
        index = Index(path, largest=4 * 6 * 4)
        for own, expected in zip(index.take(which), texts.take(which), strict=True):
            assert torch.equal(own, expected)
        for own, expected in zip(index.padded(which), texts.padded(which), strict=True):
            assert torch.equal(own, expected)
        assert torch.equal(index.means(), texts.means())
        assert index.width == texts.width == 6


def test_half_precision(tmp_path: Path) -> None:
    """It takes half the room, is float32 when it is read, and differs by rounding alone."""
    texts = ragged([3, 1, 5, 2, 9, 1, 0], 0)
    path = tmp_path / "half.safetensors"
    with IndexWriter(path, "float16") as writer:
        writer.append(texts)
    assert torch.equal(Ragged.load(path).vectors, texts.vectors.half())
    index, rounded = Index(path, largest=4 * 6 * 4), texts.vectors.half().float()
    assert torch.equal(whole(*index).vectors, rounded)
    assert torch.equal(index.take([6, 0, 2]).vectors, texts._replace(vectors=rounded).take([6, 0, 2]).vectors)  # fmt: skip
    assert 0 < (rounded - texts.vectors).abs().max() < 2e-3


def test_numbers_too_large_for_half_precision(tmp_path: Path) -> None:
    """They would be infinite; the message says what to take instead."""
    large = Ragged(torch.full((2, 6), 1e5), torch.tensor([0, 2]))
    with (
        pytest.raises(CellError, match=r'above 65,504.*retrieval\.vectors = "float32"'),
        IndexWriter(tmp_path / "half.safetensors", "float16") as writer,
    ):
        writer.append(large)


def test_a_file_that_became_shorter(tmp_path: Path) -> None:
    """Vectors that are not there any more are not made up."""
    path = tmp_path / "v.safetensors"
    ragged([3, 4], 0).save(path)
    index = Index(path)
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(DataError, match="ends early"):
        index.take([0, 1])
