"""From judged rows to scores: each with its interval, its chance level, and what it says about guessing."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.benchmarks.records import Formulation, TaskKind
from workbench.evaluation.plan import Part
from workbench.evaluation.result import Counts, Score, Verdict
from workbench.evaluation.rows import ItemRow

LEVEL = 0.95
CHOICE_METRICS = ("accuracy", "accuracy_norm_chars", "accuracy_norm_bytes")


def counts(part: Part, rows: Sequence[ItemRow]) -> Counts:
    """Return what happened to the items of one part; nothing is silent."""
    return Counts(
        pack=part.pack.name,
        language=part.language,
        planned=len(part.questions),
        scored=sum(not row.error for row in rows),
        failed=sum(bool(row.error) for row in rows),
        tied=sum(row.tied > 1 for row in rows),
        truncated=sum(row.truncated > 0 for row in rows),
        parsed=sum(row.extraction == "parsed" for row in rows),
        fallback=sum(row.extraction == "fallback" for row in rows),
        extraction_failed=sum(row.extraction == "failed" for row in rows),
    )


def scores(part: Part, rows: Sequence[ItemRow], wanted: Sequence[str] = ()) -> tuple[Score, ...]:
    """Return every score of one part, the headline first.

    Parameters
    ----------
    wanted
        Metrics asked for; empty: the card's. Those that the formulation does not produce are left out.
    """
    scored = [row for row in rows if not row.error]
    names = [name for name in wanted or part.pack.card.metrics if _fits(name, part)]
    if not names:
        names = ["accuracy"] if part.formulation in (Formulation.CLOZE, Formulation.LETTERS) else []
    return tuple(_score(name, part, scored, headline=position == 0) for position, name in enumerate(names))


def _fits(name: str, part: Part) -> bool:
    """Return whether a metric can be computed from what the formulation produces."""
    from workbench.metrics import metric

    needs = metric(name).needs
    has_choices = part.pack.card.task in (TaskKind.MULTIPLE_CHOICE, TaskKind.CLASSIFICATION, TaskKind.MINIMAL_PAIRS)
    if part.formulation is Formulation.ROLLING:
        return needs == "rolling"
    if part.formulation is Formulation.GENERATE:
        normalised = name in CHOICE_METRICS[1:]
        return (needs == "choices" and has_choices and not normalised) or (needs == "text" and not has_choices)
    if part.formulation is Formulation.LETTERS and name in CHOICE_METRICS[1:]:
        return False  # a letter is as long as another
    return needs == "choices"


def _score(name: str, part: Part, rows: Sequence[ItemRow], *, headline: bool) -> Score:
    from workbench.metrics import METRICS, aggregate, metric, summarise
    from workbench.statistics import Interval, baselines, bootstrap_sums, mean_interval, versus_chance
    from workbench.statistics.domain import FEWEST_GROUPS

    better = metric(name).higher_is_better
    if not rows:
        return _unscored(name, part, better=better, headline=headline)
    groups = [row.group or row.item_id for row in rows]
    if name not in METRICS:  # a user's own, which has no sums to resample
        interval = Interval(aggregate(name, rows), None, None, LEVEL, "", len(rows), len(set(groups)))
    elif (sums := summarise(name, rows)).item_scores is not None:
        interval = mean_interval(sums.item_scores, groups)
    else:
        interval = bootstrap_sums(sums.rows, sums.finish, groups, method="BCa", fewest=FEWEST_GROUPS)
    labels_matter = part.pack.card.task is not TaskKind.MINIMAL_PAIRS
    base = baselines(
        name,
        [row.gold for row in rows],
        [len(row.choices) or 1 for row in rows],
        positions_mean_something=labels_matter,
    )
    return Score(
        pack=part.pack.name,
        language=part.language,
        metric=name,
        value=interval.value,
        low=interval.low,
        high=interval.high,
        interval=interval.method,
        n=interval.n,
        groups=interval.groups,
        chance=base.chance,
        majority=base.majority,
        higher_is_better=better,
        verdict=Verdict(versus_chance(interval, base.chance)),
        headline=headline,
    )


def _unscored(name: str, part: Part, *, better: bool, headline: bool) -> Score:
    return Score(
        pack=part.pack.name,
        language=part.language,
        metric=name,
        value=None,
        low=None,
        high=None,
        interval="",
        n=0,
        groups=0,
        chance=None,
        majority=None,
        higher_is_better=better,
        verdict=Verdict.NOT_SCORED,
        headline=headline,
    )
