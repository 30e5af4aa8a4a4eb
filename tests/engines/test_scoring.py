"""Against the plain way: one sequence at a time, whole logits, log-softmax over everything."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import ScoreRequest
from workbench.engines.transformers import heads
from workbench.errors import OutOfMemory

FAMILIES = (
    "llama", "falcon", "falcon_h1", "qwen2", "qwen3", "mistral", "mixtral", "bloom", "deepseek_v3", "gemma2", "gemma3",
    "mpt", "phi3", "olmo2", "cohere", "granite",
)  # fmt: skip
REQUESTS = [
    ScoreRequest("cat", "The cat sat on", (" the mat", " the dog because", " it")),
    ScoreRequest("thai", "ผู้ชายคนนั้นเปิด", ("ก๊อกน้ำ", "น้ำ")),
    ScoreRequest("letters", "Answer: ", ("A", "B", "C", "D")),
    ScoreRequest("nothing", "", ("The cat", "Mtu yule")),
    ScoreRequest("chinese", "这个人打开了", ("水龙头", "饭,")),
    ScoreRequest("long", "Người đàn ông mở vòi nước. " * 2, ("Trẻ em", "ăn cơm")),
]


def naive(model_path: Path, request: ScoreRequest) -> list[tuple[float, bool]]:
    """Score one continuation at a time in float64."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model_path)
    model = AutoModelForCausalLM.from_pretrained(model_path).eval()
    whole = [tokenizer(request.context + c)["input_ids"] for c in request.continuations]
    base = tokenizer(request.context)["input_ids"]
    if not request.context and base == []:
        whole, base = [[1, *w] for w in whole], [1]
    cut = 0
    while all(len(w) > cut for w in [base, *whole]) and len({w[cut] for w in [base, *whole]}) == 1:
        cut += 1
    found = []
    for ids in whole:
        with torch.no_grad():
            logits = model(torch.tensor([ids])).logits[0].double().log_softmax(-1)
        steps = [(logits[i - 1, ids[i]].item(), logits[i - 1].argmax().item() == ids[i]) for i in range(cut, len(ids))]
        found.append((math.fsum(value for value, _ in steps), all(first for _, first in steps)))
    return found


def scores(engine, requests=REQUESTS):
    return {result.id: result for result in engine.score(requests)}


@pytest.mark.parametrize("family", FAMILIES)
def test_batched_scores_are_those_of_one_sequence_at_a_time(tiny, family: str):
    model = tiny(family)
    engine = open_engine("transformers", model, EngineConfig(device="cpu", dtype="float32"))
    assert engine._forward.head.apart, "the head of this family should be provable"
    found = scores(engine)
    for request in REQUESTS:
        expected = naive(model, request)
        got = found[request.id].continuations
        assert [c.log_likelihood for c in got] == pytest.approx([value for value, _ in expected], abs=1e-4)
        assert [c.greedy for c in got] == [greedy for _, greedy in expected]


@pytest.mark.parametrize("budget", [8, 40, 4096])
def test_the_budget_changes_no_score(tiny, budget: int):
    model = tiny("llama")
    one = open_engine("transformers", model, EngineConfig(device="cpu", token_budget=1))
    some = open_engine("transformers", model, EngineConfig(device="cpu", token_budget=budget))
    alone, together = scores(one), scores(some)
    for request in REQUESTS:
        pairs = zip(alone[request.id].continuations, together[request.id].continuations, strict=True)
        assert all(a.log_likelihood == pytest.approx(b.log_likelihood, abs=1e-4) for a, b in pairs)


def test_softmax_in_chunks_is_softmax(tiny, monkeypatch: pytest.MonkeyPatch):
    engine = open_engine("transformers", tiny("gemma3"), EngineConfig(device="cpu"))
    whole = scores(engine)
    monkeypatch.setattr(heads, "LOGITS_BYTES", 1)
    monkeypatch.setattr(heads, "SMALLEST_TILE", 50)
    chunked = scores(engine)
    for identity, result in whole.items():
        assert [c.log_likelihood for c in chunked[identity].continuations] == pytest.approx(
            [c.log_likelihood for c in result.continuations], abs=1e-5
        )


