"""A prompt's tokens out of vLLM's prompt log-probabilities."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.engines.echoing import EchoRequest
from workbench.engines.transformers.reading import read_codec
from workbench.engines.vllm.echoing import echo
from workbench.models.layout import read_layout


def test_each_token_has_its_own_score_and_the_likeliest_in_order(tiny: Callable[..., Path]):
    codec = read_codec(read_layout(tiny()))
    bodies: list[dict[str, Any]] = []

    def ask(body: dict[str, Any]) -> dict[str, Any]:
        bodies.append(body)
        # vLLM adds the token that stands there when it is not among the likeliest.
        entries = [
            {"9": {"logprob": -1.0, "rank": 2}, "8": {"logprob": -0.5, "rank": 1}, str(token): {"logprob": -7.0, "rank": 40}}
            for token in body["prompt"][1:]
        ]  # fmt: skip
        return {"prompt_logprobs": [None, *entries]}

    asked = [
        EchoRequest("text", "The cat", top=2),
        EchoRequest("ids", "", (1, 20, 21), top=2),
        EchoRequest("long", "", (5,) * 10),
        EchoRequest("unknown", "", (1, 10**6)),
    ]
    found = {result.id: result for result in echo(asked, codec, 8, ask)}
    assert [body["prompt"][0] for body in bodies] == [1, 1]  # BOS, once
    assert bodies[0] | {"prompt": 0} == {"prompt": 0, "max_tokens": 1, "temperature": 0, "prompt_logprobs": 2}
    assert (found["long"].error, found["unknown"].error) == ("continuation_too_long", "unknown_token")
    first, *rest = found["ids"].tokens
    assert (first.token, first.log_likelihood, first.top) == (1, None, ())
    assert [(token.token, token.log_likelihood) for token in rest] == [(20, -7.0), (21, -7.0)]
    assert [(one.token, one.log_likelihood) for one in rest[0].top] == [(8, -0.5), (9, -1.0)]
    assert found["text"].text == "<s>The cat"
