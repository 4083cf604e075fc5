"""The section [tune]: what is tried, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.errors import SuiteError
from clirbench.methods.mixed import Mixed
from clirbench.methods.optical import Optical
from clirbench.methods.sentence_contrastive import SentenceContrastive
from clirbench.spec.identity import canonical
from clirbench.spec.read import read_suite
from clirbench.spec.trials import beyond, trials

Write = Callable[..., Path]


def tuned(write: Write, *lines: str, also: tuple[tuple[str, str], ...] = ()) -> Path:
    """The tiny suite with a section [tune]."""
    section = "\n".join(["[tune]", *lines, "", "[statistics]"])
    return write(("learning_rate = 1e-3\n", ""), ("[statistics]", section), *also)


KNOBS = """knobs = { optical = { anchor = [0.0, 1.0], solver = ["ipot", "exact"] }, \
sentence-contrastive = { temperature = [0.02, 0.05, 0.1, 0.2] } }"""


def test_trials_are_every_combination(write_suite: Write) -> None:
    """Learning rates times values of knobs, the same number for each; untrained methods have none."""
    suite = read_suite(tuned(write_suite, "learning_rates = [1e-4, 1e-3]", KNOBS)).suite
    zero_shot, _, _, contrastive, optical = suite.methods
    assert trials(suite, zero_shot) == ()
    tried = [
        (t.method, t.training.anchor, t.training.learning_rate) for t in trials(suite, optical)
    ]
    assert [
        (anchor, method.solver.name, rate)
        for method, anchor, rate in tried
        if isinstance(method, Optical)
    ] == [
        (anchor, solver, rate)
        for solver in ("ipot", "exact")
        for anchor in (0.0, 1.0)
        for rate in (1e-4, 1e-3)
    ]
    others = trials(suite, contrastive)
    assert len(others) == 8
    assert others[2].method == SentenceContrastive(temperature=0.05)
    assert others[2].training.epochs == 2


def test_rates_temperatures_and_epochs_at_an_equal_budget(write_suite: Write) -> None:
    """Where one method has a temperature, one that has none is given as many rates of its own."""
    path = tuned(
        write_suite,
        "learning_rates = [1e-4, 1e-3]",
        "epochs = [2, 4]",
        "knobs = { sentence-contrastive = { temperature = [0.05, 0.3] }, optical = { learning_rate = "
        "[1e-4, 3e-4, 1e-3, 3e-3] } }",
        also=(("epochs = 2\n", ""),),
    )
    suite = read_suite(path).suite
    contrastive, optical = (trials(suite, entry) for entry in suite.methods[3:])
    assert [
        (t.method.temperature, t.training.epochs, t.training.learning_rate)
        for t in contrastive
        if isinstance(t.method, SentenceContrastive)
    ] == [(own, n, rate) for own in (0.05, 0.3) for n in (2, 4) for rate in (1e-4, 1e-3)]
    assert [(t.training.epochs, t.training.learning_rate) for t in optical] == [
        (n, rate) for n in (2, 4) for rate in (1e-4, 3e-4, 1e-3, 3e-3)
    ]


def test_a_step_beyond_the_edges(write_suite: Write) -> None:
    """By the ratio of the two rates there, in each of the other settings; a single rate has none."""
    rates = "learning_rates = [1e-3, 3e-4, 1e-4]"
    suite = read_suite(
        tuned(write_suite, rates, "epochs = [2, 4]", also=(("epochs = 2\n", ""),))
    ).suite
    found = [(e.training.epochs, e.training.learning_rate) for e in beyond(suite, suite.methods[4])]
    assert found == [(2, 3.33e-3), (2, 3.33e-5), (4, 3.33e-3), (4, 3.33e-5)]
    assert beyond(suite, suite.methods[0]) == ()
    alone = read_suite(tuned(write_suite, "learning_rates = [1e-3]")).suite
    assert beyond(alone, alone.methods[4]) == ()


def test_losses_in_a_sum_can_be_tried(write_suite: Write) -> None:
    """A knob may be an array of losses."""
    mixed = (
        'name = "optical"',
        'loss = [{ method = "optical" }, { method = "sentence-mse" }]\nlabel = "optical"',
    )
    knobs = (
        """knobs = { optical = { loss = [[{ method = "optical" }, { method = "nearest" }]] } }"""
    )
    suite = read_suite(tuned(write_suite, "learning_rates = [1e-4]", knobs, also=(mixed,))).suite
    (trial,) = trials(suite, suite.methods[4])
    assert isinstance(trial.method, Mixed)
    assert [part.method.name for part in trial.method.parts] == ["optical", "nearest"]


def test_without_it_nothing_changes(tiny: Path) -> None:
    """Settings say nothing of it, and no method has trials."""
    suite = read_suite(tiny).suite
    assert "tune" not in str(canonical(suite))
    assert not any(trials(suite, each) for each in suite.methods)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["learning_rates = []"], "28:1: tune.learning_rates: must not be empty"),
        (["learning_rates = [1e-3, 0.0]"], "28:25: tune.learning_rates[2]: must be > 0 (got 0.0)"),
        (["learning_rates = [1e-3, 1e-3]"], "28:1: tune.learning_rates: 0.001 is given twice"),
        (["topics = 0.5"], "27:1: tune.learning_rates: missing; it has no default"),
        (
            ["learning_rates = [1e-3]", "topics = 1.0"],
            "29:1: tune.topics: must be < 1 (got 1.0)",
        ),
        (
            ["learning_rates = [1e-3]", 'measure = "MPA"'],
            '29:1: tune.measure: unknown measure "MPA"',
        ),
        (
            ["learning_rates = [1e-3]", 'measure = "R@2kt"'],
            '29:1: tune.measure: "R@2kt" needs a collection with answers',
        ),
        (
            ["learning_rates = [1e-3]", "knobs = { optical = { anchor = [0.0, 1.0] } }"],
            (
                "29:1: tune.knobs: all trained methods must have equally many trials "
                "(got sentence-contrastive 1, optical 2); give sentence-contrastive more, such as its own "
                "learning rates: sentence-contrastive = { learning_rate = [...] }"
            ),
        ),
        (
            ["learning_rates = [1e-3]", "knobs = { optcal = { anchor = [0.0] } }"],
            '29:11: tune.knobs.optcal: no trained method "optcal"; did you mean "optical"?',
        ),
        (
            ["learning_rates = [1e-3]", "knobs = { bm25 = { k1 = [1.2] } }"],
            '29:11: tune.knobs.bm25: no trained method "bm25"',
        ),
        (
            ["learning_rates = [1e-3]", "knobs = { optical = { ancor = [1.0] } }"],
            '29:23: tune.knobs.optical.ancor: unknown key; did you mean "anchor"?',
        ),
        (
            ["learning_rates = [1e-3]", "epochs = [2, 2]"],
            "29:1: tune.epochs: 2 is given twice",
        ),
        (
            ["learning_rates = [1e-3]", "knobs = { optical = { learning_rate = [0.1, 0.1] } }"],
            "29:23: tune.knobs.optical.learning_rate: 0.1 is given twice",
        ),
        (
            ["learning_rates = [1e-3]", "knobs = { optical = { pairs = [50] } }"],
            "29:23: tune.knobs.optical.pairs: cannot be tuned, because more than the training",
        ),
        (
            ["learning_rates = [1e-3]", "epochs = [2]"],
            "24:1: training.epochs: has no effect: [tune] picks it from `epochs`",
        ),
        (
            ["learning_rates = [1e-3]", 'pairs = ["qsw"]'],
            '29:1: tune.pairs: no pair "qsw" that trains a student of its own; did you mean "qsw-en"?',
        ),
        (
            ["learning_rates = [1e-3]", "pairs = []"],
            "29:1: tune.pairs: must not be empty (got [])",
        ),
        (
            ["learning_rates = [1e-3]", 'pairs = ["qsw-en", "qsw-en"]'],
            '29:1: tune.pairs: "qsw-en" is given twice',
        ),
        (
            ["learning_rates = [1e-3]", "knobs = { optical = { anchor = [-1.0] } }"],
            "29:23: tune.knobs.optical.anchor: must be >= 0 (got -1.0)",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    lines: list[str], expected: str, write_suite: Write
) -> None:
    """An unequal number of trials above all."""
    path = tuned(write_suite, *lines)
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    assert any(error.startswith(f"{path}:{expected}") for error in caught.value.errors), (
        caught.value.errors
    )


def test_learning_rates_stand_in_one_place(write_suite: Write) -> None:
    """One that would not be heeded is an error, in [training] and in a method's own."""
    own = ('name = "optical"\n', 'name = "optical"\ntraining = { learning_rate = 1e-5 }\n')
    general = ("batch_size = 8", "batch_size = 8\nlearning_rate = 1e-4")
    path = tuned(write_suite, "learning_rates = [1e-3]", also=(own, general))
    with pytest.raises(SuiteError) as caught:
        read_suite(path)
    assert [error.partition(": ")[2] for error in caught.value.errors] == [
        f"{where}.learning_rate: has no effect: [tune] picks it from `learning_rates`"
        for where in ("training", "method[5].training")
    ]


def test_what_more_than_the_training_depends_on(write_suite: Write) -> None:
    """Such a knob would change what is shared by the trials, or what comes after them."""
    ranking = ('name = "optical"\n', 'name = "margin-mse"\nlabel = "optical"\n')
    path = tuned(
        write_suite,
        "learning_rates = [1e-3]",
        "knobs = { optical = { depth = [20] } }",
        also=(ranking,),
    )
    with pytest.raises(SuiteError, match=r"optical\.depth: cannot be tuned, because more"):
        read_suite(path)


def test_nothing_to_tune(write_suite: Write) -> None:
    """A suite without trained methods needs no [tune]."""
    path = tuned(write_suite, "learning_rates = [1e-3]")
    text = path.read_text()
    text = text[: text.index('[[method]]\nname = "sentence')].replace(
        'hypothesis = { better = "optical", than = "sentence-contrastive", on = "low" }\n', ""
    )
    path.write_text(text)
    with pytest.raises(SuiteError, match="no method of the suite is trained"):
        read_suite(path)
