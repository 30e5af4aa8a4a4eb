"""A model in this process, for trying it out: `wb.load`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from workbench.engines.footprint import unload
from workbench.engines.protocol import ContinuationScore, Engine, EngineFacts, GenerateRequest, ScoreRequest
from workbench.errors import BadInput, ChatTemplateError, UsageError
from workbench.models.chat import ChatTemplate
from workbench.models.facts import ModelFacts


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation: `role` is ``system``, ``user`` or ``assistant``."""

    role: str
    content: str


@dataclass(slots=True)
class LoadedModel:
    """A model that is held in memory until `unload`.

    Attributes
    ----------
    facts
        What it is.
    template
        Its chat template; None when it brings none.
    """

    facts: ModelFacts
    template: ChatTemplate | None
    _engine: Engine | None = field(repr=False)

    @property
    def engine(self) -> EngineFacts:
        """What runs it, as measured so far."""
        return self._held().facts()

    def generate(
        self, prompt: str, *, max_new_tokens: int = 64, stop: Sequence[str] = (), temperature: float = 0.0
    ) -> str:
        """Let the model continue a text.

        Raises
        ------
        BadInput
            The text leaves no room in the model's context.
        """
        request = GenerateRequest("prompt", prompt, tuple(stop), max_new_tokens, temperature)
        return self._written(request)

    def chat(self, messages: str | Sequence[Message], *, max_new_tokens: int = 256, temperature: float = 0.0) -> str:
        """Let the model answer in a conversation, through its own chat template.

        Raises
        ------
        ChatTemplateError
            The model brings no template, or it refuses these messages.
        """
        if self.template is None:
            raise ChatTemplateError("the model brings no chat template", where=self.facts.name, remedy="Use generate.")
        turns = [Message("user", messages)] if isinstance(messages, str) else list(messages)
        text = self.template.render(turns, add_generation_prompt=True)
        return self._written(GenerateRequest("chat", text, (), max_new_tokens, temperature, templated=True))

    def score(self, context: str, continuations: Sequence[str]) -> tuple[ContinuationScore, ...]:
        """Return the log-likelihood (natural logarithm) of each continuation after a context.

        Raises
        ------
        BadInput
            There is no continuation, or one is empty.
        """
        result = next(iter(self._held().score([ScoreRequest("score", context, tuple(continuations))])))
        if result.error:
            raise BadInput(f"the continuations cannot be scored ({result.error})")
        return result.continuations

    def unload(self) -> int:
        """Free the model's memory and return how many bytes came back, measured; a second call does nothing."""
        if self._engine is None:
            return 0
        engine, self._engine = self._engine, None
        return unload(engine)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.unload()

    def _held(self) -> Engine:
        if self._engine is None:
            raise UsageError("the model was unloaded", where=self.facts.name, remedy="Load it again: wb.load(…).")
        return self._engine

    def _written(self, request: GenerateRequest) -> str:
        result = next(iter(self._held().generate([request])))
        if result.error:
            raise BadInput(f"the model cannot answer ({result.error})")
        return result.text
