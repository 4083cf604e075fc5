"""What a stage costs: time, memory, energy, examples."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Cost", "Meter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the making of an artifact took, from its beginning through every checkpoint to its end."""

    seconds: float
    """Wall time. What was lost between a checkpoint and a crash does not count."""
    device: str = "cpu"
    memory: int | None = None
    """Peak bytes of the process, of the host's memory."""
    device_memory: int | None = None
    """Peak bytes that torch held on the GPU."""
    energy: float | None = None
    """Joules that the whole GPU drew, other processes' included; none where NVML does not tell."""
    examples: int = 0
    """Sentence pairs, or queries, that were trained on, epochs counted."""
    tokens: int = 0
    """Word pieces that the trained model read."""


class Meter:
    """Measures one stage, on one device."""

    def __init__(self, device: str = "cpu") -> None:
        self._device = device
        self._earlier = Cost(seconds=0.0)
        self._examples = self._tokens = 0
        _forget_peaks(device)
        self._energy = _joules(device)
        self._start = time.perf_counter()

    def count(self, examples: int, tokens: int) -> None:
        """Add to what was trained on."""
        self._examples += examples
        self._tokens += tokens

    def carry(self, earlier: Cost) -> None:
        """Add what an earlier process took up to the checkpoint that this one goes on from."""
        self._earlier = earlier

    @property
    def speed(self) -> float:
        """Examples a second so far."""
        seconds = self._earlier.seconds + time.perf_counter() - self._start
        return self._examples / seconds if seconds else 0.0

    @property
    def note(self) -> str:
        """For the display: examples a second, and the GPU's memory where there is one."""
        peak = _device_peak(self._device)
        memory = "" if peak is None else f", {peak / 2**30:.1f} GiB"
        return f"{self.speed:.0f} pairs/s{memory}"

    def read(self) -> Cost:
        """The cost so far."""
        energy = _joules(self._device)
        if energy is not None and self._energy is not None:
            energy += (self._earlier.energy or 0.0) - self._energy
        return Cost(
            seconds=round(self._earlier.seconds + time.perf_counter() - self._start, 3),
            device=self._device,
            memory=_most(self._earlier.memory, _host_peak()),
            device_memory=_most(self._earlier.device_memory, _device_peak(self._device)),
            energy=None if energy is None else round(energy, 1),
            examples=self._examples,
            tokens=self._tokens,
        )


def _most(*values: int | None) -> int | None:
    return max((value for value in values if value is not None), default=None)


def _forget_peaks(device: str) -> None:
    with suppress(OSError):  # Linux alone lets a process forget its peak
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    if device == "cuda":
        import torch

        torch.cuda.reset_peak_memory_stats()


def _host_peak() -> int | None:
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _device_peak(device: str) -> int | None:
    if device != "cuda":
        return None
    import torch

    return int(torch.cuda.max_memory_allocated())


def _joules(device: str) -> float | None:
    """Energy that the GPU has drawn since its driver was loaded."""
    if device != "cuda":
        return None
    import torch

    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        uuid = f"GPU-{torch.cuda.get_device_properties(torch.cuda.current_device()).uuid}"
        handle = pynvml.nvmlDeviceGetHandleByUUID(uuid)
        return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(handle)) / 1000
    except pynvml.NVMLError:  # an older GPU, or one that is not the user's to ask
        return None
