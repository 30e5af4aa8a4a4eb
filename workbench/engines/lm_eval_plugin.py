"""Our engines as a model of lm-evaluation-harness: ``lm_eval --model workbench --model_args path=DIR``.

Every answer is the engine's in parity mode, so that a task's scores are those of the harness' own ``hf`` model. This
module is imported by the harness when the model is asked for by name; `workbench.lm_eval_models` says how it is found.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from lm_eval.api.model import LM
from lm_eval.api.registry import register_model
from lm_eval.models.utils import normalize_gen_kwargs

from workbench.engines import EngineConfig, open_engine
from workbench.engines.protocol import REQUEST_ERRORS, GenerateRequest, RollingRequest, ScoreRequest
from workbench.errors import BadInput, ChatTemplateError, UsageError
from workbench.models.chat import ChatTemplate
from workbench.models.store import ModelStore
from workbench.policy.home import home

LOG = logging.getLogger(__name__)
NEW_TOKENS = 256
"""Tokens an answer may have where the task does not say, as in the harness."""
UNSAID_DEVICE = "cuda:0"
"""This is what the harness says where nobody named a device, on machines without one too."""
UNDERSTOOD = frozenset({"until", "do_sample", "temperature", "max_gen_toks"})
UNUSED_WHEN_GREEDY = frozenset({"top_p", "top_k", "min_p", "typical_p", "seed", "use_cache"})


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation."""

    role: str
    content: str


