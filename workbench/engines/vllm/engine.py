"""The vLLM engine: a private server, asked with token ids."""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast, get_args

from workbench.engines.echoing import EchoRequest, EchoResult
from workbench.engines.openai.remote import Piece, Prompt, Remote, TokenScore, Written
from workbench.engines.protocol import (
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
from workbench.engines.transformers.reading import read_codec
from workbench.engines.transformers.stopping import cut_at_stop
from workbench.engines.transformers.tokens import Codec
from workbench.engines.vllm.echoing import echo
from workbench.engines.vllm.environment import Found, find_vllm
from workbench.engines.vllm.memory import step_tokens
from workbench.engines.vllm.planning import Method, Planner
from workbench.engines.vllm.server import SPARE, Server, command_line, environment
from workbench.errors import DeviceUnavailable, UsageError
from workbench.models import inspect
from workbench.models.gate import check
from workbench.models.layout import read_layout

SCORING = "WORKBENCH_VLLM_SCORING"
WORKERS = 32


class VllmEngine:
    """One model in a server of its own. See `workbench.engines.protocol.Engine`."""

    def __init__(self, server: Server, codec: Codec, eos: tuple[int, ...], found: Found, config: EngineConfig) -> None:
        self._server: Server | None = server
        self._codec, self._eos, self._found, self._config = codec, eos, found, config
        self._context = int(server.model["max_model_len"]) - SPARE
        self._method = scoring_method()
        self._computed = 0
        self._counting = threading.Lock()
        self._facts = self._measure(server)

    def score(self, requests: Iterable[ScoreRequest]) -> Iterator[ScoreResult]:
        """Yield one result for each request, as soon as its last answer is here."""
        return self._remote().score(requests)

    def rolling(self, requests: Iterable[RollingRequest]) -> Iterator[RollingResult]:
        """Yield the log-likelihood of each whole text."""
        return self._remote().rolling(requests)

    def generate(self, requests: Iterable[GenerateRequest]) -> Iterator[GenerateResult]:
        """Yield each answer as it is finished."""
        return self._remote().generate(requests)

    def echo(self, requests: Iterable[EchoRequest]) -> Iterator[EchoResult]:
        """Yield every token of each prompt with its log-likelihood (`workbench.engines.echoing`)."""
        self._open()
        return echo(requests, self._codec, self._context, self._choice)

    def facts(self) -> EngineFacts:
        """Return what ran, as measured so far."""
        if self._server is not None:
            self._facts = self._measure(self._server)
        return self._facts

    def close(self) -> None:
        """End the server; a second call does nothing."""
        if self._server is None:
            return
        self._facts = self._measure(self._server)
        server, self._server = self._server, None
        server.close()

    def _open(self) -> Server:
        if self._server is None:
            raise UsageError("the engine was closed", remedy="Open it again with open_engine().")
        return self._server

    def _remote(self) -> Remote:
        self._open()
        return Remote(
            codec=self._codec,
            ask=self._ask,
            write=self._write,
            pieces=Planner(self._method).pieces,
            max_length=self._context,
            workers=WORKERS,
            parity=self._config.parity,
        )

    def _ask(self, piece: Piece) -> list[TokenScore]:
        body: dict[str, Any] = {"prompt": list(piece.ids), "max_tokens": 1, "temperature": 0}
        if not piece.following:
            entries = self._choice(body | {"prompt_logprobs": 1})["prompt_logprobs"]
            count = len(piece.slots)
            scored = zip(piece.ids[-count:], entries[-count:], strict=True)
            return [TokenScore(entry[str(token)]["logprob"], entry[str(token)]["rank"] == 1) for token, entry in scored]
        wanted = {"logprobs": 1, "logprob_token_ids": list(piece.following), "return_tokens_as_token_ids": True}
        found = self._choice(body | wanted)["logprobs"]
        after, first = found["top_logprobs"][0], found["tokens"][0]
        names = [f"token_id:{token}" for token in piece.following]
        return [TokenScore(after[name], name == first) for name in names]

    def _write(self, prompt: Prompt) -> Written:
        request = prompt.request
        seed = hashlib.sha256(f"{self._config.seed}\x1f{request.id}".encode()).digest()[:4]
        found = self._choice(
            {
                "prompt": list(prompt.ids),
                "max_tokens": request.max_new_tokens,
                "temperature": request.temperature,
                "seed": int.from_bytes(seed, "big") >> 1,
                "stop": list(request.stop),
                "stop_token_ids": list(self._eos),
                "return_token_ids": True,
            }
        )
        tokens: list[int] = found["token_ids"]
        ended = bool(tokens) and tokens[-1] in self._eos
        tokens = tokens[:-1] if ended else tokens
        # Decoded here as in the transformers engine: a server's detokenizer may treat spaces its own way.
        text, stopped = cut_at_stop(self._codec.tokenizer.decode(tokens, skip_special_tokens=True), request.stop)
        stopped = stopped or isinstance(found["stop_reason"], str)
        finish: Finish = "stop" if stopped else "eos" if ended else "length"
        return Written(text, len(tokens), finish)

    def _choice(self, body: dict[str, Any]) -> dict[str, Any]:
        answer = self._open().post(body)
        usage = answer["usage"]
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens") or 0
        with self._counting:
            self._computed += usage["prompt_tokens"] - cached + usage["completion_tokens"] - 1
        return cast("dict[str, Any]", answer["choices"][0])

    def _measure(self, server: Server) -> EngineFacts:
        device = "cpu" if self._found.cpu else "cuda"
        return EngineFacts(
            engine="vllm",
            versions=self._found.versions,
            device=device,
            device_name="" if device == "cuda" else f"{os.cpu_count()} cores",
            dtype=self._config.dtype,
            strategy=f"vllm prefix cache, {self._method}",
            bos=self._codec.source,
            context_length=self._context,
            token_budget=self._config.token_budget or 0,
            peak_memory=server.peak_memory(),
            model_memory=None,
            computed_tokens=self._computed,
            load_seconds=server.seconds,
        )


def scoring_method() -> Method:
    """Return how continuations are scored: ``WORKBENCH_VLLM_SCORING``, else whichever computes less.

    Raises
    ------
    UsageError
        The variable names no method.
    """
    said = os.environ.get(SCORING) or "auto"
    if said not in get_args(Method):
        raise UsageError(f"{SCORING} is {said!r}", remedy=f"One of: {', '.join(get_args(Method))}.")
    return cast("Method", said)


def open_vllm(model_path: Path, config: EngineConfig, adapter: Path | None) -> VllmEngine:
    """Start a server of a model; see `workbench.engines.open_engine`."""
    check(model_path)
    layout = read_layout(model_path)
    if layout.gguf is not None or adapter is not None:
        what = "GGUF files" if layout.gguf is not None else "adapters"
        raise UsageError(
            f"the vLLM engine does not run {what}", where=model_path, remedy="Use the transformers engine for this one."
        )
    found = find_vllm()
    kind = config.device.partition(":")[0]
    if kind not in ("auto", "cpu" if found.cpu else "cuda"):
        raise DeviceUnavailable(f"this vLLM ({found.version}) does not run on {config.device}", where=found.python)
    if found.cpu and config.tensor_parallel > 1:
        raise DeviceUnavailable(
            f"this vLLM ({found.version}) is built for the CPU and divides no model over GPUs",
            where=found.python,
        )
    scoring_method()
    codec = read_codec(layout)
    facts = inspect(layout.root, dtype=config.dtype, context=config.max_length)
    config = replace(config, token_budget=step_tokens(facts.vocabulary.value or 0, config.token_budget))
    server = Server(command_line(found, layout.root, config), environment(found, config, facts.memory.kv_cache))
    return VllmEngine(server, codec, end_tokens(layout.root, codec.tokenizer), found, config)


def end_tokens(model: Path, tokenizer: Any) -> tuple[int, ...]:
    """Return the tokens that end an answer: those of ``generation_config.json``, and the tokenizer's."""
    path = model / "generation_config.json"
    stated = json.loads(path.read_text(encoding="utf-8")).get("eos_token_id") if path.is_file() else None
    listed = stated if isinstance(stated, list) else [stated]
    return tuple(dict.fromkeys(int(token) for token in (*listed, tokenizer.eos_token_id) if token is not None))
