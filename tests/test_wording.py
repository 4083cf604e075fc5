"""Words that many messages share."""

from __future__ import annotations

import pytest

from clirbench.wording import close, counted, duration, listed, nearest, show


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 s"),
        (0.4, "0.4 s"),
        (59, "59 s"),
        (59.4, "59 s"),
        (185, "3:05 min"),
        (3599.9, "1:00:00 h"),
        (7620, "2:07:00 h"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    """Times are for people."""
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 cells"), (1, "1 cell"), (2, "2 cells"), (1200, "1,200 cells")]
)
def test_a_number_with_its_noun(number: int, text: str) -> None:
    """Only one is singular; thousands are set apart."""
    assert counted(number, "cell") == text
    assert counted(3, "story") == "3 stories"
    assert counted(3, "key") == "3 keys"


def test_a_long_list_is_cut() -> None:
    """What does not fit is counted, and a list that fits is whole."""
    assert listed(["a", "b", "c", "d"], 2) == "a; b; and 2 more"
    assert listed(["a", "b"], 2, between=", ") == "a, b"
    assert listed([], 2) == ""


def test_the_name_that_was_meant() -> None:
    """A near name is offered, a far one is not, and all that are known are listed."""
    assert close("optcal", ["optical", "greedy"]) == '; did you mean "optical"?'
    assert close("xyz", ["optical", "greedy"]) == ""
    assert nearest("optcal", ["optical", "greedy"]).endswith("(known: greedy, optical)")
    assert nearest("optical", []) == " (known: none)"


def test_a_value_is_shown_as_it_stood() -> None:
    """As JSON, cut to a line's worth."""
    assert show({"a": [1, None]}) == '{"a": [1, null]}'
    assert show("x" * 100) == '"' + "x" * 56 + "..."
