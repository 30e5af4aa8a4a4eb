"""How often tests, corrections, stopping rules and ranks find what is not there."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from calibration_intervals import NORMAL, UNEQUAL, labels
from calibration_rows import Row, Share

from workbench.statistics import (
    PackScores,
    benjamini_hochberg,
    bootstrap_t_test,
    holm,
    log_wealth,
    mcnemar,
    paired_bootstrap,
    paired_effect,
    paired_t,
    permutation_test,
    rank_models,
)

Pair = tuple[np.ndarray, np.ndarray, Sequence[str] | None]
TESTS, MANY, STOPPING, RANKS = "Paired tests, no true difference", "Many tests", "Stopping", "Ranks"
ALPHA, LIMIT = 0.05, 0.055
FIRST_LOOK = 20


@dataclass(frozen=True)
class TypeOne:
    """A paired test of two models that are equally good."""

    name: str
    setting: str
    draw: Callable[[np.random.Generator], Pair]
    ours: Callable[..., float]
    naive: str
    naive_test: Callable[..., float]
    costly: bool = False

    def row(self, replications: int, seed: int) -> Row:
        generator = np.random.default_rng(seed)
        found = naive = 0
        for replication in range(replications):
            first, second, groups = self.draw(generator)
            found += self.ours(first, second, groups, replication) < ALPHA
            naive += self.naive_test(first, second, groups, replication) < ALPHA
        return Row(
            TESTS, f"`{self.name}`", self.setting, replications, Share.of(found, replications), 0.0, LIMIT,
            self.naive, Share.of(naive, replications),
        )  # fmt: skip


def alike(n: int, right: float, agree: float) -> Callable[[np.random.Generator], Pair]:
    """Return verdicts on independent items; a share of them falls the same way for both models."""

    def draw(generator: np.random.Generator) -> Pair:
        first = generator.random(n) < right
        second = np.where(generator.random(n) < agree, first, generator.random(n) < right)
        return first.astype(float), second.astype(float), None

    return draw


def alike_in_groups(sizes: Sequence[int], right: float, wrong: float) -> Callable[[np.random.Generator], Pair]:
    """Return verdicts on items in groups, each of which one model or the other finds easier by chance."""
    named = labels(sizes)

    def draw(generator: np.random.Generator) -> Pair:
        first, second = (
            (generator.random(len(named)) < np.repeat(generator.beta(right, wrong, len(sizes)), sizes)).astype(float)
            for _ in range(2)
        )
        return first, second, named

    return draw


def fractions(n: int) -> Callable[[np.random.Generator], Pair]:
    """Return fractional scores (token F1, chrF of a sentence) of independent items, equally distributed."""

    def draw(generator: np.random.Generator) -> Pair:
        middle = generator.random(n)
        first, second = (np.clip(middle + generator.normal(0, 0.2, n), 0, 1) for _ in range(2))
        return first, second, None

    return draw


def ungrouped(first: np.ndarray, second: np.ndarray, groups: object, seed: int) -> float:
    del groups, seed
    return paired_t(first, second).p_value


def ungrouped_mcnemar(first: np.ndarray, second: np.ndarray, groups: object, seed: int) -> float:
    del groups, seed
    return mcnemar(first, second).p_value


def divided(first: np.ndarray, second: np.ndarray, groups: object, seed: int) -> float:
    """Return 0 or 1: whether the difference exceeds 1.96 bootstrap standard deviations divided by √1,000."""
    del groups, seed
    away = first - second
    bound = NORMAL * away.std() / math.sqrt(away.size) / math.sqrt(1000)
    return 0.0 if abs(away.mean()) > bound else 1.0


def percentile(first: np.ndarray, second: np.ndarray, groups: Sequence[str] | None, seed: int) -> float:
    """Return 0 or 1: whether the percentile interval of the difference leaves out 0."""
    interval = paired_bootstrap(first, second, groups, resamples=1000, seed=seed)
    return 0.0 if interval.low > 0 or interval.high < 0 else 1.0


def test_cases() -> list[TypeOne]:
    """Return every paired test on what it is for."""

    def seeded(test: Callable[..., object], resamples: int) -> Callable[..., float]:
        return lambda a, b, groups, seed: test(a, b, groups, resamples=resamples, seed=seed).p_value

    permuted, resampled = seeded(permutation_test, 999), seeded(bootstrap_t_test, 999)
    robust = lambda a, b, groups, seed: paired_t(a, b, groups).p_value  # noqa: ARG005, E731
    chosen = lambda a, b, groups, seed: paired_effect(a, b, groups, resamples=999, seed=seed).test.p_value  # noqa: E731
    twenty, uneven = alike_in_groups([5] * 20, 3, 2), alike_in_groups(UNEQUAL, 3, 2)
    divide, alone = ("bootstrap SD / √1,000", divided), ("paired t on items", ungrouped)
    of_items, cut = ("McNemar on items", ungrouped_mcnemar), ("percentile bootstrap of groups", percentile)
    return [
        TypeOne("mcnemar", "200 items, 70 % right", alike(200, 0.7, 0.6), ungrouped_mcnemar, *divide),
        TypeOne("permutation_test", "60 fractional scores", fractions(60), permuted, *divide, costly=True),
        TypeOne("permutation_test", "20 groups of 5", twenty, permuted, *of_items, costly=True),
        TypeOne("permutation_test", "24 groups of 1 to 12", uneven, permuted, *of_items, costly=True),
        TypeOne("paired_t", "60 fractional scores", fractions(60), robust, *divide),
        TypeOne("paired_t", "20 groups of 5", twenty, robust, *alone),
        TypeOne("paired_t", "24 groups of 1 to 12", uneven, robust, *alone),
        TypeOne("bootstrap_t_test", "20 groups of 5", twenty, resampled, *cut, costly=True),
        TypeOne("bootstrap_t_test", "24 groups of 1 to 12", uneven, resampled, *cut, costly=True),
        TypeOne("bootstrap_t_test", "200 items, 70 % right", alike(200, 0.7, 0.6), resampled, *divide, costly=True),
        TypeOne("paired_effect", "24 groups of 1 to 12", uneven, chosen, *of_items, costly=True),
    ]


@cache
def exact(first_only: int, second_only: int) -> float:
    """Return McNemar's p-value for so many items on either side; the others do not enter it."""
    ones, zeros = [1.0] * first_only + [0.0] * second_only, [0.0] * first_only + [1.0] * second_only
    return mcnemar(ones, zeros).p_value if ones else 1.0


