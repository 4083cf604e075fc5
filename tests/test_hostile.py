from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_damage_of_any_kind(tmp_path: Path, root: Path) -> None:
    """Of damaged suites, results, stores and command lines, all is right or a located error."""
    number = ("--suites", "40", "--damages", "14", "--lines", "10")
    done = subprocess.run(
        [sys.executable, str(root / "benchmarks" / "hostile.py"), *number],
        capture_output=True,
        text=True,
        env={**os.environ, "CLIRBENCH_CACHE": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split("|")[1:-1] for line in done.stdout.splitlines()[2:6]]
    assert [int(row[1]) for row in rows] == [10, 4, 40, 10]
    assert [int(row[-1]) for row in rows] == [0, 0, 0, 0]
    assert sum(int(row[3]) for row in rows) > 0
    assert sum(int(row[4]) for row in rows) > 0
