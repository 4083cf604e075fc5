"""What the methods make of other bitexts: larger, noisier, of another domain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from clirbench.analysis.conditions import Condition, Kind, Measured, condition_of
from clirbench.data.base import TopicScores
from clirbench.methods.oracle import Oracle
from clirbench.methods.zero_shot import ZeroShot
from clirbench.results.clusters import Clusters
from clirbench.results.folder import Folder
from clirbench.results.names import SWEEP
from clirbench.spec.cell import Cell, is_swept
from clirbench.spec.conditions import ALL, AXES, NONE, Swept
from clirbench.spec.model import LanguagePair, Suite, SuiteMethod

__all__ = ["SWEPT", "own_values", "pairs_used", "sweep_of"]

SWEPT = Kind(SWEEP, "clirbench-sweep", 1, ("axis", "value"))


def sweep_of(
    suite: Suite, scores: Mapping[Cell, TopicScores], clusters: Clusters
) -> tuple[Condition, ...]:
    """Compare the methods at each value of each axis, by the suite's first measure.

    At the value that the suite itself has, a method's cells are those of the suite. Zero-shot and the
    oracle stand beside the methods that learn: what the bitext is, is nothing to them.

    Args:
        suite: the suite.
        scores: of all cells that are done.
        clusters: which topics belong together.
    """
    measure = suite.measures[0]
    every = {
        cell: {topic: values[measure] for topic, values in own.items()}
        for cell, own in scores.items()
    }
    plain = {cell: topics for cell, topics in every.items() if not cell.varied}
    learning = _learning(suite)
    ends = [e for e in suite.methods if isinstance(e.method, ZeroShot | Oracle)]
    found = []
    for axis in AXES:
        own_value = own_values(suite, axis)
        for value in _ordered(suite, axis):
            at: dict[Cell, Mapping[str, float]] = {}
            for pair in _pairs(suite, axis, value):
                if own := _scores(suite, every, pair, learning):
                    at |= own | _scores(suite, every, pair.plain, ends)
            at = {cell: topics for cell, topics in at.items() if cell in plain}
            if at:
                measured = Measured(
                    scores=at,
                    plain=plain,
                    clusters=clusters,
                    compared=True,
                    changed=any(own_value.get(cell.method, value) != value for cell in at),
                    same=frozenset(e.label for e in ends),
                )
                found.append(condition_of(suite, axis, value, measured))
    return tuple(found)


def own_values(suite: Suite, axis: str) -> Mapping[str, str]:
    """What each method that is swept has on an axis in the suite itself, by its label."""
    return {entry.label: _own(entry, axis) for entry in _learning(suite)}


def pairs_used(results: Folder, pair: str, value: str) -> int | None:
    """How many sentence pairs of a language pair were used at a value of the axis `pairs`; None: not known."""
    caps = results.bitext.get(pair, {})
    found = caps.get("None" if value == ALL else value)
    return sum(one.get("used", 0) for one in found) if found else None


def _own(entry: SuiteMethod, axis: str) -> str:
    match axis:
        case "pairs":
            return ALL if entry.training.pairs is None else str(entry.training.pairs)
        case "mispaired":
            return f"{entry.training.mispaired:g}"
        case "translated":
            return NONE
    return ALL


def _learning(suite: Suite) -> list[SuiteMethod]:
    """The methods that are swept."""
    labels = suite.sweep.methods if suite.sweep else ()
    return [e for e in suite.methods if e.learns and (labels is None or e.label in labels)]


def _ordered(suite: Suite, axis: str) -> Sequence[str]:
    """The values of an axis, the suite's own among them; none where the suite does not sweep it."""
    asked = [p.value for p in (suite.sweep.points if suite.sweep else ()) if p.axis == axis]
    if not asked:
        return ()
    values = dict.fromkeys((*own_values(suite, axis).values(), *asked))
    if axis in {"sources", "translated"}:
        return list(values)
    return sorted(values, key=lambda value: (value == ALL, 0.0 if value == ALL else float(value)))


def _pairs(suite: Suite, axis: str, value: str) -> Iterator[LanguagePair]:
    """The pairs that are swept, each with the value, be it the suite's own."""
    for name in dict.fromkeys(str(pair.plain) for pair in suite.swept if _axis(pair) == axis):
        pair = next(pair for pair in suite.pairs if str(pair) == name)
        point = Swept(axis=axis, value=value)
        if (point.sources or frozenset()) <= {bitext.name for bitext in pair.bitext}:
            yield replace(pair, swept=point)


def _axis(pair: LanguagePair) -> str | None:
    return pair.swept.axis if pair.swept else None


def _scores(
    suite: Suite,
    every: Mapping[Cell, Mapping[str, float]],
    pair: LanguagePair,
    entries: Iterable[SuiteMethod],
) -> dict[Cell, Mapping[str, float]]:
    """The scores of some methods on a pair, under its plain name."""
    found = {}
    for entry in entries:
        if pair.swept and pair.swept.translated == entry.label:
            continue  # it does not learn from what it made itself
        own = pair if pair.swept and is_swept(suite, pair, entry) else pair.plain
        for seed in suite.seeds if entry.trained else (None,):
            if (topics := every.get(Cell(str(own), entry.label, seed))) is not None:
                found[Cell(str(pair.plain), entry.label, seed)] = topics
    return found
