from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

Call = Callable[..., subprocess.CompletedProcess[str]]


def test_printed_and_written(tmp_path: Path, command: Call) -> None:
    """The schema comes as JSON on standard output, and the same in a file."""
    done = command("schema")
    assert done.returncode == 0
    schema = json.loads(done.stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert command("schema", "--output", tmp_path / "s.json").returncode == 0
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == done.stdout
    assert command("schema", "--output", tmp_path).returncode == 2
