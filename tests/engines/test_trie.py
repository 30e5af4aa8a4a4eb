"""A trie without nodes: what paths share, and how it is cut into passes."""

from __future__ import annotations

import random

import pytest

from workbench.engines.transformers.trie import Path, Step, Trie, again, common_length, steps


def path(*ids: int, first: int | None = None, owner: int = 0) -> Path:
    return Path(ids, len(ids) - 1 if first is None else first, (9,), (owner, 0))


def covered(found: list[Step]) -> list[int]:
    return [number for step in found for number in range(step.low, step.high)]


def test_common_length():
    for one, other, length in [("", "a", 0), ("abc", "abd", 2), ("abc", "abc", 3), ("ab", "abc", 2), ("xbc", "abc", 0)]:
        assert common_length(list(one), list(other)) == length


def test_shared_tokens_count_once():
    trie = Trie([path(1, 2, 3), path(1, 2, 4, 5), path(1, 2), path(7)])
    assert [list(entry.ids) for entry in trie.paths] == [[1, 2], [1, 2, 3], [1, 2, 4, 5], [7]]
    assert trie.shared == [0, 2, 2, 0]
    assert trie.distinct == 6
    assert trie.size(0, 3, 0) == 5
    assert trie.size(1, 3, 2) == 3


def test_no_path_no_step():
    assert list(steps(Trie([]), 8)) == []


def test_a_stem_ends_before_the_first_token_that_predicts():
    trie = Trie([path(1, 2, 3, 4, 5, first=2), path(1, 2, 3, 4, 6, first=2)])
    assert trie.stem(0, 2) == 2
    assert Trie([path(1, 2, 3, first=1)]).stem(0, 1) == 1


def test_everything_fits_in_one_pass():
    trie = Trie([path(1, 2, 3), path(1, 2, 4)])
    assert list(steps(trie, 4)) == [Step(0, 2, 0)]


def test_a_long_prefix_becomes_a_stem_and_a_short_one_does_not():
    long = [*range(100)]
    trie = Trie([path(*long, number, 1, 2) for number in range(200, 240)])
    found = list(steps(trie, 30))
    assert {step.depth for step in found} == {100}
    assert max(trie.size(step.low, step.high, step.depth) for step in found) <= 30
    short = Trie([path(5, number, 1, 2) for number in range(200, 240)])
    assert {step.depth for step in steps(short, 30)} == {0}


def test_stems_grow_with_the_languages_of_a_run():
    paths = [
        path(1, *range(language, language + 80), 1000 + number, 3, owner=number)
        for language in (100, 300, 500)
        for number in range(30)
    ]
    trie = Trie(paths)
    found = list(steps(trie, 40))
    assert {step.depth for step in found} == {81}
    assert covered(found) == list(range(90))
    computed = 3 * 81 + sum(trie.size(step.low, step.high, step.depth) for step in found)
    assert computed <= 1.05 * trie.distinct + 3


def test_a_path_longer_than_the_budget_stands_alone():
    trie = Trie([path(*range(50)), path(*range(60, 64))])
    found = list(steps(trie, 10))
    assert [(step.low, step.high) for step in found] == [(0, 1), (1, 2)]
    assert list(again(trie, found[0], 10)) == [found[0]]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_trie_every_path_is_computed_once_and_passes_fit(seed: int):
    drawn = random.Random(seed)  # noqa: S311
    paths = []
    for number in range(drawn.randrange(1, 80)):
        ids = [drawn.randrange(2) for _ in range(drawn.randrange(1, 40))]
        paths.append(Path(ids, drawn.randrange(len(ids)), (1,), (number, 0)))
    trie = Trie(paths)
    assert trie.distinct == len({tuple(entry.ids[:end]) for entry in paths for end in range(1, len(entry.ids) + 1)})
    budget = drawn.randrange(1, 60)
    found = list(steps(trie, budget))
    assert covered(found) == list(range(len(paths)))
    for step in found:
        assert step.depth <= trie.stem(step.low, step.high)
        assert step.high - step.low == 1 or trie.size(step.low, step.high, step.depth) <= budget
