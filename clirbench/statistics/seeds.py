"""How an estimate varies by seed, and with how many degrees of freedom that is known.

In a mean over L languages the trainings of each are runs of their own, so that a seed stands for L
draws: the variance of the mean by seed is the sum of those of its parts, with up to L (S - 1) df, and not
the one that S means show with S - 1. That holds where a seed does not move the languages together, as
it may where one student learns them all. So it is tested, and the parts are summed unless F of seeds
over seeds x languages speaks against it at .25 (sometimes-pooling: Bancroft, Annals of Mathematical
Statistics, 1944). Of the sum, df are Satterthwaite's with unbiased estimates of the fourth powers in it:
with d = S - 1 for each variance v, E v^2 = (1 + 2 / d) sigma^4, which for d = 1 is three times too much.
"""

from __future__ import annotations

from typing import NamedTuple

from clirbench.statistics.streams import Array
from clirbench.statistics.ttest import ROUNDING, VANISHING

__all__ = ["SeedVariance", "seed_variance"]

POOL = 0.25
"""Level of the test that speaks against languages' seed effects being independent of each other."""


class SeedVariance(NamedTuple):
    """How an estimate varies from one seed to the next, topics' share in that included."""

    variance: float
    df: float
    pooled: bool
    """Whether the languages' trainings are taken for draws of their own."""


def seed_variance(by_language: Array) -> SeedVariance:
    """Estimate the variance by seed of a sum over languages, each of which is trained by itself.

    Args:
        by_language: (L, S) each language's part of the estimate by each seed, S >= 2.

    Returns:
        The sum of the parts' variances with at most L (S - 1) df; that of the sums, with S - 1, for
        one language, or where seeds move languages together (F, p < .25).
    """
    from scipy.special import fdtrc

    languages, seeds = by_language.shape
    of_sums = float(by_language.sum(axis=0).var(ddof=1))
    alone = SeedVariance(of_sums, seeds - 1, pooled=False)
    if languages == 1:
        return alone
    parts = by_language.var(axis=1, ddof=1)
    total = float(parts.sum())
    interaction = (total - of_sums / languages) / (languages - 1)
    if not total:
        return alone
    common = of_sums / languages
    if common > 0 and (
        interaction <= VANISHING * total
        # Scores on a grid come to just this level, and the order of a sum must not decide.
        or fdtrc(seeds - 1, (languages - 1) * (seeds - 1), common / interaction)
        < POOL * (1 - ROUNDING)
    ):
        return alone
    df = (seeds + 1) * total**2 / float((parts**2).sum()) - 2
    return SeedVariance(total, min(df, languages * (seeds - 1)), pooled=True)
