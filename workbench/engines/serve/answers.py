"""Results in OpenAI's shapes. What they have no field for stands under ``workbench``."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from workbench.engines.echoing import Candidate, EchoResult
from workbench.engines.protocol import GenerateResult, ScoreResult

UNREADABLE = "\N{REPLACEMENT CHARACTER}"
PIECES = re.compile(r"\s*\S+|\s+")
FINISHES = {"eos": "stop", "stop": "stop", "length": "length"}
"""OpenAI does not tell a stop text from the model's own end; ours is under ``workbench``."""


@dataclass(frozen=True, slots=True)
class Head:
    """What every piece of one answer begins with."""

    id: str
    object: str
    created: int
    model: str

    @classmethod
    def make(cls, kind: str, model: str) -> Head:
        """Return the beginning of a new answer; `kind` is ``text_completion`` or ``chat.completion``."""
        prefix = "cmpl" if kind == "text_completion" else "chatcmpl"
        return cls(f"{prefix}-{secrets.token_hex(12)}", kind, int(time.time()), model)


def usage(results: Sequence[GenerateResult], each: int) -> dict[str, int]:
    """Return the tokens that were read and written; `each` is how many answers every prompt got."""
    read = sum(result.context_tokens for result in results[::each])
    written = sum(result.tokens for result in results)
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def completion(head: Head, results: Sequence[GenerateResult], prompts: Sequence[str], each: int) -> dict[str, Any]:
    """Return the answer of ``/v1/completions``; `prompts` stand before each text (empty unless echoed)."""
    choices = [
        {
            "index": index,
            "text": prompts[index // each] + result.text,
            "logprobs": None,
            "finish_reason": FINISHES.get(result.finish),
            "workbench": _more(result),
        }
        for index, result in enumerate(results)
    ]
    return {**asdict(head), "choices": choices, "usage": usage(results, each)}


def chat(head: Head, results: Sequence[GenerateResult]) -> dict[str, Any]:
    """Return the answer of ``/v1/chat/completions``."""
    choices = [
        {
            "index": index,
            "message": {"role": "assistant", "content": result.text, "refusal": None},
            "logprobs": None,
            "finish_reason": FINISHES.get(result.finish),
            "workbench": _more(result),
        }
        for index, result in enumerate(results)
    ]
    return {**asdict(head), "choices": choices, "usage": usage(results, len(results))}


def chunks(
    head: Head, results: Sequence[GenerateResult], prompts: Sequence[str], each: int, *, counted: bool
) -> Iterator[dict[str, Any]]:
    """Yield finished answers piece by piece, as a stream has them: word by word, then why each ended."""
    talk = head.object == "chat.completion"
    base = {**asdict(head), **({"object": "chat.completion.chunk"} if talk else {})}
    more = {"usage": None} if counted else {}
    for index, result in enumerate(results):
        if talk:
            yield {**base, "choices": [_delta(index, {"role": "assistant", "content": ""})], **more}
        for piece in PIECES.findall(prompts[index // each] + result.text):
            choice = _delta(index, {"content": piece}) if talk else _text(index, piece)
            yield {**base, "choices": [choice], **more}
        last = _delta(index, {}) if talk else _text(index, "")
        last |= {"finish_reason": FINISHES.get(result.finish), "workbench": _more(result)}
        yield {**base, "choices": [last], **more}
    if counted:
        yield {**base, "choices": [], "usage": usage(results, each)}


def _delta(index: int, delta: dict[str, str]) -> dict[str, Any]:
    return {"index": index, "delta": delta, "logprobs": None, "finish_reason": None}


def _text(index: int, text: str) -> dict[str, Any]:
    return {"index": index, "text": text, "logprobs": None, "finish_reason": None}


def _more(result: GenerateResult) -> dict[str, Any]:
    return {"finish": result.finish, "truncated": result.truncated}


def echoed(head: Head, results: Sequence[EchoResult], top: int | None) -> dict[str, Any]:
    """Return echoed prompts, with the log-probability of each token where `top` likeliest ones were asked for."""
    choices = []
    for index, result in enumerate(results):
        logprobs = None if top is None else _logprobs(result, top)
        choices.append({"index": index, "text": result.text, "logprobs": logprobs, "finish_reason": "length"})
    read = sum(len(result.tokens) for result in results)
    counts = {"prompt_tokens": read, "completion_tokens": 0, "total_tokens": read}
    return {**asdict(head), "choices": choices, "usage": counts}


def _logprobs(result: EchoResult, top: int) -> dict[str, Any]:
    names, values, likeliest = [], [], []
    for token in result.tokens:
        called = _names(token.top[:top])
        name = spelled(token.token, token.text)
        # Of two tokens that read alike one is called by its number, so that a name says which token is meant.
        name = called.get(token.token) or (f"token_id:{token.token}" if name in called.values() else name)
        names.append(name)
        values.append(token.log_likelihood)
        chances = {called[candidate.token]: candidate.log_likelihood for candidate in token.top[:top]}
        likeliest.append(None if token.log_likelihood is None else chances)
    return {"tokens": names, "token_logprobs": values, "top_logprobs": likeliest}


def _names(candidates: Sequence[Candidate]) -> dict[int, str]:
    """Return a name for each candidate, no two alike."""
    found: dict[int, str] = {}
    for candidate in candidates:
        name = spelled(candidate.token, candidate.text)
        found[candidate.token] = f"token_id:{candidate.token}" if name in found.values() else name
    return found


def spelled(token: int, text: str) -> str:
    """Return a token as text, or by its number where the text alone does not say which it is (half a letter)."""
    return f"token_id:{token}" if not text or UNREADABLE in text else text


def loglikelihoods(model: str, results: Sequence[ScoreResult], names: Sequence[str]) -> dict[str, Any]:
    """Return the answer of ``/v1/loglikelihoods``: each `ScoreResult` as it is, by the name its asker gave it."""
    data = [{**asdict(result), "id": name} for result, name in zip(results, names, strict=True)]
    return {"object": "list", "model": model, "data": data}
