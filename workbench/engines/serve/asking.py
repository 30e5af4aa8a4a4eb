"""From what a client sent to what the engine is asked, and back to results."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from typing import Any

from starlette.requests import ClientDisconnect, Request

from workbench.engines.echoing import EchoRequest
from workbench.engines.protocol import REQUEST_ERRORS, GenerateRequest, ScoreRequest
from workbench.engines.serve.bodies import Chat, Completion, Loglikelihoods, Turn, Writing
from workbench.engines.serve.desk import Kind
from workbench.engines.serve.served import Served
from workbench.errors import BadInput, ChatTemplateError, NotFound, UsageError
from workbench.models.chat import ChatTemplate

COMPLETION_TOKENS, CHAT_TOKENS = 16, 256
"""Tokens to write where the client does not say: OpenAI's for completions; `LoadedModel.chat`'s for conversations."""


async def answered(request: Request, served: Served, kind: Kind, asked: Sequence[Any]) -> list[Any]:
    """Get in line and return the results, in the order asked.

    Raises
    ------
    Busy
        The line is full.
    ClientDisconnect
        Whoever asked has gone; what was not begun will not be.
    WorkbenchError
        The engine could not.
    """
    with served.life.question():
        job = served.desk.ask(kind, asked)
        answer: asyncio.Future[list[Any]] = asyncio.wrap_future(job.future)
        left = asyncio.ensure_future(_gone(request))
        try:
            either: set[asyncio.Future[Any]] = {answer, left}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if answer.done():
                return answer.result()
            raise ClientDisconnect
        finally:
            job.leave()
            answer.cancel()
            left.cancel()


async def _gone(request: Request) -> None:
    """Return when the client has disconnected; its body was read before."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def require_model(name: str | None, served: Served) -> None:
    """Refuse a question to another model than the one that is served.

    Raises
    ------
    NotFound
        It is called otherwise.
    """
    if name is not None and name != served.name:
        raise NotFound(f"there is no model {name[:200]!r} here", where="model", remedy=f"There is: {served.name}.")


def completion_requests(body: Completion) -> list[GenerateRequest]:
    """Return what to write, each prompt as often as was asked for."""
    most = COMPLETION_TOKENS if body.max_tokens is None else body.max_tokens
    if most < 1:
        raise UsageError("max_tokens is 0", where="max_tokens", remedy="Ask for at least one, or for an echo.")
    return _written(body, body.prompts(), most)


def chat_requests(body: Chat, template: ChatTemplate | None) -> list[GenerateRequest]:
    """Return what to write in a conversation, through the model's own template.

    Raises
    ------
    ChatTemplateError
        The model has no template, or it refuses these messages.
    """
    if body.logprobs or body.top_logprobs:
        raise UsageError("written tokens have no log-probabilities here", where="logprobs", remedy="Leave it out.")
    if template is None:
        raise ChatTemplateError("the model brings no chat template", where="messages", remedy="Use /v1/completions.")
    most = next((said for said in (body.max_completion_tokens, body.max_tokens) if said is not None), CHAT_TOKENS)
    if most < 1:
        raise UsageError("max_tokens is 0", where="max_tokens", remedy="Ask for at least one.")
    return _written(body, [render(template, body.messages)], most, templated=True)


def render(template: ChatTemplate, messages: Sequence[Turn]) -> str:
    """Return a conversation as the model was taught to read it, up to where its answer begins."""
    from workbench.engines.loaded import Message

    return template.render([Message(turn.role, turn.words()) for turn in messages], add_generation_prompt=True)


def _written(
    body: Writing, prompts: Sequence[str | tuple[int, ...]], most: int, *, templated: bool = False
) -> list[GenerateRequest]:
    temperature = 1.0 if body.temperature is None else body.temperature
    # A drawn answer depends on its request's id: the same seed, the same answer.
    name = secrets.token_hex(8) if body.seed is None or not temperature else f"seed {body.seed}"
    return [
        GenerateRequest(
            id=f"{name}/{number}/{repeat}",
            context=prompt if isinstance(prompt, str) else "",
            stop=body.stops(),
            max_new_tokens=most,
            temperature=temperature,
            templated=templated,
            ids=() if isinstance(prompt, str) else prompt,
        )
        for number, prompt in enumerate(prompts)
        for repeat in range(body.n or 1)
    ]


def echo_requests(body: Completion) -> list[EchoRequest]:
    """Return the prompts to show token by token."""
    name = secrets.token_hex(8)
    return [
        EchoRequest(
            f"{name}/{number}",
            prompt if isinstance(prompt, str) else "",
            () if isinstance(prompt, str) else prompt,
            max(body.logprobs or 0, 1),
        )
        for number, prompt in enumerate(body.prompts())
    ]


def score_requests(body: Loglikelihoods) -> list[ScoreRequest]:
    """Return what to score, under names of our own: a client's may be another client's too."""
    name = secrets.token_hex(8)
    return [
        ScoreRequest(f"{name}/{number}", asked.context, tuple(asked.continuations), asked.templated)
        for number, asked in enumerate(body.requests)
    ]


def require_answers(results: Sequence[Any]) -> None:
    """Refuse the whole call when one of its prompts cannot be answered.

    Raises
    ------
    BadInput
        The first problem, with the number of its prompt.
    """
    for number, result in enumerate(results):
        if result.error:
            sentence = REQUEST_ERRORS.get(result.error, result.error)
            raise BadInput(f"{sentence} ({result.error})", where=f"prompt {number}", remedy="Correct this prompt.")
