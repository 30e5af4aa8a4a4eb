"""How a metric is called and how its values are read: as shares of one, or as plain numbers."""

from __future__ import annotations

from workbench.errors import NotFound
from workbench.evaluation.result import Score
from workbench.metrics import metric
from workbench.reports.words import Words

_SHARE = (0.0, 1.0)


def is_share(score: Score) -> bool:
    """Return whether a score is a share, to be shown as a percentage."""
    return metric_is_share(score.metric)


def metric_is_share(name: str) -> bool:
    """Return whether a metric runs from 0 to 1 (MCC, chrF, BLEU and bits per byte do not); unknown ones do not."""
    try:
        return metric(name).bounds == _SHARE
    except NotFound:
        return False


def metric_title(name: str, words: Words) -> str:
    """Return a metric's name for people: the catalogue's, else the registry's, else as it is written."""
    said = words.name("metric", name)
    if said != name:
        return said
    try:
        known = metric(name)
    except NotFound:
        return name
    return known.title if known.higher_is_better else words("metric.lower", metric=known.title)


def metric_description(name: str) -> str:
    """Return what a metric measures, in plain words; empty for one that only its user knows."""
    try:
        return metric(name).description
    except NotFound:
        return ""
