"""What a table's notes say of a difference of two differences."""

from __future__ import annotations

from collections.abc import Iterator

from clirbench.analysis.interaction import interaction_of
from clirbench.results.folder import Folder
from clirbench.statistics import Comparison, mean_name, number, p_value

__all__ = ["interaction_notes"]


def interaction_notes(results: Folder, measure: str) -> Iterator[str]:
    """Give the estimate where the hypothesis is asked, else on all pairs; nothing where none is asked for.

    Raises:
        DataError: a file of the folder is damaged.
    """
    found = interaction_of(results.suite, results.cells.scores, results.clusters, measure)
    if found is None:
        return
    first, second = (method.name for method in found.design.methods)
    claim, groups = results.suite.hypothesis, {group.name for group in found.design.scopes}
    on = claim.on if claim and claim.on in groups else "all"
    one = found.between(first, second, on)
    text = f"Interaction on {on}: ({first}) - ({second})"
    if not isinstance(one, Comparison):
        yield f"{text} cannot be tested: {one.why}."
        return
    interval = ", no interval"
    if one.claimed_interval is not None:
        low, high = map(number, one.claimed_interval)
        interval = f", {100 * (1 - found.design.alpha):g} % CI [{low}, {high}]"
    yield (
        f"{text} = {number(one.first_mean, sign=True)} - {number(one.second_mean, sign=True)} = "
        f"{number(one.difference, sign=True)} {mean_name(measure)}{interval}, p {p_value(one.p)}, "
        "not adjusted."
    )
