"""The hypothesis and its answer, in plain words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from clirbench.analysis.answer import Answer, answer_of, decisive
from clirbench.report.page.forest import ForestRow, interval_scale
from clirbench.report.page.strips import axis, difference
from clirbench.results.folder import Folder
from clirbench.spec.model import Hypothesis
from clirbench.statistics import (
    Comparison,
    Comparisons,
    Interval,
    few_seeds,
    likely,
    mean_name,
    number,
    p_value,
    percentage,
)

__all__ = ["AnswerSection", "answer_section", "minus", "sampled", "span"]

_GROUPS = ("low", "medium", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerSection:
    """What stands on top of the report."""

    question: Markup
    answer: Answer
    sentences: tuple[Markup, ...]
    formal: str = ""
    """The answer as a paper says it."""
    rows: tuple[ForestRow, ...] = ()
    """The languages of the hypothesis, then their mean."""
    axis: str = ""


def answer_section(results: Folder, comparisons: Comparisons) -> AnswerSection | None:
    """Show the answer to the suite's hypothesis; None: it has none."""
    answer = answer_of(comparisons, results.suite.hypothesis)
    if answer is None:
        return None
    claim, found = comparisons.design.hypothesis, answer.comparison
    if claim is None:
        stated = results.suite.hypothesis
        return _unanswerable(answer, stated) if stated else None
    question = _question(claim.better, claim.than, claim.on, comparisons)
    if found is None:
        return AnswerSection(
            question=question, answer=answer, sentences=(Markup.escape(answer.text),)
        )
    alpha = comparisons.design.alpha
    rows = _languages(found, comparisons)
    scale = interval_scale(one for _, _, one in rows)
    return AnswerSection(
        question=question,
        answer=answer,
        sentences=tuple(_sentences(found, comparisons)),
        formal=minus(answer.text),
        rows=tuple(
            ForestRow(on=on, group=group, found=one, strip=difference(one, scale, alpha=alpha))
            for on, group, one in rows
        ),
        axis=axis(scale, sign=True),
    )


def minus(text: str) -> str:
    """Set a hyphen before a number as a minus sign."""
    return re.sub(r"(?<![\w.])-(?=[.\d])", "−", text)


def span(interval: Interval | None, *, sign: bool = False) -> str:
    """Write an interval, such as `[.012, .034]`."""
    if interval is None:
        return "–"
    low, high = (minus(number(end, sign=sign)) for end in interval)
    return f"[{low},\u00a0{high}]"


def _relative(value: float) -> str:
    """Write a relative difference with its sign, such as `+12 %`."""
    return minus(percentage(value, sign=True).replace("%", "\u00a0%"))


def sampled(found: Comparison) -> str:
    """Say what a comparison takes for a sample."""
    return "topics and seeds" if found.test == "crossed" else "topics"


def _question(better: str, than: str, on: str, comparisons: Comparisons) -> Markup:
    pairs = comparisons.design.scope(on).pairs
    if on == "all":
        where = f"on all {len(pairs)} language pairs"
    elif on in _GROUPS:
        where = f"on the {on}-resource language pairs"
    else:
        where = f"on {on}"
    question = Markup('Is <b class="first">{}</b> better than <b class="second">{}</b> {}?')
    return question.format(better, than, where)


def _unanswerable(answer: Answer, stated: Hypothesis) -> AnswerSection:
    question = Markup('Is <b class="first">{}</b> better than <b class="second">{}</b> on {}?')
    return AnswerSection(
        question=question.format(stated.better, stated.than, stated.on),
        answer=answer,
        sentences=(
            Markup(
                "Cells that the hypothesis needs are missing; run <code>clirbench run</code> "
                "with the suite and this folder to finish them."
            ),
        ),
    )


def _languages(found: Comparison, comparisons: Comparisons) -> list[tuple[str, str, Comparison]]:
    """Give each language of the hypothesis, and the mean over them where there are several."""
    resources = {pair.name: pair.resource for pair in comparisons.design.pairs}
    pairs = comparisons.design.scope(found.on).pairs
    rows = []
    for pair in pairs if len(pairs) > 1 else ():
        one = comparisons.between(found.first, found.second, pair)
        if isinstance(one, Comparison):
            rows.append((pair, str(resources[pair]), one))
    return [*rows, (found.on, "mean" if len(pairs) > 1 else str(resources[pairs[0]]), found)]


def _sentences(found: Comparison, comparisons: Comparisons) -> Iterator[Markup]:
    design = comparisons.design
    mean = mean_name(comparisons.measure)
    names = {"first": found.first, "second": found.second}
    over = "" if found.languages == 1 else f", averaged over {found.languages} languages"
    yield Markup(
        'The {mean} of <b class="first">{first}</b> is {a}, that of <b '
        'class="second">{second}</b> {b}{over}: a difference of '
        "<strong>{difference}</strong>{relative}."
    ).format(
        mean=mean,
        a=number(found.first_mean),
        b=number(found.second_mean),
        over=over,
        difference=minus(number(found.difference, sign=True)),
        relative="" if found.relative is None else f" ({_relative(found.relative)})",
        **names,
    )
    if found.claimed_interval is not None:
        other = ""
        if found.test == "crossed" and found.interval is not None:
            other = f"; for these runs only, over topics alone, {span(found.interval)}"
        elif found.seed_interval is not None:
            other = f"; over topics and seeds, {span(found.seed_interval)}"
        yield Markup(
            "The {level:g}\u00a0% confidence interval of the difference, over {over}, is "
            "<strong>{interval}</strong>{other}."
        ).format(
            level=100 * (1 - design.alpha),
            over=sampled(found),
            interval=span(found.claimed_interval),
            other=other,
        )
    yield _meaning(found, comparisons)
    if shares := likely(found, design):
        yield Markup(
            "{}. A flat prior means that every difference was equally likely beforehand."
        ).format(shares[0].upper() + shares[1:])
    wins, ties, losses = found.tally
    tied = f" and ties on {ties:,}" if ties else ""
    yield Markup(
        'Of {topics:,} topics <b class="first">{first}</b> is ahead on {wins:,}, '
        '<b class="second">{second}</b> on {losses:,}{tied}.'
    ).format(topics=found.topics, wins=wins, losses=losses, tied=tied, **names)
    if few := few_seeds(found, design):
        yield Markup("Read with care: {}.").format(few)


def _meaning(found: Comparison, comparisons: Comparisons) -> Markup:
    """Say what p says, and what follows from it."""
    design = comparisons.design
    if found.family != "primary":
        how = "By this measure the claim is one of a family, and p is corrected for that."
    elif comparisons.remarks:  # of the plan of analysis; they stand below
        how = "The hypothesis is tested alone, so p is not corrected."
    else:
        how = "The hypothesis was named beforehand and is tested alone, so p is not corrected."
    p = decisive(found)
    if p <= design.alpha:
        follows = f"That is below α = {design.alpha:g}."
    else:
        follows = (
            f"That is above α = {design.alpha:g}: no difference is shown, but there may be one."
        )
        if found.p_equivalent is not None and found.p_equivalent <= design.alpha:
            follows = (
                f"A difference as large as {number(design.smallest_effect or 0.0)} either way is "
                f"excluded (two one-sided tests, p {p_value(found.p_equivalent)})."
            )
    return Markup(
        "<strong>p {p}</strong>: the probability of a difference this large, either way, by the "
        "choice of {over}, if the two methods did not differ. {how} {follows}"
    ).format(p=p_value(p), over=sampled(found), how=how, follows=follows)
