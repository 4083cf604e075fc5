"""A suite with perturbed topics, from its file to its tables."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from html import escape
from itertools import chain
from pathlib import Path

import numpy as np
import pytest

import clirbench
from clirbench.analysis.condition_curves import Curves, robustness_curves
from clirbench.analysis.conditions import Condition, read_conditions
from clirbench.analysis.focus import focus_of
from clirbench.analysis.robustness import PERTURBED, robustness_of
from clirbench.artifacts.record import read_record
from clirbench.cli import main
from clirbench.data.lock import Lock
from clirbench.data.perturbations import PERTURBATIONS, romanised
from clirbench.data.perturbed_card import describe_perturbed
from clirbench.errors import DataError, SuiteError
from clirbench.report.figures.conditions import draw_conditions
from clirbench.report.html_report import html_report
from clirbench.report.page.texts import at_hand
from clirbench.report.robustness import robustness_tables
from clirbench.results.folder import Folder
from clirbench.results.scores import read_scores
from clirbench.retrieval.overlap import rank_biased_overlap
from clirbench.retrieval.run import Ranked, read_run
from clirbench.running.costs import merged_costs
from clirbench.running.plan import plan_stages
from clirbench.running.stage import walk
from clirbench.spec.cell import cells, select
from clirbench.spec.read import read_suite

Write = Callable[..., Path]
ASKED = {"optical", "sentence-contrastive"}
"""The methods of the hypothesis."""


def read_robustness(results: Folder) -> tuple[Condition, ...]:
    """What `robustness.json` holds."""
    return read_conditions(results, PERTURBED)


QUERIES = "queries = { typos = [0.3, 0.8], code-mixed = [0.5] }"
ROBUST = (
    ("[statistics]", f"[robustness]\n{QUERIES}\n\n[statistics]"),
    ('name = "bm25"', 'name = "nmt"\ntraining = { epochs = 1 }\n\n[[method]]\nname = "bm25"'),
)


def test_nothing_is_trained_anew(write_suite: Write) -> None:
    """A perturbed pair has cells and runs of its own, and the students, indexes and lexicons of the pair."""
    plain, robust = read_suite(write_suite(ROBUST[1])).suite, read_suite(write_suite(*ROBUST)).suite
    stages = [list(walk(plan_stages(s, cells(s)).values())) for s in (plain, robust)]
    before, after = (Counter(stage.kind for stage in each) for each in stages)
    added = after - before
    # 2 pairs × 3 conditions × (zero-shot, bm25, 3 × 2 seeds); the oracle's run is that of the plain pair.
    assert added == {
        "perturbed": 6,
        "lexicon": 2,
        "translation": 2 * 3 * 2,
        "run": 6 * 8,
        "cell": 6 * 9,
    }
    identities = [{stage.identity() for stage in each} for each in stages]
    assert identities[0] < identities[1]  # what was made before [robustness] came is still known


def test_only_some_methods(write_suite: Write) -> None:
    """`methods` names those that are searched with perturbed topics; `--only` picks cells of them."""
    path = write_suite(
        (ROBUST[0][0], ROBUST[0][1].replace(QUERIES, f'{QUERIES}\nmethods = ["optical"]'))
    )
    suite = read_suite(path).suite
    assert {cell.method for cell in cells(suite) if cell.varied} == {"optical"}
    chosen = select(suite, ["*~typos=0.3/*/seed=1"])
    assert list(map(str, chosen)) == [f"{p}~typos=0.3/optical/seed=1" for p in ("qsw-en", "qde-en")]


def test_only_some_pairs(write_suite: Write) -> None:
    """`on` names those whose topics are perturbed, by name or by resource class."""
    for on in ("qsw-en", "low"):
        path = write_suite(
            (ROBUST[0][0], ROBUST[0][1].replace(QUERIES, f'{QUERIES}\non = ["{on}"]'))
        )
        varied = {cell.pair for cell in cells(read_suite(path).suite) if cell.varied}
        assert {pair.partition("~")[0] for pair in varied} == {"qsw-en"}


@pytest.mark.parametrize(
    ("queries", "error"),
    [
        (
            "{ typoes = [0.1] }",
            r'robustness.queries.typoes: unknown perturbation; did you mean "typos"',
        ),
        ("{ typos = [] }", "robustness.queries.typos: must not be empty"),
        ("{ typos = [0.0] }", "robustness.queries.typos"),
        ("{ typos = [1.5] }", r"must be <= 1 \(got 1.5\)"),
        ("{ typos = [0.1, 0.1] }", "duplicate severity"),
        (
            "{ typos = [0.1] }\non = ['qsw']",
            'robustness.on.* no pairs "qsw"; did you mean "qsw-en"',
        ),
        ("{ typos = [0.1] }\nmethods = ['optcal']", 'no method "optcal"; did you mean "optical"'),
    ],
)
def test_what_is_wrong(write_suite: Write, queries: str, error: str) -> None:
    """Is told with its place."""
    path = write_suite(("[statistics]", f"[robustness]\nqueries = {queries}\n[statistics]"))
    with pytest.raises(SuiteError, match=error):
        read_suite(path)


def test_romanised_topics_need_another_script(tmp_path: Path, write_suite: Write) -> None:
    """Of languages in Latin letters alone there is nothing to be made."""
    path = write_suite(
        ("[statistics]", "[robustness]\nqueries = { romanised = [1.0] }\n[statistics]")
    )
    text = path.read_text().replace("qsw", "sw").replace("qde", "de")
    head, _, rest = text.partition("[teacher]")
    path.write_text(
        f'{head.partition("[collection]")[0]}[collection]\nsource = "ntrex"\n[teacher]{rest}'.replace(
            '["synthetic"]', '["tatoeba"]'
        )
    )
    with pytest.raises(SuiteError, match="romanised: works for no query language of the suite"):
        read_suite(path)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory, tiny_text: str) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("robust")
    text = tiny_text
    for old, new in ROBUST:
        text = text.replace(old, new)
    (folder / "tiny.toml").write_text(text)
    places = ["--results", str(folder / "results"), "--store", str(folder / "store")]
    assert main(["run", str(folder / "tiny.toml"), *places]) == 0
    return folder / "results"


def test_the_comparisons_are_those_of_topics_as_they_are(results: Path) -> None:
    """Perturbed topics are in no family and no mean of the table."""
    folder = Folder(results)
    assert len(folder.every.scores) == 18 + 6 * 9
    assert len(folder.cells.scores) == 18
    assert folder.lacking == {}
    assert [pair.name for pair in folder.measures[0].design.pairs] == ["qsw-en", "qde-en"]


def test_the_log_of_a_training_is_kept_once(results: Path) -> None:
    """In the cell of the topics as they are: with perturbed ones nothing is trained."""
    logs = [path.parent.relative_to(results / "cells") for path in results.rglob("training.jsonl")]
    assert {path.parts[0] for path in logs} == {"qsw-en", "qde-en"}
    assert len(logs) == 2 * 3 * 2  # pairs × trained methods × seeds


def test_what_a_student_cost_is_counted_once(results: Path) -> None:
    """However many perturbed topics it was searched with; each of these searches counts as well."""
    folder = Folder(results)
    records = [
        (cell, record)
        for cell in folder.every.scores
        if cell.method == "optical" and (record := read_record(folder.cell(cell)))
    ]
    plain = [record for cell, record in records if not cell.varied]
    assert (len(plain), len(records)) == (4, 16)
    own = folder.costs["methods"]["optical"]
    assert own["examples"] == sum(record.before["student"].cost.examples for record in plain) > 0
    seconds = sum(record.before["student"].cost.seconds for record in plain)
    seconds += sum(record.cost.seconds + record.before["run"].cost.seconds for _, record in records)
    assert own["seconds"] == pytest.approx(seconds, abs=0.01)
    merged = merged_costs(results, [folder.costs], [(c.method, r) for c, r in records])
    assert merged["methods"] == {"optical": own}


def test_losses_and_areas_against_numpy(results: Path) -> None:
    """Means over topics and seeds of what was lost, and of the trapezoids under each topic's curve."""
    found = {(c.name, c.value): c for c in read_robustness(Folder(results))}
    steps = {"typos": (0.0, 0.3, 0.8, None), "code-mixed": (0.0, 0.5)}
    assert set(found) == {(name, severity) for name, own in steps.items() for severity in own}

    def scores(pair: str, method: str, seed: int) -> np.ndarray:
        path = results / "cells" / pair / method / f"seed={seed}" / "scores.csv"
        return np.array([v["AP"] for _, v in sorted(read_scores(path).items())])

    for pair in ("qsw-en", "qde-en"):
        for method in ("sentence-contrastive", "optical", "nmt"):
            plain, some, many = (
                np.array([scores(pair + how, method, seed) for seed in (1, 2)])
                for how in ("", "~typos=0.3", "~typos=0.8")
            )
            area = (0.3 * (plain + some) / 2 + 0.5 * (some + many) / 2) / 0.8
            for severity, expected in ((0.0, plain), (0.3, some), (0.8, many), (None, area)):
                condition = found["typos", severity]
                mean = condition.scores.mean(method, pair).mean
                assert mean == pytest.approx(expected.mean(), abs=1e-9)
                lost = condition.losses.mean(method, pair).mean
                assert lost == pytest.approx((plain - expected).mean(), abs=1e-9)
    assert found["typos", 0.0].losses.comparisons == ()
    oracle = found["typos", None].losses.mean("oracle", "all")
    assert oracle.mean == 0  # it reads people's English, which nobody mistyped
    one = found["typos", 0.8].losses.between("optical", "sentence-contrastive", "all")
    assert found["typos", 0.8].reference == "sentence-contrastive"
    expected = np.mean(
        [
            [
                scores(pair, m, seed) - scores(f"{pair}~typos=0.8", m, seed)
                for pair in ("qsw-en", "qde-en")
                for seed in (1, 2)
            ]
            for m in ("optical", "sentence-contrastive")
        ],
        axis=(1, 2),
    )
    assert one.difference == pytest.approx(expected[0] - expected[1], abs=1e-9)  # type: ignore[union-attr]