@register_model("workbench")
class WorkbenchLM(LM):  # type: ignore[misc]
    """A model that the harness asks, answered by one of our engines in parity mode.

    Parameters
    ----------
    path, pretrained
        A Hugging Face directory, a GGUF file, or a name in the model store; either word.
    dtype, device, max_length, token_budget, threads, seed
        As in `workbench.engines.EngineConfig`. Lengths are tokens.
    adapter
        Directory of a LoRA adapter of that model.
    engine
        One of `workbench.engines.ENGINES`.
    batch_size, max_batch_size
        Taken because the harness passes them; the engine fills its passes by `token_budget`.

    Raises
    ------
    UsageError
        No path, two of them, or an argument that nothing understands.
    WorkbenchError
        As `workbench.engines.open_engine`.
    """

    def __init__(
        self,
        path: str | None = None,
        *,
        pretrained: str | None = None,
        dtype: str = "auto",
        device: str | None = None,
        max_length: int | None = None,
        token_budget: int | None = None,
        threads: int | None = None,
        seed: int = 0,
        adapter: str | None = None,
        engine: str = "transformers",
        batch_size: int | str | None = None,
        max_batch_size: int | None = None,
        **unknown: object,
    ) -> None:
        super().__init__()
        del batch_size, max_batch_size
        if unknown:
            known = "path, dtype, device, max_length, token_budget, threads, seed, adapter, engine"
            raise UsageError(f"--model_args: nobody knows {', '.join(sorted(unknown))}", remedy=f"There are: {known}.")
        if (path is None) == (pretrained is None):
            raise UsageError("--model_args must name one model", remedy="Write --model_args path=DIRECTORY.")
        if dtype not in {"float32", "bfloat16", "float16", "auto"}:
            raise UsageError(f"--model_args: no dtype {dtype!r}", remedy="float32, bfloat16, float16 or auto.")
        self.path = ModelStore(home()).resolve(str(path or pretrained))
        config = EngineConfig(
            device="auto" if device in {None, UNSAID_DEVICE} else str(device),
            dtype=dtype,  # type: ignore[arg-type]  # checked above
            max_length=max_length,
            token_budget=token_budget,
            parity=True,
            threads=threads,
            seed=seed,
        )
        self.engine = open_engine(engine, self.path, config, None if adapter is None else Path(adapter))
        self._template = ChatTemplate.load(self.path)

    def loglikelihood(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        """Return (log-likelihood in nats, greedy) of each continuation after its context, in the order asked.

        Raises
        ------
        BadInput
            A request that cannot be scored: an empty continuation, or one longer than the context length.
        """
        del disable_tqdm
        found: dict[str, list[tuple[float, bool]]] = {}
        asked = list(_together(requests))
        for result in self.engine.score(asked):
            _require(result.error, result.id)
            found[result.id] = [(score.log_likelihood, score.greedy) for score in result.continuations]
        answers = [answer for request in asked for answer in found[request.id]]
        return self._remembered("loglikelihood", requests, answers)

    def loglikelihood_rolling(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[float]:
        """Return the log-likelihood (nats) of each whole text, in the order asked; 0 for a text without tokens.

        Raises
        ------
        BadInput
            A text that cannot be scored.
        """
        del disable_tqdm
        found: dict[str, float] = {}
        for result in self.engine.rolling(RollingRequest(str(i), entry.args[0]) for i, entry in enumerate(requests)):
            _require("" if result.error == "empty_text" else result.error, result.id)
            found[result.id] = result.log_likelihood
        answers = [found[str(number)] for number in range(len(requests))]
        return self._remembered("loglikelihood_rolling", requests, answers)

    def generate_until(self, requests: Sequence[Any], disable_tqdm: bool = False) -> list[str]:
        """Return what the model writes after each context, up to its first stop text, in the order asked.

        Raises
        ------
        UsageError
            A way of sampling that the engine does not have.
        BadInput
            A context that leaves no room.
        """
        del disable_tqdm
        asked = [_written(str(number), *entry.args) for number, entry in enumerate(requests)]
        found: dict[str, str] = {}
        for result in self.engine.generate(asked):
            _require(result.error, result.id)
            found[result.id] = result.text
        answers = [found[request.id] for request in asked]
        return self._remembered("generate_until", requests, answers)

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        """Return the conversation in the model's own template.

        A template that takes no system turn is rendered without it, as the harness does, and the log says so.

        Raises
        ------
        ChatTemplateError
            The model brings no template, or it refuses the conversation.
        """
        if self._template is None:
            raise ChatTemplateError("--apply_chat_template: the model brings no chat template", where=self.path)
        turns = [Turn(entry["role"], entry["content"]) for entry in chat_history]
        try:
            return self._rendered(self._template, turns, add_generation_prompt)
        except ChatTemplateError:
            without = [turn for turn in turns if turn.role != "system"]
            if len(without) == len(turns):
                raise
            LOG.warning("the chat template takes no system turn; it is left out")
            return self._rendered(self._template, without, add_generation_prompt)

    def chat_template(self, chat_template: bool | str = False) -> str | None:
        """Return the template's text, which the harness hashes into its results; None when it is not applied."""
        if not chat_template or self._template is None:
            return None
        if isinstance(chat_template, str):
            LOG.warning("the model's default chat template is used, not the one called %s", chat_template)
        return self._template.text

    @property
    def tokenizer_name(self) -> str:
        """Name under which the harness caches rendered requests."""
        template = "" if self._template is None else f"__{self._template.sha256}"
        return str(self.path).replace("/", "__") + template

    def get_model_info(self) -> dict[str, object]:
        """Return what ran, for the harness' record of its results."""
        facts = self.engine.facts()
        return {
            "model_dtype": facts.dtype,
            "workbench_strategy": facts.strategy,
            "workbench_computed_tokens": facts.computed_tokens,
            "workbench_versions": dict(facts.versions),
        }

    @staticmethod
    def _rendered(template: ChatTemplate, turns: Sequence[Turn], ask: bool) -> str:
        return template.render(turns, add_generation_prompt=ask, continue_final=not ask)

    def _remembered(self, kind: str, requests: Sequence[Any], answers: list[Any]) -> list[Any]:
        """Give the harness' response cache every answer, and return them."""
        for entry, answer in zip(requests, answers, strict=True):
            self.cache_hook.add_partial(kind, entry.args, answer)
        return answers


def _together(requests: Sequence[Any]) -> Iterator[ScoreRequest]:
    """Yield one request for neighbours with the same context, their continuations in order."""
    for number, (context, group) in enumerate(groupby((entry.args for entry in requests), key=lambda pair: pair[0])):
        yield ScoreRequest(str(number), context, tuple(continuation for _, continuation in group))


def _written(name: str, context: str, options: Mapping[str, Any]) -> GenerateRequest:
    said = normalize_gen_kwargs(dict(options), NEW_TOKENS)
    sampled = bool(said["do_sample"]) and said["temperature"] > 0
    foreign = set(said) - UNDERSTOOD - (frozenset() if sampled else UNUSED_WHEN_GREEDY)
    if foreign:
        raise UsageError(
            f"the task asks to write with {', '.join(sorted(foreign))}",
            remedy="The engine writes greedily or at a temperature: change it with --gen_kwargs, or use --model hf.",
        )
    stop = tuple(text for text in said["until"] if text)
    temperature = float(said["temperature"]) if sampled else 0.0
    return GenerateRequest(name, context, stop, int(said["max_gen_toks"]), temperature)


def _require(error: str, name: str) -> None:
    if error:
        raise BadInput(
            f"request {name} of the task: {REQUEST_ERRORS.get(error, error)}",
            remedy="Look at it with --write_out; the task's documents may lack a field.",
        )
