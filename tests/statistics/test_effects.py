"""Effect sizes."""

from __future__ import annotations

import numpy as np
import pytest

from clirbench.errors import StatisticsError
from clirbench.statistics.effects import (
    gap_closed,
    high_minus_low,
    relative_change,
    standardised,
    tally,
    worst_pair,
)
from clirbench.statistics.streams import Array
from clirbench.statistics.ttest import standard_error


def test_textbook_sample(textbook: Array) -> None:
    """d_z of systems 1 and 2 is the published .4731; wins and ties are those counted in tenths."""
    difference = textbook[:, 0] - textbook[:, 1]
    mean = float(difference.mean())
    error = standard_error([(difference - mean) / 20])
    assert standardised(mean, error, 20, size=0.7) == pytest.approx(0.4731, abs=5e-5)
    tenth = np.round(difference * 10)
    assert tally(textbook[:, 0], textbook[:, 1]) == (
        (tenth > 0).sum(),
        (tenth == 0).sum(),
        (tenth < 0).sum(),
    )


def test_rounding_is_a_tie() -> None:
    """.1 + .2 ties with .3."""
    assert tally(np.array([0.1 + 0.2]), np.array([0.3])) == (0, 1, 0)
    assert tally(np.array([0.0, 0.5]), np.array([1e-17, 0.4])) == (1, 1, 0)


def test_standardised_degenerate() -> None:
    """No difference has size 0; a constant one, or one topic, has none."""
    zero, constant = np.zeros(4), np.full(4, 0.2)
    assert standardised(0.0, standard_error([zero]), 4, size=1) == 0
    assert standardised(0.2, standard_error([constant - 0.2]), 4, size=1) is None
    assert standardised(0.2, None, 1, size=1) is None


def test_ratios() -> None:
    """Relative change and translation gap, with None where the denominator is 0."""
    assert relative_change(0.3, 0.2) == pytest.approx(0.5)
    assert relative_change(0.3, 0.0) is None
    assert gap_closed(0.3, 0.2, 0.4) == pytest.approx(0.5)
    assert gap_closed(0.1, 0.2, 0.4) == pytest.approx(-0.5)
    assert gap_closed(0.3, 0.2, 0.2) is None


def test_languages() -> None:
    """The gap is between class means; the worst pair is the first of the lowest."""
    assert high_minus_low([0.5, 0.7], [0.2]) == pytest.approx(0.4)
    assert high_minus_low([], [0.2]) is None
    assert worst_pair({"de": 0.5, "sw": 0.2, "so": 0.2}) == ("sw", 0.2)
    with pytest.raises(StatisticsError, match="without pairs"):
        worst_pair({})
    with pytest.raises(StatisticsError, match="finite paired"):
        tally(np.array([np.nan]), np.array([0.1]))
