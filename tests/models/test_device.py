from __future__ import annotations

from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import torch

from clirbench.models import device
from clirbench.models.device import autocast, choose_products, describe_device


@pytest.mark.parametrize(("threads", "said"), [(1, "CPU, 1 thread;"), (2, "CPU, 2 threads;")])
def test_threads_are_counted(threads: int, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thread is one thread."""
    monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
    assert describe_device("cpu").startswith(said)


@pytest.mark.parametrize("gpu", [False, True])
@pytest.mark.parametrize(
    ("capability", "vendor", "error", "taken"),
    [
        ("AVX512", "AuthenticAMD", 1e-6, True),
        ("AVX512", "AuthenticAMD", 1e-3, False),  # it rounds to bf16
        ("AVX2", "AuthenticAMD", 1e-6, False),
        ("AVX512", "GenuineIntel", 1e-6, False),
    ],
)
def test_onednn_multiplies_where_mkl_is_slow(
    *,
    capability: str,
    vendor: str,
    error: float,
    taken: bool,
    gpu: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On AMD with AVX-512 alone, if it keeps the precision of float32; the log says so.

    Fused attention, which would call it for the smallest products, goes with it, but not that of a GPU.
    """
    matmul = SimpleNamespace(fp32_precision="none")
    fused: list[bool] = []
    monkeypatch.setattr(
        torch.backends.cuda, "enable_flash_sdp", lambda *, enabled: fused.append(enabled)
    )
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)
    monkeypatch.setattr(torch.backends.mkldnn, "matmul", matmul, raising=False)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    monkeypatch.setattr(device, "cpu_info", lambda key: vendor)
    monkeypatch.setattr(device, "_error_of_products", lambda: error)
    choose_products()
    assert (matmul.fp32_precision != "none") == taken
    assert ("oneDNN" in describe_device("cpu")) == taken
    assert fused == ([False] if taken and not gpu else [])


def test_products_have_the_precision_of_float32() -> None:
    """Whatever multiplies here: the tests run as `clirbench run` does."""
    drawn = torch.Generator().manual_seed(1)
    a, b = (torch.randn(300, 400, generator=drawn, dtype=torch.float64) for _ in range(2))
    exact = a @ b.T
    for found in (a.float() @ b.float().T, torch.nn.functional.linear(a.float(), b.float())):
        assert float((found - exact).abs().max() / exact.abs().max()) < 3e-6


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
