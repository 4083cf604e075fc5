from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_killed_at_random_moments(tiny: Path, tmp_path: Path, root: Path) -> None:
    """Killed and resumed a few times, a run ends with the bytes of one that was left alone."""
    done = subprocess.run(
        [
            *(sys.executable, str(root / "benchmarks" / "crash.py"), str(tiny), "--kills", "3"),
            *("--only", "qsw-en/*/seed=1"),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, "CLIRBENCH_CACHE": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 kills in" in done.stdout
    assert "0 rounds with faults" in done.stdout
