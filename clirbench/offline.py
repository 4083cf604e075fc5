"""Work without a network: what is not on this machine is refused at once, never asked for."""

from __future__ import annotations

import ipaddress
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from clirbench.errors import OfflineError

__all__ = ["go_offline", "is_offline", "offline"]

_VARIABLES = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
"""Of the environment: what the libraries of Hugging Face read when they are imported."""
_FLAGS = (
    ("huggingface_hub.constants", "HF_HUB_OFFLINE"),
    ("datasets.config", "HF_HUB_OFFLINE"),
    ("datasets.config", "HF_DATASETS_OFFLINE"),
)
"""Where they keep it once they are imported."""
_ADDRESSES = frozenset({"socket.connect", "socket.getaddrinfo", "socket.sendto"})
_state = {"offline": False, "sockets": False, "hooked": False}


def is_offline() -> bool:
    """Whether this process works without a network."""
    return _state["offline"]


@contextmanager
def offline(on: bool, *, sockets: bool = True) -> Iterator[None]:  # noqa: FBT001 - it is the question
    """Work without a network for a while, if `on`; see `go_offline`."""
    if not on:
        yield
        return
    state, variables = dict(_state), {name: os.environ.get(name) for name in _VARIABLES}
    flags = {(m, name): getattr(sys.modules[m], name) for m, name in _FLAGS if m in sys.modules}
    go_offline(sockets=sockets)
    try:
        yield
    finally:
        _state.update({**state, "hooked": _state["hooked"]})
        for name, value in variables.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        for module, name in _FLAGS:
            if module in sys.modules:
                setattr(sys.modules[module], name, flags.get((module, name), False))


def go_offline(*, sockets: bool = True) -> None:
    """Refuse the network in this process from now on, and in those that it starts.

    Our own downloads ask `is_offline`. The libraries of Hugging Face are told, by variables of the
    environment and by their flags. Whatever else there is, such as ir_datasets, is stopped when it asks
    for the address of a host or connects to one.

    Args:
        sockets: whether connections are refused; one to this machine never is. A process of a Ray
            cluster needs them.
    """
    os.environ.update(dict.fromkeys(_VARIABLES, "1"))
    for module, name in _FLAGS:
        if module in sys.modules:
            setattr(sys.modules[module], name, True)
    _state.update(offline=True, sockets=sockets)
    if sockets and not _state["hooked"]:
        sys.addaudithook(_refuse)  # which cannot be taken out again
        _state["hooked"] = True


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    """Stop a connection to another machine.

    Raises:
        OfflineError: it names the host.
    """
    if event not in _ADDRESSES or not _state["sockets"]:
        return
    if event == "socket.getaddrinfo":
        host = arguments[0]
    else:  # a path is the address of a socket in the file system
        at = arguments[1]
        host = at[0] if isinstance(at, tuple) and at else None
    name = host.decode(errors="replace") if isinstance(host, bytes) else host
    if isinstance(name, str) and not _local(name):
        raise OfflineError(f"offline: a connection to {name} was refused")


def _local(name: str) -> bool:
    """Whether a name or number is of this machine."""
    if name in {"", "localhost"}:
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False
