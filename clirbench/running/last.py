"""The encoder that a process read last: stages of one encoder follow each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clirbench.models.encoder import Encoder

__all__ = ["LastEncoder"]


class LastEncoder:
    """Keeps one encoder for stages that only read with it, so that its files are read once.

    A student is searched with many sets of perturbed topics, and diagnosed; to read its weights and its
    tokenizer takes as long as to encode the topics.
    """

    def __init__(self) -> None:
        self._places: tuple[Path, Path | None] | None = None
        self._encoder: Encoder | None = None

    def read(self, folder: Path, over: Path | None, device: str) -> Encoder:
        """Give the encoder of a folder, on the device. It must stay as it is.

        On a GPU none is kept: what it holds there is for the search.

        Args:
            folder: as of `Encoder.load`.
            over: as of `Encoder.load`.
            device: where it is to be.

        Raises:
            DataError: as of `Encoder.load`.
        """
        from clirbench.models.encoder import Encoder

        if device != "cpu":
            return Encoder.load(folder, over).to(device)
        if self._encoder is None or self._places != (folder, over):
            self.drop()
            self._encoder, self._places = Encoder.load(folder, over), (folder, over)
        return self._encoder

    @property
    def kept(self) -> bool:
        """Whether one is in memory."""
        return self._encoder is not None

    def drop(self) -> None:
        """Free its memory."""
        self._encoder = self._places = None
