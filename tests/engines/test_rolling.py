from __future__ import annotations

import pytest

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import RollingRequest
from workbench.engines.transformers.rolling import windows

TEXT = "The cat sat on the mat because it was warm. Người đàn ông mở vòi nước. 这个人打开了水龙头."


def test_windows_score_every_token_once():
    for length in range(1, 30):
        for limit in (1, 2, 3, 7, 30):
            tokens = list(range(100, 100 + length))
            found = windows([1], tokens, limit)
            assert [token for _, _, scored in found for token in scored] == tokens
            for fed, start, scored in found:
                assert 1 <= len(fed) <= limit
                # Each scored token is predicted from a position that is fed: the one before it.
                whole = [*fed, scored[-1]]
                assert whole[start:] == scored
                assert start >= 1


def test_the_last_window_is_filled_up_with_what_stands_before_it():
    found = windows([1], list(range(10, 17)), 4)
    assert found == [([1, 10, 11, 12], 1, [10, 11, 12, 13]), ([12, 13, 14, 15], 2, [14, 15, 16])]


@pytest.mark.parametrize("bos", [True, False])
def test_a_whole_text_is_the_sum_of_its_tokens(tiny, bos: bool):
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    directory = tiny("llama", bos=bos)
    ids = AutoTokenizer.from_pretrained(directory)(TEXT, add_special_tokens=False)["input_ids"][:40]
    text = AutoTokenizer.from_pretrained(directory).decode(ids)
    engine = open_engine("transformers", directory, EngineConfig(device="cpu"))
    (result,) = engine.rolling([RollingRequest("x", text)])
    model = AutoModelForCausalLM.from_pretrained(directory).eval()
    with torch.no_grad():
        logits = model(torch.tensor([[1, *ids]])).logits[0].log_softmax(-1)
    expected = sum(logits[i, token].item() for i, token in enumerate(ids))
    assert result.log_likelihood == pytest.approx(expected, abs=1e-4)
    assert (result.tokens, result.windows) == (len(ids), 1)


def test_bos_is_not_scored_but_in_parity_mode(tiny):
    plain = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu"))
    parity = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu", parity=True))
    request = RollingRequest("x", "The cat sat.")
    (ours,), (theirs,) = plain.rolling([request]), parity.rolling([request])
    assert theirs.tokens == ours.tokens + 1


def test_long_texts_take_windows_and_empty_ones_an_error(tiny):
    engine = open_engine("transformers", tiny("llama"), EngineConfig(device="cpu", max_length=16))
    found = {r.id: r for r in engine.rolling([RollingRequest("long", TEXT * 2), RollingRequest("empty", "")])}
    assert found["empty"].error == "empty_text"
    assert found["long"].windows == -(-found["long"].tokens // 16)
    assert found["long"].log_likelihood < 0