def test_overlap_is_that_of_the_runs(results: Path) -> None:
    """Of each topic, from the run files; the means are over topics and seeds. The oracle's is 1."""
    found = {(c.name, c.value): c for c in read_robustness(Folder(results))}
    overlap = found["typos", 0.8].overlap
    assert overlap is not None
    assert found["typos", 0.0].overlap is found["typos", None].overlap is None
    for method in ("optical", "nmt"):
        means = []
        for seed in (1, 2):
            cell = f"{method}/seed={seed}"
            at = results / "cells" / "qsw-en~typos=0.8" / cell
            own, plain = (
                read_run(at / "run.trec.gz"),
                read_run(results / "cells" / "qsw-en" / cell / "run.trec.gz"),
            )
            kept = read_scores(at / "overlap.csv")
            assert kept.keys() == plain.keys()
            for topic, values in kept.items():
                expected = rank_biased_overlap(Ranked.of(own[topic]), Ranked.of(plain[topic]))
                assert values["RBO"] == pytest.approx(expected, abs=1e-12)
            means.append(np.mean([values["RBO"] for values in kept.values()]))
        assert overlap.mean(method, "qsw-en").mean == pytest.approx(np.mean(means), abs=1e-9)
        assert method == "nmt" or np.mean(means) < 1
    assert overlap.mean("oracle", "all").mean == 1
    assert not (results / "cells" / "qsw-en" / "oracle" / "overlap.csv").exists()


