"""Vectors of many texts in a file, written and read piece by piece: larger than memory may be."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

import numpy as np

from clirbench.errors import CellError, DataError
from clirbench.files import parse_json
from clirbench.models.ragged import Ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

__all__ = ["Index", "IndexWriter", "Stored", "bounds"]

Stored: TypeAlias = Literal["float32", "float16"]
"""How numbers lie in a file."""
_TYPES: Mapping[str, np.dtype[Any]] = {"F32": np.dtype("<f4"), "F16": np.dtype("<f2")}
"""By safetensors' names."""

_HEADER = 512
"""Bytes kept for the header, which is written last: more than any two shapes need."""
_LARGEST = 2**28
"""Bytes of vectors that are in memory at a time: 256 MiB."""


class IndexWriter:
    """Writes what `Ragged.save` would, safetensors with `vectors` and `offsets`, a piece at a time.

    A context manager: the file is whole when it is left without an error.

    Args:
        path: the file.
        stored: float16 takes half the room; numbers keep three digits.
    """

    def __init__(self, path: Path, stored: Stored = "float32") -> None:
        self._type = "F16" if stored == "float16" else "F32"
        self._file = path.open("wb")
        self._file.write(b"\0" * _HEADER)
        self._size: int | None = None
        self._count = 0
        self._offsets = [np.zeros(1, dtype=np.int64)]

    def append(self, texts: Ragged) -> None:
        """Write the vectors of further texts.

        Raises:
            CellError: a number is too large for float16.
        """
        with np.errstate(over="ignore"):
            vectors = np.ascontiguousarray(texts.vectors.numpy(), dtype=_TYPES[self._type])
        if self._type == "F16" and not np.isfinite(vectors).all():
            raise CellError(
                "vectors have numbers above 65,504, the largest of float16; "
                'take retrieval.vectors = "float32"'
            )
        self._size = vectors.shape[1] if self._size is None else self._size
        # Not `tofile`, whose error on a full disk does not say that it is full.
        self._file.write(vectors.data)
        self._offsets.append(texts.offsets[1:].numpy() + self._count)
        self._count += len(vectors)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            self._file.close()

    def _finish(self) -> None:
        offsets = np.concatenate(self._offsets).astype("<i8")
        self._file.write(offsets.data)
        middle = self._count * (self._size or 0) * _TYPES[self._type].itemsize
        parts = {
            "vectors": (self._type, [self._count, self._size or 0], 0, middle),
            "offsets": ("I64", [len(offsets)], middle, middle + offsets.nbytes),
        }
        header = {
            name: {"dtype": dtype, "shape": shape, "data_offsets": [start, stop]}
            for name, (dtype, shape, start, stop) in parts.items()
        }
        text = json.dumps(header).encode().ljust(_HEADER - 8)  # safetensors allows spaces here
        self._file.seek(0)
        self._file.write(struct.pack("<Q", len(text)) + text)


class Index:
    """Vectors that lie in a file of `IndexWriter` or `Ragged.save`, and are read when they are asked for.

    They are float32 when they are read, however they are stored. Iterating gives them in blocks of at
    most 256 MiB of vectors, or one text; while one is computed with, a thread reads the next.

    Args:
        path: the file.
        largest: bytes of vectors in a block, as float32.

    Raises:
        DataError: it is not such a file.
    """

    def __init__(self, path: Path, largest: int = _LARGEST) -> None:
        self._path = path
        try:
            with path.open("rb") as file:
                (length,) = struct.unpack("<Q", file.read(8))
                header = parse_json(file.read(length))
            self._start = 8 + length + header["vectors"]["data_offsets"][0]
            (_, self.width), dtype = header["vectors"]["shape"], header["vectors"]["dtype"]
            (count,), start = header["offsets"]["shape"], header["offsets"]["data_offsets"][0]
            if dtype not in _TYPES or header["offsets"]["dtype"] != "I64":
                raise ValueError("expected float32 or float16 vectors and int64 offsets")  # noqa: TRY301
            self._type = _TYPES[dtype]
            self.offsets: NDArray[np.int64] = np.fromfile(
                path, "<i8", count, offset=8 + length + start
            )
        except (OSError, ValueError, KeyError, TypeError, struct.error, MemoryError) as error:
            raise DataError(f"{path}: not a file of vectors ({error})") from error
        self._bounds = bounds(self.offsets, max(largest // (4 * max(self.width, 1)), 1))

    @property
    def size(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1

    def __len__(self) -> int:
        """Number of blocks."""
        return len(self._bounds) - 1

    def __iter__(self) -> Iterator[Ragged]:
        with ThreadPoolExecutor(1) as pool:
            ahead = pool.submit(self._block, 0)
            for number in range(len(self)):
                block = ahead.result()
                # The next one is read while this one is computed with.
                ahead = pool.submit(self._block, number + 1)
                yield block

    def _block(self, number: int) -> Ragged:
        """The vectors of a block; none behind the last."""
        import torch

        start, stop = (self._bounds[min(number + end, len(self))] for end in (0, 1))
        first, last = int(self.offsets[start]), int(self.offsets[stop])
        # Read, not mapped: what is mapped counts as this process's memory.
        values = np.fromfile(
            self._path,
            self._type,
            (last - first) * self.width,
            offset=self._start + first * self.width * self._type.itemsize,
        )
        if len(values) != (last - first) * self.width:
            raise self._short()
        return Ragged(
            torch.from_numpy(values.astype("<f4", copy=False).reshape(-1, self.width)),
            torch.from_numpy(self.offsets[start : stop + 1] - first),
        )

    def take(self, texts: Sequence[int] | Tensor) -> Ragged:
        """Some of the texts, in the order asked for."""
        import torch

        which = np.asarray(texts, dtype=np.int64)
        places = self.offsets[which].tolist()
        offsets = np.concatenate([[0], (self.offsets[which + 1] - self.offsets[which]).cumsum()])
        values = np.empty((int(offsets[-1]), self.width), dtype=self._type)
        with self._path.open("rb", buffering=0) as file:
            for place, first, last in zip(places, offsets, offsets[1:], strict=False):
                own = values[first:last]
                file.seek(self._start + place * self.width * self._type.itemsize)
                if file.readinto(own.data) != own.nbytes:
                    raise self._short()
        return Ragged(torch.from_numpy(values.astype("<f4", copy=False)), torch.from_numpy(offsets))

    def padded(self, texts: Sequence[int] | Tensor) -> tuple[Tensor, Tensor]:
        """As `Ragged.padded`."""
        return self.take(texts).padded(range(len(texts)))

    def means(self) -> Tensor:
        """As `Ragged.means`."""
        import torch

        return torch.cat([block.means() for block in self])

    def _short(self) -> DataError:
        return DataError(f"{self._path}: ends early")


def bounds(offsets: NDArray[np.int64], most: int) -> list[int]:
    """Where blocks of at most `most` vectors, or of one text, begin and end."""
    bounds = [0]
    while bounds[-1] < len(offsets) - 1:
        start = bounds[-1]
        stop = int(np.searchsorted(offsets, offsets[start] + most, side="right")) - 1
        bounds.append(max(stop, start + 1))
    return bounds
