"""Stages that pick settings: what they rest on, and which trial wins."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from clirbench.data.download import Cache
from clirbench.data.split import Split
from clirbench.errors import CellError
from clirbench.running.plan import plan_stages
from clirbench.running.stage import Context, Stage, walk
from clirbench.running.stages.tuning import CHOICE, ChoiceStage, TrainedStage, TrialStage
from clirbench.running.store import Store
from clirbench.spec.cell import Cell, cells
from clirbench.spec.read import read_suite

Write = Callable[..., Path]
TUNE = ("[statistics]", "[tune]\nlearning_rates = [1e-4, 1e-3]\n\n[statistics]")
RATE = ("learning_rate = 1e-3\n", "")


def planned(path: Path) -> dict[Cell, Stage]:
    """Cell → its stage."""
    suite = read_suite(path).suite
    return dict(plan_stages(suite, cells(suite)))


def choice(path: Path, cell: str) -> ChoiceStage:
    """What picks the settings of a cell."""
    (found,) = (s for s in walk([planned(path)[Cell.parse(cell)]]) if isinstance(s, ChoiceStage))
    return found


def no_context() -> Context:
    """For stages that fetch nothing."""
    return Context(fetch=lambda download: pytest.fail(str(download)))


def test_what_is_planned(write_suite: Write) -> None:
    """A choice for each pair and trained method, its trials; all else as without, the index too."""
    plain, tuned = planned(write_suite()), planned(write_suite(TUNE, RATE))
    before, after = (Counter(s.kind for s in walk(each.values())) for each in (plain, tuned))
    assert after == before + Counter(choice=4, trial=8 + 4)
    kept = {"teacher", "documents", "bitext"}
    known = {s.identity() for s in walk(plain.values()) if s.kind in kept}
    assert {s.identity() for s in walk(tuned.values()) if s.kind in kept} == known


def test_a_trial_shares_all_but_its_training(write_suite: Write) -> None:
    """It rests on teacher, bitext and index; its topics are those that no cell is tested on."""
    path = write_suite(TUNE, RATE)
    chosen = choice(path, "qsw-en/optical/seed=1")
    one, two = chosen.trials
    assert chosen.beyond is not None
    shared = {key: s for key, s in chosen.beyond.inputs.items() if not key.startswith("trials.")}
    assert shared == one.inputs
    assert sorted(stage.kind for stage in one.inputs.values()) == ["bitext", "documents", "teacher"]
    assert one.inputs == two.inputs
    assert [stage.kind for stage in one.own] == ["student", "run"]
    assert [trial.trained.training.learning_rate for trial in (one, two)] == [1e-4, 1e-3]
    assert one.trained.seed == two.trained.seed > 2**32
    assert one.trained.choice is None
    (data,) = one.collections
    assert isinstance(data.source, Split)
    assert data.source.development
    for stage in walk(planned(path).values()):
        found = getattr(stage, "collection", None)
        if stage.kind in {"run", "cell"}:
            assert isinstance(found.source, Split)
            assert not found.source.development
        elif found is not None:
            assert not isinstance(found.source, Split)


def test_labels_do_not_matter(write_suite: Write) -> None:
    """The same method under another label needs no further trials; seeds share them."""
    again = ('[[method]]\nname = "bm25"', '[[method]]\nname = "optical"\nlabel = "again"')
    path = write_suite(TUNE, RATE, again)
    found = {
        choice(path, f"qde-en/{label}/seed={seed}").identity()
        for label in ("optical", "again")
        for seed in (1, 2)
    }
    assert len(found) == 1


def test_tuned_on_some_pairs(write_suite: Write) -> None:
    """The pair named has the trials that it has on its own; every other one learns as it does, from its own."""
    alone = choice(write_suite(TUNE, RATE), "qsw-en/optical/seed=1")
    path = write_suite(("[statistics]", TUNE[1].replace("\n\n", '\npairs = ["qsw-en"]\n\n')), RATE)
    one, two = (choice(path, f"{pair}/optical/seed=1") for pair in ("qsw-en", "qde-en"))
    assert one.identity() == two.identity() == alone.identity()
    both = '\npairs = ["qsw-en", "qde-en"]\n\n'
    path = write_suite(("[statistics]", TUNE[1].replace("\n\n", both)), RATE)
    trial = choice(path, "qde-en/optical/seed=1").trials[0]
    assert trial.pairs == ("qsw-en", "qde-en")
    assert [stage.kind for stage in trial.own] == ["student", "run", "student", "run"]


def test_one_choice_for_one_student(write_suite: Write) -> None:
    """With scope = "joint" a trial is scored on every pair."""
    path = write_suite(TUNE, RATE, ("epochs = 2", 'epochs = 2\nscope = "joint"'))
    one, two = (choice(path, f"{pair}/optical/seed=1") for pair in ("qsw-en", "qde-en"))
    assert one.identity() == two.identity()
    trial = one.trials[0]
    assert trial.pairs == ("qsw-en", "qde-en")
    assert [stage.kind for stage in trial.own] == ["student", "run", "run"]


@pytest.mark.parametrize("label", ["nmt", "code-switch", "translate-train"])
def test_every_training_can_be_tuned(label: str, write_suite: Write) -> None:
    """Whatever is trained takes its settings from the choice."""
    path = write_suite(TUNE, RATE, ('name = "optical"', f'name = "{label}"\nlabel = "optical"'))
    (stage,) = (
        s
        for s in walk([planned(path)[Cell("qsw-en", "optical", 1)]])
        if isinstance(s, TrainedStage)
    )
    assert stage.choice is not None
    trial = stage.choice.trials[1].trained
    assert type(trial) is type(stage)
    assert trial.training.learning_rate == 1e-3
    own, tried = dict(stage.inputs), dict(trial.inputs)
    assert own.pop("choice") is stage.choice
    assert own == tried


def test_a_trial_that_is_interrupted_goes_on(write_suite: Write, tmp_path: Path) -> None:
    """From the checkpoint of its training, to the same score; nothing else of it stays."""
    found = choice(write_suite(TUNE, RATE), "qsw-en/optical/seed=1").trials[1]
    fetch = Cache(tmp_path / "cache")
    steps: list[int] = []

    def stop(done: int, total: int, note: str) -> None:
        steps.append(done)
        if "loss" in note and done == 7:
            raise KeyboardInterrupt

    scores = {}
    for name, progresses in (("whole", [None]), ("stopped", [stop, None])):
        store = Store(shared=tmp_path / name, results=tmp_path / f"{name}-results")
        for needed in walk(found.inputs.values()):
            store.make(needed, Context(fetch=fetch))
        for progress in progresses:
            context = Context(fetch=fetch, checkpoint_every=0)
            if progress is None:
                store.make(found, context)
            else:
                with pytest.raises(KeyboardInterrupt):
                    store.make(found, replace(context, progress=progress))
                assert store.checkpoints() == {found.identity()}
        scores[name] = (store.folder(found) / "score.json").read_bytes()
        assert {path.name for path in store.folder(found).iterdir()} == {
            "score.json",
            "record.json",
        }
        assert store.checkpoints() == set()
    assert steps[-1] == 7
    assert scores["whole"] == scores["stopped"]


def made(found: ChoiceStage, scores: list[float | None], folder: Path) -> dict[str, object]:
    """The choice from some scores of its trials, and of one beyond them if there is one more."""
    inputs = {}
    *grid, beyond = scores if len(scores) > len(found.trials) else [*scores, None]
    inputs["beyond"] = folder / "beyond"
    inputs["beyond"].mkdir(parents=True)
    number = 0 if len(scores) > len(found.trials) else None
    more = json.dumps({"candidate": number, "score": beyond, "topics": {"qsw-en": 3}, "why": "no"})
    (inputs["beyond"] / "score.json").write_text(more)
    for number, score in enumerate(grid):
        inputs[f"trials.{number}"] = folder / str(number)
        inputs[f"trials.{number}"].mkdir(parents=True)
        text = json.dumps({"score": score, "topics": {"qsw-en": 3}, "why": "no"})
        (folder / str(number) / "score.json").write_text(text)
    found.make(folder, inputs, no_context())
    written: dict[str, object] = json.loads((folder / CHOICE).read_text())
    return written


@pytest.mark.parametrize(
    ("scores", "best"),
    [
        ([0.1, 0.2, 0.3, 0.2], 2),
        ([0.1, 0.3, 0.3, 0.1], 1),
        ([0.0, 0.0, 0.0, 0.0], 0),
        ([None, 0.0, None, None], 1),
    ],
)
def test_the_best_of_the_trials(
    scores: list[float | None], best: int, write_suite: Write, tmp_path: Path
) -> None:
    """The highest score, of equal ones the first, and none that diverged."""
    knobs = (
        "knobs = { optical = { anchor = [0.0, 1.0] }, sentence-contrastive = { queue = [0, 8] } }"
    )
    path = write_suite((TUNE[0], TUNE[1].replace("\n\n", f"\n{knobs}\n\n")), RATE)
    found = choice(path, "qsw-en/optical/seed=1")
    written = made(found, scores, tmp_path / "made")
    assert (written["best"], written["measure"]) == (best, "AP")
    assert written["trials"][1]["settings"] == {"learning_rate": 1e-3, "anchor": 0.0}  # type: ignore[index]
    assert found.best(tmp_path / "made") is found.trials[best]


class Tried:
    """Stands in the place of `TrialStage.make`, so that no student is trained: gives known scores."""

    def __init__(self, scores: dict[float, float | None]) -> None:
        self.scores = scores
        self.rates: list[float] = []

    def __call__(
        self, trial: TrialStage, folder: Path, inputs: Mapping[str, Path], context: Context
    ) -> None:
        self.rates.append(trial.training.learning_rate)
        found = {"score": self.scores[trial.training.learning_rate], "topics": {"qsw-en": 3}}
        (folder / "score.json").write_text(json.dumps({**found, "why": "no"}))


@pytest.mark.parametrize(
    ("scores", "best", "edge"),
    [
        ({1e-4: 0.1, 1e-3: 0.2, 1e-2: 0.1}, 1e-3, None),
        ({1e-4: 0.1, 1e-3: 0.2, 1e-2: 0.3, 1e-1: 0.2}, 1e-2, None),
        ({1e-4: 0.1, 1e-3: 0.2, 1e-2: 0.3, 1e-1: 0.4}, 1e-1, "highest"),
        ({1e-4: 0.3, 1e-3: 0.2, 1e-2: 0.1, 1e-5: 0.4}, 1e-5, "lowest"),
        ({1e-4: 0.3, 1e-3: 0.2, 1e-2: None, 1e-5: None}, 1e-4, None),
        ({1e-4: None, 1e-3: None, 1e-2: 0.0, 1e-1: None}, 1e-2, None),
    ],
)
def test_a_best_trial_at_the_edge_has_one_more_beyond_it(
    scores: dict[float, float | None],
    best: float,
    edge: str | None,
    write_suite: Write,
    tmp_path: Path,
    *,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The fourth score, if there is one: no more than that, and if the best is at the edge then, the choice says so."""
    rates = (TUNE[0], TUNE[1].replace("1e-4, 1e-3", "1e-4, 1e-3, 1e-2"))
    found = choice(write_suite(rates, RATE), "qsw-en/optical/seed=1")
    assert found.beyond is not None
    tried = Tried(scores)
    monkeypatch.setattr(TrialStage, "make", lambda *how: tried(*how))  # noqa: PLW0108 - binds self
    said: list[str] = []
    context = Context(fetch=lambda download: pytest.fail(str(download)), says=said.append)
    inputs = {}
    stages = [(f"trials.{n}", trial) for n, trial in enumerate(found.trials)]
    for name, stage in [*stages, ("beyond", found.beyond), ("choice", found)]:
        inputs[name] = tmp_path / name
        inputs[name].mkdir()
        stage.make(inputs[name], inputs, context)
    assert tried.rates == list(scores)
    assert found.best(inputs["choice"]).training.learning_rate == best
    written = json.loads((inputs["choice"] / CHOICE).read_text())
    assert (written["edge"], len(written["trials"])) == (edge, len(tried.rates))
    assert written["trials"][written["best"]]["settings"] == {"learning_rate": best}
    assert len(said) == (edge is not None)


def test_all_trials_diverged(write_suite: Write, tmp_path: Path) -> None:
    """Then there is nothing to choose, and the cells fail."""
    found = choice(write_suite(TUNE, RATE), "qsw-en/optical/seed=1")
    with pytest.raises(CellError, match="qsw-en/optical: all 2 trials diverged; no"):
        made(found, [None, None], tmp_path / "made")
    assert all(isinstance(trial, TrialStage) for trial in found.trials)
