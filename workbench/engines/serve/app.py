"""The routes: OpenAI's ``/v1/models``, ``/v1/completions`` and ``/v1/chat/completions``, and four of our own."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from workbench.engines.echoing import Echoes
from workbench.engines.serve import answers, asking
from workbench.engines.serve.bodies import Chat, Completion, Loglikelihoods, Renewal, read_body
from workbench.engines.serve.guard import MAX_BODY, Guard
from workbench.engines.serve.refusals import json_response, refusal
from workbench.engines.serve.served import Served
from workbench.errors import NotFound, UsageError, WorkbenchError

NOT_FOUND, NOT_ALLOWED = 404, 405


def make_app(served: Served, key: str, names: Collection[str] = (), max_body: int = MAX_BODY) -> Starlette:
    """Return the ASGI application that serves one model to whoever has the key.

    Parameters
    ----------
    key
        The bearer.
    names
        Names beside loopback's by which it may be asked.
    max_body
        Bytes a request may have.
    """
    routes = [
        Route("/health", health, methods=["GET"]),
        Route("/v1/models", models, methods=["GET"]),
        Route("/v1/facts", facts, methods=["GET"]),
        Route("/v1/lease", lease, methods=["POST"]),
        Route("/v1/completions", completions, methods=["POST"]),
        Route("/v1/chat/completions", chat, methods=["POST"]),
        Route("/v1/loglikelihoods", loglikelihoods, methods=["POST"]),
    ]
    app = Starlette(
        routes=routes,
        middleware=[Middleware(Guard, key=key, names=names, max_body=max_body)],
        exception_handlers={
            WorkbenchError: _refused,
            HTTPException: _no_route,
            ClientDisconnect: _nobody,
            Exception: _broken,
        },
    )
    app.router.redirect_slashes = False
    app.state.served = served
    return app


async def health(_: Request) -> Response:
    """Answer that it lives."""
    return json_response({"status": "ok"})


async def models(request: Request) -> Response:
    """Name the model."""
    return json_response(await run_in_threadpool(_served(request).models))


async def facts(request: Request) -> Response:
    """Say what runs, what it takes, and how long it goes on."""
    return json_response(await run_in_threadpool(_served(request).facts))


async def lease(request: Request) -> Response:
    """Renew the lease."""
    life = _served(request).life
    read_body(Renewal, await request.body() or b"{}")
    if life.lease is None:
        raise UsageError("this worker has no lease", remedy="Start one with --lease SECONDS.")
    life.renew()
    return json_response({"lease": life.lease, "lease_left": life.lease_left()})


async def completions(request: Request) -> Response:
    """Continue prompts, or echo them with their log-probabilities."""
    served = _served(request)
    body = read_body(Completion, await request.body())
    asking.require_model(body.model, served)
    head = answers.Head.make("text_completion", served.name)
    if body.max_tokens == 0 and body.echo:
        return await _echo(request, body, head)
    if body.logprobs is not None:
        raise UsageError(
            "written tokens have no log-probabilities here",
            where="logprobs",
            remedy="With echo true and max_tokens 0 the prompt's are answered.",
        )
    prompts = [prompt if isinstance(prompt, str) else None for prompt in body.prompts()]
    if body.echo and None in prompts:
        raise UsageError("token ids are echoed alone", where="echo", remedy="Set max_tokens to 0, or send text.")
    before = [(prompt or "") if body.echo else "" for prompt in prompts]
    results = await asking.answered(request, served, "generate", asking.completion_requests(body))
    asking.require_answers(results)
    each = body.n or 1
    if body.stream:
        counted = body.stream_options is not None and body.stream_options.include_usage
        return _stream(answers.chunks(head, results, before, each, counted=counted))
    return json_response(answers.completion(head, results, before, each))


async def chat(request: Request) -> Response:
    """Answer in a conversation."""
    served = _served(request)
    body = read_body(Chat, await request.body())
    asking.require_model(body.model, served)
    asked = await run_in_threadpool(asking.chat_requests, body, served.template)
    results = await asking.answered(request, served, "generate", asked)
    asking.require_answers(results)
    head = answers.Head.make("chat.completion", served.name)
    if body.stream:
        counted = body.stream_options is not None and body.stream_options.include_usage
        return _stream(answers.chunks(head, results, [""], len(results), counted=counted))
    return json_response(answers.chat(head, results))


async def loglikelihoods(request: Request) -> Response:
    """Score continuations; a request that cannot be scored says so in its own result."""
    served = _served(request)
    body = read_body(Loglikelihoods, await request.body())
    asking.require_model(body.model, served)
    asked = asking.score_requests(body)
    results = await asking.answered(request, served, "score", asked)
    names = [entry.id if entry.id is not None else str(number) for number, entry in enumerate(body.requests)]
    return json_response(answers.loglikelihoods(served.name, results, names))


async def _echo(request: Request, body: Completion, head: answers.Head) -> Response:
    served = _served(request)
    if not isinstance(served.engine, Echoes):
        raise UsageError(
            "this engine does not echo prompts", where="echo", remedy="Use /v1/loglikelihoods, or another engine."
        )
    if body.stream or (body.n or 1) > 1:
        raise UsageError("an echo is no stream and has no variants", where="echo", remedy="Leave stream and n out.")
    results = await asking.answered(request, served, "echo", asking.echo_requests(body))
    asking.require_answers(results)
    return json_response(answers.echoed(head, results, body.logprobs))


def _stream(chunks: Iterable[dict[str, Any]]) -> Response:
    def events() -> Iterator[bytes]:
        for chunk in chunks:
            yield f"data: {json.dumps(chunk, ensure_ascii=False, allow_nan=False)}\n\n".encode(errors="replace")
        yield b"data: [DONE]\n\n"

    return StreamingResponse(events(), headers={"Cache-Control": "no-store"}, media_type="text/event-stream")


def _served(request: Request) -> Served:
    found: Served = request.app.state.served
    return found


async def _refused(_: Request, error: Exception) -> Response:
    return refusal(error if isinstance(error, WorkbenchError) else WorkbenchError("something went wrong"))


async def _no_route(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else NOT_FOUND
    if status == NOT_ALLOWED:
        return refusal(UsageError(f"this route does not take {request.method}", remedy="docs/serve.md has the routes."))
    return refusal(NotFound("there is no such route", remedy="docs/serve.md has the routes."))


async def _nobody(_: Request, __: Exception) -> Response:
    return Response(status_code=499)  # nobody reads it


async def _broken(_: Request, __: Exception) -> Response:
    """Answer for a mistake of ours; the log has its traceback, the client hears nothing of our inside."""
    return refusal(WorkbenchError("something went wrong in the server", remedy="Its log says what; please report it."))
