"""Statistics of a comparison: topics x seeds x languages.

`compare` makes everything that a table needs from the `Scores` of one measure and a `Design`; the
tests, intervals, corrections and effect sizes are there to be used alone, one file each. Nothing
here imports torch.
"""

from clirbench.statistics.bootstrap import Interval, bootstrap_interval
from clirbench.statistics.change import Change, SeedSD, change_between, seed_sd_of
from clirbench.statistics.comparison import compare
from clirbench.statistics.comparisons_file import from_json, to_json
from clirbench.statistics.corrections import adjust
from clirbench.statistics.crossed import Components, components, crossed_interval, crossed_t
from clirbench.statistics.design import Design, Hypothesis, MethodRole, PairRole
from clirbench.statistics.randomisation import paired_randomisation
from clirbench.statistics.records import MissingCell
from clirbench.statistics.results import (
    Comparison,
    Comparisons,
    Family,
    MethodMean,
    MethodProfile,
    MissingComparison,
)
from clirbench.statistics.scores import Scores
from clirbench.statistics.tost import Shares, shares_by_margin
from clirbench.statistics.ttest import paired_t
from clirbench.statistics.wilcoxon import wilcoxon
from clirbench.statistics.wording import (
    few_seeds,
    likely,
    mean_name,
    name_of_tests,
    number,
    p_value,
    percentage,
    sentence,
    topics_of,
)

__all__ = [
    "Change",
    "Comparison",
    "Comparisons",
    "Components",
    "Design",
    "Family",
    "Hypothesis",
    "Interval",
    "MethodMean",
    "MethodProfile",
    "MethodRole",
    "MissingCell",
    "MissingComparison",
    "PairRole",
    "Scores",
    "SeedSD",
    "Shares",
    "adjust",
    "bootstrap_interval",
    "change_between",
    "compare",
    "components",
    "crossed_interval",
    "crossed_t",
    "few_seeds",
    "from_json",
    "likely",
    "mean_name",
    "name_of_tests",
    "number",
    "p_value",
    "paired_randomisation",
    "paired_t",
    "percentage",
    "seed_sd_of",
    "sentence",
    "shares_by_margin",
    "to_json",
    "topics_of",
    "wilcoxon",
]
