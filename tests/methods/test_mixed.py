from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from clirbench.errors import SuiteError
from clirbench.methods.mixed import Mixed, Part
from clirbench.methods.optical import Optical
from clirbench.methods.sentence_mse import SentenceMSE
from clirbench.models.vectors import Vectors
from clirbench.spec.identity import identity
from clirbench.spec.read import read_suite
from clirbench.transport.exact import Exact

Write = Callable[..., Path]
TABLE = 'label = "both"\nloss = [{ method = "optical", solver = "exact" }, { method = "sentence-mse", weight = 0.5 }]'


def vectors(seed: int) -> Vectors:
    """Random texts of four tokens."""
    generator = torch.Generator().manual_seed(seed)
    return Vectors(torch.randn(3, 4, 8, generator=generator), torch.ones(3, 4, dtype=torch.bool))


def test_a_weighted_sum() -> None:
    """Loss and gradient are those of the parts, weighted and added."""
    s, t = vectors(1), vectors(2)
    mix = Mixed(loss=(Part(method=Optical(), weight=2.0), Part(method=SentenceMSE(), weight=0.3)))
    torch.testing.assert_close(
        mix.loss(s, t), 2 * Optical().loss(s, t) + 0.3 * SentenceMSE().loss(s, t)
    )


def test_in_a_suite(write_suite: Write) -> None:
    """Parts have their own settings; the label names the row; another weight is another method."""
    suite = read_suite(
        write_suite(('name = "optical"', TABLE), ('better = "optical"', 'better = "both"'))
    ).suite
    entry = suite.methods[-1]
    parts = (Part(method=Optical(solver=Exact())), Part(method=SentenceMSE(), weight=0.5))
    assert (entry.label, entry.method, entry.trained) == ("both", Mixed(loss=parts), True)
    other = Mixed(loss=(parts[0], Part(method=SentenceMSE())))
    assert identity(entry.method) != identity(other)


def test_a_weight_can_be_overridden(write_suite: Write) -> None:
    """A part is named by its method."""
    path = write_suite(('name = "optical"', TABLE), ('better = "optical"', 'better = "both"'))
    suite = read_suite(path, ["method.both.loss.sentence-mse.weight=3.0"]).suite
    mix = suite.methods[-1].method
    assert isinstance(mix, Mixed)
    assert [part.weight for part in mix.parts] == [1.0, 3.0]


@pytest.mark.parametrize(
    ("loss", "place", "error"),
    [
        ("[{ method = 'optical', weight = 0 }, { method = 'nearest' }]", "2:31", "weight: must be > 0 (got 0)"),
        ("[{ method = 'opticl' }, { method = 'nearest' }]", "2:11", 'did you mean "optical"?'),
        ("[{ method = 'nearest' }, { method = 'greedy', solver = 'x' }]", "2:54", "unknown key"),
        ("[{ method = 'nearest' }, { method = 'bm25' }]", "2:35", "bm25 has no single loss"),
        ("[{ method = 'nearest' }, { method = 'mixed' }]", "2:35", "mixed has no single loss"),
        ("[{ method = 'nearest' }, { weight = 1.0 }]", "2:33", "method: missing"),
        ("[{ method = 'nearest' }, 'greedy']", "2:33", "expected a table with a method"),
        ("[{ method = 'nearest' }]", "2:1", "two or more losses"),
        ("3.5", "2:1", "two or more losses"),
    ],
)  # fmt: skip
def test_errors_have_places(loss: str, place: str, error: str, write_suite: Write) -> None:
    """What is wrong in a part is found there."""
    path = write_suite(('name = "bm25"', f'label = "mix"\nloss = {loss}'))
    start = path.read_text().splitlines().index('label = "mix"') + 1
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    (found,) = caught.value.errors
    line, column = (int(part) for part in place.split(":"))
    assert found.startswith(f"{path}:{start + line - 1}:{column}: "), found
    assert error in found


def test_a_loss_belongs_to_no_other_method(write_suite: Write) -> None:
    """With a name of another method the key is unknown; with none at all, the name is missing."""
    for table, error in (
        ('name = "nearest"\nloss = []', "unknown key"),
        ('label = "x"', "name: missing"),
    ):
        with pytest.raises(SuiteError, match=error):
            read_suite(write_suite(('name = "bm25"', table)))
