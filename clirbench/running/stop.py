"""Being asked to stop: by Ctrl-C, or by SIGTERM as a cluster sends it."""

from __future__ import annotations

import signal
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Self

__all__ = ["Stop"]


class Stop:
    """While entered, the first signal asks the work to end after its step, the second ends it at once.

    The step ends with a checkpoint where there is training, and then with KeyboardInterrupt.
    """

    def __init__(self, asked: Callable[[], None]) -> None:
        self._asked = asked
        self._signals = (signal.SIGINT, signal.SIGTERM)
        self._before: list[signal._HANDLER] = []
        self.requested = False

    def __call__(self) -> bool:
        """Whether the work is to stop."""
        return self.requested

    def __enter__(self) -> Self:
        self._before = [signal.signal(number, self._hear) for number in self._signals]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for number, handler in zip(self._signals, self._before, strict=True):
            signal.signal(number, handler)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.requested:
            raise KeyboardInterrupt
        self.requested = True
        self._asked()
