"""The log-likelihood of every token of a prompt, with the tokens that were likelier."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from workbench.engines.echoing import Candidate, EchoedToken, EchoRequest, EchoResult
from workbench.engines.transformers.forward import Forward
from workbench.engines.transformers.heads import LOGITS_BYTES
from workbench.engines.transformers.tokens import Codec
from workbench.errors import OutOfMemory

if TYPE_CHECKING:
    import torch


def echo(requests: Iterable[EchoRequest], codec: Codec, forward: Forward, max_length: int) -> Iterator[EchoResult]:
    """Yield the tokens of each prompt, one prompt at a time.

    Raises
    ------
    OutOfMemory
        A prompt does not fit.
    """
    for request in requests:
        ids = list(request.ids) or codec.begin(codec.encode([request.context])[request.context])
        ids = ids or list(codec.lead)
        if not ids or len(ids) > max_length + 1:
            yield EchoResult(request.id, (), error="continuation_too_long" if ids else "empty_context")
            continue
        if not all(0 <= token < forward.head.vocabulary for token in ids):
            yield EchoResult(request.id, (), error="unknown_token")
            continue
        places = _places(forward, ids, request.top)
        if not all(math.isfinite(value) for value, _ in places):
            yield EchoResult(request.id, (), error="not_finite")
            continue
        scored = zip(ids[1:], places, strict=True)
        yield EchoResult(
            request.id,
            (
                EchoedToken(ids[0], _text(codec, ids[:1]), None),
                *(
                    EchoedToken(
                        token,
                        _text(codec, [token]),
                        value,
                        tuple(Candidate(other, _text(codec, [other]), chance) for other, chance in likeliest),
                    )
                    for token, (value, likeliest) in scored
                ),
            ),
            text=_text(codec, ids),
        )


def _text(codec: Codec, ids: Sequence[int]) -> str:
    return str(codec.tokenizer.decode(list(ids)))


def _places(forward: Forward, ids: Sequence[int], top: int) -> list[tuple[float, list[tuple[int, float]]]]:
    """Return, for each token but the first, its log-likelihood and the `top` likeliest tokens with theirs."""
    import torch

    if len(ids) == 1:
        return []
    try:
        with torch.inference_mode():
            fed = torch.tensor([ids[:-1]], dtype=torch.long).to(forward.device)
            states = forward.head.backbone(fed).flatten(0, 1)
            forward.computed += len(ids) - 1
            # Whole rows of the vocabulary here, as the likeliest tokens are wanted by name: few at a time.
            step = max(1, LOGITS_BYTES // (4 * forward.head.vocabulary))
            parts = [
                _part(forward, states[start : start + step], ids[start + 1 : start + 1 + step], top)
                for start in range(0, len(states), step)
            ]
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(f"one prompt of {len(ids)} tokens does not fit on {forward.device}") from error
    return [place for part in parts for place in part]


def _part(
    forward: Forward, states: torch.Tensor, tokens: Sequence[int], top: int
) -> list[tuple[float, list[tuple[int, float]]]]:
    import torch

    logits = forward.head.project(states).float()
    logs = logits - logits.logsumexp(dim=1, keepdim=True)
    asked = torch.tensor(tokens, dtype=torch.long).to(logs.device)
    values: list[float] = logs.gather(1, asked[:, None])[:, 0].tolist()
    best = logs.topk(min(top, logs.shape[1]), dim=1)
    chances: list[list[float]] = best.values.tolist()
    numbers: list[list[int]] = best.indices.tolist()
    return [
        (value, list(zip(names, found, strict=True)))
        for value, names, found in zip(values, numbers, chances, strict=True)
    ]
