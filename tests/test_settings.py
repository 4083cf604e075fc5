from __future__ import annotations

from dataclasses import fields

import pytest

from clirbench.data.sources import SOURCES
from clirbench.methods import METHODS
from clirbench.models.settings import Scratch
from clirbench.settings import field_docs
from clirbench.spec import model
from clirbench.transport import SOLVERS

SETTINGS = [
    *METHODS.values(),
    *SOLVERS.values(),
    *SOURCES.values(),
    *(getattr(model, name) for name in ("Hypothesis", "Retrieval", "Statistics", "Teacher")),
    *(getattr(model, name) for name in ("TeacherTraining", "Training")),
    Scratch,
]


@pytest.mark.parametrize("kind", SETTINGS, ids=lambda kind: kind.__qualname__)
def test_every_setting_is_described(kind: type) -> None:
    """Each field of whatever a suite file sets says what it is."""
    docs = field_docs(kind)
    assert {field.name for field in fields(kind)} <= set(docs)
    assert all(docs.values())
