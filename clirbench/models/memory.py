"""Memory that runs out: how to tell, and how many parts a batch is then cut into."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass

import torch

from clirbench.errors import CellError
from clirbench.heap import return_memory

__all__ = ["MicroBatches", "out_of_memory"]

_ONEDNN = "could not create a primitive"
_PHRASES = (
    "can't allocate memory",
    "not enough memory",
    "out of memory",
    "Cannot allocate memory",
    "STATUS_ALLOC_FAILED",  # of cuBLAS and cuDNN, which ask the driver themselves
    _ONEDNN,
)


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that a device's or the host's memory is used up."""
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and any(phrase in str(error) for phrase in _PHRASES)
    )


def _unheard(text: str) -> None:
    del text


@dataclass(slots=True)
class MicroBatches:
    """Into how many parts a batch is cut; grows when memory runs out, and stays for later cells."""

    parts: int = 1
    says: Callable[[str], None] = _unheard

    def halve(self, batch: int, what: str, why: str) -> None:
        """Cut batches into twice as many parts.

        Args:
            batch: examples in the batch that did not fit.
            what: one example, for the error, such as "sentence pair".
            why: the error that said so.

        Raises:
            CellError: a part was a single example already.
        """
        if self.parts >= batch:
            raise CellError(
                f"out of memory: not even a single {what} fits; try a smaller backbone, a "
                "smaller batch_size, or shorter texts (teacher.query_length, "
                f"teacher.document_length); the last error was: {why.splitlines()[0]}"
            )
        self.parts = min(2 * self.parts, batch)
        _give_back()
        if why.startswith(_ONEDNN):  # once it has failed so, oneDNN fails for ever
            torch.backends.mkldnn.set_flags(False)  # type: ignore[no-untyped-call]
        size = -(-batch // self.parts)
        self.says(
            f"out of memory with batches of {batch}: from here on the encoder reads them in "
            f"parts of {size}; the effective batch, and so the loss, stays the same"
        )


def _give_back() -> None:
    """Return what the failed attempt took to the system, which does not happen by itself."""
    gc.collect()  # a traceback may be in a cycle, with the tensors of its frames
    return_memory()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    if torch.backends.mps.is_available():
        torch.mps.empty_cache()
