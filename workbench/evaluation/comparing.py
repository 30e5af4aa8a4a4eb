"""Two results on the same items: which is better, by how much, how sure that is, and on which items they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.errors import NotComparable
from workbench.evaluation.comparability import Difference, check_allowed, forbidding, shown
from workbench.evaluation.finishing import item_rows
from workbench.evaluation.result import Result
from workbench.evaluation.rows import ItemRow
from workbench.statistics.paired import PairedTest, mcnemar, paired_bootstrap, permutation_test

MOST_FLIPS = 500
EXCERPT = 300
Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two results."""

    run: str
    model: str


@dataclass(frozen=True, slots=True)
class Pair:
    """One benchmark in one language.

    Attributes
    ----------
    n, groups
        Items that both have a score for, and independent groups among them.
    difference, low, high
        Mean of first minus second, with its 95 % bootstrap interval; None without items.
    p_value, method
        Two-sided, of this pair alone: nothing is corrected for testing several.
    first_only, second_only
        Items on which only one of the two scored higher.
    """

    pack: str
    language: str
    metric: str
    n: int
    groups: int
    first: float | None
    second: float | None
    difference: float | None
    low: float | None
    high: float | None
    p_value: float | None
    method: str
    first_only: int
    second_only: int


@dataclass(frozen=True, slots=True)
class Flip:
    """An item that one got right and the other wrong."""

    pack: str
    language: str
    item_id: str
    excerpt: str
    first: float
    second: float
    first_key: str
    second_key: str
    first_answer: str
    second_answer: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two results, compared as far as they are comparable.

    Attributes
    ----------
    comparable
        Whether nothing forbids it, differences that were allowed left aside.
    differences
        Everything that forbids it, or would: those in `allowed` mark every number here.
    shown
        What differs and forbids nothing.
    flips, total_flips
        The first 500, and how many there are.
    """

    first: Side
    second: Side
    comparable: bool
    differences: tuple[Difference, ...]
    shown: tuple[Difference, ...]
    allowed: tuple[str, ...]
    pairs: tuple[Pair, ...]
    flips: tuple[Flip, ...]
    total_flips: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The score of one item in one result, repeats averaged."""

    score: float
    row: ItemRow


def compare(first: Result, second: Result, *, allow_different: Sequence[str] = (), explain: bool = False) -> Comparison:
    """Compare two results item by item.

    Parameters
    ----------
    allow_different
        Names of differences that are to be overlooked; the comparison says so.
    explain
        Return what forbids the comparison, and compare the parts that it does not concern, instead of refusing.

    Raises
    ------
    NotComparable
        The results do not answer the same question; every difference is named.
    UsageError
        A name in `allow_different` that is none.
    """
    allowed = tuple(dict.fromkeys(allow_different))
    check_allowed(allowed)
    differences = forbidding(first, second)
    against = [entry for entry in differences if entry.what not in allowed]
    if against and not explain:
        raise NotComparable(
            "; ".join(entry.words for entry in against),
            where=f"{first.run_id} and {second.run_id}",
            remedy="Run both with the same settings, or allow these differences by name.",
        )
    refused = {(entry.pack, entry.language) for entry in against}
    pairs, flips = ([], []) if ("", "") in refused else _compared(first, second, refused)
    return Comparison(
        first=Side(first.run_id, first.model.name),
        second=Side(second.run_id, second.model.name),
        comparable=not against,
        differences=differences,
        shown=tuple(shown(first, second)),
        allowed=tuple(name for name in allowed if any(entry.what == name for entry in differences)),
        pairs=tuple(pairs),
        flips=tuple(flips[:MOST_FLIPS]),
        total_flips=len(flips),
    )


def _compared(first: Result, second: Result, refused: set[Place]) -> tuple[list[Pair], list[Flip]]:
    ours, theirs = by_place(first), by_place(second)
    pairs, flips = list[Pair](), list[Flip]()
    for place in ours:
        if place in theirs and place not in refused:
            metric = metric_of(first, place, [*ours[place], *theirs[place]])
            one, other = answers(ours[place], metric), answers(theirs[place], metric)
            common = [item for item in one if item in other]
            pairs.append(_pair(place, metric, [one[item] for item in common], [other[item] for item in common]))
            flips += [
                _flip(one[item], other[item]) for item in common if {one[item].score, other[item].score} == {0, 1}
            ]
    return pairs, flips


def by_place(result: Result) -> dict[Place, list[ItemRow]]:
    """Return the rows of each benchmark and language."""
    found: dict[Place, list[ItemRow]] = defaultdict(list)
    for row in item_rows(result):
        found[row.pack, row.language].append(row)
    return found


def metric_of(result: Result, place: Place, rows: Sequence[ItemRow]) -> str:
    """Return the metric that is compared: the card's first where items have it, else what they have."""
    names = [name for row in rows for name, _ in row.scores]
    headline = next((score.metric for score in result.scores if (score.pack, score.language) == place), "")
    return headline if headline in names else next(iter(names), headline)


def answers(rows: Sequence[ItemRow], metric: str) -> dict[str, Answered]:
    """Return the scores by item id; an item that failed has none."""
    found: dict[str, list[ItemRow]] = defaultdict(list)
    for row in rows:
        if metric in dict(row.scores):
            found[row.item_id].append(row)
    return {
        item: Answered(sum(dict(row.scores)[metric] for row in asked) / len(asked), asked[0])
        for item, asked in found.items()
    }


def _pair(place: Place, metric: str, first: Sequence[Answered], second: Sequence[Answered]) -> Pair:
    if not first:
        return Pair(*place, metric, 0, 0, None, None, None, None, None, None, "", 0, 0)
    a, b = [entry.score for entry in first], [entry.score for entry in second]
    named = [entry.row.group for entry in first]
    groups = [group or f"item {place}" for place, group in enumerate(named)] if any(named) else None
    test = _test(a, b, groups)
    interval = paired_bootstrap(a, b, groups)
    return Pair(
        pack=place[0],
        language=place[1],
        metric=metric,
        n=test.n,
        groups=test.groups,
        first=sum(a) / len(a),
        second=sum(b) / len(b),
        difference=test.difference,
        low=interval.low,
        high=interval.high,
        p_value=test.p_value,
        method=test.method,
        first_only=test.first_only,
        second_only=test.second_only,
    )


def _test(first: Sequence[float], second: Sequence[float], groups: Sequence[str] | None) -> PairedTest:
    if groups is None and {*first, *second} <= {0.0, 1.0}:
        return mcnemar(first, second)
    return permutation_test(first, second, groups)


def _flip(first: Answered, second: Answered) -> Flip:
    row = first.row
    return Flip(
        pack=row.pack,
        language=row.language,
        item_id=row.item_id,
        excerpt=row.query[:EXCERPT],
        first=first.score,
        second=second.score,
        first_key=row.key,
        second_key=second.row.key,
        first_answer=_answer(row),
        second_answer=_answer(second.row),
    )


def _answer(row: ItemRow) -> str:
    if row.prediction is not None and row.prediction < len(row.choices):
        return row.choices[row.prediction][:EXCERPT]
    return row.answer[:EXCERPT]