def test_harmed_gap_and_worst_against_numpy(results: Path) -> None:
    """Share of topics below zero-shot as they are; the gap that is closed; the worst language."""
    found = {(c.name, c.value): c for c in read_robustness(Folder(results))}

    def scores(pair: str, cell: str) -> dict[str, float]:
        own = read_scores(results / "cells" / pair / cell / "scores.csv")
        return {topic: values["AP"] for topic, values in own.items()}

    for severity, how in ((0.0, ""), (0.8, "~typos=0.8")):
        condition = found["typos", severity]
        shares, means = {}, {}
        for pair in ("qsw-en", "qde-en"):
            floor = scores(pair, "zero-shot")
            runs = [scores(pair + how, f"optical/seed={seed}") for seed in (1, 2)]
            shares[pair] = np.mean([run[t] < floor[t] for run in runs for t in floor])
            means[pair] = np.mean([list(run.values()) for run in runs])
            low, high = (
                np.mean(list(scores(pair + how, m).values())) for m in ("zero-shot", "oracle")
            )
            closed = condition.scores.mean("optical", pair).gap_closed
            assert closed == pytest.approx((means[pair] - low) / (high - low), abs=1e-9)
            assert condition.harmed is not None
            assert condition.harmed.mean("optical", pair).mean == pytest.approx(
                shares[pair], abs=1e-9
            )
        both = condition.harmed.mean("optical", "all").mean  # type: ignore[union-attr]
        assert both == pytest.approx(np.mean(list(shares.values())), abs=1e-9)
        profile = next(p for p in condition.scores.profiles if p.method == "optical")
        assert profile.worst is not None
        assert profile.worst.pair == min(means, key=means.__getitem__)
        assert profile.worst.mean == pytest.approx(min(means.values()), abs=1e-9)
        assert profile.high_minus_low == pytest.approx(means["qde-en"] - means["qsw-en"], abs=1e-9)
    assert found["typos", None].harmed is None
    first, last = found["typos", 0.0], found["typos", 0.8]
    _, table = list(robustness_tables(Folder(results)))[1]
    assert table.title.startswith("typos at 0.8: ")
    row = dict(table.rows)["optical"]
    ends = [one.harmed.mean("optical", "qsw-en").mean for one in (first, last)]  # type: ignore[union-attr]
    assert row[1] == f"{ends[0]:.0%} → {ends[1]:.0%}"
    gaps = [one.scores.mean("optical", "qsw-en").gap_closed for one in (first, last)]
    assert row[2] == f"{gaps[0]:.0%} → {gaps[1]:.0%}"


