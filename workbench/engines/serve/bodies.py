"""What clients may send: OpenAI's bodies, as far as an engine can do what they ask.

A field that would change the answer and that no engine here can honour is refused by its name, unless its value is
the one that changes nothing. What changes nothing in any case (`user`, `metadata`) is passed over.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from workbench.errors import BadInput, UsageError

PASSED_OVER = frozenset({"user", "metadata", "store", "safety_identifier", "prompt_cache_key", "service_tier"})
NEUTRAL: dict[str, tuple[Any, ...]] = {
    "top_p": (1,), "frequency_penalty": (0,), "presence_penalty": (0,), "best_of": (1,), "suffix": ("",),
    "logit_bias": ({},), "tools": ([],), "functions": ([],), "tool_choice": ("none", "auto"),
    "parallel_tool_calls": (True, False), "response_format": ({"type": "text"},), "modalities": (["text"],),
}  # fmt: skip
"""Fields that no engine honours, with the values at which they ask for nothing."""
MOST_PROMPTS = 2048
MOST_CHOICES = 16
MOST_TOP = 20
MOST_STOPS = 16

Ids = Annotated[list[Annotated[int, Field(ge=0, lt=1 << 31)]], Field(min_length=1)]


class Body(BaseModel):
    """What all bodies have."""

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False, strict=True)

    model: str | None = None


class StreamOptions(BaseModel):
    """What goes along with a stream."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    include_usage: bool = False


class Writing(Body):
    """What all bodies have that let the model write."""

    max_tokens: int | None = Field(None, ge=0, le=1 << 20)
    temperature: float | None = Field(None, ge=0, le=2)
    stop: str | Annotated[list[str], Field(max_length=MOST_STOPS)] | None = None
    seed: int | None = None
    n: int | None = Field(None, ge=1, le=MOST_CHOICES)
    stream: bool | None = None
    stream_options: StreamOptions | None = None

    def stops(self) -> tuple[str, ...]:
        """Return the texts that end an answer."""
        said = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return tuple(text for text in said if text)


class Completion(Writing):
    """``/v1/completions``: one or several prompts, as text or as token ids."""

    prompt: str | Ids | Annotated[list[str] | list[Ids], Field(min_length=1, max_length=MOST_PROMPTS)]
    echo: bool | None = None
    logprobs: int | None = Field(None, ge=0, le=MOST_TOP)

    def prompts(self) -> list[str | tuple[int, ...]]:
        """Return each prompt: a text, or token ids."""
        said = self.prompt
        if isinstance(said, str):
            return [said]
        ids = tuple(entry for entry in said if isinstance(entry, int))
        rest = [entry if isinstance(entry, str) else tuple(entry) for entry in said if not isinstance(entry, int)]
        return rest or [ids]


class Part(BaseModel):
    """A piece of a message that stands in pieces."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    type: str
    text: str | None = None


class Turn(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    role: str = Field(max_length=64)
    content: str | list[Part] | None = None

    def words(self) -> str:
        """Return the text of the message.

        Raises
        ------
        BadInput
            It holds something that is no text.
        """
        if isinstance(self.content, str):
            return self.content
        for part in self.content or []:
            if part.type != "text" or part.text is None:
                raise BadInput(f"a message holds a part of type {part.type!r}", remedy="Send text only.")
        return "".join(part.text or "" for part in self.content or [])


class Chat(Writing):
    """``/v1/chat/completions``."""

    messages: list[Turn] = Field(min_length=1, max_length=MOST_PROMPTS)
    max_completion_tokens: int | None = Field(None, ge=1, le=1 << 20)
    logprobs: bool | None = None
    top_logprobs: int | None = None


class Question(BaseModel):
    """Continuations to score after one context."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: str | None = Field(None, max_length=256)
    context: str
    continuations: list[str] = Field(max_length=MOST_PROMPTS)
    templated: bool = False


class Loglikelihoods(Body):
    """``/v1/loglikelihoods``, ours: what `ScoreRequest` asks."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    requests: list[Question] = Field(min_length=1, max_length=MOST_PROMPTS)


class Renewal(BaseModel):
    """``/v1/lease``: nothing is said but that somebody is there."""

    model_config = ConfigDict(extra="forbid", frozen=True)


B = TypeVar("B", bound=BaseModel)


def read_body(kind: type[B], data: bytes) -> B:
    """Return a request's body, checked.

    Raises
    ------
    UsageError
        It is no JSON, or not what the route takes; each problem is named, what was sent is not repeated.
    """
    try:
        body = kind.model_validate_json(data)
    except ValidationError as error:
        raise UsageError(_problems(error), remedy="docs/serve.md says what each route takes.") from None
    for name, value in (body.model_extra or {}).items():
        if name in PASSED_OVER or value is None or value in NEUTRAL.get(name, ()):
            continue
        known = "cannot be honoured by this server" if name in NEUTRAL else "is not a field of this route"
        raise UsageError(f"{name[:64]!r} {known}", where=name[:64], remedy="Leave it out.")
    return body


def _problems(error: ValidationError) -> str:
    found = []
    for problem in error.errors(include_url=False, include_input=False, include_context=False)[:5]:
        if problem["type"] == "json_invalid":
            return f"the body is no JSON: {problem['msg']}"
        place = ".".join(str(step)[:64] for step in problem["loc"])
        found.append(f"{place or 'the body'}: {problem['msg']}")
    return "; ".join(dict.fromkeys(found))
