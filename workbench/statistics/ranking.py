"""Who stands where: an aggregate over packs, and the ranks that the data leave possible."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import BadInput
from workbench.statistics.arrays import Floats, group_indices, level_in_range
from workbench.statistics.bootstrap import resampled_totals
from workbench.statistics.domain import FEWEST_GROUPS
from workbench.statistics.leave_out import SAME, LeftOut, leave_one_out, ranks_of

RESAMPLES = 2000
_TABLE = 2  # dimensions


@dataclass(frozen=True, slots=True)
class PackScores:
    """The scores of several models on the items of one pack (in one language).

    Attributes
    ----------
    name
        Stands in the result.
    scores
        Shape [models, items], finite; the items are the same for all models.
    groups
        Label of each item's group, or None.
    chance, best
        What guessing earns and what a perfect model would: the ends of the scale on which packs are added up. `best`
        below `chance` turns a metric round in which less is better.
    weight
        How much this pack counts, before all weights are divided by their sum.
    """

    name: str
    scores: ArrayLike
    groups: Sequence[str] | None = None
    chance: float = 0.0
    best: float = 1.0
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """One model's place.

    Attributes
    ----------
    name
        The model.
    score, low, high
        Weighted mean over packs of (score - chance)/(best - chance): 0 for guessing, 1 for perfect, below 0 for worse
        than guessing. Percentile bootstrap bounds; None where there are too few items to say.
    rank
        1 is best; equal scores share the better rank.
    rank_low, rank_high
        The ranks the data leave possible: at the level asked for, the true ranks of all models lie in theirs at once.
    tied_with
        Models that cannot be told from this one.
    left_out_low, left_out_high
        Best and worst rank when any one pack is left out; the rank itself where there is but one pack.
    """

    name: str
    score: float
    low: float | None
    high: float | None
    rank: int
    rank_low: int
    rank_high: int
    tied_with: tuple[str, ...]
    left_out_low: int
    left_out_high: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """Models in order, the best first.

    Attributes
    ----------
    models
        One entry a model.
    weights
        Name and weight of each pack, adding up to 1.
    left_out
        What leaving out each pack would change; empty with one pack.
    level, resamples, seed
        As asked for.
    note
        Why ranks are not narrowed down ("too few to say: …"); empty otherwise.
    """

    models: tuple[Ranked, ...]
    weights: tuple[tuple[str, float], ...]
    left_out: tuple[LeftOut, ...]
    level: float
    resamples: int
    seed: int
    note: str


def rank_models(
    names: Sequence[str], packs: Sequence[PackScores], *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = 0
) -> Ranking:
    """Rank models over packs, with the ranks that the items leave possible.

    Parameters
    ----------
    names
        Models, as many as each pack has rows, all different.
    packs
        Scores pack by pack; packs have different names.
    level, resamples, seed
        Confidence level, number of resamples, seed of the generator.

    Raises
    ------
    BadInput
        Without models or packs; when scores are missing, not finite or not one row a model; on names that occur twice,
        weights that are negative or all 0, a chance level equal to `best`.

    Notes
    -----
    Within each pack groups of items are drawn again, the same for all models, so that what is hard for all moves all.
    Of the studentised differences of all pairs the largest absolute one is taken in each resample; its quantile bounds
    all differences at once, and a model's possible ranks follow from how many others are surely better and surely worse
    (Mogstad, Romano, Shaikh & Wilhelm 2024, Review of Economic Studies 91; percentiles of resampled ranks, the usual
    answer, miss when models are close). Resampled deviations are widened by √(G/(G-1)) for a pack of G groups.
    """
    level_in_range(level)
    tables = _checked(names, packs)
    if resamples < 2:  # noqa: PLR2004 — one resample has no spread
        raise BadInput(f"{resamples} resamples show no spread")
    weights = _weights(packs)
    scaled = np.stack([pack.means for pack in tables])  # [packs, models]
    values = weights @ scaled
    note = _note([pack for pack, weight in zip(tables, weights, strict=True) if weight > 0])
    bounds: Floats | None = None
    surely = np.zeros((len(names), len(names)), dtype=np.bool_)
    if not note:
        drawn = np.zeros((resamples, len(names)))
        for place, (weight, pack) in enumerate(zip(weights, tables, strict=True)):
            drawn += weight * _deviations(pack, resamples, seed, place)
        bounds = values + np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
        surely = _surely_above(values, drawn, level)
    left_out = leave_one_out(names, [pack.name for pack in packs], scaled, weights)
    return Ranking(
        models=_in_order(names, values, bounds, surely, left_out),
        weights=tuple((pack.name, float(weight)) for pack, weight in zip(packs, weights, strict=True)),
        left_out=left_out,
        level=level,
        resamples=resamples,
        seed=seed,
        note=note,
    )


def _in_order(
    names: Sequence[str], values: Floats, bounds: Floats | None, surely: NDArray[np.bool_], left_out: Sequence[LeftOut]
) -> tuple[Ranked, ...]:
    ranks = ranks_of(values)
    order = sorted(range(len(names)), key=lambda model: (ranks[model], model))
    return tuple(
        Ranked(
            name=names[model],
            score=float(values[model]),
            low=None if bounds is None else float(bounds[0, model]),
            high=None if bounds is None else float(bounds[1, model]),
            rank=ranks[model],
            rank_low=1 + int(surely[:, model].sum()),
            rank_high=len(names) - int(surely[model].sum()),
            tied_with=tuple(
                names[other]
                for other in order
                if other != model and not surely[other, model] and not surely[model, other]
            ),
            left_out_low=min((entry.ranks[model] for entry in left_out), default=ranks[model]),
            left_out_high=max((entry.ranks[model] for entry in left_out), default=ranks[model]),
        )
        for model in order
    )


@dataclass(frozen=True, slots=True)
class _Table:
    """A pack on the common scale: column sums by group [groups, models + 1], the last column counting items."""

    name: str
    sums: Floats
    means: Floats = field(init=False)

    def __post_init__(self) -> None:
        totals = self.sums.sum(axis=0)
        object.__setattr__(self, "means", totals[:-1] / totals[-1])


def _checked(names: Sequence[str], packs: Sequence[PackScores]) -> list[_Table]:
    if not names or not packs:
        raise BadInput("a ranking needs at least one model and one pack")
    for what, given in (("model", list(names)), ("pack", [pack.name for pack in packs])):
        twice = next((name for name in given if given.count(name) > 1), None)
        if twice is not None:
            raise BadInput(f"the {what} {twice!r} is there twice", remedy="Give each a name of its own.")
    return [_table(pack, len(names)) for pack in packs]


def _table(pack: PackScores, models: int) -> _Table:
    scores = np.asarray(pack.scores, dtype=np.float64)
    if scores.ndim != _TABLE or scores.shape[0] != models or scores.shape[1] == 0:
        raise BadInput(
            f"scores must have shape [{models} models, items], and have {scores.shape}",
            where=pack.name,
            remedy="Rank models on items that all of them answered.",
        )
    if not np.isfinite(scores).all():
        model, item = (int(index) for index in np.argwhere(~np.isfinite(scores))[0])
        raise BadInput(f"the score of model {model} on item {item} is no finite number", where=pack.name)
    scale = pack.best - pack.chance
    if scale == 0 or not np.isfinite(scale):
        raise BadInput(f"chance {pack.chance} and best {pack.best} do not make a scale", where=pack.name)
    indices = group_indices(pack.groups, scores.shape[1])
    sums = np.zeros((int(indices.max()) + 1, models + 1))
    np.add.at(sums, indices, np.column_stack([((scores - pack.chance) / scale).T, np.ones(scores.shape[1])]))
    return _Table(pack.name, sums)


def _weights(packs: Sequence[PackScores]) -> Floats:
    weights = np.array([pack.weight for pack in packs], dtype=np.float64)
    if not np.isfinite(weights).all() or (weights < 0).any() or weights.sum() == 0:
        raise BadInput(f"weights must not be negative nor all 0, and are {weights.tolist()}")
    return np.asarray(weights / weights.sum())


def _note(tables: Sequence[_Table]) -> str:
    fewest = min(tables, key=lambda pack: len(pack.sums))
    if len(fewest.sums) < FEWEST_GROUPS:
        return (
            f"too few to say: {fewest.name} has {len(fewest.sums)} independent items or groups, of which "
            f"{FEWEST_GROUPS} are needed"
        )
    return ""


def _deviations(pack: _Table, resamples: int, seed: int, place: int) -> Floats:
    """Return how far each resample's means lie from the pack's own: [resamples, models]."""
    blocks = resampled_totals(pack.sums, resamples, [seed, place])
    means = np.concatenate([block[:, :-1] / block[:, -1:] for block in blocks])
    count = len(pack.sums)
    return np.asarray((means - pack.means) * math.sqrt(count / (count - 1)))


def _surely_above(values: Floats, drawn: Floats, level: float) -> NDArray[np.bool_]:
    """Return which model surely scores above which: [above, below], all pairs at once at `level`."""
    models = values.size
    largest = np.zeros(len(drawn))
    errors = np.zeros((models, models))
    for one in range(models):  # pair by pair: all at once would hold resamples × models² numbers
        for other in range(one + 1, models):
            away = drawn[:, one] - drawn[:, other]
            errors[one, other] = errors[other, one] = error = float(away.std(ddof=1))
            if error > SAME:
                np.maximum(largest, np.abs(away) / error, out=largest)
    difference = values[:, None] - values[None, :]
    # A difference that is the same in every group has no spread, and there are groups enough to believe it.
    return np.asarray(difference > np.maximum(np.quantile(largest, level) * errors, SAME))
