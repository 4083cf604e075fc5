"""A suite whose methods learn from other bitexts, too."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from html import escape
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

import clirbench
from clirbench.analysis.condition_curves import sweep_curves
from clirbench.analysis.conditions import Condition, read_conditions
from clirbench.analysis.sweep import SWEPT
from clirbench.cli import main
from clirbench.data.base import SentencePair
from clirbench.data.lock import Lock
from clirbench.errors import DataError, SuiteError
from clirbench.report.html_report import html_report
from clirbench.report.page.texts import at_hand
from clirbench.report.sweep import sweep_lines, sweep_tables
from clirbench.results.folder import Folder
from clirbench.results.scores import read_scores
from clirbench.running.plan import plan_stages
from clirbench.running.stage import Stage, walk
from clirbench.running.stages.machine_made import MachineMadeStage
from clirbench.running.stages.sentences import SentencesStage, read_pairs
from clirbench.running.stages.taught import TaughtStage
from clirbench.running.store import Store
from clirbench.spec.cell import Cell, cells, select
from clirbench.spec.model import Suite
from clirbench.spec.read import read_suite
from clirbench.statistics import number

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
        ('translated = ["optical"]', "optical trains no translator"),
        ('translated = ["nmt"]', 'no method "nmt"'),
        (
            "",
            "sweep: changes nothing; set at least one of pairs, mispaired, sources, translated",
        ),
        ("pairs = [0]", "sweep.pairs"),
        ('pairs = ["most"]', "sweep.pairs"),
        ("pairs = [5, 5]", "duplicate value"),
        ("mispaired = [0.0]", "must be > 0"),
        ("mispaired = [1.5]", "must be <= 1"),
        (
            'sources = [["tatoeba"]]',
            "no pair has the bitext tatoeba",
        ),
        ('pairs = [5]\non = ["qws-en"]', 'no pairs "qws-en"; did you mean "qsw-en"'),
        ("pairs = [5]\nmethods = ['optcal']", 'no method "optcal"; did you mean "optical"'),
        ("pairs = [5]\nmethods = ['bm25']", "bm25 does not learn from bitext"),
    ],
)
def test_what_is_wrong(write_suite: Write, keys: str, error: str) -> None:
    """Is told with its place."""
    path = write_suite(("[statistics]", f"[sweep]\n{keys}\n[statistics]"))
    with pytest.raises(SuiteError, match=error):
        read_suite(path)


TRANSLATED = (
    ("seeds = [1, 2]", "seeds = [3, 1]"),
    ('name = "bm25"', 'name = "nmt"\nlength = 32\ntraining = { epochs = 30, pairs = 20 }'),
    *swept('translated = ["nmt"]\nmethods = ["optical"]', base="pairs = 16"),
)


def test_translations_need_sentences_that_are_left(write_suite: Write) -> None:
    """A translator that learns from all there are has nothing left to translate."""
    changes = [(old, new.replace(", pairs = 20", "")) for old, new in TRANSLATED]
    with pytest.raises(SuiteError, match="nmt learns from all sentence pairs"):
        read_suite(write_suite(*changes[:-1], ('cut = "keep"', 'cut = "keep"')))


def test_one_translator_serves_all_seeds(write_suite: Write) -> None:
    """That of the suite's first seed, which its own cell has; all methods learn from the same pairs."""
    suite = read_suite(write_suite(*TRANSLATED)).suite
    stages = planned(suite, "qsw-en~translated=nmt", "optical")
    (translator,) = (s for s in stages if s.kind == "translator")
    own = {s.identity() for s in planned(suite, "qsw-en", "nmt") if s.kind == "translator"}
    assert translator.identity() in own
    assert translator.seed == 3  # type: ignore[attr-defined]
    (made,) = (s for s in stages if isinstance(s, MachineMadeStage))
    assert made.every.limit == 16 + 20
    assert made.learned.limit == 20
    assert len({s.identity() for s in stages if s.kind == "student"}) == 2


