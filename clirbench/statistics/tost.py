"""Two one-sided t-tests: whether two methods are equivalent, not merely not shown to differ."""

from __future__ import annotations

import numpy as np

from clirbench.errors import StatisticsError
from clirbench.statistics.streams import Array
from clirbench.statistics.ttest import VANISHING, StandardError, standard_error

__all__ = ["equivalence", "paired_tost"]


def paired_tost(differences: Array, margin: float) -> float | None:
    """Test paired `differences`, (n,), against "the mean is `margin` or more from 0".

    Small p: the methods are equivalent within the margin (Schuirmann, 1987; Lakens, 2017). None
    where the differences do not vary.

    Raises:
        StatisticsError: fewer than two differences, one that is not finite, or a margin not > 0.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():  # noqa: PLR2004
        raise StatisticsError("an equivalence test needs finite differences, (n,), n >= 2")
    mean = float(values.mean())
    error = standard_error([(values - mean) / len(values)])
    return equivalence(mean, error, margin, size=float(np.abs(values).max()))


def equivalence(
    mean: float, error: StandardError | None, margin: float, *, size: float
) -> float | None:
    """Give p, the larger of the two one-sided ones, for an estimate with a standard error.

    None where the differences do not vary, or the error is not known.

    Args:
        mean: the estimate.
        error: its standard error; None: not known.
        margin: smallest difference that matters, > 0.
        size: largest absolute score behind the estimate, against which rounding is judged.
    """
    from scipy.special import stdtr

    if not margin > 0:
        raise StatisticsError(f"an equivalence margin must be > 0 (got {margin})")
    if error is None or error.error <= VANISHING * size:
        return None
    below = stdtr(error.df, -(mean + margin) / error.error)
    above = stdtr(error.df, (mean - margin) / error.error)
    return float(max(below, above))
