"""Ranks: order, ties, what the data leave possible, what one pack decides."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import BadInput
from workbench.statistics import PackScores, rank_models


def scores(accuracies, n, seed=0, *, shared=0.0):
    """Right-or-wrong scores, [models, items]; `shared` is the share of items on which all models agree."""
    generator = np.random.default_rng(seed)
    drawn = generator.random((len(accuracies), n))
    drawn[:, : int(shared * n)] = drawn[0, : int(shared * n)]
    return (drawn < np.array(accuracies)[:, None]).astype(float)


def by_name(ranking):
    return {entry.name: entry for entry in ranking.models}


def test_clear_differences_leave_one_rank_each():
    found = rank_models(["a", "b", "c"], [PackScores("p", scores([0.5, 0.9, 0.1], 300))])
    assert [entry.name for entry in found.models] == ["b", "a", "c"]
    assert [(entry.rank, entry.rank_low, entry.rank_high) for entry in found.models] == [
        (1, 1, 1),
        (2, 2, 2),
        (3, 3, 3),
    ]
    assert [entry.tied_with for entry in found.models] == [(), (), ()]
    assert all(entry.low < entry.score < entry.high for entry in found.models)


def test_close_models_are_tied_and_keep_all_the_ranks_they_may_have():
    found = by_name(rank_models(["a", "b", "c"], [PackScores("p", scores([0.6, 0.6, 0.1], 300, shared=0.5))]))
    assert {found["a"].tied_with, found["b"].tied_with} == {("b",), ("a",)}
    assert [(found[name].rank_low, found[name].rank_high) for name in "abc"] == [(1, 2), (1, 2), (3, 3)]


def test_equal_scores_share_the_better_rank():
    same = scores([0.6], 200)[0]
    found = rank_models(["a", "b", "c"], [PackScores("p", [same, same, np.zeros(200)])])
    assert [entry.rank for entry in found.models] == [1, 1, 3]


def test_the_aggregate_is_normalised_by_chance_and_has_no_floor():
    packs = [
        PackScores("two choices", scores([0.0, 0.5], 400)[:, :] * 0 + np.array([[0.25], [0.75]]), chance=0.5),
        PackScores("four choices", np.full((2, 400), 0.25), chance=0.25),
    ]
    found = by_name(rank_models(["bad", "good"], packs))
    assert found["bad"].score == pytest.approx((-0.5 + 0) / 2)
    assert found["good"].score == pytest.approx((0.5 + 0) / 2)


def test_where_less_is_better_the_scale_turns_round():
    bits = np.vstack([np.full(50, 1.2), np.full(50, 0.9)])
    found = rank_models(["long", "short"], [PackScores("bits", bits, chance=2.0, best=0.0)])
    assert [entry.name for entry in found.models] == ["short", "long"]
    assert found.models[0].score == pytest.approx(0.55)


def test_weights_are_stated_and_add_up():
    packs = [PackScores("p", scores([0.9, 0.1], 100), weight=3), PackScores("q", scores([0.1, 0.9], 100), weight=1)]
    found = rank_models(["a", "b"], packs)
    assert found.weights == (("p", 0.75), ("q", 0.25))
    assert found.models[0].name == "a"
    unweighted = rank_models(["a", "b"], [packs[0], PackScores("q", packs[1].scores, weight=0)])
    assert unweighted.weights == (("p", 1.0), ("q", 0.0))


def test_leaving_a_pack_out_shows_what_hangs_on_it():
    packs = [
        PackScores("p", scores([0.9, 0.3], 200, 1)),
        PackScores("q", scores([0.5, 0.7], 200, 2)),
        PackScores("r", scores([0.5, 0.6], 200, 3)),
    ]
    found = rank_models(["a", "b"], packs)
    assert found.models[0].name == "a"
    assert [entry.pack for entry in found.left_out] == ["p", "q", "r"]
    without = found.left_out[0]
    assert (without.leader, without.swaps, without.ranks) == (("b",), 1, (2, 1))
    assert (by_name(found)["a"].left_out_low, by_name(found)["a"].left_out_high) == (1, 2)
    assert rank_models(["a", "b"], packs[:1]).left_out == ()


def test_groups_are_drawn_whole():
    generator = np.random.default_rng(4)
    copied = np.repeat((generator.random((2, 40)) < [[0.7], [0.4]]).astype(float), 10, axis=1)
    labels = [f"g{number // 10}" for number in range(400)]
    alone = rank_models(["a", "b"], [PackScores("p", copied)]).models[0]
    grouped = rank_models(["a", "b"], [PackScores("p", copied, labels)]).models[0]
    assert grouped.high - grouped.low > 2.5 * (alone.high - alone.low)


def test_too_few_items_leave_all_ranks_open():
    for n in (1, 2, 19):
        found = rank_models(["a", "b"], [PackScores("tiny", [[1.0] * n, [0.0] * n])])
        assert found.note == f"too few to say: tiny has {n} independent items or groups, of which 20 are needed"
        assert [(entry.rank, entry.rank_low, entry.rank_high, entry.low) for entry in found.models] == [
            (1, 1, 2, None),
            (2, 1, 2, None),
        ]


def test_all_right_against_all_wrong_and_ties_everywhere():
    clear = rank_models(["a", "b"], [PackScores("p", [[1.0] * 30, [0.0] * 30])])
    assert [(entry.rank_low, entry.rank_high) for entry in clear.models] == [(1, 1), (2, 2)]
    level = rank_models(["a", "b"], [PackScores("p", [[0.5] * 30, [0.5] * 30])])
    assert [(entry.rank, entry.rank_low, entry.rank_high) for entry in level.models] == [(1, 1, 2), (1, 1, 2)]


def test_one_model_is_first_among_one():
    only = rank_models(["a"], [PackScores("p", scores([0.4], 50))]).models[0]
    assert (only.rank, only.rank_low, only.rank_high, only.tied_with) == (1, 1, 1, ())


def test_same_seed_same_ranking():
    packs = [PackScores("p", scores([0.6, 0.5, 0.4], 100))]
    assert rank_models("abc", packs, seed=1) == rank_models("abc", packs, seed=1)
    assert rank_models("abc", packs, seed=1) != rank_models("abc", packs, seed=2)


GOOD = scores([0.6, 0.4], 30)


@pytest.mark.parametrize(
    "call",
    [
        lambda: rank_models([], [PackScores("p", GOOD)]),
        lambda: rank_models(["a", "b"], []),
        lambda: rank_models(["a", "a"], [PackScores("p", GOOD)]),
        lambda: rank_models(["a", "b"], [PackScores("p", GOOD), PackScores("p", GOOD)]),
        lambda: rank_models(["a"], [PackScores("p", GOOD)]),
        lambda: rank_models(["a", "b"], [PackScores("p", np.zeros((2, 0)))]),
        lambda: rank_models(["a", "b"], [PackScores("p", [[1.0, np.nan], [1.0, 0.0]])]),
        lambda: rank_models(["a", "b"], [PackScores("p", GOOD, ["g"])]),
        lambda: rank_models(["a", "b"], [PackScores("p", GOOD, chance=1.0)]),
        lambda: rank_models(["a", "b"], [PackScores("p", GOOD, weight=-1)]),
        lambda: rank_models(["a", "b"], [PackScores("p", GOOD, weight=0)]),
        lambda: rank_models(["a", "b"], [PackScores("p", GOOD)], level=1.5),
        lambda: rank_models(["a", "b"], [PackScores("p", GOOD)], resamples=1),
    ],
)
def test_bad_input_is_refused(call):
    with pytest.raises(BadInput) as caught:
        call()
    assert caught.value.remedy
