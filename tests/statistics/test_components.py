"""Variance components: against statsmodels' mean squares, by simulation, and where they cannot be told apart."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.statistics import variance_components
from workbench.statistics.components import mean_squares


def simulated(shape=(60, 6, 4), spreads=(1.0, 0.5, 0.3, 0.8), seed=1):
    items, wordings, _ = shape
    generator = np.random.default_rng(seed)
    return (
        generator.normal(0, spreads[0], (items, 1, 1))
        + generator.normal(0, spreads[1], (1, wordings, 1))
        + generator.normal(0, spreads[2], (items, wordings, 1))
        + generator.normal(0, spreads[3], shape)
    )


def by_source(found):
    return {entry.source: entry for entry in found.components}


def test_mean_squares_are_those_of_statsmodels():
    pytest.importorskip("statsmodels")
    import pandas as pd
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    cube = simulated((8, 3, 2))
    index = np.indices(cube.shape)
    frame = pd.DataFrame({"y": cube.ravel(), "item": index[0].ravel(), "wording": index[1].ravel()})
    table = anova_lm(ols("y ~ C(item) * C(wording)", frame).fit())
    ours = mean_squares(cube)
    for source, row in [("items", "C(item)"), ("wordings", "C(wording)"), ("items by wordings", "C(item):C(wording)")]:
        assert ours[source] == pytest.approx(table.loc[row, "mean_sq"], abs=1e-8)
    assert ours["sampling"] == pytest.approx(table.loc["Residual", "mean_sq"], abs=1e-8)


def test_components_are_right_on_average():
    runs = [by_source(variance_components(simulated(seed=seed))) for seed in range(200)]
    for source, spread in [("items", 1.0), ("wordings", 0.5), ("items by wordings", 0.3), ("sampling", 0.8)]:
        assert np.mean([run[source].variance for run in runs]) == pytest.approx(spread**2, rel=0.12), source


def test_error_of_the_mean_is_how_far_means_scatter():
    found = [variance_components(simulated(seed=seed)) for seed in range(400)]
    scatter = np.std([run.mean for run in found])
    assert np.sqrt(np.mean([run.error**2 for run in found])) == pytest.approx(scatter, rel=0.12)


def test_shares_add_up_and_name_the_largest():
    found = variance_components(simulated((30, 8, 3), (0.1, 2.0, 0.1, 0.1)))
    assert sum(entry.share for entry in found.components) == pytest.approx(1)
    assert max(found.components, key=lambda entry: entry.share).source == "wordings"
    assert (found.items, found.wordings, found.repeats) == (30, 8, 3)


def test_one_wording_or_one_repeat_cannot_be_told_apart():
    one_wording = by_source(variance_components(simulated((20, 1, 3))))
    assert one_wording["wordings"].variance is None
    assert one_wording["items by wordings"].share is None
    assert one_wording["sampling"].variance > 0
    one_repeat = by_source(variance_components(simulated((20, 4, 1))))
    assert one_repeat["sampling"].variance is None
    assert one_repeat["items by wordings"].variance > 0
    values = np.random.default_rng(2).normal(size=(20, 1, 1))
    neither = variance_components(values)
    assert by_source(neither)["items"].variance == pytest.approx(values.var(ddof=1))
    assert neither.error == pytest.approx(values.std(ddof=1) / np.sqrt(20))


def test_what_adds_nothing_stands_as_nothing_and_says_so():
    cube = np.array([[[1.0], [0.0]], [[0.0], [1.0]]])  # items and wordings are level, only their combination varies
    found = by_source(variance_components(cube))
    assert (found["items"].variance, found["items"].clipped) == (0.0, True)
    assert found["items by wordings"].share == 1.0


def test_nothing_varies_at_all():
    found = variance_components(np.ones((5, 2, 2)))
    assert (found.mean, found.error) == (1.0, 0.0)
    assert [entry.share for entry in found.components] == [None] * 4


@pytest.mark.parametrize(
    "scores", [[], [1.0, 0.0], [[1.0], [0.0]], np.zeros((0, 2, 2)), np.ones((1, 3, 3)), [[[1.0]], [[np.nan]]]]
)
def test_bad_input_is_refused(scores):
    with pytest.raises(BadInput) as caught:
        variance_components(scores)
    assert caught.value.remedy
