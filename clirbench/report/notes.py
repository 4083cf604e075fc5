"""What stands below a table: what its numbers are means of, and what its marks mean."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from clirbench.statistics import Comparisons, mean_name, name_of_tests
from clirbench.wording import counted, listed

__all__ = ["BETTER", "WORSE", "table_notes", "tuning_note"]

BETTER, WORSE = "▲", "▼"
_SHOWN = 5
"""Missing cells that a note names; of the others it gives the number."""


def table_notes(comparisons: Comparisons, versus: str | None, means: Sequence[str]) -> list[str]:
    """Say what was measured, on what, which test marks what, and what is missing.

    Args:
        comparisons: of the table's measure.
        versus: the reference of the marks; none: nothing is compared with it.
        means: the macro means that have a column.
    """
    design = comparisons.design
    notes = [_means(comparisons, means)]
    if versus is not None:
        families = "; ".join(family.label for family in comparisons.families)
        notes.append(
            f"{BETTER}{WORSE}: significantly better, worse than {versus} at {design.alpha:g}: "
            f"{name_of_tests(design)}. Families: {families}."
        )
    if comparisons.missing_cells:
        missing = list(map(str, comparisons.missing_cells))
        notes.append(f"Missing (–): {listed(missing, _SHOWN)}.")
    return [*notes, *comparisons.remarks]


def tuning_note(measure: str, trials: int, topics: Collection[int]) -> str:
    """Say that, and on what, the settings of the trained methods were picked.

    Args:
        measure: by which.
        trials: of each method.
        topics: numbers of development topics, of each pair.
    """
    shown = f"{min(topics)}" if len(set(topics)) == 1 else f"{min(topics)} to {max(topics)}"
    return (
        f"Trained methods are tuned: of each, the best of {trials} trials by {mean_name(measure)} on "
        f"{shown} development topics, which are not among the topics of this table."
    )


def _means(comparisons: Comparisons, means: Sequence[str]) -> str:
    design = comparisons.design
    topics = {comparisons.mean(m.name, p.name).topics for m in design.methods for p in design.pairs}
    shown = f"{min(topics)}" if len(topics) == 1 else f"{min(topics)} to {max(topics)}"
    seeds = len(design.seeds)
    text = f"{mean_name(comparisons.measure)}: mean over {shown} topic{'s' * (topics != {1})}"
    if seeds:
        text += f" and, for trained methods, {counted(seeds, 'seed')}"
    if means:
        text += f"; {', '.join(means)}: macro mean{'s' * (len(means) > 1)} over language pairs"
    oracle = f" but for {design.oracle}" if design.oracle else ""
    return f"{text}. Bold: best{oracle}; underlined: second."
