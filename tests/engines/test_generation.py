from __future__ import annotations

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import GenerateRequest
from workbench.engines.transformers.stopping import cut_at_stop
from workbench.errors import OutOfMemory

CONTEXTS = ("The cat sat on", "Mtu yule", "ผู้ชายคนนั้น", "这个人", "a")


def written_alone(directory, context: str, count: int) -> str:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(directory)
    model = AutoModelForCausalLM.from_pretrained(directory).eval()
    ids = tokenizer(context, return_tensors="pt").input_ids
    with torch.no_grad():
        output = model.generate(ids, max_new_tokens=count, do_sample=False, pad_token_id=0)
    return tokenizer.decode(output[0, ids.shape[1] :], skip_special_tokens=True)


@pytest.mark.parametrize("family", ["llama", "gemma2", "deepseek_v3", "gemma3", "bloom", "mpt", "falcon_h1", "mixtral"])
def test_batched_greedy_answers_are_those_of_model_generate(tiny, family: str):
    directory = tiny(family)
    engine = open_engine("transformers", directory, EngineConfig(device="cpu", dtype="float32"))
    requests = [GenerateRequest(str(i), context, max_new_tokens=9) for i, context in enumerate(CONTEXTS)]
    found = {result.id: result for result in engine.generate(requests)}
    for request in requests:
        assert found[request.id].text == written_alone(directory, request.context, 9)
        assert found[request.id].finish in {"length", "eos"}
        assert found[request.id].tokens <= 9


def test_prompts_share_what_they_begin_with(tiny):
    directory = tiny("gemma3")
    engine = open_engine("transformers", directory, EngineConfig(device="cpu", dtype="float32"))
    shots = "The dog ran after the cat because it was warm."
    requests = [GenerateRequest(str(i), shots + context, max_new_tokens=6) for i, context in enumerate(CONTEXTS)]
    found = {result.id: result for result in engine.generate(requests)}
    for request in requests:
        assert found[request.id].text == written_alone(directory, request.context, 6)
    read = sum(result.context_tokens for result in found.values())
    assert engine.facts().computed_tokens < 0.7 * read + 6 * len(requests)


def test_each_row_ends_at_its_own_stop_text(tiny):
    directory = tiny("llama")
    engine = open_engine("transformers", directory, EngineConfig(device="cpu"))
    whole = written_alone(directory, CONTEXTS[0], 12)
    middle = whole[len(whole) // 2]
    requests = [
        GenerateRequest("stopped", CONTEXTS[0], stop=(middle,), max_new_tokens=12),
        GenerateRequest("free", CONTEXTS[0], max_new_tokens=12),
    ]
    found = {result.id: result for result in engine.generate(requests)}
    assert found["stopped"].text == whole[: whole.index(middle)]
    assert found["stopped"].finish == "stop"
    assert found["stopped"].tokens < found["free"].tokens
    assert found["free"].text == whole


def test_cut_at_the_first_of_several_stops():
    assert cut_at_stop("one\ntwo.", (".", "\n")) == ("one", True)
    assert cut_at_stop("one", ("", "x")) == ("one", False)


def test_eos_ends_an_answer(tiny):
    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu"))
    (free,) = engine.generate([GenerateRequest("x", "The cat", max_new_tokens=5)])
    assert (free.tokens, free.finish) == (5, "length")
    engine._writer.eos = tuple(range(1000))  # whatever it writes first
    (result,) = engine.generate([GenerateRequest("x", "The cat", max_new_tokens=5)])
    assert (result.text, result.tokens, result.finish) == ("", 0, "eos")


def test_sampling_depends_on_seed_and_request_not_on_the_batch(tiny):
    def write(seed: int, *ids: str):
        engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu", seed=seed))
        requests = [GenerateRequest(i, "The cat", max_new_tokens=8, temperature=1.0) for i in ids]
        return {result.id: result.text for result in engine.generate(requests)}

    together = write(0, "a", "b", "c")
    assert write(0, "b") == {"b": together["b"]}
    assert len(set(together.values())) == 3
    assert write(1, "b") != write(0, "b")


def test_sampling_draws_from_the_softmax():
    import torch

    from workbench.engines.transformers.stopping import SeededSampling

    logits = torch.tensor([[0.0, 1.0, 2.0, -3.0]])
    sampler = SeededSampling(0.7, [5])
    draws = torch.stack([sampler(torch.empty(0), logits).argmax(-1) for _ in range(4000)]).flatten()
    shares = torch.bincount(draws, minlength=4) / len(draws)
    assert shares.tolist() == pytest.approx((logits / 0.7).softmax(-1)[0].tolist(), abs=0.03)


def test_a_prompt_that_is_too_long_is_cut_and_counted(tiny):
    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu", max_length=16))
    requests = [
        GenerateRequest("long", "0123456789" * 3, max_new_tokens=4),
        GenerateRequest("no room", "0", max_new_tokens=16),
    ]
    found = {result.id: result for result in engine.generate(requests)}
    assert (found["long"].context_tokens, found["long"].truncated) == (12, 19)
    assert (found["no room"].error, found["no room"].finish) == ("no_room", "")


def test_a_templated_context_gets_no_second_bos(tiny):
    from transformers import AutoTokenizer

    directory = tiny("llama")
    tokenizer = AutoTokenizer.from_pretrained(directory)
    context = tokenizer.apply_chat_template([{"role": "user", "content": "cat"}], tokenize=False)
    engine = open_engine("transformers", directory, EngineConfig(device="cpu"))
    (result,) = engine.generate([GenerateRequest("x", context, max_new_tokens=2, templated=True)])
    assert result.context_tokens == len(tokenizer(context, add_special_tokens=False)["input_ids"])


def test_the_publishers_sampling_settings_do_not_apply(tiny, copy_of):
    import json

    directory = copy_of(tiny("llama"))
    settings = {"do_sample": True, "temperature": 5.0, "repetition_penalty": 50.0, "eos_token_id": 2}
    (directory / "generation_config.json").write_text(json.dumps(settings))
    engine = open_engine("transformers", directory, EngineConfig(device="cpu"))
    (result,) = engine.generate([GenerateRequest("x", CONTEXTS[0], max_new_tokens=12)])
    assert result.text == written_alone(tiny("llama"), CONTEXTS[0], 12)


def test_a_full_device_halves_the_batch_and_goes_on(tiny, monkeypatch: pytest.MonkeyPatch):
    import torch

    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu"))
    requests = [GenerateRequest(str(i), context, max_new_tokens=4) for i, context in enumerate(CONTEXTS)]
    expected = {result.id: result.text for result in engine.generate(requests)}
    sharing, most = engine._sharing, [24]
    compute = type(sharing).behind

    def small(self, past, ids, *rest, **more):
        if ids.shape[1] > most[0]:
            raise torch.OutOfMemoryError("the device is full")
        return compute(self, past, ids, *rest, **more)

    monkeypatch.setattr(type(sharing), "behind", small)
    assert {result.id: result.text for result in engine.generate(requests)} == expected
    most[0] = 0
    with pytest.raises(OutOfMemory, match="one prompt of"):
        list(engine.generate(requests))
