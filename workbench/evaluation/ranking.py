"""Several results on the same items: an order, and the ranks the items leave possible."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from workbench.errors import NotComparable, UsageError
from workbench.evaluation.comparability import Difference, check_allowed, forbidding, shown
from workbench.evaluation.comparing import Place, answers, by_place, metric_of
from workbench.evaluation.result import Result
from workbench.evaluation.rows import ItemRow
from workbench.statistics import PackScores, Ranking, rank_models

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class RankedPart:
    """One benchmark in one language, as it entered the ranking.

    Attributes
    ----------
    items
        Those for which all models have a score.
    chance, best
        Ends of the scale on which it is added up: guessing and perfect.
    weight
        Its share of the aggregate.
    """

    pack: str
    language: str
    metric: str
    items: int
    chance: float
    best: float
    weight: float


@dataclass(frozen=True, slots=True)
class ModelRanking:
    """Models in order.

    Attributes
    ----------
    ranking
        The best first, each with score, rank, possible ranks and ties.
    parts
        What was added up.
    omitted
        Benchmarks that could not be, each with the reason, in words.
    allowed, shown
        Differences between the results that were allowed by name, and those that forbid nothing.
    """

    ranking: Ranking
    parts: tuple[RankedPart, ...]
    omitted: tuple[str, ...]
    allowed: tuple[Difference, ...]
    shown: tuple[Difference, ...]


def rank(
    results: Sequence[Result],
    *,
    weights: Mapping[str, float] | None = None,
    allow_different: Sequence[str] = (),
    level: float = LEVEL,
    seed: int = 0,
) -> ModelRanking:
    """Rank the models of several results on the benchmarks, languages and items that all of them were asked.

    Parameters
    ----------
    results
        Two or more.
    weights
        By pack, or by ``pack/language``, which goes before; 1 where nothing is said. A pack's weight counts for each
        of its languages.
    allow_different
        Names of differences that are to be overlooked; the ranking says so.
    level
        At which all possible ranks hold together.
    seed
        Of the bootstrap.

    Raises
    ------
    UsageError
        Fewer than two results, a weight for what was not asked, or an unknown name in `allow_different`.
    NotComparable
        The results do not answer the same question, or nothing that all were asked can be added up.
    BadInput
        Weights that are negative or all 0.
    """
    if len(results) < 2:  # noqa: PLR2004 — one is no ranking
        raise UsageError(f"a ranking needs two results or more, and there are {len(results)}")
    differences = _allowed(results, tuple(allow_different))
    packs, parts, omitted = _packs(results, dict(weights or {}))
    if not packs:
        raise NotComparable("nothing can be added up: " + "; ".join(omitted or ["the runs have nothing in common"]))
    ranking = rank_models(_names(results), packs, level=level, seed=seed)
    shares = dict(ranking.weights)
    return ModelRanking(
        ranking=ranking,
        parts=tuple(
            RankedPart(*place, metric, items, pack.chance, pack.best, shares[pack.name])
            for (place, metric, items), pack in zip(parts, packs, strict=True)
        ),
        omitted=tuple(omitted),
        allowed=differences,
        shown=tuple({entry.words: entry for other in results[1:] for entry in shown(results[0], other)}.values()),
    )


def _allowed(results: Sequence[Result], allowed: tuple[str, ...]) -> tuple[Difference, ...]:
    """Return the differences that were allowed by name; any other one refuses the ranking."""
    check_allowed(allowed)
    found = {entry.words: entry for other in results[1:] for entry in forbidding(results[0], other)}
    against = [entry.words for entry in found.values() if entry.what not in allowed]
    if against:
        raise NotComparable(
            "; ".join(against),
            where=", ".join(result.run_id for result in results),
            remedy="Run all with the same settings, or allow these differences by name.",
        )
    return tuple(found.values())


def _names(results: Sequence[Result]) -> list[str]:
    """Return the models' names, with the run's id where a model stands twice."""
    models = [
        f"{result.model.name} + {result.model.adapter}" if result.model.adapter else result.model.name
        for result in results
    ]
    return [
        f"{model} ({result.run_id})" if models.count(model) > 1 else model
        for model, result in zip(models, results, strict=True)
    ]


Part = tuple[Place, str, int]


def _packs(results: Sequence[Result], weights: dict[str, float]) -> tuple[list[PackScores], list[Part], list[str]]:
    rows = [by_place(result) for result in results]
    places = [place for place in rows[0] if all(place in other for other in rows)]
    known = {pack for pack, _ in places} | {"/".join(place) for place in places}
    unknown = sorted(set(weights) - known)
    if unknown:
        raise UsageError(
            f"a weight for {', '.join(unknown)}, which not all were asked",
            where="weights",
            remedy=f"Weigh one of: {', '.join(sorted(known)) or 'nothing, for they have nothing in common'}.",
        )
    packs, parts, omitted = list[PackScores](), list[Part](), list[str]()
    for place in places:
        name = "/".join(place)
        made = _pack(results, place, [other[place] for other in rows], weights.get(name, weights.get(place[0], 1.0)))
        if isinstance(made, str):
            omitted.append(f"{name}: {made}")
        else:
            pack, metric, items = made
            packs.append(pack)
            parts.append((place, metric, items))
    return packs, parts, omitted


def _pack(
    results: Sequence[Result], place: Place, rows: Sequence[Sequence[ItemRow]], weight: float
) -> tuple[PackScores, str, int] | str:
    """Return the scores of one part, or in words why it cannot be added up."""
    from workbench.metrics import METRICS

    metric = metric_of(results[0], place, [row for entry in rows for row in entry])
    low, high = METRICS[metric].bounds if metric in METRICS else (-math.inf, math.inf)
    if not (math.isfinite(low) and math.isfinite(high)):
        return f"{metric or 'what was asked'} is no score from worst to best, and cannot be put on a scale with others"
    worst, best = (low, high) if METRICS[metric].higher_is_better else (high, low)
    found = [answers(entry, metric) for entry in rows]
    common = [item for item in found[0] if all(item in other for other in found)]
    if not common:
        return "no item has a score in all of the runs"
    chance = next(
        (score.chance for score in results[0].scores if (score.pack, score.language, score.metric) == (*place, metric)),
        None,
    )
    groups = [found[0][item].row.group for item in common]
    return (
        PackScores(
            name="/".join(place),
            scores=[[other[item].score for item in common] for other in found],
            groups=groups if any(groups) else None,
            chance=worst if chance is None else chance,
            best=best,
            weight=weight,
        ),
        metric,
        len(common),
    )
