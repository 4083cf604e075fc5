"""Which device, and in which precision."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from clirbench.data.download import default_folder
from clirbench.errors import SuiteError
from clirbench.processor import cpu_info
from clirbench.wording import counted

__all__ = [
    "DEVICES",
    "autocast",
    "choose_products",
    "describe_device",
    "prepare",
    "resolve_device",
]

_FLOAT32 = 3e-6
"""Largest error of a product in float32, over its largest value; one in bf16 has 1e-3."""

DEVICES = ("auto", "cpu", "cuda", "mps")


def resolve_device(name: str) -> str:
    """Turn `auto` into the best device at hand.

    Raises:
        SuiteError: the device is not there.
    """
    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return next(device for device, available in there.items() if available)
    if not there[name]:
        raise SuiteError(
            f"--device {name}: not available here (available: {', '.join(d for d in there if there[d])})"
        )
    return name


def prepare(*, threads: int | None, deterministic: bool) -> None:
    """Set up this process.

    Args:
        threads: CPU threads of an operation; none: torch's own choice, all cores.
        deterministic: whether to take only algorithms that repeat to the last bit, on a GPU too; an
            operation that has none raises RuntimeError.
    """
    # Else torch makes a folder of its own in /tmp, though nothing is compiled.
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(default_folder() / "torchinductor"))
    if threads is not None:
        torch.set_num_threads(threads)
    choose_products()
    if deterministic:
        # cuBLAS reads it when it is first used; of its two values this is the faster.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(mode=True)


def _by_onednn() -> bool:
    matmul = getattr(torch.backends.mkldnn, "matmul", None)
    return getattr(matmul, "fp32_precision", "none") == "bf16"


def choose_products() -> None:
    """Let oneDNN multiply matrices on AMD processors with AVX-512, where MKL takes its AVX2 path.

    A training step of multilingual-e5-small then takes .57 of the time (benchmarks/README.md). oneDNN is
    allowed to round to bf16 in this mode, and does so where a processor has AMX. So it is kept only if a
    product has the precision of float32.

    torch's fused attention makes many small products, each of which oneDNN prepares anew: half of such a
    step. So attention is then computed as its formula has it. GPUs share that switch, so it stays where there is one.
    """
    matmul: Any = getattr(torch.backends.mkldnn, "matmul", None)
    if not (
        torch.backends.cpu.get_cpu_capability() == "AVX512"
        and "AuthenticAMD" in cpu_info("vendor_id")
        and hasattr(matmul, "fp32_precision")
    ):
        return
    before, matmul.fp32_precision = matmul.fp32_precision, "bf16"
    if _error_of_products() > _FLOAT32:
        matmul.fp32_precision = before
    elif not torch.cuda.is_available():
        torch.backends.cuda.enable_flash_sdp(enabled=False)  # of the CPU, too


def _error_of_products() -> float:
    """Largest error of a product of two matrices, in float32, over its largest value."""
    numbers = torch.arange(256 * 384, dtype=torch.float64).reshape(256, 384).sin()
    exact = numbers @ numbers.T
    found = numbers.float() @ numbers.float().T
    return float((found - exact).abs().max() / exact.abs().max())


def describe_device(device: str) -> str:
    """Say what the device is and which precision it is used in, with the reason."""
    if torch.are_deterministic_algorithms_enabled():
        return f"{_describe(device)}; deterministic algorithms"
    return _describe(device)


def _describe(device: str) -> str:
    if device == "cuda":
        name = torch.cuda.get_device_name()
        if _has_bf16():
            return f"{name}; bf16 in training and encoding: this GPU has it"
        return f"{name}; float32: this GPU has no bf16"
    if device == "mps":
        return "Apple GPU; float32"
    threads = torch.get_num_threads()
    by = "; matrix products by oneDNN: MKL is slow on this processor" if _by_onednn() else ""
    return f"CPU, {counted(threads, 'thread')}; float32: exact and repeatable{by}"


def autocast(device: torch.device | str) -> AbstractContextManager[object]:
    """Encode in bf16 where the device has it; weights, losses and stored vectors stay float32."""
    kind = torch.device(device).type
    if kind == "cuda" and _has_bf16():
        return torch.autocast("cuda", dtype=torch.bfloat16)
    return nullcontext()


def _has_bf16() -> bool:
    """Whether the GPU computes in bf16; older ones imitate it, slower than float32."""
    has: bool = torch.cuda.is_bf16_supported(including_emulation=False)
    return has
