"""The model card of a student: what it reads, how it was made, of which data, and what it scored."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clirbench.errors import StatisticsError
from clirbench.results.restore import RecordedMethod
from clirbench.spec.identity import canonical
from clirbench.spec.model import ENGLISH
from clirbench.wording import counted

if TYPE_CHECKING:
    from clirbench.data.base import JSON
    from clirbench.results.folder import Folder
    from clirbench.spec.cell import Cell
    from clirbench.spec.model import LanguagePair, Suite, SuiteMethod
    from clirbench.statistics import Comparisons

__all__ = ["CardFacts", "model_card"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """What a model card says beside what the results folder knows."""

    layout: str
    code: str
    """Python that encodes with the folder."""
    command: str
    """What wrote the folder."""
    model: str
    """The pretrained model that it comes from, and its commit if it is a hub's."""
    hub: str | None
    """Id of that model, if it is a hub's."""
    teacher: str
    """The model that reads English."""
    trained: bool
    """Whether it is a student or a map; else it is the teacher, or another system, as it is."""
    reading: str
    """How texts are read, such as "read as transformers does"."""
    interaction: str
    size: int
    """Of a vector."""
    query_length: int
    document_length: int
    note: str = ""
    """What must be known of it."""


def model_card(results: Folder, cell: Cell, facts: CardFacts) -> str:
    """Write the card as Markdown, with the head that model hubs read.

    Args:
        results: where the cell is.
        cell: a finished one.
        facts: of the model and its folder.
    """
    suite = results.suite
    entry = next(each for each in suite.methods if each.label == cell.method)
    pairs = _pairs(suite, entry, cell)
    entry = entry.on(pairs[0]) if pairs else entry
    lines = [
        *_head(facts, _foreign(pairs)),
        f"# {cell} of the suite {suite.name}",
        "",
        *_about(cell, entry, facts, pairs),
        "",
        "## How to use it",
        "",
        "```python",
        facts.code.rstrip(),
        "```",
        "",
        *_reads(facts),
        "",
        "## How it was made",
        "",
        *_made(results, cell, entry, facts),
        "",
        "## Data and licences",
        "",
        *_data(results, entry, pairs),
        "",
        "## Scores",
        "",
        *_scores(results, cell, entry, pairs),
    ]
    return "\n".join(lines) + "\n"


def _pairs(suite: Suite, entry: SuiteMethod, cell: Cell) -> list[LanguagePair]:
    """The language pairs that the model serves."""
    joint = entry.trained and entry.training.scope == "joint"
    swept = [pair for pair in suite.swept if str(pair) == cell.pair]
    own = cell.pair.partition("~")[0]
    return swept or [pair for pair in suite.pairs if joint or str(pair) == own]


def _foreign(pairs: Sequence[LanguagePair]) -> list[str]:
    """The languages of some pairs but English, each once."""
    return list(dict.fromkeys(each for pair in pairs for each in pair.foreign))


def _head(facts: CardFacts, foreign: Sequence[str]) -> Iterator[str]:
    yield "---"
    yield "language:"
    for code in (*foreign, *([] if facts.trained else [ENGLISH])):
        yield f"- {json.dumps(code)}"
    yield f"library_name: {facts.layout if facts.layout != 'pylate' else 'PyLate'}"
    yield "tags:"
    yield "- clirbench"
    yield "- cross-lingual-retrieval"
    if facts.hub:
        yield f"base_model: {facts.hub}"
    yield "---"
    yield ""


def _about(
    cell: Cell, entry: SuiteMethod, facts: CardFacts, pairs: Sequence[LanguagePair]
) -> Iterator[str]:
    languages = ", ".join(_foreign(pairs)) or ENGLISH
    if not facts.trained:
        yield (
            f"The encoder that the method {entry.label} searched with, unchanged: nothing was "
            f"trained for {cell.pair}."
        )
        return
    yield (
        f"An encoder for cross-lingual retrieval, made to read {languages} by the method {entry.label}."
    )
    yield ""
    yield f"Its teacher, {facts.teacher}, reads English into the same space."
    if any(ENGLISH in {pair.query, pair.documents} for pair in pairs):
        yield (
            f"The scores below are of this model's vectors for {languages} and the teacher's for "
            "English. So encode English with the teacher: `clirbench export-student RESULTS "
            f"{cell.pair.partition('~')[0]}/zero-shot` writes it, if the suite has that method."
        )


def _reads(facts: CardFacts) -> Iterator[str]:
    kind = (
        "a vector for each token, scored by MaxSim" if facts.interaction == "late" else "one vector"
    )
    yield f"- gives {kind}; {facts.size} numbers each, of unit length"
    yield (
        f"- reads {facts.query_length} word pieces of a query and {facts.document_length} of a document, as "
        "in the run"
    )
    yield f"- texts are {facts.reading}"