def test_machine_made_bitext(
    write_suite: Write, places: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """New foreign sentences, with what the translator makes of them; counted, and compared."""
    path = write_suite(*TRANSLATED)
    assert main(["run", str(path), *places]) == 0
    suite, store = read_suite(path).suite, Path(places[3])
    stages = {s.kind: s for s in planned(suite, "qsw-en~translated=nmt", "optical")}
    made = next(
        s
        for s in planned(suite, "qsw-en~translated=nmt", "optical")
        if isinstance(s, MachineMadeStage)
    )

    def pairs(stage: Stage) -> list[SentencePair]:
        return read_pairs(Store(shared=store, results=Path(places[1])).folder(stage))

    own, every, learned = pairs(made), pairs(made.every), pairs(made.learned)
    assert {pair.foreign for pair in own} <= {p.foreign for p in every} - {
        p.foreign for p in learned
    }
    assert {pair.english for pair in own} != {p.english for p in every if p not in learned}
    folder = Folder(Path(places[1]))
    (counts,) = folder.bitext["qsw-en~translated=nmt"]["16"]
    assert counts["used"] == len(own)
    assert counts["read"] == 36 == counts["used"] + sum(counts["left_out"].values())
    found = {str(c.value): c for c in read_conditions(folder, SWEPT)}
    assert list(found) == ["none", "nmt"]
    assert [m.name for m in found["nmt"].scores.design.methods] == [
        "zero-shot",
        "oracle",
        "optical",
    ]
    assert stages["student"].inputs["bitext"].inputs["sentences"].identity() == made.identity()
    assert (
        "translated: MAP by translator of the English sides"
        in (folder.path / "table.md").read_text()
    )


def test_joint_students_are_not_swept(write_suite: Write) -> None:
    """They learn from the bitexts of all pairs, so that a change of one would be of all."""
    changes = (('cut = "keep"', 'cut = "keep"\nscope = "joint"'),)
    path = write_suite(*changes, ("[statistics]", "[sweep]\npairs = [5]\n[statistics]"))
    with pytest.raises(SuiteError, match=r"optical learns from all pairs jointly"):
        read_suite(path)


RUN = (
    ("seeds = [1, 2]", "seeds = [1, 2, 3]"),
    ('name = "bm25"', 'name = "psq"'),
    *swept('pairs = [12, "all"]\nmispaired = [0.5, 1.0]'),
)
PAIRS = ("qsw-en", "qde-en")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, tiny_text: str) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("swept")
    text = tiny_text
    for old, new in RUN:
        assert old in text
        text = text.replace(old, new)
    (folder / "tiny.toml").write_text(text)
    places = ["--results", str(folder / "results"), "--store", str(folder / "store")]
    assert main(["run", str(folder / "tiny.toml"), *places]) == 0
    return folder / "results"


def conditions(results: Path) -> dict[tuple[str, str], Condition]:
    """By axis and value."""
    return {(c.name, str(c.value)): c for c in read_conditions(Folder(results), SWEPT)}


def ap(results: Path, pair: str, method: str, seeds: tuple[int, ...] = (1, 2, 3)) -> np.ndarray:
    """Average precision, seeds × topics."""
    paths = [results / "cells" / pair / method / f"seed={seed}" / "scores.csv" for seed in seeds]
    return np.array([[v["AP"] for _, v in sorted(read_scores(path).items())] for path in paths])


def test_the_table_is_that_of_the_suite(results: Path) -> None:
    """What is swept is in no family and no mean of it."""
    folder = Folder(results)
    assert folder.lacking == {}
    assert len(folder.cells.scores) == 2 * (3 + 2 * 3)
    assert len(folder.every.scores) == len(folder.cells.scores) + 2 * 4 * (1 + 2 * 3)
    assert [pair.name for pair in folder.measures[0].design.pairs] == list(PAIRS)


def test_means_differences_and_losses_against_numpy(results: Path) -> None:
    """At each value; at the suite's own they are those of its table."""
    found = conditions(results)
    assert list(found) == [
        *(("pairs", value) for value in ("12", "30", "all")),
        *(("mispaired", value) for value in ("0", "0.5", "1")),
    ]
    own = {("pairs", "30"), ("mispaired", "0")}
    main_table = Folder(results).measures[0]
    for (axis, value), one in found.items():
        how = "" if (axis, value) in own else f"~{axis}={value}"
        assert one.reference == "sentence-contrastive"
        for pair in PAIRS:
            plain, scores = (
                {m: ap(results, pair + on, m) for m in ("optical", "sentence-contrastive")}
                for on in ("", how)
            )
            for method, values in scores.items():
                assert one.scores.mean(method, pair).mean == pytest.approx(values.mean(), abs=1e-9)
                lost = one.losses.mean(method, pair).mean
                assert lost == pytest.approx((plain[method] - values).mean(), abs=1e-9)
            difference = scores["optical"] - scores["sentence-contrastive"]
            test = one.scores.between("optical", "sentence-contrastive", pair)
            assert test.difference == pytest.approx(difference.mean(), abs=1e-9)  # type: ignore[union-attr]
            assert test.claimed_interval is not None  # type: ignore[union-attr]
            if (axis, value) in own:
                assert one.losses.comparisons == ()
                expected = main_table.between("optical", "sentence-contrastive", pair)
                assert test.difference == expected.difference  # type: ignore[union-attr]
                assert test.p == expected.p  # type: ignore[union-attr]
                continue
            more = one.losses.between("optical", "sentence-contrastive", pair)
            before = plain["optical"] - plain["sentence-contrastive"]
            assert more.difference == pytest.approx((before - difference).mean(), abs=1e-9)  # type: ignore[union-attr]
        assert one.losses.mean("zero-shot", "all").mean == 0  # it learns from no bitext
        compared = {c.first for c in one.losses.comparisons}
        assert compared <= {"optical", "psq"}
        assert {c.first for c in one.scores.comparisons} == {"zero-shot", "psq", "optical"}


