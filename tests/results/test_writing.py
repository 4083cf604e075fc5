from __future__ import annotations

from pathlib import Path

import pytest

from clirbench.errors import StoreError
from clirbench.results.writing import exclusive


def test_a_folder_that_takes_no_lock_is_an_error(tmp_path: Path) -> None:
    """A results folder that cannot be written to is told by name, not by a traceback."""
    (tmp_path / ".lock").mkdir()
    with (
        pytest.raises(StoreError, match=f"{tmp_path}: cannot be written: "),
        exclusive(tmp_path, lambda: None),
    ):
        pytest.fail("held without a lock")
