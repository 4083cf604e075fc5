from __future__ import annotations

import pytest
import torch

from clirbench.models.memory import out_of_memory


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("MPS backend out of memory (MPS allocated: 8.87 GB, max allowed: 9.07 GB)."),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"
        ),
        RuntimeError("could not create a primitive"),
    ],
    ids=str,
)
def test_memory_that_runs_out_is_known(error: Exception) -> None:
    """Whoever had none left, and however it says so."""
    assert out_of_memory(error)


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA error: device-side assert triggered"),
        RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasSgemm`"),
        ValueError("out of memory"),
    ],
    ids=str,
)
def test_other_errors_are_not_memory(error: Exception) -> None:
    """Smaller parts would not help."""
    assert not out_of_memory(error)
