"""Input that a model cannot take as it is: each has its error or a count; none spoils the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import RollingRequest, ScoreRequest
from workbench.engines.transformers.weights import require_finite
from workbench.errors import BadConfig, CorruptWeights

CPU = EngineConfig(device="cpu", dtype="float32")
GOOD = ScoreRequest("good", "The cat sat on", (" the mat", " it"))


def logs(result) -> list[float]:
    return [score.log_likelihood for score in result.continuations]


def with_token(directory: Path, text: str, *, special: bool) -> Path:
    """Give the tokenizer one token more than the embedding has rows."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(directory)
    tokenizer.add_tokens([text], special_tokens=special)
    tokenizer.save_pretrained(directory)
    return directory


def test_a_vocabulary_larger_than_the_embedding_is_refused_with_both_numbers(tiny, copy_of):
    directory = with_token(copy_of(tiny("llama")), "newword", special=False)
    with pytest.raises(BadConfig, match=r"'newword' the id \d+, and the embedding has 420 rows") as caught:
        open_engine("transformers", directory, CPU)
    assert caught.value.remedy


def test_a_special_token_without_a_row_matters_where_the_chat_template_writes_it(tiny, copy_of):
    directory = with_token(copy_of(tiny("llama")), "<image>", special=True)
    (result,) = open_engine("transformers", directory, CPU).score([GOOD])
    (expected,) = open_engine("transformers", tiny("llama"), CPU).score([GOOD])
    assert logs(result) == pytest.approx(logs(expected), abs=1e-5)
    template = directory / "chat_template.jinja"
    template.write_text(template.read_text(encoding="utf-8") + "<image>", encoding="utf-8")
    with pytest.raises(BadConfig, match="<image>"):
        open_engine("transformers", directory, CPU)


def test_nan_in_several_tensors_names_the_first_and_counts_the_others(tiny, copy_of):
    from safetensors.torch import load_file, save_file

    directory = copy_of(tiny("falcon"))
    path = directory / "model.safetensors"
    tensors = load_file(path)
    names = sorted(name for name in tensors if name.endswith("query_key_value.weight"))
    for name in names:
        tensors[name][-1, -1] = float("nan")
    save_file(tensors, path, metadata={"format": "pt"})
    with pytest.raises(CorruptWeights) as caught:
        open_engine("transformers", directory, CPU)
    assert names[0] in str(caught.value)
    assert f"and {len(names) - 1} more holds NaN" in str(caught.value)
    assert str(path) in str(caught.value.where)


def test_the_search_for_nan_makes_no_copy_of_the_weights():
    import torch

    class Weights(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.big = torch.nn.Parameter(torch.zeros(1 << 20), requires_grad=False)
            self.whole = torch.nn.Parameter(torch.zeros(4, dtype=torch.int32), requires_grad=False)

    model = Weights()
    with torch.profiler.profile(profile_memory=True) as seen:
        require_finite(model, Path())
    # One pass that reads: what it makes is a few numbers a tensor.
    assert sum(max(event.self_cpu_memory_usage, 0) for event in seen.events()) < 4096


def test_a_prompt_longer_than_the_context_beside_one_that_fits(tiny):
    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu", dtype="float32", max_length=24))
    long = ScoreRequest("long", "The dog ran after the cat. " * 9, (" it", " because it was warm"))
    found = {result.id: result for result in engine.score([long, GOOD])}
    assert found["long"].truncated > 0
    assert found["long"].error == ""
    assert found["long"].context_tokens + found["long"].continuations[1].tokens - 1 <= 24
    (alone,) = open_engine("transformers", tiny("llama"), CPU).score([GOOD])
    assert found["good"].truncated == 0
    assert logs(found["good"]) == pytest.approx(logs(alone), abs=1e-4)


def test_a_token_that_spans_the_join_is_scored_whole(tiny):
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(tiny("llama"))
    engine = open_engine("transformers", tiny("llama"), CPU)
    request = ScoreRequest("join", "The ca", ("t sat", "p sat"))
    base, *whole = (tokenizer(request.context + end)["input_ids"] for end in ("", *request.continuations))
    assert whole[0][: len(base)] != base, "the join must lie within a token"
    (result,) = engine.score([request])
    assert result.context_tokens < len(base)
    assert [score.tokens for score in result.continuations] == [len(ids) - result.context_tokens for ids in whole]


def test_every_wrong_request_gets_its_own_code_and_the_rest_their_scores(tiny):
    engine = open_engine("transformers", tiny("llama"), CPU)
    (alone,) = engine.score([GOOD])
    wrong = [
        ScoreRequest("empty", "The cat", (" sat", "")),
        ScoreRequest("none", "The cat", ()),
        ScoreRequest("endless", "The cat", ("x1y2z3" * 40, " sat")),
        ScoreRequest("alike", "The cat", (" sat", " sat")),
    ]
    found = {result.id: result for result in engine.score([*wrong[:2], GOOD, *wrong[2:]])}
    assert {name: found[name].error for name in ("empty", "none", "endless", "alike", "good")} == {
        "empty": "empty_continuation", "none": "no_continuations", "endless": "continuation_too_long",
        "alike": "", "good": "",
    }  # fmt: skip
    assert found["alike"].continuations[0] == found["alike"].continuations[1]
    assert logs(found["good"]) == pytest.approx(logs(alone), abs=1e-5)


def test_a_device_that_fills_up_in_rolling_halves_the_budget_too(tiny, monkeypatch: pytest.MonkeyPatch):
    import torch

    from workbench.engines.transformers.sharing import Sharing

    engine = open_engine("transformers", tiny("llama"), CPU)
    texts = [RollingRequest(str(i), f"The cat sat on the mat {i} " * 3) for i in range(6)]
    expected = {result.id: result.log_likelihood for result in engine.rolling(texts)}
    budget, compute = engine.facts().token_budget, Sharing.behind

    def small_device(self, past, ids, *rest, **more):
        if ids.numel() > 64:
            raise torch.OutOfMemoryError("the device is full")
        return compute(self, past, ids, *rest, **more)

    monkeypatch.setattr(Sharing, "behind", small_device)
    found = {result.id: result.log_likelihood for result in engine.rolling(texts)}
    assert found == pytest.approx(expected, abs=1e-4)
    assert engine.facts().token_budget < budget
