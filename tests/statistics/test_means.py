"""Intervals from standard errors: against other implementations, and at the edges of what can be said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from workbench.errors import BadInput
from workbench.statistics import (
    clustered_error,
    clustered_interval,
    design_effect,
    repeats_interval,
    t_interval,
    too_few,
    wilson,
)


@pytest.fixture
def grouped():
    generator = np.random.default_rng(1)
    sizes = generator.integers(1, 9, 30)
    labels = [f"passage {group}" for group, size in enumerate(sizes) for _ in range(size)]
    values = np.concatenate([generator.normal(generator.normal(), 1, size) for size in sizes])
    return values, labels


def matrix_cr2(values, labels):
    """CR2 and Satterthwaite's degrees of freedom by their definition, with n × n matrices."""
    n = len(values)
    design = np.ones((n, 1))
    bread = np.linalg.inv(design.T @ design)
    hat = design @ bread @ design.T
    rest = np.eye(n) - hat
    residuals = rest @ values
    pulls, meat = [], 0.0
    for label in dict.fromkeys(labels):
        place = np.array([entry == label for entry in labels])
        values_of, vectors = np.linalg.eigh(np.eye(place.sum()) - hat[np.ix_(place, place)])
        adjust = vectors @ np.diag(values_of**-0.5) @ vectors.T
        meat += float((design[place].T @ adjust @ residuals[place])[0]) ** 2
        pulls.append((rest[place].T @ adjust @ design[place] @ bread)[:, 0])
    gram = np.array(pulls) @ np.array(pulls).T
    return math.sqrt(bread[0, 0] ** 2 * meat), np.trace(gram) ** 2 / np.sum(gram**2)


def test_t_interval_is_that_of_scipy_and_statsmodels():
    weightstats = pytest.importorskip("statsmodels.stats.weightstats")
    values = np.random.default_rng(2).exponential(size=40)
    ours = t_interval(values)
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-8)
    assert (ours.low, ours.high) == pytest.approx(weightstats.DescrStatsW(values).tconfint_mean(), abs=1e-8)
    assert (ours.method, ours.population, ours.note) == ("t", "items like these", "")


def test_wilson_is_that_of_statsmodels():
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    for right, n in [(0, 5), (3, 15), (50, 50), (612, 1000)]:
        theirs = proportion.proportion_confint(right, n, method="wilson")
        ours = wilson(right, n)
        assert (ours.low, ours.high) == pytest.approx(theirs, abs=1e-8)


def test_clustered_error_is_cr2_by_its_definition(grouped):
    values, labels = grouped
    found = clustered_error(values, labels)
    error, freedom = matrix_cr2(values, labels)
    assert found.mean == pytest.approx(values.mean(), abs=1e-12)
    assert found.error == pytest.approx(error, abs=1e-10)
    assert found.freedom == pytest.approx(freedom, rel=1e-9)
    assert (found.n, found.groups) == (len(values), 30)


def test_clustered_error_is_that_of_statsmodels_where_groups_are_alike():
    linear = pytest.importorskip("statsmodels.regression.linear_model")
    values = np.random.default_rng(3).normal(size=120) + np.repeat(np.random.default_rng(4).normal(size=24), 5)
    numbers = np.repeat(np.arange(24), 5)
    fitted = linear.OLS(values, np.ones(120)).fit(
        cov_type="cluster", cov_kwds={"groups": numbers, "use_correction": False}
    )
    found = clustered_error(values, [f"g{number}" for number in numbers])
    assert found.error == pytest.approx(float(fitted.bse[0]) * math.sqrt(24 / 23), abs=1e-8)
    assert found.freedom == pytest.approx(23)


def test_items_that_stand_alone_have_the_ordinary_error():
    values = np.random.default_rng(5).normal(size=33)
    found = clustered_error(values)
    assert found.error == pytest.approx(stats.sem(values), abs=1e-12)
    assert found.freedom == pytest.approx(32)
    assert clustered_error(values, [""] * 33) == found


def test_a_large_group_leaves_few_degrees_of_freedom():
    values = np.random.default_rng(6).normal(size=100)
    labels = ["one"] * 60 + [f"g{number}" for number in range(40)]
    assert clustered_error(values, labels).freedom < 4


def test_clustered_interval_follows_from_the_error(grouped):
    values, labels = grouped
    found, interval = clustered_error(values, labels), clustered_interval(values, labels, level=0.9)
    assert interval.high - found.mean == pytest.approx(stats.t.ppf(0.95, found.freedom) * found.error)
    assert (interval.method, interval.level, interval.groups) == ("clustered t", 0.9, 30)


