"""Two one-sided t-tests: whether two methods are equivalent, not merely not shown to differ."""

from __future__ import annotations

from clirbench.errors import StatisticsError
from clirbench.statistics.ttest import VANISHING, StandardError

__all__ = ["equivalence"]


def equivalence(
    mean: float, error: StandardError | None, margin: float, *, size: float
) -> float | None:
    """Test an estimate against "it is `margin` or more from 0": p, the larger of two one-sided ones.

    Small p: the methods are equivalent within the margin (Schuirmann, 1987; Lakens, 2017). None
    where the differences do not vary, or the error is not known.

    Args:
        mean: the estimate.
        error: its standard error; None: not known.
        margin: smallest difference that matters, > 0.
        size: largest absolute score behind the estimate, against which rounding is judged.

    Raises:
        StatisticsError: a margin that is not > 0.
    """
    from scipy.special import stdtr

    if not margin > 0:
        raise StatisticsError(f"an equivalence margin must be > 0 (got {margin})")
    if error is None or error.error <= VANISHING * size:
        return None
    below = stdtr(error.df, -(mean + margin) / error.error)
    above = stdtr(error.df, (mean - margin) / error.error)
    return float(max(below, above))
