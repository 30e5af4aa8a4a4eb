"""Choices that share their context: the same numbers for fewer tokens, where an architecture can take it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import ScoreRequest
from workbench.engines.transformers.trees import tree_row, visible, worthwhile

CHOICES = (" because it was warm and dry", " because the dog ran after it", " so")
CONTEXT = "The cat sat on the mat, and the dog ran after the cat,"


def scores(path: Path, *, shared: bool, dtype: str = "float32") -> tuple[list[float], int, str]:
    engine = open_engine("transformers", path, EngineConfig(device="cpu", dtype=dtype))
    if not shared:
        engine._forward.head = replace(engine._forward.head, tree=None)
    result = next(iter(engine.score([ScoreRequest("a", CONTEXT, CHOICES)])))
    facts = engine.facts()
    engine.close()
    return [score.log_likelihood for score in result.continuations], facts.computed_tokens, facts.strategy


@pytest.mark.parametrize("kind", ["llama", "qwen2", "mistral", "gemma2", "gemma3", "cohere", "granite"])
def test_shared_contexts_give_the_same_numbers_for_fewer_tokens(tiny: Callable[..., Path], kind: str):
    together, fewer, strategy = scores(tiny(kind), shared=True)
    apart, more, _ = scores(tiny(kind), shared=False)
    assert strategy == "shared-context"
    assert together == pytest.approx(apart, abs=1e-4)
    assert fewer < 0.6 * more


def test_an_architecture_that_cannot_take_it_falls_back_and_says_so(tiny: Callable[..., Path]):
    together, computed, strategy = scores(tiny("bloom"), shared=True)
    apart, same, _ = scores(tiny("bloom"), shared=False)
    assert strategy == "padded-batches"
    assert (together, computed) == (apart, same)


def test_a_branch_sees_its_context_and_itself():
    row = tree_row(0, [7, 8], [[1, 2, 3], [4], [5, 6]])
    assert list(row.ids) == [7, 8, 1, 2, 5]
    assert list(row.positions) == [0, 1, 2, 3, 2]
    assert [target.predictor(0) for target in row.targets] == [1, 1, 1]
    seen = visible([row], 5)[0, 0].int().tolist()
    assert seen == [[1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 0, 0, 1]]


def test_sharing_is_for_two_long_choices_of_one_context():
    assert worthwhile([[1], [1]], [[1, 2], [3, 4]])
    assert not worthwhile([[1], [1]], [[1], [3, 4]])
    assert not worthwhile([[1], [2]], [[1, 2], [3, 4]])
