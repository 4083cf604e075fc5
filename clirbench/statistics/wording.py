"""Results as a paper says them."""

from __future__ import annotations

from clirbench.errors import StatisticsError
from clirbench.statistics.design import Design
from clirbench.statistics.results import Comparison, Comparisons, MethodMean, MissingComparison
from clirbench.wording import counted

__all__ = [
    "few_seeds",
    "likely",
    "mean_name",
    "name_of_tests",
    "number",
    "p_value",
    "percentage",
    "sentence",
    "topics_of",
]

_MEANS = {"AP": "MAP", "RR": "MRR"}
_TESTS = {
    "crossed": "two-sided t-test over topics and seeds",
    "randomisation": "two-sided paired randomisation test over topics",
    "t": "two-sided paired t-test over topics",
    "wilcoxon": "two-sided Wilcoxon signed-rank test over topics",
}


def number(value: float, *, digits: int = 3, sign: bool = False) -> str:
    """Write a score or difference: `.023`, or `+.023` with a sign; no zero before the point."""
    text = f"{value:{'+' if sign else ''}.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text


def percentage(share: float, *, sign: bool = False) -> str:
    """Write a share: `12%`, or `+12%` with a sign; none before 0."""
    text = f"{100 * share:{'+' if sign else ''}.0f}"
    return f"{text.lstrip('+-') if float(text) == 0 else text}%"


def p_value(p: float) -> str:
    """Write a p-value with its relation: `= .0004`, `< .0001`; never `= 0`."""
    if p < 0.0001:  # noqa: PLR2004
        return "< .0001"
    if p > 0.9995:  # noqa: PLR2004
        return "= 1" if p == 1 else "> .999"
    return f"= {number(p, digits=4 if p < 0.01 else 3)}"  # noqa: PLR2004


def mean_name(measure: str) -> str:
    """Name the mean of a measure over topics: AP to MAP, RR@10 to MRR@10; others keep theirs."""
    name, at, cutoff = measure.partition("@")
    return _MEANS.get(name, name) + at + cutoff


def sentence(comparisons: Comparisons) -> str:
    """Answer the suite's hypothesis in one sentence.

    By the hypothesis's own measure p is unadjusted; by another measure the claim is one of its
    family's, and p is adjusted.

    Raises:
        StatisticsError: the design has no hypothesis.
    """
    design = comparisons.design
    claim = design.hypothesis
    if claim is None:
        raise StatisticsError("the suite has no hypothesis")
    where = _where(comparisons, claim.on)
    found = comparisons.primary or comparisons.between(claim.better, claim.than, claim.on)
    if isinstance(found, MissingComparison):
        return (
            f"Whether {claim.better} is better than {claim.than} {where} cannot be tested: "
            f"{found.why}"
        )
    alpha = design.alpha
    p = found.p if found.family == "primary" else found.p_adjusted
    if p > alpha:
        verdict = "is not shown to be better than"
    elif found.difference > 0:
        verdict = "is better than"
    else:
        verdict = "is worse than"
    interval = "no interval"
    if found.claimed_interval is not None:
        low, high = (number(end) for end in found.claimed_interval)
        over = "topics and seeds" if found.test == "crossed" else "topics"
        interval = f"{100 * (1 - alpha):g} % CI over {over} [{low}, {high}]"
    return (
        f"{claim.better} {verdict} {claim.than} {where}: "
        f"{number(found.difference, sign=True)} {mean_name(comparisons.measure)}, {interval}, "
        f"p {p_value(p)} ({_test(found, comparisons)}; {_sizes(found, comparisons)})"
        + "".join(f"; {text}" for text in (few_seeds(found, design), likely(found, design)) if text)
    )


def few_seeds(found: Comparison, design: Design) -> str | None:
    """Say of a claim about trained methods that it rests on fewer than three seeds; None: it does not."""
    if not (design.trained(found.first) or design.trained(found.second)) or found.seeds > 2:  # noqa: PLR2004
        return None
    if found.seeds == 1:
        return "it rests on a single seed: what another would give is not known"
    text = f"it rests on {found.seeds} seeds"
    if found.seed_sd is not None and found.seed_df is not None:
        df = f"{found.seed_df:.2g}"
        text += f", whose SD of {number(found.seed_sd, digits=4)} has {df} degree"
        text += f"{'s' * (df != '1')} of freedom"
    return text


def likely(found: Comparison, design: Design) -> str | None:
    """Say how the difference lies to the smallest effect that matters; None: none is named, or known."""
    if found.shares is None or design.smallest_effect is None:
        return None
    effect = _exact(design.smallest_effect)
    worse, within, better = map(_probability, found.shares)
    return (
        f"read with a flat prior, P(worse by more than {effect}) {worse}, P(within ±{effect}) {within}, "
        f"P(better by more) {better}"
    )


def _exact(value: float) -> str:
    """Write a setting with all its digits: `.01`."""
    text = f"{value:g}"
    return text.removeprefix("0") if "e" not in text else text


def _probability(share: float) -> str:
    if share < 0.001:  # noqa: PLR2004
        return "< .001"
    return "> .999" if share > 0.999 else f"= {number(share)}"  # noqa: PLR2004


def name_of_tests(design: Design) -> str:
    """Name the tests that a table's marks are of."""
    runs = [len(design.seeds) if method.trained else 1 for method in design.methods]
    single = sum(
        n == 1 for n, m in zip(runs, design.methods, strict=True) if m.name != design.oracle
    )
    flips = f"{_TESTS['randomisation']}, {design.flips:,} sign flips"
    if design.test == "randomisation" or (design.test == "crossed" and max(runs) == 1):
        return flips
    if design.test == "crossed" and single > 1:
        return f"{_TESTS['crossed']}; methods with a single run: {flips}"
    return _TESTS[design.test]


def _where(comparisons: Comparisons, on: str) -> str:
    if on == "all":
        return "on all pairs"
    if on in {"low", "medium", "high"}:
        return f"on the {on}-resource pairs"
    return f"on {comparisons.design.scope(on).name}"


def _test(found: Comparison, comparisons: Comparisons) -> str:
    text = _TESTS[found.test]
    if found.test == "randomisation":
        text += f", {'all' if found.exact else f'{found.patterns:,}'} sign flips"
    if found.family == "primary":
        return text
    label = next(one.label for one in comparisons.families if one.name == found.family)
    return f"{text}; adjusted in the family of {label}"


def _sizes(found: Comparison, comparisons: Comparisons) -> str:
    topics = topics_of(found, comparisons.cluster)
    if not comparisons.design.translated and found.languages > 1:
        topics += " in all"
    seeds = counted(found.seeds, "seed" if found.seeds > 1 else "run")
    return ", ".join([topics, counted(found.languages, "language"), seeds])


def topics_of(found: Comparison | MethodMean, cluster: str) -> str:
    """Count the topics of a comparison or mean: "246 topics of 123 stories", where they belong together."""
    topics = counted(found.topics, "topic")
    together = found.clusters < found.topics
    return f"{topics} of {counted(found.clusters, cluster)}" if together else topics
