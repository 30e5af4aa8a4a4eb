"""How sure are we."""

from workbench.statistics.baselines import Baselines, baselines, chance_level, majority_baseline
from workbench.statistics.bootstrap import (
    bootstrap_interval,
    bootstrap_sums,
    ratio_interval,
)
from workbench.statistics.choosing import mean_interval
from workbench.statistics.clustered import bootstrap_t_interval, bootstrap_t_test, paired_t
from workbench.statistics.components import Component, Components, variance_components
from workbench.statistics.corrections import benjamini_hochberg, holm
from workbench.statistics.domain import too_few
from workbench.statistics.effect import PairedEffect, paired_effect
from workbench.statistics.interval import Interval, Population, wilson
from workbench.statistics.leave_out import LeftOut
from workbench.statistics.means import (
    MeanError,
    clustered_error,
    clustered_interval,
    design_effect,
    repeats_interval,
    t_interval,
)
from workbench.statistics.paired import PairedTest, mcnemar, paired_bootstrap, permutation_test
from workbench.statistics.planning import (
    half_width_items,
    items_needed,
    minimum_detectable_effect,
    paired_items_needed,
    paired_power,
)
from workbench.statistics.ranking import PackScores, Ranked, Ranking, rank_models
from workbench.statistics.sequences import ConfidenceSequence, cluster_means, confidence_sequence, log_wealth
from workbench.statistics.stopping import Stop, stop_when_decided, stop_when_precise
from workbench.statistics.verdict import VersusChance, versus_chance

__all__ = [
    "Baselines",
    "Component",
    "Components",
    "ConfidenceSequence",
    "Interval",
    "LeftOut",
    "MeanError",
    "PackScores",
    "PairedEffect",
    "PairedTest",
    "Population",
    "Ranked",
    "Ranking",
    "Stop",
    "VersusChance",
    "baselines",
    "benjamini_hochberg",
    "bootstrap_interval",
    "bootstrap_sums",
    "bootstrap_t_interval",
    "bootstrap_t_test",
    "chance_level",
    "cluster_means",
    "clustered_error",
    "clustered_interval",
    "confidence_sequence",
    "design_effect",
    "half_width_items",
    "holm",
    "items_needed",
    "log_wealth",
    "majority_baseline",
    "mcnemar",
    "mean_interval",
    "minimum_detectable_effect",
    "paired_bootstrap",
    "paired_effect",
    "paired_items_needed",
    "paired_power",
    "paired_t",
    "permutation_test",
    "rank_models",
    "ratio_interval",
    "repeats_interval",
    "stop_when_decided",
    "stop_when_precise",
    "t_interval",
    "too_few",
    "variance_components",
    "versus_chance",
    "wilson",
]
