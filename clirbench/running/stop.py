"""Being asked to stop: by Ctrl-C, or by SIGTERM as a cluster sends it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from clirbench.errors import Terminated

__all__ = ["stop_on_signals"]


@contextmanager
def stop_on_signals(asked: Callable[[], None]) -> Iterator[Callable[[], bool]]:
    """Let the first signal ask the work to end after its step, and the second end it at once.

    The step ends with a checkpoint where there is training, and then with KeyboardInterrupt. In another
    thread than the main one signals are left to that.

    Args:
        asked: called at the first signal, from within the handler.

    Yields:
        Whether the work is to stop.

    Raises:
        Terminated: in place of KeyboardInterrupt, where SIGTERM was the last signal.
    """
    event = threading.Event()
    last = 0

    def hear(number: int, frame: FrameType | None) -> None:
        nonlocal last
        del frame
        last = number
        if event.is_set():
            raise KeyboardInterrupt
        event.set()
        asked()

    main = threading.current_thread() is threading.main_thread()
    signals = (signal.SIGINT, signal.SIGTERM) if main else ()
    before = [signal.signal(number, hear) for number in signals]
    try:
        yield event.is_set
    except KeyboardInterrupt as error:
        if last == signal.SIGTERM:
            raise Terminated from error
        raise
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)
