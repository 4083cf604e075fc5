"""Statistics of a comparison: topics x seeds x languages.

`compare` makes everything that a table needs from the `Scores` of one measure and a `Design`; the
tests, intervals, corrections and effect sizes are there to be used alone, one file each. Nothing
here imports torch.
"""

from clirbench.statistics.anova import Anova, two_way_anova
from clirbench.statistics.aso import StochasticOrder, almost_stochastic_order
from clirbench.statistics.bootstrap import Interval, bootstrap_interval, two_way_interval
from clirbench.statistics.comparison import compare
from clirbench.statistics.corrections import adjust, max_t
from clirbench.statistics.crossed import Components, components, crossed_interval, crossed_t
from clirbench.statistics.design import Design, Hypothesis, MethodRole, PairRole
from clirbench.statistics.interchange import from_json, to_json
from clirbench.statistics.mcnemar import mcnemar, wilson_interval
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
from clirbench.statistics.tost import paired_tost
from clirbench.statistics.ttest import paired_t
from clirbench.statistics.tukey import randomised_tukey
from clirbench.statistics.wilcoxon import wilcoxon
from clirbench.statistics.wording import mean_name, name_of_tests, number, p_value, sentence

__all__ = [
    "Anova",
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
    "StochasticOrder",
    "adjust",
    "almost_stochastic_order",
    "bootstrap_interval",
    "compare",
    "components",
    "crossed_interval",
    "crossed_t",
    "from_json",
    "max_t",
    "mcnemar",
    "mean_name",
    "name_of_tests",
    "number",
    "p_value",
    "paired_randomisation",
    "paired_t",
    "paired_tost",
    "randomised_tukey",
    "sentence",
    "to_json",
    "two_way_anova",
    "two_way_interval",
    "wilcoxon",
    "wilson_interval",
]
