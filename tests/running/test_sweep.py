"""A suite whose methods learn from other bitexts, too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from clirbench.errors import SuiteError
from clirbench.running.plan import plan_stages
from clirbench.running.stage import Stage, walk
from clirbench.running.stages.sentences import SentencesStage
from clirbench.running.stages.taught import TaughtStage
from clirbench.spec.cell import Cell, cells, select
from clirbench.spec.model import Suite
from clirbench.spec.read import read_suite

Write = Callable[..., Path]
LEARNED = {"student", "ranker", "map", "lexicon", "translator", "bitext", "sentences"}
EVERY = (
    'name = "bm25"',
    (
        'name = "psq"\n[[method]]\nname = "procrustes"\n[[method]]\nname = "nmt"\n'
        'training = { epochs = 1 }\n[[method]]\nname = "code-switch"\n[[method]]\nname = "bm25"'
    ),
)
CAPPED = ('cut = "keep"', 'cut = "keep"\npairs = 30')


def swept(keys: str, *, base: str = "pairs = 30") -> tuple[tuple[str, str], ...]:
    """What makes the tiny suite one with a sweep."""
    return (
        ("[statistics]", f"[sweep]\n{keys}\n\n[statistics]"),
        ('cut = "keep"', f'cut = "keep"\n{base}'),
    )


def planned(suite: Suite, pair: str, method: str) -> list[Stage]:
    """The stages of a pair's cells of a method."""
    chosen = [cell for cell in cells(suite) if (cell.pair, cell.method) == (pair, method)]
    assert chosen
    return list(walk(plan_stages(suite, chosen).values()))


def learned(suite: Suite, pair: str, method: str) -> set[str]:
    """The identities of those that were learned."""
    return {s.identity() for s in planned(suite, pair, method) if s.kind in LEARNED}


def test_each_value_is_a_condition_of_its_own(write_suite: Write) -> None:
    """One thing is changed at a time; what the suite has already has no second cell."""
    keys = 'pairs = [10, 30, "all"]\nmispaired = [0.2, 0.5]\non = ["low"]'
    suite = read_suite(write_suite(EVERY, *swept(keys))).suite
    varied = [cell for cell in cells(suite) if cell.varied]
    conditions = ("pairs=10", "pairs=all", "mispaired=0.2", "mispaired=0.5")
    assert list(dict.fromkeys(cell.pair for cell in varied)) == [
        f"qsw-en~{each}" for each in conditions
    ]
    # Two seeds of what is trained: five; one of psq's lexicon and of the map; others learn from no bitext.
    assert Counter(cell.method for cell in varied) == {
        "sentence-contrastive": 8,
        "optical": 8,
        "nmt": 8,
        "code-switch": 8,
        "psq": 4,
        "procrustes": 4,
    }
    assert all(Cell.parse(str(cell)) == cell for cell in varied)
    (one,) = select(suite, ["*~pairs=all/optical/seed=2"])
    assert str(one) == "qsw-en~pairs=all/optical/seed=2"


def test_what_was_made_before_is_still_known(write_suite: Write) -> None:
    """The suite's own cells are those of the suite without a sweep."""
    plain = read_suite(write_suite(EVERY, CAPPED)).suite
    suite = read_suite(write_suite(EVERY, *swept("pairs = [10]\nmispaired = [0.2]"))).suite
    known = plan_stages(plain, cells(plain))
    found = plan_stages(suite, cells(suite))
    assert {c: s.identity() for c, s in known.items()} == {
        cell: stage.identity() for cell, stage in found.items() if not cell.varied
    }


@pytest.mark.parametrize(
    "method", ["sentence-contrastive", "optical", "psq", "procrustes", "nmt", "code-switch"]
)
@pytest.mark.parametrize(
    ("condition", "base"),
    [
        ("pairs=10", "pairs = 10"),
        ("pairs=all", ""),
        ("mispaired=0.2", "pairs = 30\nmispaired = 0.2"),
    ],
)
def test_a_condition_is_the_base_of_a_suite_that_has_it(
    write_suite: Write, method: str, condition: str, base: str
) -> None:
    """The same artifacts as in a suite whose [training] says so: generators, start, draw, all."""
    keys = 'pairs = [10, "all"]\nmispaired = [0.2]'
    suite = read_suite(write_suite(EVERY, *swept(keys))).suite
    other = read_suite(write_suite(EVERY, ('cut = "keep"', f'cut = "keep"\n{base}'))).suite
    found = learned(suite, f"qsw-en~{condition}", method)
    assert found == learned(other, "qsw-en", method)
    assert not found <= learned(suite, "qsw-en", method)


