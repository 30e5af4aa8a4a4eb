"""How often intervals hold the truth: Wilson's by enumeration, the others by simulation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from calibration_rows import Row, Share

from workbench.statistics import (
    Interval,
    bootstrap_sums,
    clustered_interval,
    mean_interval,
    ratio_interval,
    t_interval,
    wilson,
)

Draw = Callable[[np.random.Generator], tuple[np.ndarray, Sequence[str] | None]]
Bounds = tuple[float, float]
NORMAL = 1.959963984540054
SHARES = np.linspace(0.05, 0.95, 181)
RESAMPLES = 1000
WILSON, MEANS, BOOTSTRAP = "Wilson's interval", "Intervals of means", "BCa bootstrap intervals"


def wilson_rows(sizes: Sequence[int]) -> list[Row]:
    """Return mean and least coverage over shares from 5 % to 95 %: every outcome is enumerated, none is drawn."""
    from scipy.stats import binom

    rows = []
    for n in sizes:
        outcomes = np.arange(n + 1)
        ours = [wilson(int(right), n) for right in outcomes]
        bounds = np.array([(interval.low, interval.high) for interval in ours])
        share = outcomes / n
        half = NORMAL * np.sqrt(share * (1 - share) / n)
        chances = binom.pmf(outcomes[None, :], n, SHARES[:, None])
        found, naive = (
            np.sum(chances * ((low <= SHARES[:, None]) & (SHARES[:, None] <= high)), axis=1)
            for low, high in ((bounds[:, 0], bounds[:, 1]), (share - half, share + half))
        )
        for what, reduce, low, high in (("mean over p", np.mean, 0.945, 0.955), ("least over p", np.min, 0.92, 1.0)):
            rows.append(
                Row(
                    WILSON, "`wilson`", f"n = {n:,}, {what}", 0, Share(float(reduce(found)), 0.0), low, high,
                    "p ± 1.96 √(p(1-p)/n)", Share(float(reduce(naive)), 0.0),
                )
            )  # fmt: skip
    return rows


@dataclass(frozen=True)
class Coverage:
    """An interval of a statistic whose true value is known."""

    part: str
    name: str
    setting: str
    draw: Draw
    truth: float
    ours: Callable[[np.ndarray, Sequence[str] | None, int], Interval]
    naive: str
    naive_bounds: Callable[[np.ndarray, Sequence[str] | None, Interval], Bounds]
    high: float = 0.975

    def row(self, replications: int, seed: int) -> Row:
        """Return coverage where the interval is given; where it says "too few to say" nothing is claimed."""
        generator = np.random.default_rng(seed)
        said = covered = naive = 0
        for replication in range(replications):
            values, groups = self.draw(generator)
            interval = self.ours(values, groups, replication)
            if interval.low is None or interval.high is None:
                continue
            said += 1
            covered += interval.low <= self.truth <= interval.high
            low, high = self.naive_bounds(values, groups, interval)
            naive += low <= self.truth <= high
        setting = self.setting if said == replications else f"{self.setting}; said in {100 * said / replications:.2f} %"
        return Row(
            self.part, f"`{self.name}`", setting, replications, Share.of(covered, max(said, 1)), 0.92, self.high,
            self.naive, Share.of(naive, max(said, 1)),
        )  # fmt: skip


def ignoring_groups(values: np.ndarray, groups: Sequence[str] | None, interval: Interval) -> Bounds:
    """Return the interval that takes every item for independent."""
    del groups
    half = NORMAL * values.std(ddof=1) / math.sqrt(values.size)
    return interval.value - half, interval.value + half


def divided(values: np.ndarray, groups: Sequence[str] | None, interval: Interval) -> Bounds:
    """Return the interval whose bootstrap standard deviation was divided by √resamples once more."""
    del values, groups
    half = (interval.high - interval.low) / 2 / math.sqrt(RESAMPLES)
    return interval.value - half, interval.value + half


DIVIDED = "bootstrap SD / √1,000"


def labels(sizes: Sequence[int]) -> list[str]:
    return [f"g{group}" for group, size in enumerate(sizes) for _ in range(size)]


def grouped(sizes: Sequence[int], right: float, wrong: float) -> Draw:
    """Return items of groups whose difficulty is Beta(right, wrong): correlation 1/(right + wrong + 1) within."""
    named = labels(sizes)

    def draw(generator: np.random.Generator) -> tuple[np.ndarray, Sequence[str]]:
        chance = np.repeat(generator.beta(right, wrong, len(sizes)), sizes)
        return (generator.random(chance.size) < chance).astype(float), named

    return draw


UNEQUAL = [1 + group % 12 for group in range(24)]


def mean_cases() -> list[Coverage]:
    """Return t and clustered t, on shares and on skewed scores."""

    def clustered(values: np.ndarray, groups: Sequence[str] | None, seed: int) -> Interval:
        del seed
        return clustered_interval(values, groups)

    def alone(values: np.ndarray, groups: Sequence[str] | None, seed: int) -> Interval:
        del groups, seed
        return t_interval(values)

    def cautious(values: np.ndarray, groups: Sequence[str] | None, seed: int) -> Interval:
        del seed
        return mean_interval(values, groups)

    ignored = ("items taken for independent", ignoring_groups)

    def case(setting: str, draw: Draw, truth: float, *, groups: bool) -> Coverage:
        ours, name = (clustered, "clustered_interval") if groups else (alone, "t_interval")
        return Coverage(MEANS, name, setting, draw, truth, ours, *(ignored if groups else (DIVIDED, divided)))

    def few(setting: str, draw: Draw, truth: float) -> Coverage:
        return Coverage(MEANS, "mean_interval", setting, draw, truth, cautious, *ignored, high=1.0)

    return [
        case("100 items, 80 % right", lambda g: ((g.random(100) < 0.8).astype(float), None), 0.8, groups=False),
        case("2,000 items, 1.5 % right", lambda g: ((g.random(2000) < 0.015).astype(float), None), 0.015, groups=False),
        case("20 items, even scores 0 to 1", lambda g: (g.random(20), None), 0.5, groups=False),
        case("60 items, skewed (exponential) scores", lambda g: (g.exponential(size=60), None), 1.0, groups=False),
        case("20 groups of 5, 60 % right, correlation 0.17", grouped([5] * 20, 3, 2), 0.6, groups=True),
        case("24 groups of 1 to 12, 60 % right, correlation 0.17", grouped(UNEQUAL, 3, 2), 0.6, groups=True),
        case("24 groups of 1 to 12, 50 % right, correlation 0.5", grouped(UNEQUAL, 0.5, 0.5), 0.5, groups=True),
        case("50 groups of 4, 85 % right, correlation 0.2", grouped([4] * 50, 3.4, 0.6), 0.85, groups=True),
        case("200 groups of 3, 70 % right, correlation 0.25", grouped([3] * 200, 2.1, 0.9), 0.7, groups=True),
        few("8 groups of 5, 60 % right, correlation 0.17", grouped([5] * 8, 3, 2), 0.6),
        few("12 groups of 1 to 12, 70 % right, correlation 0.5", grouped(UNEQUAL[:12], 0.7, 0.3), 0.7),
    ]


def macro_f1(sums: np.ndarray) -> np.ndarray:
    """Return macro F1 of summed confusion matrices, [resamples, labels × labels] → [resamples]."""
    side = math.isqrt(sums.shape[1])
    table = sums.reshape(-1, side, side)
    hits = np.einsum("rii->ri", table)
    return np.mean(2 * hits / np.maximum(table.sum(axis=1) + table.sum(axis=2), 1e-300), axis=1)


def mcc(sums: np.ndarray) -> np.ndarray:
    """Return Matthews correlation of summed confusion matrices."""
    side = math.isqrt(sums.shape[1])
    table = sums.reshape(-1, side, side)
    total, right = table.sum(axis=(1, 2)), np.einsum("rii->r", table)
    true, given = table.sum(axis=2), table.sum(axis=1)
    top = right * total - np.sum(true * given, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return top / np.sqrt((total**2 - np.sum(true**2, axis=1)) * (total**2 - np.sum(given**2, axis=1)))


THREE = np.array([[0.32, 0.05, 0.03], [0.06, 0.20, 0.04], [0.07, 0.03, 0.20]])
TWO = np.array([[0.45, 0.10], [0.15, 0.30]])


def answers(table: np.ndarray, n: int, groups: int | None) -> Draw:
    """Return one-hot cells of a confusion matrix; the items of a group share their cell with probability 0.3."""
    chances = table.ravel()
    named = None if groups is None else labels([n // groups] * groups)

    def draw(generator: np.random.Generator) -> tuple[np.ndarray, Sequence[str] | None]:
        cells = generator.choice(chances.size, size=n, p=chances)
        if groups is not None:
            common = np.repeat(generator.choice(chances.size, size=groups, p=chances), n // groups)
            cells = np.where(generator.random(n) < math.sqrt(0.3), common, cells)
        return np.eye(chances.size)[cells], named

    return draw


def bits(n: int) -> Draw:
    """Return bits and bytes of texts whose length and difficulty vary; bits per byte is 1 on average."""

    def draw(generator: np.random.Generator) -> tuple[np.ndarray, None]:
        size = generator.lognormal(5, 0.6, n)
        return np.column_stack([size * generator.gamma(8, 1 / 8, n), size]), None

    return draw


def bootstrap_cases() -> list[Coverage]:
    """Return BCa of a mean over groups, bits per byte, macro F1 and MCC."""

    def sums(finish: Callable[[np.ndarray], np.ndarray]) -> Callable[..., Interval]:
        def ours(rows: np.ndarray, groups: Sequence[str] | None, seed: int) -> Interval:
            return bootstrap_sums(rows, finish, groups, resamples=RESAMPLES, seed=seed, method="BCa", fewest=20)

        return ours

    def ratio(rows: np.ndarray, groups: Sequence[str] | None, seed: int) -> Interval:
        return ratio_interval(rows[:, 0], rows[:, 1], groups, resamples=RESAMPLES, seed=seed, method="BCa")

    def share(rows: np.ndarray) -> np.ndarray:
        return np.asarray(rows[:, 0] / rows[:, 1])

    accuracy = grouped([5] * 30, 3, 2)

    def counted(generator: np.random.Generator) -> tuple[np.ndarray, Sequence[str] | None]:
        values, groups = accuracy(generator)
        return np.column_stack([values, np.ones_like(values)]), groups

    f1, correlation = float(macro_f1(THREE.reshape(1, -1))[0]), float(mcc(TWO.reshape(1, -1))[0])

    def case(name: str, setting: str, draw: Draw, truth: float, ours: Callable[..., Interval]) -> Coverage:
        return Coverage(BOOTSTRAP, name, setting, draw, truth, ours, DIVIDED, divided)

    return [
        case("bootstrap_sums", "accuracy, 30 groups of 5", counted, 0.6, sums(share)),
        case("ratio_interval", "bits per byte, 60 texts", bits(60), 1.0, ratio),
        case("bootstrap_sums", "macro F1, 3 labels, 200 items", answers(THREE, 200, None), f1, sums(macro_f1)),
        case("bootstrap_sums", "macro F1, 3 labels, 40 groups of 5", answers(THREE, 200, 40), f1, sums(macro_f1)),
        case("bootstrap_sums", "MCC, 2 labels, 100 items", answers(TWO, 100, None), correlation, sums(mcc)),
        case("bootstrap_sums", "MCC, 2 labels, 40 groups of 5", answers(TWO, 200, 40), correlation, sums(mcc)),
    ]
