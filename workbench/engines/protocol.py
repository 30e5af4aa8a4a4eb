"""The one thing evaluation knows about whatever runs a model.

Texts go in, numbers and texts come out, tagged by request id, in whatever order is fastest. Nothing here knows
what a benchmark is. Log-likelihoods are natural logarithms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

DType = Literal["float32", "bfloat16", "float16", "auto"]


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """How a model is run.

    Attributes
    ----------
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``, ``xpu``…
    dtype
        Weights and activations; softmax is float32 always. ``auto`` is the checkpoint's own.
    max_length
        Tokens a sequence may have; None: the model's context.
    token_budget
        Tokens in one forward pass, padding included; None: from the memory at hand.
    parity
        Cut, truncate and tie as lm-eval 0.4.13 does.
    threads
        CPU threads; None: all that the process may use.
    seed
        For sampled generation.
    """

    device: str = "auto"
    dtype: DType = "auto"
    max_length: int | None = None
    token_budget: int | None = None
    parity: bool = False
    threads: int | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class ScoreRequest:
    """Score each continuation after the same context.

    `templated` says that `context` came out of a chat template: special tokens stand in it as text and no BOS
    is added on top of one that is already there.
    """

    id: str
    context: str
    continuations: tuple[str, ...]
    templated: bool = False


@dataclass(frozen=True, slots=True)
class ContinuationScore:
    """One continuation: its log-likelihood (sum over its tokens) and what it was made of.

    `greedy` is whether each of its tokens was the model's first choice. `tokens` counts scored tokens.
    """

    log_likelihood: float
    tokens: int
    greedy: bool


@dataclass(frozen=True, slots=True)
class ScoreResult:
    """The answer to one `ScoreRequest`, continuations in the order asked.

    `context_tokens` is the length of the longest common token prefix, BOS included; `truncated` counts tokens
    cut from the left because the context length was exceeded (maximum over continuations).
    """

    id: str
    continuations: tuple[ContinuationScore, ...]
    context_tokens: int
    truncated: int = 0


@dataclass(frozen=True, slots=True)
class RollingRequest:
    """Log-likelihood of a whole text, in windows when it is longer than the context."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class RollingResult:
    """`log_likelihood` is the sum over `tokens` scored tokens, BOS never among them."""

    id: str
    log_likelihood: float
    tokens: int
    windows: int


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """Let the model write. `temperature` 0 is greedy."""

    id: str
    context: str
    stop: tuple[str, ...] = ()
    max_new_tokens: int = 64
    temperature: float = 0.0
    templated: bool = False


@dataclass(frozen=True, slots=True)
class GenerateResult:
    """What was written, stop text excluded. `finish` says why it ended."""

    id: str
    text: str
    tokens: int
    context_tokens: int
    finish: Literal["stop", "length", "eos"]
    truncated: int = 0


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What ran, measured. Sizes in bytes."""

    engine: str
    versions: tuple[tuple[str, str], ...]
    device: str
    device_name: str
    dtype: str
    strategy: str
    """How requests were computed, e.g. ``padded-batches``, ``shared-prefix``."""
    bos: str
    """Where the leading token of a sequence comes from, e.g. ``tokenizer``, ``gguf metadata``, ``none``."""
    context_length: int
    token_budget: int
    peak_memory: int | None
    model_memory: int | None
    computed_tokens: int
    load_seconds: float


@runtime_checkable
class Engine(Protocol):
    """What runs a model. One engine holds one model; it is closed once."""

    def score(self, requests: Iterable[ScoreRequest]) -> Iterator[ScoreResult]:
        """Yield one result for each request, as soon as it is known, in any order."""
        ...

    def rolling(self, requests: Iterable[RollingRequest]) -> Iterator[RollingResult]:
        """Yield the log-likelihood of each whole text."""
        ...

    def generate(self, requests: Iterable[GenerateRequest]) -> Iterator[GenerateResult]:
        """Yield each generated answer."""
        ...

    def facts(self) -> EngineFacts:
        """Return what ran, as measured so far."""
        ...

    def close(self) -> None:
        """Free what is held; a second call does nothing."""
        ...
