"""The one thing evaluation knows about whatever runs a model.

Texts go in, numbers and texts come out, tagged by request id, in whatever order is fastest. Nothing here knows
what a benchmark is. Log-likelihoods are natural logarithms.

A request that cannot be answered does not end the run: its result carries `error`, one of `REQUEST_ERRORS`, and
nothing else. What ends a run (the model, the machine) is raised. Requests are an iterable so that an engine may take
as many as it wants to order before it computes; a strategy that shares prefixes sees them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol, runtime_checkable

DType = Literal["float32", "bfloat16", "float16", "auto"]
Finish = Literal["stop", "length", "eos", ""]

REQUEST_ERRORS: Mapping[str, str] = MappingProxyType(
    {
        "no_continuations": "there is nothing to score",
        "empty_continuation": "a continuation is empty, or adds no token to the context",
        "continuation_too_long": "a continuation is longer than the context length",
        "empty_text": "the text has no tokens",
        "empty_context": "the context is empty and the tokenizer has neither BOS nor EOS to begin with",
        "no_room": "max_new_tokens leaves no room for the context",
        "not_finite": "the model returned NaN or infinity",
        "unknown_token": "a token id lies outside the model's vocabulary",
        "injected": "the fake engine was told to fail here",
    }
)
"""What may be wrong with one request: stable code → sentence."""


@dataclass(frozen=True, slots=True)
class EngineConfig:
    """How a model is run.

    Attributes
    ----------
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ``mps``, ``xpu``…; several (``cuda:0,cuda:1``, ``cuda:all``): an engine
        on each, in a process of its own (see `workbench.engines.devices`).
    dtype
        Weights and activations; softmax is float32 always. ``auto`` is the checkpoint's own.
    max_length
        Tokens a sequence may have; None: the model's context.
    token_budget
        Tokens in one forward pass, padding included; None: from the memory at hand.
    parity
        Cut, truncate and tie as lm-eval 0.4.13 does.
    threads
        CPU threads of one engine; None: all that the process may use, divided where there are several engines.
    seed
        For sampled generation.
    tensor_parallel
        Devices that one model is divided over (vLLM).
    """

    device: str = "auto"
    dtype: DType = "auto"
    max_length: int | None = None
    token_budget: int | None = None
    parity: bool = False
    threads: int | None = None
    seed: int = 0
    tensor_parallel: int = 1


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
    cut from the left because the context length was exceeded (maximum over continuations). With `error` set
    (a key of `REQUEST_ERRORS`) there are no continuations.
    """

    id: str
    continuations: tuple[ContinuationScore, ...]
    context_tokens: int
    truncated: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class RollingRequest:
    """Log-likelihood of a whole text, in windows when it is longer than the context."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class RollingResult:
    """`log_likelihood` is the sum over `tokens` scored tokens, BOS not among them.

    Only in parity mode a BOS that the tokenizer adds is scored too, after another one, as lm-eval 0.4.13 does.
    """

    id: str
    log_likelihood: float
    tokens: int
    windows: int
    error: str = ""


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """Let the model write. `temperature` 0 is greedy.

    `ids` are token ids in place of `context`, which is then empty; nothing is put in front of them.
    """

    id: str
    context: str
    stop: tuple[str, ...] = ()
    max_new_tokens: int = 64
    temperature: float = 0.0
    templated: bool = False
    ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class GenerateResult:
    """What was written, stop text excluded. `finish` says why it ended."""

    id: str
    text: str
    tokens: int
    context_tokens: int
    finish: Finish
    """Empty only beside an `error`."""
    truncated: int = 0
    error: str = ""


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