def _made(results: Folder, cell: Cell, entry: SuiteMethod, facts: CardFacts) -> Iterator[str]:
    method = entry.method
    yield f"- starts from: {facts.model}"
    yield f"- method: {method.name} ({method.level}; learns from {method.needs}); {method.reference}"
    if isinstance(method, RecordedMethod):
        yield f"- settings: `{json.dumps(dict(method.settings), ensure_ascii=False)}`"
    else:
        yield f"- settings: {_settings(canonical(method))}"
    if entry.trained:
        yield f"- training: {_settings(canonical(entry.training))}"
    if cell.seed is not None:
        yield f"- seed: {cell.seed}"
    for choice in results.choices:
        if choice.name.endswith(f"/{entry.label}"):
            yield (
                f"- tuned: {choice.name}, {counted(choice.trials, 'trial')} by {choice.measure}; "
                "the chosen values override the settings above"
            )
    told = results.records[cell].get("made_with")
    for made in told if isinstance(told, list) else ():
        packages = made.get("packages") if isinstance(made, dict) else None
        if isinstance(made, dict) and isinstance(packages, dict):
            yield (
                f"- made with: clirbench {made.get('clirbench')}, torch {packages.get('torch')}, "
                f"{made.get('processor')}"
            )
    changed = "".join(f" --set {each}" for each in results.overrides)
    yield f"- run: `clirbench run suite.toml{changed}`"
    yield f"- this folder: `{facts.command}`"
    if facts.note:
        yield f"- **{facts.note}**"


def _settings(values: JSON) -> str:
    """Keys and values, as a suite file has them."""
    if not isinstance(values, dict):
        return str(values)
    own = {key: value for key, value in values.items() if not key.startswith("class.")}
    return ", ".join(f"{key} = `{_value(value)}`" for key, value in own.items()) or "none"


def _value(value: JSON) -> str:
    if isinstance(value, dict):
        name = value.get("class.name")
        own = {key: each for key, each in value.items() if not key.startswith("class.")}
        return f"{name or ''}{json.dumps(own, ensure_ascii=False) if own or not name else ''}"
    return json.dumps(value, ensure_ascii=False)


def _data(results: Folder, entry: SuiteMethod, pairs: Sequence[LanguagePair]) -> Iterator[str]:
    """Where the text comes from, under which licences."""
    suite = results.suite
    collection = suite.collection
    yield "| what | source | licence | used |"
    yield "| --- | --- | --- | ---: |"
    yield f"| scored on | {collection.name} | {collection.licence} | |"
    cited: dict[str, str] = {collection.name: collection.citation}
    learns = entry.method.bitext or "lexicon" in entry.method.requires
    for pair in pairs if learns else ():
        used = _used(results.bitext.get(pair.told, {}).get(str(entry.training.pairs), ()))
        for bitext in pair.learned:
            count = f"{used[bitext.name]:,} pairs" if bitext.name in used else "–"
            yield f"| learned from, {pair} | {bitext.name} | {bitext.source.licence} | {count} |"
            cited[bitext.name] = bitext.source.citation
    if entry.method.reader == "ranker":
        yield f"| learned from | training queries of {collection.name} | {collection.licence} | |"
    training = suite.teacher.training
    for source in training.sources if training else ():
        yield f"| the teacher learned from | {source.name} | {source.licence} | |"
        cited[source.name] = source.citation
    if training and training.source:
        yield f"| the teacher learned from | {training.source} | not known | |"
    yield ""
    yield (
        "Whoever passes the model on must keep to these licences, and to that of the model it "
        "starts from."
    )
    yield ""
    yield from (f"- {name}: {citation}" for name, citation in cited.items())


def _used(counts: Iterable[Mapping[str, object]]) -> dict[str, int]:
    """Sentence pairs of each source that were drawn."""
    return {
        str(each.get("source")): used
        for each in counts
        if isinstance(used := each.get("used"), int)
    }


def _scores(
    results: Folder, cell: Cell, entry: SuiteMethod, pairs: Sequence[LanguagePair]
) -> Iterator[str]:
    measures = results.measures
    design = measures[0].design
    percent = f"{100 * (1 - design.alpha):g} %"
    yield "| pair | measure | this model | the method | interval | seeds | topics |"
    yield "| --- | --- | ---: | ---: | --- | ---: | ---: |"
    for pair in pairs:
        own = type(cell)(str(pair), cell.method, cell.seed)
        topics = results.every.scores.get(own, {})
        for comparisons in measures:
            values = [found[comparisons.measure] for found in topics.values()]
            mean = f"{math.fsum(values) / len(values):.3f}" if values else "–"
            yield f"| {pair} | {comparisons.measure} | {mean} | {_mean(comparisons, entry.label, str(pair))} |"
    yield ""
    yield (
        f"Means over topics. The method's mean is also over its seeds, with a {percent} "
        "bootstrap interval over topics. Intervals are for this collection only."
    )
    if results.caption:
        yield ""
        yield results.caption


def _mean(comparisons: Comparisons, label: str, pair: str) -> str:
    """A method's mean with its interval, its seeds and its topics."""
    try:
        found = comparisons.mean(label, pair)
    except StatisticsError:
        return "– | – | – | –"
    if found.mean is None:
        return f"– | – | {found.seeds} | {found.topics}"
    interval = found.interval
    shown = "–" if interval is None else f"{interval.low:.3f} to {interval.high:.3f}"
    return f"{found.mean:.3f} | {shown} | {found.seeds} | {found.topics}"