def test_an_interaction_is_tested_over_groups_of_topics(results: Path) -> None:
    """By the suite's crossed t-test on each topic's loss by one method less its loss by the other."""
    from clirbench.statistics import crossed_t

    one = conditions(results)["mispaired", "1"]
    lost = {
        method: ap(results, "qsw-en", method) - ap(results, "qsw-en~mispaired=1", method)
        for method in ("optical", "sentence-contrastive")
    }
    expected = crossed_t(lost["optical"] - lost["sentence-contrastive"])
    test = one.losses.between("optical", "sentence-contrastive", "qsw-en")
    assert test.p == pytest.approx(expected.p, abs=1e-9)  # type: ignore[union-attr]


def test_what_was_used_is_told(results: Path) -> None:
    """Sizes under the pair's own name, by the cap; noise under that of the condition."""
    folder = Folder(results)
    for pair in PAIRS:
        used = {cap: own[0]["used"] for cap, own in folder.bitext[pair].items()}
        assert used["12"] == 12
        assert used["30"] == 30
        assert used["None"] > 30
        for share, wrong in (("0.5", 15), ("1", 30)):
            (counts,) = folder.bitext[f"{pair}~mispaired={share}"]["30"]
            assert (counts["used"], counts["mispaired"]) == (30, wrong)


def test_curves_are_at_the_sizes_that_were_used(results: Path) -> None:
    """Of each language pair, and of those that the question is about; means and intervals are the file's."""
    folder, found = Folder(results), conditions(results)
    curves = sweep_curves(folder, list(found.values()))
    assert [(one.name, one.pairs, one.log) for one in curves] == [
        ("pairs", ("qsw-en",), True),
        ("pairs", ("qde-en",), True),
        ("mispaired", ("qsw-en",), False),
        ("mispaired", ("qde-en",), False),
    ]
    for one in curves:
        (pair,) = one.pairs
        values = [value for axis, value in found if axis == one.name]
        every = folder.bitext[pair]["None"][0]["used"]
        places = [12, 30, every] if one.name == "pairs" else [0, 0.5, 1]
        points = one.methods["optical"]
        assert [x for x, _ in points] == places
        for value, (_, mean) in zip(values, points, strict=True):
            assert mean == found[one.name, value].scores.mean("optical", pair)
        assert len({mean.mean for _, mean in one.methods["zero-shot"]}) == 1


def test_a_data_frame(results: Path) -> None:
    """A row for each axis, value, pair or macro mean, and method."""
    found = clirbench.load(results).sweep()
    every = conditions(results)
    assert len(found) == sum(len(one.scores.means) for one in every.values())
    rows = found.set_index(["axis", "value", "pair", "method"])
    own, one = rows.loc["pairs", "12", "qsw-en", "optical"], every["pairs", "12"]
    assert own.sentences == 12
    assert own["mean"] == one.scores.mean("optical", "qsw-en").mean
    test = one.scores.between("optical", own.versus, "qsw-en")
    assert (own.difference, own.p) == (test.difference, test.p)  # type: ignore[union-attr]
    assert (own.difference_low, own.difference_high) == test.claimed_interval  # type: ignore[union-attr]
    test = one.losses.between("optical", own.versus, "qsw-en")
    assert (own.lost_more, own.lost_more_p_adjusted) == (test.difference, test.p_adjusted)  # type: ignore[union-attr]
    figure = clirbench.load(results).plot.sweep()
    assert [axes.get_xscale() for axes in figure.axes[:4]] == ["log", "log", "linear", "linear"]
    labels = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    every = clirbench.load(results).bitext["qsw-en"]["None"][0]["used"]
    assert labels == ["12", "30", f"{every:,}"]


