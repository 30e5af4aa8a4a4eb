"""Scoring and writing by a server that is sent token ids: what is the same whatever server it is.

The ids are made here, by the codec and the splits of the transformers engine, so that every engine scores the same
tokens after the same context.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from workbench.engines.openai.parallel import in_parallel
from workbench.engines.protocol import (
    ContinuationScore,
    Finish,
    GenerateRequest,
    GenerateResult,
    RollingRequest,
    RollingResult,
    ScoreRequest,
    ScoreResult,
)
from workbench.engines.transformers.parity import split_as_lm_eval
from workbench.engines.transformers.rolling import windows
from workbench.engines.transformers.scoring import blocks
from workbench.engines.transformers.splits import Split, cut_left, split_requests
from workbench.engines.transformers.tokens import Codec

BLOCK = 512
"""Requests ordered together, so that neighbours share their beginning in the server's prefix cache."""

Slot = tuple[int, int, int]
"""Request (its number in the block), continuation or window, and the token's place in it."""


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One token's log-likelihood, and whether it was the model's first choice."""

    log_likelihood: float
    greedy: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """One question to the server.

    Attributes
    ----------
    ids
        The prompt.
    following
        Empty: the last tokens of `ids` are scored, one for each of `slots`. Otherwise each of these tokens is scored
        as the one that comes after `ids`.
    slots
        Where each score belongs.
    """

    ids: Sequence[int]
    following: tuple[int, ...]
    slots: tuple[tuple[Slot, ...], ...]


@dataclass(frozen=True, slots=True)
class Written:
    """What a server wrote: text without the stop text, tokens without the one that ended it."""

    text: str
    tokens: int
    finish: Finish


@dataclass(frozen=True, slots=True)
class Prompt:
    """One request as tokens, cut to fit."""

    request: GenerateRequest
    ids: Sequence[int]
    truncated: int


Ask = Callable[[Piece], list[TokenScore]]
Pieces = Callable[[int, Split], list[Piece]]


@dataclass(frozen=True, slots=True)
class Remote:
    """What a server is asked through.

    Attributes
    ----------
    ask
        Called from several threads, a piece each; returns a score for each of its slots.
    write
        Called from several threads, a prompt each.
    pieces
        How a split becomes questions.
    max_length
        Tokens the model may be fed at once, as in `split_requests`.
    workers
        Questions on their way at once.
    """

    codec: Codec
    ask: Ask
    write: Callable[[Prompt], Written]
    pieces: Pieces
    max_length: int
    workers: int
    parity: bool

    def score(self, requests: Iterable[ScoreRequest]) -> Iterator[ScoreResult]:
        """Yield each request's log-likelihoods as soon as its last answer is here."""
        split = split_as_lm_eval if self.parity else split_requests
        for block in blocks(requests, BLOCK):
            splits = split(block, self.codec, self.max_length)
            for found in splits:
                if found.error:
                    yield ScoreResult(found.request_id, (), 0, error=found.error)
            good = sorted((found for found in splits if not found.error), key=lambda found: found.contexts[0])
            pieces = [piece for number, found in enumerate(good) for piece in self.pieces(number, found)]
            wanted = [sum(map(len, found.continuations)) for found in good]
            for number, scores in self._gather(pieces, wanted):
                yield _scored(good[number], scores)

    def rolling(self, requests: Iterable[RollingRequest]) -> Iterator[RollingResult]:
        """Yield the log-likelihood of each whole text as soon as its last window is here."""
        encode = self.codec.encode_as_lm_eval if self.parity else self.codec.encode
        for block in blocks(requests, BLOCK):
            encoded = encode(request.text for request in block)
            pieces: list[Piece] = []
            wanted = []
            for number, request in enumerate(block):
                found = self._windows(number, encoded[request.text])
                if isinstance(found, str):
                    yield RollingResult(request.id, 0.0, 0, 0, error=found)
                    found = []
                pieces += found
                wanted.append(sum(len(piece.slots) for piece in found))
            for number, scores in self._gather(pieces, wanted):
                yield _rolled(block[number], scores)

    def generate(self, requests: Iterable[GenerateRequest]) -> Iterator[GenerateResult]:
        """Yield each answer as it is finished."""
        for block in blocks(requests, BLOCK):
            prompts = []
            for prompt in self._prompts(block):
                if isinstance(prompt, GenerateResult):
                    yield prompt
                else:
                    prompts.append(prompt)
            prompts.sort(key=lambda prompt: list(prompt.ids))
            for asked, written in in_parallel(self.write, prompts, self.workers):
                size = len(asked.ids)
                yield GenerateResult(
                    asked.request.id, written.text, written.tokens, size, written.finish, asked.truncated
                )

    def _gather(self, pieces: Sequence[Piece], wanted: Sequence[int]) -> Iterator[tuple[int, dict[Slot, TokenScore]]]:
        """Yield (number, its scores) for each request that has as many scores as wanted."""
        here: dict[int, dict[Slot, TokenScore]] = {}
        for piece, scores in in_parallel(self.ask, pieces, self.workers):
            for slots, score in zip(piece.slots, scores, strict=True):
                for slot in slots:
                    here.setdefault(slot[0], {})[slot] = score
            for number in {slot[0] for slots in piece.slots for slot in slots}:
                if len(here[number]) == wanted[number]:
                    yield number, here.pop(number)

    def _windows(self, number: int, tokens: list[int]) -> list[Piece] | str:
        """Return the windows of a text, or what is wrong with it (a key of `REQUEST_ERRORS`)."""
        lead = self.codec.lead[-1:] if self.parity else self.codec.lead
        if not self.parity and lead and tokens[:1] == [lead[0]]:
            tokens = tokens[1:]  # the text brought its own BOS
        if not tokens:
            return "empty_text"
        if not lead:
            return "empty_context"
        return [
            Piece([*fed, scored[-1]], (), tuple(((number, index, place),) for place in range(len(scored))))
            for index, (fed, _, scored) in enumerate(windows(lead, tokens, self.max_length))
        ]

    def _prompts(self, block: Sequence[GenerateRequest]) -> Iterator[Prompt | GenerateResult]:
        encode = self.codec.encode_as_lm_eval if self.parity else self.codec.encode
        encoded = encode(request.context for request in block)
        for request in block:
            ids = encoded[request.context] if self.parity else self.codec.begin(encoded[request.context])
            ids = list(request.ids) or ids or list(self.codec.lead)
            room = self.max_length - request.max_new_tokens
            if not ids or room < 1:
                yield GenerateResult(request.id, "", 0, 0, "", error="no_room" if ids else "empty_context")
                continue
            kept = ids[-room:] if self.parity else cut_left(ids, room, self.codec)
            yield Prompt(request, kept, len(ids) - len(kept))


