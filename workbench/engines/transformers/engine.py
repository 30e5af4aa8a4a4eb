"""The transformers engine: everything of this folder behind the protocol."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from pathlib import Path

from workbench.engines.echoing import EchoRequest, EchoResult
from workbench.engines.protocol import (
    EngineConfig,
    EngineFacts,
    GenerateRequest,
    GenerateResult,
    RollingRequest,
    RollingResult,
    ScoreRequest,
    ScoreResult,
)
from workbench.engines.transformers.budget import token_budget
from workbench.engines.transformers.devices import device_name, empty_cache, peak_memory
from workbench.engines.transformers.echoing import echo
from workbench.engines.transformers.forward import Forward
from workbench.engines.transformers.generation import Writer
from workbench.engines.transformers.heads import find_head
from workbench.engines.transformers.loading import Loaded, load_model
from workbench.engines.transformers.proof import find_sharing
from workbench.engines.transformers.rolling import rolling
from workbench.engines.transformers.scoring import score
from workbench.errors import UsageError

VERSIONS = ("torch", "transformers", "tokenizers", "safetensors")


class TransformersEngine:
    """One model in this process. See `workbench.engines.protocol.Engine`."""

    def __init__(self, loaded: Loaded, config: EngineConfig) -> None:
        self._loaded: Loaded | None = loaded
        self._config = config
        self._max_length = loaded.context_length
        budget = config.token_budget or token_budget(loaded.model.config, loaded.model.dtype.itemsize, loaded.device)
        self._forward = Forward(find_head(loaded.model), loaded.device, budget)
        self._writer = Writer(
            model=loaded.model,
            codec=loaded.codec,
            device=loaded.device,
            budget=budget,
            max_length=loaded.context_length,
            eos=loaded.eos,
            pad=loaded.pad,
            seed=config.seed,
            parity=config.parity,
        )
        self._sharing, self._unshared = find_sharing(loaded.model, self._forward)
        self._writer.sharing = self._sharing
        self._facts = self._measure(loaded)

    def score(self, requests: Iterable[ScoreRequest]) -> Iterator[ScoreResult]:
        """Yield one result for each request, in the order in which what they share is computed."""
        codec = self._open().codec
        parity = self._config.parity
        return score(requests, codec, self._forward, self._max_length, parity=parity, sharing=self._sharing)

    def rolling(self, requests: Iterable[RollingRequest]) -> Iterator[RollingResult]:
        """Yield the log-likelihood of each whole text."""
        codec = self._open().codec
        parity = self._config.parity
        return rolling(requests, codec, self._forward, self._max_length, parity=parity, sharing=self._sharing)

    def generate(self, requests: Iterable[GenerateRequest]) -> Iterator[GenerateResult]:
        """Yield each generated answer; a reasoning model's thoughts stay in its text."""
        self._open()
        return self._writer.run(requests)

    def echo(self, requests: Iterable[EchoRequest]) -> Iterator[EchoResult]:
        """Yield every token of each prompt with its log-likelihood (`workbench.engines.echoing`)."""
        return echo(requests, self._open().codec, self._forward, self._max_length)

    def facts(self) -> EngineFacts:
        """Return what ran, as measured so far."""
        if self._loaded is not None:
            self._facts = self._measure(self._loaded)
        return self._facts

    def close(self) -> None:
        """Free the model's memory; a second call does nothing."""
        if self._loaded is None:
            return
        device, self._facts = self._loaded.device, self._measure(self._loaded)
        self._loaded = self._sharing = self._writer.sharing = None
        del self._forward.head, self._writer.model
        gc.collect()
        empty_cache(device)

    def _open(self) -> Loaded:
        if self._loaded is None:
            raise UsageError("the engine was closed", remedy="Open it again with open_engine().")
        return self._loaded

    def _strategy(self) -> str:
        """Return the way in which requests share, and what was tried in vain before it."""
        name = "padded-batches" if self._sharing is None else self._sharing.way
        return f"{name} ({self._unshared})" if self._unshared else name

    def _measure(self, loaded: Loaded) -> EngineFacts:
        return EngineFacts(
            engine="transformers",
            versions=tuple((name, version(name)) for name in VERSIONS),
            device=str(loaded.device),
            device_name=device_name(loaded.device),
            dtype=loaded.dtype,
            strategy=self._strategy(),
            bos=loaded.codec.source,
            context_length=loaded.context_length,
            token_budget=self._forward.budget,
            peak_memory=peak_memory(loaded.device),
            model_memory=loaded.model_memory,
            computed_tokens=self._forward.computed + self._writer.computed,
            load_seconds=loaded.seconds,
        )


def open_transformers(model_path: Path, config: EngineConfig, adapter: Path | None) -> TransformersEngine:
    """Load a model; see `workbench.engines.open_engine`."""
    return TransformersEngine(load_model(model_path, config, adapter), config)
