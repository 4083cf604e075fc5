"""The connection to a Ray cluster: one that is there, or one of this machine's own for one run."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import socket
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from clirbench.errors import SuiteError
from clirbench.locks import locked, try_lock

__all__ = ["connected"]

_ANSWER = 10.0
"""Seconds for a cluster to answer."""
_FOLDER = "clirbench-ray-"
_LONGEST = 24
"""Of the path of the folder for temporary files: Ray's sockets lie deep below it, and may have 107 bytes."""
_LOOPBACK = "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"
"""Of the environment. With 0, as elsewhere than on Linux, Ray listens on 127.0.0.1 alone; the address that
`ray.init` takes is not heeded there."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def connected(address: str | None) -> Iterator[Any]:
    """Connect to a cluster, or start one; gives Ray's module.

    Args:
        address: of a cluster; None: one is started on this machine, whichever is there already. It
            listens to this machine alone, and ends with this process.

    Raises:
        SuiteError: Ray is not installed, or the cluster does not answer.
    """
    with ExitStack() as stack:
        where: dict[str, Any] = {"address": address}
        if address is None:
            where = {"address": "local", "_temp_dir": str(stack.enter_context(_own_folder()))}
        try:
            _reach(address)
            with _own_signals(), _loopback() if address is None else ExitStack():
                import ray
                import ray.util.scheduling_strategies

                ray.init(
                    **where,
                    log_to_driver=False,
                    logging_level=logging.ERROR,
                    include_dashboard=False,
                )
        except ImportError:
            raise SuiteError(
                "--executor ray: Ray is not installed; pip install 'clirbench[ray]'"
            ) from None
        except OSError as error:  # Ray's ConnectionError is one, too
            raise SuiteError(
                f"--address {address}: no Ray cluster answers there "
                f"({str(error).splitlines()[0]}); start one with `ray start --head`, or leave "
                "--address out to use this machine"
            ) from None
        stack.callback(ray.shutdown)
        yield ray


def _reach(address: str | None) -> None:
    """Knock at HOST:PORT, where `ray.init` would wait without end."""
    host, colon, port = (address or "").rpartition(":")
    if colon and port.isdecimal() and "/" not in host:
        socket.create_connection((host, int(port)), timeout=_ANSWER).close()


@contextmanager
def _own_signals() -> Iterator[None]:
    """Put the handlers back that Ray replaces: its own end the process in the middle of a step."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = [signal.getsignal(number) for number in _SIGNALS]
    try:
        yield
    finally:
        for number, handler in zip(_SIGNALS, before, strict=True):
            signal.signal(number, handler)


@contextmanager
def _loopback() -> Iterator[None]:
    """Have Ray, which reads the environment when it is imported, listen to this machine alone."""
    before = os.environ.get(_LOOPBACK)
    os.environ[_LOOPBACK] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[_LOOPBACK]
        else:
            os.environ[_LOOPBACK] = before


@contextmanager
def _own_folder() -> Iterator[Path]:
    """Give a folder for Ray's logs and sockets, which would stay for ever; that of a killed run goes, too."""
    root = Path(tempfile.gettempdir())
    if len(str(root)) > _LONGEST:
        root = Path("/tmp")  # noqa: S108 - the folder's name is random, and it is the user's alone
    for lock in root.glob(f"{_FOLDER}*.lock"):
        with suppress(OSError):  # of another user
            if held := try_lock(lock):
                if held.sure:
                    shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                held.release()
    folder = root / f"{_FOLDER}{uuid.uuid4().hex[:8]}"
    with locked(folder.with_suffix(".lock")):
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