def test_a_model_whose_head_is_not_provable_is_run_whole(tiny, monkeypatch: pytest.MonkeyPatch):
    model = tiny("gemma2")
    monkeypatch.setattr(heads, "_after_projection", lambda _config: lambda logits: logits)  # forgets the cap
    engine = open_engine("transformers", model, EngineConfig(device="cpu"))
    assert not engine._forward.head.apart
    for request in REQUESTS[:2]:
        (result,) = engine.score([request])
        assert [c.log_likelihood for c in result.continuations] == pytest.approx(
            [value for value, _ in naive(model, request)], abs=1e-4
        )


def test_letters_need_one_row(tiny):
    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu"))
    (result,) = engine.score([REQUESTS[2]])
    assert len(result.continuations) == 4
    assert engine.facts().computed_tokens == result.context_tokens


def test_choices_that_tokenise_alike_score_alike(tiny):
    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu"))
    (result,) = engine.score([ScoreRequest("same", "The cat", (" sat", " sat"))])
    assert result.continuations[0] == result.continuations[1]


def test_truncation_is_counted_and_equals_asking_for_what_is_left(tiny):
    model = tiny("llama", bos=False)
    engine = open_engine("transformers", model, EngineConfig(device="cpu", max_length=16))
    letters = "abcdefghijklmnopqrstuvwxyz"
    (result,) = engine.score([ScoreRequest("long", letters, ("0", "1"))])
    assert (result.context_tokens, result.truncated) == (16, 10)
    (short,) = engine.score([ScoreRequest("short", letters[-16:], ("0", "1"))])
    assert short.truncated == 0
    assert [c.log_likelihood for c in short.continuations] == pytest.approx(
        [c.log_likelihood for c in result.continuations], abs=1e-5
    )


def test_one_bad_request_does_not_stop_the_others(tiny):
    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu"))
    found = scores(engine, [ScoreRequest("bad", "The cat", ("",)), ScoreRequest("none", "x", ()), REQUESTS[0]])
    assert found["bad"].error == "empty_continuation"
    assert found["none"].error == "no_continuations"
    assert found["bad"].continuations == ()
    assert found["cat"].error == ""
    assert len(found["cat"].continuations) == 3


def test_nan_out_of_the_model_is_the_requests_error(tiny):
    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu"))
    model = engine._loaded.model
    model.model.norm.weight.data.fill_(float("nan"))
    (result,) = engine.score([REQUESTS[0]])
    assert (result.error, result.continuations) == ("not_finite", ())


def test_bfloat16_runs_with_softmax_in_float32(tiny):
    model = tiny("llama")
    engine = open_engine("transformers", model, EngineConfig(device="cpu", dtype="bfloat16"))
    assert engine.facts().dtype == "bfloat16"
    assert engine._forward.head.apart
    (result,) = engine.score([REQUESTS[0]])
    expected = [value for value, _ in naive(model, REQUESTS[0])]
    assert [c.log_likelihood for c in result.continuations] == pytest.approx(expected, rel=0.1)


def test_a_full_device_halves_the_budget_and_goes_on(tiny):
    import torch

    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu", token_budget=4096))
    expected = scores(engine)
    backbone = engine._forward.head.backbone

    def small_device(ids):
        if ids.numel() > 60:
            raise torch.OutOfMemoryError("the device is full")
        return backbone(ids)

    engine._sharing = None
    engine._forward.head = heads.Head(small_device, engine._forward.head.tile, 420, apart=True)
    found = scores(engine)
    assert engine.facts().token_budget < 4096
    for identity, result in expected.items():
        assert [c.log_likelihood for c in found[identity].continuations] == pytest.approx(
            [c.log_likelihood for c in result.continuations], abs=1e-4
        )


def test_one_sequence_that_does_not_fit_is_an_error_with_a_remedy(tiny):
    import torch

    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu"))

    def no_device(_ids):
        raise torch.OutOfMemoryError("the device is full")

    engine._sharing = None
    engine._forward.head = heads.Head(no_device, engine._forward.head.tile, 420, apart=True)
    with pytest.raises(OutOfMemory, match="one sequence of"):
        list(engine.score(REQUESTS))


def test_requests_may_be_a_generator_and_answers_flow(tiny, monkeypatch: pytest.MonkeyPatch):
    from workbench.engines.transformers import scoring

    monkeypatch.setattr(scoring.blocks, "__defaults__", (2,))
    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu"))
    taken: list[str] = []

    def stream():
        for request in REQUESTS:
            taken.append(request.id)
            yield request

    answers = engine.score(stream())
    next(answers)
    assert len(taken) == 2
    assert {result.id for result in answers} < {request.id for request in REQUESTS}
