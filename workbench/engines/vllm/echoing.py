"""Every token of a prompt with its log-likelihood, from vLLM's prompt log-probabilities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from workbench.engines.echoing import Candidate, EchoedToken, EchoRequest, EchoResult
from workbench.engines.transformers.tokens import Codec

Ask = Callable[[dict[str, Any]], dict[str, Any]]
"""The body of a completion → its first choice."""


def echo(requests: Iterable[EchoRequest], codec: Codec, max_length: int, ask: Ask) -> Iterator[EchoResult]:
    """Yield the tokens of each prompt, one prompt at a time."""
    for request in requests:
        ids = list(request.ids) or codec.begin(codec.encode([request.context])[request.context])
        ids = ids or list(codec.lead)
        if not ids or len(ids) > max_length + 1:
            yield EchoResult(request.id, (), error="continuation_too_long" if ids else "empty_context")
            continue
        if not all(0 <= token < len(codec.tokenizer) for token in ids):
            yield EchoResult(request.id, (), error="unknown_token")
            continue
        body = {"prompt": ids, "max_tokens": 1, "temperature": 0, "prompt_logprobs": max(1, request.top)}
        entries = ask(body)["prompt_logprobs"]
        tokens = [EchoedToken(ids[0], _text(codec, ids[:1]), None)]
        tokens += [_token(codec, token, entry, request.top) for token, entry in zip(ids[1:], entries[1:], strict=True)]
        yield EchoResult(request.id, tuple(tokens), text=_text(codec, ids))


def _token(codec: Codec, token: int, entry: Mapping[str, Any], top: int) -> EchoedToken:
    """Return one place: `entry` has the likeliest tokens and the one that stands there, each with its rank."""
    ranked = sorted((int(found["rank"]), int(name), float(found["logprob"])) for name, found in entry.items())
    likeliest = tuple(Candidate(other, _text(codec, [other]), value) for rank, other, value in ranked if rank <= top)
    return EchoedToken(token, _text(codec, [token]), float(entry[str(token)]["logprob"]), likeliest)


def _text(codec: Codec, ids: list[int]) -> str:
    return str(codec.tokenizer.decode(ids))