def test_the_first_stage_learns_from_the_same(write_suite: Write) -> None:
    """Where psq finds what is re-ranked, it does so by the changed bitext, too."""
    rerank = ("[statistics]", '[retrieval]\nmode = "rerank"\nfirst = "psq"\n\n[statistics]')
    suite = read_suite(write_suite(EVERY, *swept("mispaired = [0.2]"), rerank)).suite
    sentences = [
        stage
        for stage in planned(suite, "qsw-en~mispaired=0.2", "optical")
        if isinstance(stage, SentencesStage)
    ]
    assert [(stage.mispaired, stage.title) for stage in sentences] == [
        (0.2, "qsw-en~mispaired=0.2")
    ]


def test_settings_are_those_that_were_chosen_for_the_base(write_suite: Write) -> None:
    """With [tune] no further trial is made: a condition rests on the choice of the suite's own bitext."""
    tune = ("[statistics]", "[tune]\nlearning_rates = [1e-4, 1e-3]\n\n[statistics]")
    changes = (("learning_rate = 1e-3\n", ""), tune, *swept("pairs = [10]"))
    suite = read_suite(write_suite(*changes)).suite
    by_pair = {}
    for pair in ("qsw-en", "qsw-en~pairs=10"):
        (one, two) = (s for s in planned(suite, pair, "optical") if isinstance(s, TaughtStage))
        assert one.choice is not None
        assert one.choice.identity() == two.choice.identity()  # type: ignore[union-attr]
        by_pair[pair] = one
        trials = [s for s in planned(suite, pair, "optical") if s.kind == "trial"]
        assert len(trials) == 3
    base, condition = by_pair.values()
    assert base.choice.identity() == condition.choice.identity()  # type: ignore[union-attr]
    assert (base.pair, base.seed) == (condition.pair, condition.seed)
    assert base.inputs["bitext"].identity() != condition.inputs["bitext"].identity()


def test_sources(write_suite: Write, tmp_path: Path) -> None:
    """A domain is learned from alone, by the pairs that have it."""
    (tmp_path / "own").mkdir()
    rows = "".join(f"neno {i}\tthe word {i}\n" for i in range(20))
    (tmp_path / "own" / "bitext.qsw.tsv").write_text(rows)
    both = (
        'resource = "low"\nbitext = ["synthetic"]',
        'resource = "low"\nbitext = ["synthetic", { source = "files", folder = "own", weight = 2.0 }]',
    )
    keys = 'sources = [["files"], ["synthetic"], ["synthetic", "files"]]'
    suite = read_suite(write_suite(both, *swept(keys))).suite
    varied = dict.fromkeys(cell.pair for cell in cells(suite) if cell.varied)
    # qde has the synthetic bitext alone, and qsw both: those are their own.
    assert list(varied) == ["qsw-en~sources=files", "qsw-en~sources=synthetic"]
    for pair, names in zip(varied, (["files"], ["synthetic"]), strict=True):
        (stage,) = (s for s in planned(suite, pair, "optical") if isinstance(s, SentencesStage))
        assert [data.source.name for data in stage.sources] == names
        assert stage.weights is None


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        ("", "sweep: changes nothing; give it pairs, mispaired, sources, or some of them"),
        ("pairs = [0]", "sweep.pairs"),
        ('pairs = ["most"]', "sweep.pairs"),
        ("pairs = [5, 5]", "a value stands twice"),
        ("mispaired = [0.0]", "must be > 0"),
        ("mispaired = [1.5]", "must be <= 1"),
        (
            'sources = [["tatoeba"]]',
            "no pair has the bitext tatoeba",
        ),
        ('pairs = [5]\non = ["qws-en"]', 'no pairs "qws-en"; did you mean "qsw-en"'),
        ("pairs = [5]\nmethods = ['optcal']", 'no method "optcal"; did you mean "optical"'),
        ("pairs = [5]\nmethods = ['bm25']", "bm25 learns from no bitext"),
    ],
)
def test_what_is_wrong(write_suite: Write, keys: str, error: str) -> None:
    """Is told with its place."""
    path = write_suite(("[statistics]", f"[sweep]\n{keys}\n[statistics]"))
    with pytest.raises(SuiteError, match=error):
        read_suite(path)


def test_joint_students_are_not_swept(write_suite: Write) -> None:
    """They learn from the bitexts of all pairs, so that a change of one would be of all."""
    changes = (('cut = "keep"', 'cut = "keep"\nscope = "joint"'),)
    path = write_suite(*changes, ("[statistics]", "[sweep]\npairs = [5]\n[statistics]"))
    with pytest.raises(SuiteError, match=r"optical learns from all pairs at once"):
        read_suite(path)
