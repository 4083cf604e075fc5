from __future__ import annotations

import platform
from pathlib import Path

import pytest

from clirbench import processor
from clirbench.processor import cpu_info

_TEXT = """processor\t: 0
vendor_id\t: AuthenticAMD
model name\t: AMD EPYC: a kind
flags\t\t:
processor\t: 1
model name\t: another
"""


def test_the_first_core_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Linux says, whole; elsewhere, or where it says nothing, what Python knows."""
    monkeypatch.setattr(processor, "_CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(platform, "processor", lambda: "known to Python")
    assert cpu_info("model name") == "known to Python"
    (tmp_path / "cpuinfo").write_text(_TEXT)
    assert cpu_info("vendor_id") == "AuthenticAMD"
    assert cpu_info("model name") == "AMD EPYC: a kind"
    assert cpu_info("flags") == cpu_info("none") == "known to Python"
