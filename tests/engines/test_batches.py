from __future__ import annotations

from workbench.engines.transformers.batches import pack, rows_of


def test_one_row_serves_all_one_token_choices():
    rows = rows_of(3, [[1, 2]] * 4, [[7], [8], [9], [8]])
    assert [list(row.ids) for row in rows] == [[1, 2]]
    assert [(t.owner, t.start, list(t.tokens)) for t in rows[0].targets] == [
        ((3, 0), 2, [7]),
        ((3, 1), 2, [8]),
        ((3, 2), 2, [9]),
        ((3, 3), 2, [8]),
    ]


def test_a_choice_whose_feed_begins_another_shares_its_row():
    rows = rows_of(0, [[1]] * 3, [[5, 6, 7], [5, 6], [9, 9]])
    assert sorted(list(row.ids) for row in rows) == [[1, 5, 6], [1, 9]]
    shared = next(row for row in rows if len(row.ids) == 3)
    assert [target.owner for target in shared.targets] == [(0, 0), (0, 1)]


def test_pack_keeps_within_the_budget_longest_first():
    lengths = [3, 10, 4, 4, 9]
    groups = list(pack(lengths, 20))
    assert groups == [[1, 4], [2, 3, 0]]
    assert all(len(group) * max(lengths[i] for i in group) <= 20 for group in groups)


def test_a_sequence_longer_than_the_budget_goes_alone():
    assert list(pack([50, 2, 2], 10)) == [[0], [1, 2]]


def test_nothing_to_pack():
    assert list(pack([], 10)) == []
