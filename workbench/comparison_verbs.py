"""The verbs that set results side by side, and the one that says how many items it takes; part of the facade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.evaluation.comparing import Comparison
    from workbench.evaluation.ranking import ModelRanking
    from workbench.evaluation.result import Result
    from workbench.evaluation.sizing import Sizing


def compare(first: Result, second: Result, *, allow_different: Sequence[str] = ()) -> Comparison:
    """Compare two results item by item: difference with interval, and the items on which they part.

    Parameters
    ----------
    allow_different
        Names of differences that are to be overlooked, e.g. ``shots``; the comparison says so.

    Raises
    ------
    NotComparable
        They do not answer the same question; every difference is named.
    """
    from workbench.evaluation.comparing import compare as compared
    from workbench.jupyter.widgets.display import register

    register()
    return compared(first, second, allow_different=allow_different)


def rank(
    results: Sequence[Result],
    *,
    weights: Mapping[str, float] | None = None,
    allow_different: Sequence[str] = (),
    level: float = 0.95,
    seed: int = 0,
) -> ModelRanking:
    """Rank the models of several results: score over all packs, rank, the ranks the items leave possible, ties.

    Parameters
    ----------
    weights
        By pack or ``pack/language``; 1 where nothing is said.
    allow_different
        As `compare`.
    level, seed
        At which all possible ranks hold together, and the bootstrap's seed.

    Raises
    ------
    NotComparable, UsageError, BadInput
        They do not answer the same question; fewer than two results; weights that make no sense.
    """
    from workbench.evaluation.ranking import rank as ranked

    return ranked(results, weights=weights, allow_different=allow_different, level=level, seed=seed)


def plan(
    results: Result | Sequence[Result] = (),
    *,
    half_width: float | None = None,
    difference: float | None = None,
    accuracy: float = 0.5,
    differing: float | None = None,
    design_effect: float = 1.0,
    power: float = 0.8,
    level: float = 0.95,
    of: int | None = None,
) -> tuple[Sizing, ...]:
    """Return how many items a question takes: ``wb.plan(half_width=0.02)`` or ``wb.plan(difference=0.05)``.

    Parameters
    ----------
    results
        Results from whose accuracy and groups to plan, with an entry for each of their packs and languages; without
        them `accuracy` and `design_effect` count, and there is one entry.
    half_width, difference
        The question: how far the interval reaches to either side, or how far two models lie apart.
    differing
        Share of items on which two models part, where it is known.
    power, level
        Probability of seeing the difference, and confidence level.
    of
        Items the benchmark holds, when a half-width is wanted of it alone.

    Raises
    ------
    UsageError, BadInput
        Not exactly one question, or a number outside its range.
    """
    from workbench.evaluation.result import Result as One
    from workbench.evaluation.sizing import Wanted, size, size_from

    wanted = Wanted(half_width, difference, differing, power, level, of)
    given = (results,) if isinstance(results, One) else tuple(results)
    return size_from(wanted, given) if given else (size(wanted, accuracy=accuracy, effect=design_effect),)
