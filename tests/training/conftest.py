from __future__ import annotations

from collections.abc import Callable

import pytest
import torch

from clirbench.models.build import build_encoder
from clirbench.models.encoder import Encoder
from clirbench.models.settings import Scratch
from clirbench.spec.model import Teacher

TEXT = [f"word {'for ' * (i % 3)}number {i} neno la kwa namba" for i in range(40)]


@pytest.fixture
def encoder() -> Callable[..., Encoder]:
    """Makes small encoders, each from the same start."""

    def make(**settings: object) -> Encoder:
        teacher = Teacher(
            backbone="scratch",
            scratch=Scratch(layers=1, width=16, heads=2, vocabulary=120),
            document_length=32,
            query_length=16,
            **settings,  # type: ignore[arg-type]
        )
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return build_encoder(teacher, lambda: TEXT)

    return make
