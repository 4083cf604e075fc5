from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch

from clirbench.models.device import autocast, describe_device


@pytest.mark.parametrize(("threads", "said"), [(1, "CPU, 1 thread;"), (2, "CPU, 2 threads;")])
def test_threads_are_counted(threads: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread is one thread."""
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert describe_device("cpu").startswith(said)


@pytest.mark.parametrize("generation", [7, 8, 9])
def test_bf16_is_used_where_the_gpu_computes_in_it(
    generation: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A GPU that only imitates bf16, slower than float32, is used in float32, and is said to be."""
    # Every GPU holds bf16 numbers, which is what torch asks by default.
    monkeypatch.setattr(torch.cuda, "_check_bf16_tensor_supported", lambda device: True)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "some GPU")
    has = generation >= 8
    properties = SimpleNamespace(major=generation)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
    assert ("bf16 in training and encoding" in describe_device("cuda")) == has
    assert isinstance(autocast("cuda"), nullcontext) != has
