from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
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


def test_files_that_a_killed_run_left(
    tiny: Path, tmp_path: Path, places: list[str], command: Callable[..., object]
) -> None:
    """What was half-written when a run was killed is swept by the next one; a report is another's."""
    results = tmp_path / "results"
    (results / "bitext").mkdir(parents=True)
    left = [results / ".suite.toml-abc_1234", results / "bitext" / ".qsw-en.json-abcdefgh"]
    report = results / ".report.html-abcdefgh"
    for path in (*left, report):
        path.write_text("half")
    command("run", tiny, *places, "--only", "qsw-en/bm25")
    assert not any(path.exists() for path in left)
    assert report.exists()
