from __future__ import annotations

from itertools import chain

import pytest

from clirbench.data.base import Document
from clirbench.running.stages import documents as module
from clirbench.running.stages.documents import pieces


@pytest.mark.parametrize("most", [1, 10, 25, 10**6])
def test_pieces(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """All documents in order; a piece is cut as soon as it is large enough."""
    monkeypatch.setattr(module, "_CHARACTERS", most)
    documents = [Document(str(number), "x" * (number % 7 + 1)) for number in range(20)]
    found = list(pieces(iter(documents)))
    assert list(chain.from_iterable(found)) == documents
    sizes = [[len(document.text) for document in piece] for piece in found]
    assert all(sum(piece) >= most for piece in sizes[:-1])
    assert all(sum(piece[:-1]) < most for piece in sizes)
    assert list(pieces([])) == []