def test_the_tables_and_the_page_show_it(
    results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Below the tables of measures, in the report, and in a line for each value under the table."""
    folder, text = Folder(results), (results / "table.md").read_text()
    tables = list(chain.from_iterable(sweep_tables(folder)))
    page = html_report(folder, fetch=at_hand(tmp_path, None, Lock(tmp_path / "no.lock")))
    assert '<a href="#sweep">Other bitexts</a>' in page
    assert [table.title.partition(" by ")[0] for table in tables] == [
        f"{axis}: {what}"
        for axis in ("pairs", "mispaired")
        for what in ("MAP", "MAP less that of sentence-contrastive", "what is lost of MAP")
    ]
    for table in tables:
        assert f"### {table.title}" in text
        assert escape(table.title) in page
    mean = folder.measures[0].mean("optical", "qsw-en")
    own = dict(tables[0].rows)["optical"][1]
    assert (
        own == f"{number(mean.mean or 0)} [{number(mean.interval[0])}, {number(mean.interval[1])}]"
    )  # type: ignore[index]
    lines = list(sweep_lines(folder))
    assert len(lines) == 6
    capsys.readouterr()
    assert main(["table", str(results)]) == 0
    shown = capsys.readouterr().out
    assert all(line in shown for line in lines)
    assert main(["analyse", str(results)]) == 0
    assert (results / "table.md").read_text() == text


def test_the_order_of_analyses_is_kept(results: Path) -> None:
    """`analysis.json` knows the file, so that one changed by hand is noticed."""
    path = results / "sweep.json"
    whole = path.read_text()
    document = json.loads(whole)
    document["conditions"][0]["value"] = "13"
    path.write_text(json.dumps(document))
    try:
        with pytest.raises(DataError, match=r"sweep\.json: was changed"):
            conditions(results)
    finally:
        path.write_text(whole)


def test_describe_shows_what_a_run_draws(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The counts of `data describe` are those of the run."""
    capsys.readouterr()
    assert main(["data", "describe", str(results.parent / "tiny.toml"), "--markdown"]) == 0
    _, _, shown = capsys.readouterr().out.partition("## bitexts of the sweep of tiny")
    bitext = Folder(results).bitext
    for pair in PAIRS:
        for condition, counts in (
            ("pairs=12", bitext[pair]["12"]),
            ("pairs=all", bitext[pair]["None"]),
            ("mispaired=0.5", bitext[f"{pair}~mispaired=0.5"]["30"]),
        ):
            (own,) = counts
            row = f"| {own['kept']} | {own['used']} | {own['mispaired']} |"
            assert f"| {pair}~{condition} | synthetic {row}" in shown


def test_a_student_of_a_condition_is_exported(results: Path, tmp_path: Path) -> None:
    """Its card tells what it learned from, and its own scores."""
    cell = "qsw-en~pairs=12/optical/seed=1"
    command = ["export-student", str(results), cell, "--output", str(tmp_path / "model")]
    places = ["--suite", str(results.parent / "tiny.toml"), "--store"]
    assert main([*command, *places, str(results.parent / "store")]) == 0
    card = (tmp_path / "model" / "README.md").read_text()
    assert re.search(r"learned from, qsw-en~pairs=12 \| synthetic \| [^|]+ \| 12 pairs \|", card)
    mean = ap(results, "qsw-en~pairs=12", "optical", (1,)).mean()
    assert f"| qsw-en~pairs=12 | AP | {mean:.3f} | –" in card


def test_what_another_run_used_is_kept(results: Path) -> None:
    """A run of some cells tells of their bitext, and leaves what is told of the others."""
    before = (results / "bitext" / "qsw-en.json").read_bytes()
    places = ["--results", str(results), "--store", str(results.parent / "store")]
    suite = str(results.parent / "tiny.toml")
    assert main(["run", suite, "--only", "qsw-en~pairs=12/*", *places]) == 0
    assert (results / "bitext" / "qsw-en.json").read_bytes() == before


def test_a_plan_counts_them(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By what is changed."""
    places = ["--results", str(results), "--store", str(results.parent / "store")]
    capsys.readouterr()
    assert main(["plan", str(results.parent / "tiny.toml"), *places]) == 0
    assert "with mispaired=0.5: 14/14 cells done" in capsys.readouterr().out


def test_noise_in_the_suites_own_bitext_is_told(write_suite: Write, places: list[str]) -> None:
    """A table that rests on it says so."""
    noisy = ('cut = "keep"', 'cut = "keep"\nmispaired = 0.25')
    path = write_suite(noisy)
    assert main(["run", str(path), "--only", "qsw-en/[zo]*/seed=1", *places]) == 0
    (counts,) = Folder(path.parent / "results").bitext["qsw-en"]["None"]
    told = f"qsw-en {round(counts['used'] / 4)} of {counts['used']}."
    assert f"English side of another, on purpose: {told}" in (
        (path.parent / "results" / "table.md").read_text()
    )
