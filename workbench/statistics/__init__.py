"""How sure are we."""

from workbench.statistics.baselines import Baselines, baselines, chance_level, majority_baseline
from workbench.statistics.bootstrap import (
    bootstrap_interval,
    bootstrap_sums,
    mean_interval,
    ratio_interval,
)
from workbench.statistics.interval import Interval, wilson
from workbench.statistics.paired import PairedTest, mcnemar, paired_bootstrap, permutation_test
from workbench.statistics.planning import items_needed, minimum_detectable_effect
from workbench.statistics.verdict import VersusChance, versus_chance

__all__ = [
    "Baselines",
    "Interval",
    "PairedTest",
    "VersusChance",
    "baselines",
    "bootstrap_interval",
    "bootstrap_sums",
    "chance_level",
    "items_needed",
    "majority_baseline",
    "mcnemar",
    "mean_interval",
    "minimum_detectable_effect",
    "paired_bootstrap",
    "permutation_test",
    "ratio_interval",
    "versus_chance",
    "wilson",
]