@pytest.mark.parametrize(
    ("values", "groups", "reason"),
    [
        ([1.0], None, "1 items"),
        ([1.0, 0.0], None, "2 items"),
        ([1.0] * 50, None, "0 wrong answers"),
        ([0.0] * 50, None, "0 right answers"),
        ([1.0] * 9 + [0.0] * 50, None, "9 right answers"),
        ([1.0] * 50 + [0.0] * 9, None, "9 wrong answers"),
        ([0.5] * 50, None, "all scores are the same"),
        ([1.0, 0.0] * 20, ["one"] * 40, "1 independent groups"),
        ([1.0, 0.0] * 19, [f"g{k // 2}" for k in range(38)], "19 independent groups"),
    ],
)
def test_too_few_to_say(values, groups, reason):
    interval = clustered_interval(values, groups)
    assert (interval.low, interval.high, interval.method) == (None, None, "")
    assert interval.note.startswith("too few to say: ")
    assert reason in interval.note
    assert interval.value == pytest.approx(np.mean(values))


def test_the_domain_begins_where_it_says():
    assert too_few(np.array([1.0] * 10 + [0.0] * 10), 20) == ""
    assert clustered_interval([1.0] * 10 + [0.0] * 10, None).low is not None


def test_part_of_a_benchmark_says_more_about_all_of_it():
    values = np.random.default_rng(7).random(60)
    about_others, about_these = t_interval(values), t_interval(values, of=80)
    shrunk = math.sqrt(1 - 60 / 80)
    assert about_these.high - about_these.low == pytest.approx((about_others.high - about_others.low) * shrunk)
    assert about_these.population == "these items"
    whole = t_interval(values, of=60)
    assert whole.low == whole.high == whole.value
    assert whole.note == "exact: every item was asked"
    assert t_interval([1.0], of=1).low == 1.0
    assert t_interval([1.0], of=5).note.startswith("too few to say")
    assert t_interval([1.0], of=5).population == "these items"


def test_repeats_speak_of_these_items_alone():
    generator = np.random.default_rng(8)
    chances = generator.random(200)
    scores = (generator.random((200, 4)) < chances[:, None]).astype(float)
    interval = repeats_interval(scores)
    expected = math.sqrt(sum(row.var(ddof=1) for row in scores) / 4) / 200
    assert (interval.high - interval.low) / 2 == pytest.approx(expected * 1.96, rel=0.01)
    assert interval.population == "these items"
    assert interval.high - interval.low < t_interval(scores.mean(axis=1)).high - t_interval(scores.mean(axis=1)).low


def test_repeats_that_never_differ_are_exact():
    interval = repeats_interval([[1, 1], [0, 0]])
    assert (interval.low, interval.high, interval.note) == (0.5, 0.5, "exact: no repeat differs")


def test_design_effect_is_what_kish_says():
    generator = np.random.default_rng(9)
    copies = np.repeat(generator.normal(size=400), 5)  # five copies of each: correlation 1, so the effect is 5
    labels = [f"g{number}" for number in np.repeat(np.arange(400), 5)]
    assert design_effect(copies, labels) == pytest.approx(5, rel=0.01)
    assert design_effect(copies, None) == pytest.approx(1)
    assert design_effect([1.0, 0.0], ["a", "a"]) == 1.0
    assert design_effect([1.0, 1.0], ["a", "b"]) == 1.0


@pytest.mark.parametrize(
    "call",
    [
        lambda: t_interval([]),
        lambda: t_interval([1.0, math.nan]),
        lambda: t_interval([1.0, 0.0], level=1.0),
        lambda: t_interval([1.0, 0.0], of=1),
        lambda: clustered_error([]),
        lambda: clustered_interval([1.0], ["a", "b"]),
        lambda: clustered_interval([math.inf], ["a"]),
        lambda: clustered_interval([1.0], None, level=2),
        lambda: repeats_interval([1.0, 0.0]),
        lambda: repeats_interval([[1.0], [0.0]]),
        lambda: repeats_interval(np.zeros((0, 3))),
        lambda: repeats_interval([[1.0, math.nan]]),
        lambda: design_effect([1.0], ["a", "b"]),
    ],
)
def test_bad_input_is_refused_with_a_remedy(call):
    with pytest.raises(BadInput) as caught:
        call()
    assert caught.value.remedy