def many_rows(replications: int, seed: int) -> list[Row]:
    """Return false finds among 11 languages: without any true difference, and beside five true ones."""
    generator = np.random.default_rng(seed)
    rows = []
    for true in (0, 5):
        shares = np.array([[0.13, 0.07, 0.8]] * true + [[0.1, 0.1, 0.8]] * (11 - true))
        plain = strict = 0
        false_share = 0.0
        for _ in range(replications):
            counts = generator.multinomial(500, shares)
            p_values = np.array([exact(int(first), int(second)) for first, second, _ in counts])
            plain += bool((p_values[true:] < ALPHA).any())
            strict += bool((holm(p_values)[true:] < ALPHA).any())
            finds = benjamini_hochberg(p_values) < ALPHA
            false_share += finds[true:].sum() / max(finds.sum(), 1)
        setting = f"11 languages, {true} true differences"
        without = ("no correction: any false find", Share.of(plain, replications))
        rows += [
            Row(MANY, "`holm`: any false find", setting, replications, Share.of(strict, replications), 0.0, LIMIT, *without),
            Row(
                MANY, "`benjamini_hochberg`: false among finds", setting, replications,
                Share.of(false_share, replications), 0.0, LIMIT,
            ),
        ]  # fmt: skip
    return rows


def looked(values: np.ndarray, mean: float) -> bool:
    """Return whether an ordinary t interval, looked at after every item, ever leaves out `mean`."""
    count = np.arange(1, values.size + 1)
    means = np.cumsum(values) / count
    spread = np.maximum(np.cumsum(values**2) / count - means**2, 0) * count / np.maximum(count - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        far = np.abs(means - mean) / np.sqrt(spread / count)
    return bool(np.any(far[FIRST_LOOK - 1 :] > NORMAL))


def stopping_rows(replications: int, seed: int) -> list[Row]:
    """Return how often looking after every unit finds a difference where there is none, or loses the true mean."""
    generator = np.random.default_rng(seed)
    level = np.concatenate([np.ones(50), -np.ones(50), np.zeros(400)])
    sums = generator.normal(0, 0.2, 60)
    groups = np.clip(np.concatenate([sums, -sums]), -1, 1)
    answers = np.concatenate([np.ones(800), np.zeros(200)])

    def drawn() -> np.ndarray:
        return np.asarray(generator.choice([1.0, -1.0, 0.0], size=500, p=[0.1, 0.1, 0.8]))

    cases: list[tuple[str, str, Callable[[], np.ndarray], float, int | None, float]] = [
        (
            "`stop_when_decided`",
            "500 items in random order, no difference",
            lambda: generator.permutation(level),
            0.0,
            500,
            -1.0,
        ),
        (
            "`stop_when_decided`",
            "120 groups in random order, no difference",
            lambda: generator.permutation(groups),
            0.0,
            120,
            -1.0,
        ),
        ("`stop_when_decided`", "items without end, 500 looks, no difference", drawn, 0.0, None, -1.0),
        (
            "`confidence_sequence`: misses once",
            "1,000 items in random order, 80 % right",
            lambda: generator.permutation(answers),
            0.8,
            1000,
            0.0,
        ),
    ]
    rows = []
    for name, setting, draw, mean, of, low in cases:
        found = naive = 0
        for _ in range(replications):
            values = draw()
            # The last unit of a finite benchmark settles its mean, and cannot be wrong about it.
            found += bool(
                (log_wealth(values, mean, of=of, low=low)[: None if of is None else -1] >= -math.log(ALPHA)).any()
            )
            naive += looked(values, mean)
        rows.append(
            Row(
                STOPPING, name, f"{setting}; looked at after each", replications, Share.of(found, replications), 0.0,
                ALPHA, "t interval at every look from the 20th on", Share.of(naive, replications),
            )
        )  # fmt: skip
    return rows


def rank_rows(replications: int, seed: int) -> list[Row]:
    """Return how often all of five close models' true ranks lie in their intervals at once."""
    generator = np.random.default_rng(seed)
    true = np.array([0.604, 0.602, 0.6, 0.598, 0.596])
    names = [f"model {place}" for place in range(1, 6)]
    found = naive = 0
    for replication in range(replications):
        packs = [(generator.random((5, 150)) < true[:, None]).astype(float) for _ in range(2)]
        ranking = rank_models(
            names, [PackScores(f"pack {k}", scores) for k, scores in enumerate(packs)], resamples=500, seed=replication
        )
        ranks = {entry.name: entry for entry in ranking.models}
        found += all(ranks[name].rank_low <= place <= ranks[name].rank_high for place, name in enumerate(names, 1))
        drawn = sum(
            generator.multinomial(150, np.full(150, 1 / 150), size=500).astype(float) @ scores.T for scores in packs
        )
        resampled = 1 + np.sum(drawn[:, None, :] > drawn[:, :, None], axis=2)
        low, high = np.quantile(resampled, [0.025, 0.975], axis=0)
        naive += bool(np.all((low <= np.arange(1, 6)) & (np.arange(1, 6) <= high)))
    return [
        Row(
            RANKS, "`rank_models`", "5 models 0.2 points apart, 2 packs of 150: all ranks within", replications,
            Share.of(found, replications), 0.95, 1.0, "percentiles of resampled ranks", Share.of(naive, replications),
        )
    ]  # fmt: skip
