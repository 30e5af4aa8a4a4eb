"""Shared prefixes: the same numbers for fewer tokens, proven at load, whatever the budget, whatever the device holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import ScoreRequest
from workbench.engines.transformers import proof
from workbench.engines.transformers.attention import NAME, joined
from workbench.engines.transformers.sharing import Sharing, lay_out
from workbench.engines.transformers.states import StateStem
from workbench.engines.transformers.stems import Stem
from workbench.engines.transformers.trie import Path as TokenPath
from workbench.engines.transformers.trie import Step, Trie
from workbench.errors import OutOfMemory

CHOICES = (" because it was warm", " because the dog ran", " so", " so that")
SHOTS = "The cat sat on the mat. "
REQUESTS = [ScoreRequest(str(i), f"{SHOTS}Cat {i}{'i' * i},", CHOICES) for i in range(7)]


def scores(engine) -> dict[str, list[float]]:
    found = {result.id: result for result in engine.score(REQUESTS)}
    return {key: [score.log_likelihood for score in result.continuations] for key, result in found.items()}


def opened(path: Path, **config):
    return open_engine("transformers", path, EngineConfig(device="cpu", dtype="float32", **config))


def unshared(path: Path) -> tuple[dict[str, list[float]], int]:
    engine = opened(path)
    engine._sharing = None
    return scores(engine), engine.facts().computed_tokens


def close_to(found: dict[str, list[float]], expected: dict[str, list[float]]) -> bool:
    assert found.keys() == expected.keys()
    return all(found[key] == pytest.approx(expected[key], abs=1e-4) for key in found)


@pytest.mark.parametrize("kind", ["llama", "qwen3", "mistral", "mixtral", "gemma2", "gemma3", "deepseek_v3"])
@pytest.mark.parametrize("budget", [12, 1024])
def test_shared_prefixes_give_the_same_numbers_for_fewer_tokens(tiny: Callable[..., Path], kind: str, budget: int):
    expected, more = unshared(tiny(kind))
    engine = opened(tiny(kind), token_budget=budget)
    assert engine.facts().strategy == "shared-prefix"
    assert close_to(scores(engine), expected)
    assert engine.facts().computed_tokens < 0.6 * more


@pytest.mark.parametrize("kind", ["bloom", "mpt"])
@pytest.mark.parametrize("budget", [40, 1024])
def test_models_that_know_places_only_by_standing_there_share_the_stem(tiny, kind: str, budget: int):
    expected, more = unshared(tiny(kind))
    engine = opened(tiny(kind), token_budget=budget)
    assert engine.facts().strategy.startswith("expanded-cache (shared-prefix: ")
    assert close_to(scores(engine), expected)
    assert budget == 1024 or engine.facts().computed_tokens < more


@pytest.mark.parametrize("budget", [40, 1024])
def test_layers_that_remember_share_what_they_remember(tiny, budget: int):
    expected, more = unshared(tiny("falcon_h1"))
    engine = opened(tiny("falcon_h1"), token_budget=budget)
    assert engine.facts().strategy == "expanded-states (layers that are no attention)"
    assert close_to(scores(engine), expected)
    assert engine.facts().computed_tokens < more


def test_layers_whose_states_cannot_be_gone_on_from_share_nothing_and_the_facts_say_why(tiny, monkeypatch):
    monkeypatch.setattr(StateStem, "cache", lambda _, layers, rows, *, keep: Stem().cache(layers, rows, keep=keep))
    engine = opened(tiny("falcon_h1"))
    assert engine.facts().strategy.startswith(
        "padded-batches (layers that are no attention; expanded-states: not taken"
    )
    assert close_to(scores(engine), unshared(tiny("falcon_h1"))[0])


def test_a_stem_of_states_goes_back_to_where_sequences_parted():
    stem = StateStem(None)
    grown = []

    def grow(ids: list[int]) -> None:
        stem.cut(ids, len(ids))
        while (done := len(stem.ids)) < len(ids):
            new = ids[done : min(done + 4, stem.pause(len(ids)))]
            grown.append(len(new))
            stem.take(SimpleNamespace(layers=[]), new, len(ids))

    shots = list(range(10))
    grow([*shots, 20, 21, 22])
    assert [place.depth for place in stem.places] == [13]  # what is only passed through is not kept
    grow([*shots, 30, 31])  # where they part is known now, and kept
    assert [place.depth for place in stem.places] == [10, 12]
    grown.clear()
    grow([*shots, 40, 41, 42])
    grow([*shots, 40, 41, 42, 43])
    assert grown == [3, 1]
    stem.cut([], 0)
    assert (stem.ids, stem.places) == ([], [])


def test_a_mask_that_lets_siblings_see_each_other_is_found_out_at_load(tiny, monkeypatch: pytest.MonkeyPatch):
    def careless(trie, step):
        row = lay_out(trie, step)
        row.allowed[:, step.depth :] |= [[at >= column for column in range(len(row.ids))] for at in range(len(row.ids))]
        return row

    expected = unshared(tiny("llama"))[0]
    monkeypatch.setattr("workbench.engines.transformers.sharing.lay_out", careless)
    engine = opened(tiny("llama"))
    assert "shared-prefix: states differ by" in engine.facts().strategy
    assert engine.facts().strategy.startswith("expanded-cache")
    assert close_to(scores(engine), expected)


def test_a_row_parted_where_it_belongs_together_is_found_out_at_load(tiny, monkeypatch: pytest.MonkeyPatch):
    def careless(trie, step):
        row = lay_out(trie, step)
        return replace(row, starts=sorted({*row.starts, len(row.ids) - 3}))

    monkeypatch.setattr("workbench.engines.transformers.sharing.lay_out", careless)
    assert "shared-prefix: states differ by" in opened(tiny("llama")).facts().strategy


@pytest.mark.parametrize("kind", ["llama", "gemma3", "mistral", "mixtral"])
def test_attention_in_parts_gives_the_numbers_of_one_mask(tiny, kind: str):
    engine = opened(tiny(kind))
    engine._sharing.smallest_piece = 4
    assert engine._loaded.model.config.get_text_config()._attn_implementation == NAME
    found = scores(engine)
    engine._loaded.model.set_attn_implementation("sdpa")
    assert close_to(scores(engine), found)


def test_neighbours_are_joined_until_a_piece_is_worth_a_call():
    assert joined([0, 3, 20, 25], 30, 10) == [(0, 20), (20, 30)]
    assert joined([0], 5, 10) == [(0, 5)]


def test_the_proof_crosses_a_sliding_window(tiny, monkeypatch: pytest.MonkeyPatch):
    compute = Sharing._masks
    monkeypatch.setattr(
        Sharing, "_masks", lambda self, allowed, positions, keys: compute(self, allowed, positions * 0, keys * 0)
    )
    engine = opened(tiny("gemma3"))
    assert "shared-prefix: states differ" in engine.facts().strategy


def test_the_proof_counts_no_tokens_and_leaves_nothing_behind(tiny):
    engine = opened(tiny("llama"))
    assert engine.facts().computed_tokens == 0
    assert engine._sharing.stem.ids == []
    assert proof.disagreement(engine._sharing) == ""


def test_the_stem_outlives_a_block_of_requests(tiny):
    engine = opened(tiny("llama"), token_budget=16)
    expected = scores(engine)
    once = engine.facts().computed_tokens
    assert scores(engine) == expected
    assert engine.facts().computed_tokens < 2 * once


def test_a_full_device_halves_the_budget_and_loses_nothing(tiny, monkeypatch: pytest.MonkeyPatch):
    import torch

    expected = unshared(tiny("llama"))[0]
    engine = opened(tiny("llama"))
    most = [40]
    compute = Sharing.behind

    def small(self, past, ids, *rest, **more):
        if ids.shape[1] > most[0]:
            raise torch.OutOfMemoryError("the device is full")
        return compute(self, past, ids, *rest, **more)

    monkeypatch.setattr(Sharing, "behind", small)
    assert close_to(scores(engine), expected)
    assert engine._forward.halved > 0
    most[0] = 0
    with pytest.raises(OutOfMemory, match="one sequence of"):
        scores(engine)


def test_a_token_sees_its_ancestors_only():
    trie = Trie([TokenPath((7, 8, 1, 2), 1, (1, 2, 3), (0, 0)), TokenPath((7, 8, 5), 1, (5, 6), (0, 1))])
    row = lay_out(trie, Step(0, 2, 0))
    assert row.ids == [7, 8, 1, 2, 5]
    assert row.positions == [0, 1, 2, 3, 2]
    assert row.allowed.astype(int).tolist() == [
        [1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 0, 0, 1],
    ]  # fmt: skip
    assert row.starts == [0]
    assert row.entries == [(1, 1, (0, 0)), (2, 2, (0, 0)), (3, 3, (0, 0)), (1, 5, (0, 1)), (4, 6, (0, 1))]
    behind = lay_out(trie, Step(0, 2, 1))
    assert behind.ids == [8, 1, 2, 5]
    assert behind.allowed.astype(int).tolist() == [[1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 1, 1, 1, 0], [1, 1, 0, 0, 1]]
