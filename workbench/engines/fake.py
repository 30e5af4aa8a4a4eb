"""An engine without a model: every answer is made from a hash of the question.

The same question gets the same answer on every machine, so that a run that was killed and resumed can be compared
byte for byte with one that was not. It can be told to be slow and to fail:

``WORKBENCH_FAKE_DELAY``
    Seconds each request takes.
``WORKBENCH_FAKE_FAIL``
    Text; requests whose id or context contains it are answered with the error ``injected``.
``WORKBENCH_FAKE_CRASH_AFTER``
    Number of answers after which the engine raises `MachineCannot`.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from workbench.engines.protocol import (
    ContinuationScore,
    EngineConfig,
    EngineFacts,
    Finish,
    GenerateRequest,
    GenerateResult,
    RollingRequest,
    RollingResult,
    ScoreRequest,
    ScoreResult,
)
from workbench.errors import MachineCannot

CONTEXT_LENGTH = 2048
TOKEN = re.compile(r"\w{1,4}|[^\w]")
WORDS = ("A", "B", "C", "D", "1", "2", "42", "yes", "no", "Paris")
NATS_PER_TOKEN = 8.0


@dataclass(frozen=True, slots=True)
class FakeSettings:
    """How the fake misbehaves; `from_environment` reads the variables named above."""

    delay: float = 0.0
    fail: str = ""
    crash_after: int | None = None

    @classmethod
    def from_environment(cls) -> FakeSettings:
        """Return the settings that the environment asks for."""
        crash = os.environ.get("WORKBENCH_FAKE_CRASH_AFTER")
        return cls(
            delay=float(os.environ.get("WORKBENCH_FAKE_DELAY") or 0),
            fail=os.environ.get("WORKBENCH_FAKE_FAIL", ""),
            crash_after=int(crash) if crash else None,
        )


def tokenize(text: str) -> list[str]:
    """Return the fake's tokens: up to four letters or digits, or one other character."""
    return TOKEN.findall(text)


def uniform(*parts: str) -> float:
    """Return a number in [0, 1) that depends on nothing but `parts`."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


@dataclass(slots=True)
class FakeEngine:
    """See the module. `model` stands in for weights: another name gives other answers."""

    model: str
    config: EngineConfig = field(default_factory=EngineConfig)
    settings: FakeSettings = field(default_factory=FakeSettings)
    answered: int = 0
    computed: int = 0

    @property
    def max_length(self) -> int:
        """Tokens a sequence may have."""
        return self.config.max_length or CONTEXT_LENGTH

    def score(self, requests: Iterable[ScoreRequest]) -> Iterator[ScoreResult]:
        """Yield one result for each request, in order."""
        for request in requests:
            if error := self._begin(request.id, request.context) or _wrong(request):
                yield ScoreResult(request.id, (), 0, error=error)
                continue
            context = tokenize(request.context)
            room = self.max_length - max(len(tokenize(text)) for text in request.continuations)
            if room < 0:
                yield ScoreResult(request.id, (), 0, error="continuation_too_long")
                continue
            scores = tuple(self._continuation(request.context, text) for text in request.continuations)
            self.computed += len(context) + sum(score.tokens for score in scores)
            yield ScoreResult(request.id, scores, 1 + min(len(context), room), max(len(context) - room, 0))

    def rolling(self, requests: Iterable[RollingRequest]) -> Iterator[RollingResult]:
        """Yield the log-likelihood of each whole text."""
        for request in requests:
            tokens = tokenize(request.text)
            if error := self._begin(request.id, request.text) or ("" if tokens else "empty_text"):
                yield RollingResult(request.id, 0.0, 0, 0, error=error)
                continue
            self.computed += len(tokens)
            score = self._continuation("", request.text)
            yield RollingResult(request.id, score.log_likelihood, len(tokens), -(-len(tokens) // self.max_length))

    def generate(self, requests: Iterable[GenerateRequest]) -> Iterator[GenerateResult]:
        """Yield a few words for each request; they depend on the seed only when the temperature is above 0."""
        for request in requests:
            room = self.max_length - request.max_new_tokens
            if error := self._begin(request.id, request.context) or ("" if room > 0 else "no_room"):
                yield GenerateResult(request.id, "", 0, 0, "", error=error)
                continue
            text = request.context or " ".join(map(str, request.ids))
            context = tokenize(text)
            salt = f"{self.config.seed}:{request.id}" if request.temperature > 0 else ""
            pick = int(uniform(self.model, "generate", text, salt) * len(WORDS) ** 2)
            words = (WORDS[pick // len(WORDS)], " ", WORDS[pick % len(WORDS)])[: request.max_new_tokens]
            written = "".join(words)
            cut = min((at for stop in request.stop if stop and (at := written.find(stop)) >= 0), default=None)
            finish: Finish = "stop" if cut is not None else "length" if len(words) == request.max_new_tokens else "eos"
            self.computed += len(context) + len(words)
            yield GenerateResult(
                request.id, written[:cut], len(words), 1 + min(len(context), room), finish, max(len(context) - room, 0)
            )

    def facts(self) -> EngineFacts:
        """Return what ran."""
        return EngineFacts(
            engine="fake",
            versions=(),
            device="cpu",
            device_name="none",
            dtype="none",
            strategy="hash",
            bos="none",
            context_length=self.max_length,
            token_budget=self.config.token_budget or self.max_length,
            peak_memory=None,
            model_memory=None,
            computed_tokens=self.computed,
            load_seconds=0.0,
        )

    def close(self) -> None:
        """Hold nothing, free nothing."""

    def _begin(self, identity: str, text: str) -> str:
        if self.settings.crash_after is not None and self.answered >= self.settings.crash_after:
            raise MachineCannot(f"the fake engine was told to fail after {self.answered} answers")
        if self.settings.delay:
            time.sleep(self.settings.delay)
        self.answered += 1
        fail = self.settings.fail
        return "injected" if fail and (fail in identity or fail in text) else ""

    def _continuation(self, context: str, text: str) -> ContinuationScore:
        tokens = len(tokenize(text))
        share = uniform(self.model, context, text)
        return ContinuationScore(-NATS_PER_TOKEN * tokens * share, tokens, greedy=share < 1 / NATS_PER_TOKEN)


def open_fake(model_path: Path, config: EngineConfig, adapter: Path | None) -> FakeEngine:
    """Open the fake for a model's name; nothing is read from `model_path`."""
    name = model_path.name + (f"+{adapter.name}" if adapter is not None else "")
    return FakeEngine(name, config, FakeSettings.from_environment())


def _wrong(request: ScoreRequest) -> str:
    if not request.continuations:
        return "no_continuations"
    return "" if all(request.continuations) else "empty_continuation"
