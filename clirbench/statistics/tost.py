"""Whether two methods are equivalent, not merely not shown to differ; and how a difference lies to that."""

from __future__ import annotations

from typing import NamedTuple

from clirbench.errors import StatisticsError
from clirbench.statistics.ttest import VANISHING, StandardError

__all__ = ["Shares", "shares_by_margin"]


class Shares(NamedTuple):
    """How the t distribution of a difference is shared out by a margin; the three sum to 1."""

    worse: float
    """Below -margin: the first method is worse by more than that."""
    within: float
    better: float
    """Above the margin."""

    @property
    def p_equivalent(self) -> float:
        """The p of two one-sided tests against "it is the margin or more from 0": the larger of the two.

        Small p: the methods are equivalent within the margin (Schuirmann, 1987; Lakens, 2017).
        """
        return max(self.worse, self.better)


def shares_by_margin(
    mean: float, error: StandardError | None, margin: float, *, size: float
) -> Shares | None:
    """Share out the confidence distribution of a difference: worse, within the margin, better.

    The distribution is mean + error t_df, whose quantiles are the ends of the t intervals of all levels
    (Xie & Singh, International Statistical Review, 2013). Its shares can be read as probabilities of
    the difference where nothing was known of it before: a flat prior of the mean, and of the logarithm of
    the standard deviation. They are no frequencies of errors, but for the two one-sided p that they are.

    Args:
        mean: the estimate.
        error: its standard error; None: not known.
        margin: smallest difference that matters, > 0.
        size: largest absolute score behind the estimate, against which rounding is judged.

    Returns:
        None where the differences do not vary, or the error is not known.

    Raises:
        StatisticsError: a margin that is not > 0.
    """
    from scipy.special import stdtr

    if not margin > 0:
        raise StatisticsError(f"an equivalence margin must be > 0 (got {margin})")
    if error is None or error.error <= VANISHING * size:
        return None
    worse = float(stdtr(error.df, -(mean + margin) / error.error))
    better = float(stdtr(error.df, (mean - margin) / error.error))
    return Shares(worse, max(1 - worse - better, 0.0), better)