def whole_sequences(number: int, split: Split) -> list[Piece]:
    """Return one piece for each continuation: context and continuation, whose tokens are scored in one pass."""
    return [
        Piece([*context, *tokens], (), tuple(((number, index, place),) for place in range(len(tokens))))
        for index, (context, tokens) in enumerate(zip(split.contexts, split.continuations, strict=True))
    ]


def _scored(split: Split, scores: dict[Slot, TokenScore]) -> ScoreResult:
    made: list[list[TokenScore]] = [[] for _ in split.continuations]
    for (_, index, _), score in scores.items():
        made[index].append(score)
    totals = [math.fsum(score.log_likelihood for score in tokens) for tokens in made]
    if not all(map(math.isfinite, totals)):
        return ScoreResult(split.request_id, (), 0, error="not_finite")
    return ScoreResult(
        split.request_id,
        tuple(
            ContinuationScore(total, len(tokens), all(score.greedy for score in tokens))
            for total, tokens in zip(totals, made, strict=True)
        ),
        split.context_tokens,
        split.truncated,
    )


def _rolled(request: RollingRequest, scores: dict[Slot, TokenScore]) -> RollingResult:
    total = math.fsum(score.log_likelihood for score in scores.values())
    if not math.isfinite(total):
        return RollingResult(request.id, 0.0, 0, 0, error="not_finite")
    return RollingResult(request.id, total, len(scores), len({index for _, index, _ in scores}))
