from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from clirbench.errors import SuiteError
from clirbench.methods.mixed import Mixed
from clirbench.methods.optical import Optical
from clirbench.methods.registry import strangers
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.methods.sentence_mse import SentenceMSE
from clirbench.methods.staged import Staged, StageOfTraining
from clirbench.models.vectors import Vectors
from clirbench.results.restore import restored_suite
from clirbench.settings import settings
from clirbench.spec.identity import canonical, identity
from clirbench.spec.model import Training
from clirbench.spec.read import read_suite
from clirbench.spec.trials import trials

Write = Callable[..., Path]
TABLE = """label = "both"
stages = [
    { method = "sentence-mse", epochs = 1 },
    { method = "sentence-contrastive", queue = 8, epochs = 3, rate = 0.5, batch_size = 4 },
]"""


def written(write: Write, table: str, *, tune: str = "") -> Path:
    """The tiny suite with a method in place of optical."""
    return write(
        ('name = "optical"', table),
        ('better = "optical"', 'better = "both"'),
        ("[statistics]", f"{tune}[statistics]"),
    )


def test_in_a_suite(write_suite: Write) -> None:
    """Stages have their own settings and paces; what they do not say is as in [training]."""
    suite = read_suite(written(write_suite, TABLE)).suite
    entry = suite.methods[-1]
    contrast = SentenceContrastive(queue=8)
    made = Staged(
        stages=(
            StageOfTraining(method=SentenceMSE(), epochs=1),
            StageOfTraining(method=contrast, epochs=3, rate=0.5, batch_size=4),
        )
    )
    assert (entry.label, entry.method, entry.trained) == ("both", made, True)
    (first, how), (second, last) = made.in_stages(entry.training)
    assert (first, second) == (SentenceMSE(), contrast)
    assert (how.epochs, how.batch_size, how.learning_rate) == (1, 8, 1e-3)
    assert (last.epochs, last.batch_size, last.learning_rate) == (3, 4, 5e-4)
    other = read_suite(
        written(write_suite, TABLE), ["method.both.stages.sentence-mse.epochs=2"]
    ).suite.methods[-1]
    assert identity(other.method) != identity(made)
    resolved = json.loads(json.dumps(canonical(suite)))
    assert canonical(restored_suite(resolved)) == resolved
    assert made.loss(*_vectors()) == contrast.loss(*_vectors())


def _vectors() -> tuple[Vectors, Vectors]:
    generator = torch.Generator().manual_seed(1)
    mask = torch.ones(3, 4, dtype=torch.bool)
    first, second = (Vectors(torch.randn(3, 4, 8, generator=generator), mask) for _ in range(2))
    return first, second


def test_a_stage_may_be_a_sum(write_suite: Write) -> None:
    """Distil, then distil and contrast at once."""
    table = """label = "both"
stages = [
    { method = "optical" },
    { loss = [{ method = "optical" }, { method = "sentence-contrastive", weight = 0.1 }] },
]"""
    method = read_suite(written(write_suite, table)).suite.methods[-1].method
    assert isinstance(method, Staged)
    first, second = (each for each, _ in method.in_stages(Training()))
    assert first == Optical()
    assert isinstance(second, Mixed)
    assert [part.weight for part in second.parts] == [1.0, 0.1]


def test_other_methods_are_one_stage() -> None:
    """Of themselves, trained as [training] says."""
    method, training = Optical(), Training(epochs=3)
    assert method.in_stages(training) == ((method, training),)


def test_one_method_of_as_many_trials(write_suite: Write) -> None:
    """[tune] tries its rate as any other's: the stages' are multiples of it."""
    tune = "[tune]\nlearning_rates = [1e-4, 1e-3]\n\n"
    path = written(write_suite, TABLE, tune=tune)
    path.write_text(path.read_text().replace("learning_rate = 1e-3\n", ""))
    suite = read_suite(path).suite
    tried = {entry.label: trials(suite, entry) for entry in suite.methods if entry.trained}
    assert {label: len(each) for label, each in tried.items()} == {
        "sentence-contrastive": 2,
        "both": 2,
    }
    rates = [
        [how.learning_rate for _, how in trial.method.in_stages(trial.training)]  # type: ignore[attr-defined]
        for trial in tried["both"]
    ]
    assert rates == [[1e-4, 5e-5], [1e-3, 5e-4]]


def test_epochs_that_are_tried_are_not_a_stages_own(write_suite: Write) -> None:
    """Else they would be picked, and have no effect."""
    tune = "[tune]\nlearning_rates = [1e-4]\nepochs = [1, 2]\n\n"
    path = written(write_suite, TABLE, tune=tune)
    text = path.read_text().replace("learning_rate = 1e-3\n", "")
    path.write_text(text.replace("epochs = 2\nbatch", "batch"))
    with pytest.raises(
        SuiteError, match=r"method\[5\]\.stages\[1\]\.epochs: has no effect: \[tune\]"
    ):
        read_suite(path)
    path.write_text(
        text.replace("epochs = 2\nbatch", "batch")
        .replace(", epochs = 1", "")
        .replace(", epochs = 3", "")
    )
    suite = read_suite(path).suite
    found = [
        [how.epochs for _, how in trial.method.in_stages(trial.training)]  # type: ignore[attr-defined]
        for trial in trials(suite, suite.methods[-1])
    ]
    assert found == [[1, 1], [2, 2]]


@pytest.mark.parametrize(
    ("stages", "error"),
    [
        ("[{ method = 'optical' }]", r"stages: expected an array of two or more stages"),
        ("'optical'", r"stages: expected an array of two or more stages"),
        ("['optical', 'greedy']", r"stages\[1\]: expected a table with a method"),
        ("[{ epochs = 1 }, { method = 'greedy' }]", r"stages\[1\]\.method: missing"),
        ("[{ method = 'opticl' }, { method = 'greedy' }]", r'did you mean "optical"'),
        (
            "[{ method = 'score-kl' }, { method = 'greedy' }]",
            r"stages\[1\]\.method: score-kl has no single loss on bitext",
        ),
        (
            "[{ method = 'staged' }, { method = 'greedy' }]",
            r"stages\[1\]\.method: staged has no single loss on bitext",
        ),
        (
            "[{ method = 'greedy' }, { method = 'greedy', rate = 0 }]",
            r"stages\[2\]\.rate: must be > 0",
        ),
        (
            "[{ method = 'greedy' }, { method = 'greedy', solver = 1 }]",
            r"stages\[2\]\.solver: unknown",
        ),
        (
            "[{ method = 'greedy' }, { method = 'token-contrastive', unit = 'word', hard = 2 }]",
            r"stages\[2\]\.hard: only for unit = \"piece\"",
        ),
        (
            "[{ method = 'greedy' }, { loss = [{ method = 'greedy' }] }]",
            r"stages\[2\]\.loss: expected an array of two or more losses",
        ),
    ],
)
def test_wrong_stages(stages: str, error: str, write_suite: Write) -> None:
    """They are told with their place."""
    with pytest.raises(SuiteError, match=rf"suite\.toml:\d+:\d+: method\[5\].*{error}"):
        read_suite(written(write_suite, f'label = "both"\nstages = {stages}'))


@settings
class Theirs(SentenceMSE):
    """A stranger's loss."""

    name = "theirs"


def test_strangers_in_stages_and_sums_are_told() -> None:
    """As those that stand alone are."""
    stage = StageOfTraining(method=Theirs())
    (text,) = strangers({"s": Staged(stages=(stage, stage))})
    assert text.startswith('method "s" is ')
    assert "Theirs" in text
