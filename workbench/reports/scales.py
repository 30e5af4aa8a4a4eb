"""How a metric's values are read: as shares of one, or as plain numbers."""

from __future__ import annotations

from workbench.evaluation.result import Score

_SHARES = ("accuracy", "acc", "exact", "f1", "macro_f1", "token_f1", "numeric")


def is_share(score: Score) -> bool:
    """Return whether the values of a metric are shares, to be shown as percentages."""
    return metric_is_share(score.metric)


def metric_is_share(metric: str) -> bool:
    """Return whether `metric` names a share between 0 and 1 (MCC, chrF, BLEU and bits per byte do not)."""
    return metric.startswith(_SHARES) or metric.endswith("_f1")