def test_the_gap_is_told_where_only_some_methods_are_searched(results: Path) -> None:
    """The oracle is the ceiling also where `methods` names others alone: nothing perturbs it."""
    folder = Folder(results)
    some = {
        cell: topics
        for cell, topics in folder.every.scores.items()
        if not cell.varied or cell.method in {"zero-shot", "optical"}
    }
    every = {(one.name, one.value): one for one in read_robustness(folder)}
    for one in robustness_of(folder.suite, some, folder.clusters):
        own, whole = (c.scores.mean("optical", "all") for c in (one, every[one.name, one.value]))
        assert own.gap_closed is not None
        assert own.gap_closed == pytest.approx(whole.gap_closed)
        assert {role.name for role in one.scores.design.methods} == {
            "zero-shot",
            "oracle",
            "optical",
        }


def test_what_an_earlier_version_made_is_made_anew(
    results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`analyse` reads again what it has; not where it would be another file now."""
    copy = shutil.copytree(results, tmp_path / "results")
    made = (copy / "robustness.json").stat().st_mtime_ns
    assert main(["analyse", str(copy)]) == 0
    assert (copy / "robustness.json").stat().st_mtime_ns == made
    later = replace(PERTURBED, version=PERTURBED.version + 1)
    monkeypatch.setattr("clirbench.analysis.comparing.PERTURBED", later)
    monkeypatch.setattr("clirbench.report.robustness.PERTURBED", later)
    assert main(["analyse", str(copy)]) == 0
    assert json.loads((copy / "robustness.json").read_text())["version"] == later.version


def test_curves_are_the_means_of_the_tables(results: Path) -> None:
    """At 0 the mean and interval of topics as they are, then those of each severity."""
    folder = Folder(results)
    conditions = read_robustness(folder)
    curves = robustness_curves(conditions, folder.suite.hypothesis)
    assert [(one.name, one.pairs) for one in curves] == [
        ("code-mixed", ("qsw-en",)),
        ("typos", ("qsw-en",)),
    ]
    by_key = {(c.name, c.value): c for c in conditions}
    for one in curves:
        for method, points in one.methods.items():
            assert points[0][1].mean == folder.measures[0].mean(method, "qsw-en").mean
            for severity, mean in points:
                assert mean == by_key[one.name, severity].scores.mean(method, "qsw-en")
    assert [severity for severity, _ in curves[1].methods["optical"]] == [0.0, 0.3, 0.8]


def test_a_method_that_was_not_searched_on_all_pairs_has_no_mean(results: Path) -> None:
    """A curve is over the same pairs at every severity, or has no point there."""
    folder = Folder(results)
    done = dict(folder.every.scores)
    for cell in folder.every.scores:
        if cell.pair == "qde-en~typos=0.3" or (cell.method, cell.pair[:12]) == (
            "bm25",
            "qsw-en~typos",
        ):
            del done[cell]
    conditions = robustness_of(folder.suite, done, folder.clusters)
    (_, curves) = robustness_curves(conditions, None)
    assert curves.pairs == ("qsw-en", "qde-en")
    assert [severity for severity, _ in curves.methods["optical"]] == [0.0, 0.8]
    assert "bm25" not in curves.methods


def _near(curves: Curves) -> Iterator[str]:
    """Methods with a mean between the ends of the intervals of the two methods of the question."""
    spans = [m.interval for name in ASKED for _, m in curves.methods[name] if m.interval]
    low, high = min(span.low for span in spans), max(span.high for span in spans)
    for method, points in curves.methods.items():
        if any(low <= mean.mean <= high for _, mean in points):
            yield method


def test_the_page_and_the_figure_show_the_curves(results: Path, tmp_path: Path) -> None:
    """A panel a kind, a point for each method and severity; the tables, too.

    With so many lines both draw intervals of the two methods of the question alone, and only the lines near
    them; the page names the methods that it leaves to the table.
    """
    folder = Folder(results)
    curves = robustness_curves(read_robustness(folder), folder.suite.hypothesis)
    page = html_report(folder, fetch=at_hand(tmp_path, None, Lock(tmp_path / "no.lock")))
    _, _, section = page.partition('<section id="robustness"')
    section, _, _ = section.partition("</section>")
    assert '<a href="#robustness">' in page
    near = [list(_near(one)) for one in curves]
    points = [
        point
        for own, one in zip(near, curves, strict=True)
        for n in own
        for point in one.methods[n]
    ]
    asked = [own for one in curves for name, own in one.methods.items() if name in ASKED]
    intervals = [mean.interval for own in asked for _, mean in own if mean.interval]
    assert all(len(one.methods) > 5 for one in curves)
    assert section.count("<circle") == len(points)
    assert section.count('class="span ') == len(intervals)
    named = re.findall("; only in the table: ([^<]*)<", section)
    left = [
        ", ".join(n for n in c.methods if n not in own) for own, c in zip(near, curves, strict=True)
    ]
    assert named == [names for names in left if names]
    for table in chain.from_iterable(robustness_tables(folder)):
        assert escape(table.title) in section
    figure = draw_conditions(curves, focus_of(folder.measures[0]))
    assert figure is not None
    for axes, one, own in zip(figure.axes, curves, near, strict=False):
        drawn = [list(line.get_ydata()) for line in axes.get_lines() if line.get_marker() != "None"]
        assert drawn == [[mean.mean for _, mean in one.methods[name]] for name in own]
        bars = [tuple(line.get_ydata()) for line in axes.get_lines() if line.get_marker() == "None"]
        assert bars == [
            tuple(mean.interval)
            for name in one.methods
            if name in ASKED
            for _, mean in one.methods[name]
            if mean.interval
        ]
    assert draw_conditions((), None) is None


def test_a_data_frame(results: Path) -> None:
    """A row for each way, severity, pair or macro mean, and method, as the file has them."""
    found = clirbench.load(results).robustness()
    conditions = read_robustness(Folder(results))
    assert len(found) == sum(len(one.scores.means) for one in conditions)
    area = found[(found.perturbation == "typos") & found.severity.isna()].set_index(
        ["pair", "method"]
    )
    one = next(c for c in conditions if (c.name, c.value) == ("typos", None))
    own = area.loc[("qsw-en", "optical")]
    assert own["mean"] == one.scores.mean("optical", "qsw-en").mean
    assert own.lost == one.losses.mean("optical", "qsw-en").mean
    assert own.versus == "sentence-contrastive"
    test = one.losses.between("optical", "sentence-contrastive", "qsw-en")
    assert (own.difference, own.p) == (test.difference, test.p)  # type: ignore[union-attr]
    step = next(c for c in conditions if (c.name, c.value) == ("typos", 0.8))
    row = found[(found.perturbation == "typos") & (found.severity == 0.8)].set_index(
        ["pair", "method"]
    )
    own = row.loc[("qsw-en", "optical")]
    assert own.rbo == step.overlap.mean("optical", "qsw-en").mean  # type: ignore[union-attr]
    assert own.harmed == step.harmed.mean("optical", "qsw-en").mean  # type: ignore[union-attr]
    assert own.gap_closed == step.scores.mean("optical", "qsw-en").gap_closed
    figure = clirbench.load(results).plot.robustness()
    assert len(figure.axes) >= 2


def test_perturbed_topics_alone(
    write_suite: Write, places: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Cells of perturbed topics can be made before the others; there is no table then, and no error."""
    path = write_suite(("[statistics]", "[robustness]\nqueries = { case = [1.0] }\n[statistics]"))
    assert main(["run", str(path), "--only", "qsw-en~*/zero-shot", *places]) == 0
    assert "No table yet" in capsys.readouterr().out
    cells_folder = path.parent / "results" / "cells"
    assert (cells_folder / "qsw-en~case=1" / "zero-shot" / "overlap.csv").exists()
    assert not (cells_folder / "qsw-en").exists()


def test_the_table_shows_them(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Below the tables of measures, one table for each way of perturbing; the texts are kept, too."""
    text = (results / "table.md").read_text()
    assert "### typos: MAP by share of words, qsw-en" in text
    assert "| method | 0 | 0.3 | 0.8 | area | lost by area | 95 % CI | share lost |" in text
    assert "### code-mixed: MAP by share of words, qsw-en" in text
    assert main(["analyse", str(results)]) == 0
    capsys.readouterr()
    assert (results / "table.md").read_text() == text


def test_describe_shows_what_a_run_makes(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How many topics change, and examples of it: the very texts that the run searched with."""
    assert main(["data", "describe", str(results.parent / "tiny.toml"), "--markdown"]) == 0
    text = capsys.readouterr().out
    _, _, shown = text.partition("## perturbed by tiny")
    made: dict[tuple[str, float, str], dict[str, str]] = {}
    for path in (results.parent / "store" / "perturbed").glob("*/topics.json"):
        how = json.loads((path.parent / "record.json").read_text())["settings"]
        own = how["perturbation"]
        made[own["class.name"], own["severity"], how["language"]] = json.loads(path.read_text())
    assert len(made) == 6
    for language in ("qsw", "qde"):
        plain = topics_of(results, language)
        for severity in (0.3, 0.8):
            after = made["typos", severity, language]
            changed = {t for t in after if after[t] != plain[t]}
            assert f"| typos | {language} | {severity:g} | 12 | {len(changed)} |" in shown
            examples = [f"- {severity:g}: {plain[t]} → {after[t]}" for t in changed]
            assert sum(example in shown for example in examples) == 2
        assert f"| code-mixed | {language} | 0.5 | 12 | – |" in shown
    assert "- code-mixed: not counted here: a run learns the lexicon from the bitext" in shown


def topics_of(results: Path, language: str) -> Mapping[str, str]:
    """The topics as they are."""
    suite = read_suite(results.parent / "tiny.toml").suite
    return suite.tested.topics(lambda download: Path(str(download)), language)


def test_describe_without_uroman(
    write_suite: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which package is missing is said, and the rest described."""
    monkeypatch.setitem(sys.modules, "uroman", None)
    romanised._romaniser.cache_clear()  # noqa: SLF001 - as in a process that has not used it
    topics = {"1": "Москва", "2": "paris"}
    card = describe_perturbed(PERTURBATIONS["romanised"](severity=1.0), "ru", topics)
    assert card.changed is None
    assert "clirbench[robustness]" in card.why
    assert "## perturbed" not in described(write_suite(), capsys)


def described(path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What is told of a suite's data."""
    assert main(["data", "describe", str(path), "--markdown"]) == 0
    return capsys.readouterr().out


def test_a_changed_file_is_noticed(results: Path) -> None:
    """As comparisons.json: what was edited by hand is not shown."""
    path = results / "robustness.json"
    whole = path.read_text()
    document = json.loads(whole)
    document["conditions"][0]["severity"] = 0.9
    path.write_text(json.dumps(document))
    try:
        with pytest.raises(DataError, match=r"robustness\.json: was changed"):
            read_robustness(Folder(results))
    finally:
        path.write_text(whole)
