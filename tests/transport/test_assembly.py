from __future__ import annotations

import ctypes

import numpy as np
import pytest

from clirbench.transport.assembly import Assembly
from clirbench.transport.fused import machine_code


@pytest.mark.parametrize(
    ("scalar", "lanes", "dtype", "lowest"),
    [("float", 16, np.float32, -87.0), ("double", 8, np.float64, -708.0)],
)
def test_exponential(scalar: str, lanes: int, dtype: type[np.floating], lowest: float) -> None:
    """That of NumPy to three units in the last place, and 0 below the least full number."""
    code = Assembly(scalar, lanes)

    def one(at: str) -> None:
        code.store(code.exponential(code.load("%powers", at)), "%found", at)

    code.loop("%count", lanes, one)
    engine = machine_code(code.function("exp", ["ptr %powers", "ptr %found", "i64 %count"]))
    kinds = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64]
    call = ctypes.CFUNCTYPE(None, *kinds)(engine.get_function_address("exp"))
    generator = np.random.default_rng(0)
    odd = [0.0, -0.0, 1e-30, -np.inf, lowest - 1, np.nan, *[0.0] * (lanes - 6)]
    powers = np.concatenate(
        [odd, generator.uniform(lowest + 0.1, 5, 64_000), generator.uniform(-3, 0, 64_000)]
    ).astype(dtype)
    found = np.empty_like(powers)
    call(powers.ctypes.data, found.ctypes.data, len(powers))
    expected = np.exp(powers.astype(np.float64))
    assert found[:3].tolist() == [1, 1, 1]
    assert found[3:5].tolist() == [0, 0]
    assert np.isnan(found[5])
    relative = np.abs(found[lanes:] / expected[lanes:] - 1)
    assert relative.max() < 3 * np.finfo(dtype).eps
