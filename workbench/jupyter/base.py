"""The one handler behind every route: who asks, whether they may, what they ask, and errors in one shape.

A route's code is a function of a `Call`. A plain function reads files and runs in a thread; an ``async`` one waits
and runs in the server's loop. Nothing is reached without `prepare` having asked the server's authorizer.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import APIHandler
from tornado.ioloop import IOLoop
from tornado.web import HTTPError, stream_request_body

from workbench.errors import NotFound, RefusedByPolicy, TooLarge, UsageError, WorkbenchError
from workbench.jupyter.contract import Operation, read_body, read_query
from workbench.jupyter.services import Services

MAX_BODY = 1 << 20
NO_SCRIPT = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:"
"""What a report may do in a frame: show itself."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request, checked against the contract: `params` are those of path and query, `body` is the JSON body."""

    params: Mapping[str, Any]
    body: Mapping[str, Any]
    services: Services

    def __getitem__(self, name: str) -> Any:
        """Return a parameter of the path or query."""
        return self.params[name]

    def get(self, name: str) -> Any:
        """Return a parameter of the path or query, or None."""
        return self.params.get(name)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with another status than 200."""

    status: int
    body: Any = None


@dataclass(frozen=True, slots=True)
class FileReply:
    """A file as the answer: to be saved under `name`, or shown in a frame without scripts."""

    path: Path
    media_type: str
    name: str
    inline: bool = False


Function = Callable[[Call], Any] | Callable[[Call], Awaitable[Any]]


@dataclass(slots=True)
class Functions:
    """The code of every operation, by its id; loaded when the first is asked for, so that the server starts sooner."""

    load: Callable[[], Mapping[str, Function]]
    loaded: Mapping[str, Function] | None = None

    async def of(self, operation: Operation, executor: Executor) -> Function:
        """Return the code of an operation."""
        if self.loaded is None:
            self.loaded = await IOLoop.current().run_in_executor(executor, self.load)
        return self.loaded[operation.id]


@stream_request_body
class ContractHandler(APIHandler):
    """Serves one path of the contract.

    The body is read after the user was found to be allowed, and never further than `MAX_BODY`.
    """

    def initialize(
        self, routes: Mapping[str, Operation], functions: Functions, services: Services, executor: Executor
    ) -> None:
        """Take what the application made; `routes` are the path's operations by their method."""
        self._routes = routes
        self._functions = functions
        self._services = services
        self._executor = executor
        self._received = bytearray()
        # A view that polls must not keep an idle server from being culled; a live run does (`watch.py`).
        self._track_activity = self.request.method not in ("GET", "HEAD")

    async def prepare(self) -> None:  # type: ignore[override]  # as APIHandler itself
        """Refuse whoever is not known, or may not do this, before a byte of the body is read."""
        await super().prepare()
        self._insist_on_a_user()
        operation = self._routes.get((self.request.method or "").lower())
        if operation is None:
            raise HTTPError(405)
        allowed = await ensure_async(
            self.authorizer.is_authorized(self, self.current_user, operation.action, operation.resource)
        )
        if not allowed:
            raise RefusedByPolicy(
                f"this user may not {operation.action} {operation.resource}",
                where=f"{operation.method.upper()} {operation.path}",
                remedy="Ask whoever runs this server for the right to.",
            )
        if int(self.request.headers.get("Content-Length") or 0) > MAX_BODY:
            self._too_large()

    def _insist_on_a_user(self) -> None:
        """Refuse whoever is not logged in: Jupyter itself lets strangers through unless it is configured not to."""
        if not self.current_user:
            raise HTTPError(403)

    def data_received(self, chunk: bytes) -> None:
        """Keep a piece of the body."""
        self._received += chunk
        if len(self._received) > MAX_BODY:
            self._too_large()

    def _too_large(self) -> None:
        self.set_header("Connection", "close")
        raise TooLarge(f"the body is larger than {MAX_BODY:,} bytes", remedy="Send less at once.")

    async def _serve(self, **path: str) -> None:
        operation = self._routes[(self.request.method or "").lower()]
        query = read_query(operation, self.request.query_arguments)
        body = read_body(operation, self._json()) if operation.body else {}
        call = Call({**query, **path}, body, self._services)
        function = await self._functions.of(operation, self._executor)
        if inspect.iscoroutinefunction(function):
            answer = await function(call)
        else:
            answer = await IOLoop.current().run_in_executor(self._executor, function, call)
        await self._answer(answer)

    get = put = post = patch = delete = _serve

    def _json(self) -> Any:
        kind = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if self._received and kind != "application/json":
            raise UsageError("the body is no JSON", remedy="Send Content-Type: application/json.")
        try:
            return json.loads(bytes(self._received).decode() or "null")
        except (ValueError, RecursionError) as error:
            raise UsageError("the body is no JSON", remedy="Send one JSON object in UTF-8.") from error

    async def _answer(self, answer: Any) -> None:
        if isinstance(answer, FileReply):
            await self._send(answer)
            return
        if isinstance(answer, Reply):
            self.set_status(answer.status)
            answer = answer.body
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Content-Type-Options", "nosniff")
        if answer is None:
            self.set_status(204)
            await self.finish()
        else:
            await self.finish(_encoded(answer))

    async def _send(self, file: FileReply) -> None:
        kind = "inline" if file.inline else "attachment"
        self.set_header("Content-Disposition", f"{kind}; filename*=UTF-8''{quote(file.name)}")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Cache-Control", "no-store")
        self.set_header("Content-Security-Policy", f"{NO_SCRIPT}; {_frame_ancestors(self.content_security_policy)}")
        data = await IOLoop.current().run_in_executor(self._executor, file.path.read_bytes)
        await self.finish(data, set_content_type=file.media_type)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Write any error as the one envelope; what was not raised on purpose says nothing of its inside."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        if not isinstance(error, WorkbenchError):
            error = _from_status(status_code)
        self.set_header("Cache-Control", "no-store")
        self.finish(_encoded({"error": asdict(error.envelope())}))

    def send_error(self, status_code: int = 500, **kwargs: Any) -> None:
        """Give errors of our tree the status of their class."""
        error = (kwargs.get("exc_info") or (None, None))[1]
        if isinstance(error, TooLarge):
            status_code = 413
        elif isinstance(error, WorkbenchError):
            status_code = error.http_status
        super().send_error(status_code, **kwargs)

    def log_exception(self, typ: Any, value: Any, tb: Any) -> None:
        """Log what is ours to mend; a mistaken request is the client's, and its text stays out of the log."""
        if isinstance(value, WorkbenchError) and value.http_status < 500:  # noqa: PLR2004 — HTTP's border
            self.log.debug("%s %s: %s", self.request.method, self.request.path, value.code)
            return
        super().log_exception(typ, value, tb)


class UnknownHandler(ContractHandler):
    """Answers for every path of ours that the contract does not know."""

    async def prepare(self) -> None:  # type: ignore[override]  # as APIHandler itself
        """Say so, to whoever is known."""
        await APIHandler.prepare(self)
        self._insist_on_a_user()
        raise NotFound("there is no such route", remedy="The contract is workbench/jupyter/openapi.yaml.")


def _frame_ancestors(policy: str) -> str:
    """Return the part of a policy that says who may frame the page; only this server unless it says more."""
    parts = [part.strip() for part in policy.split(";")]
    return next((part for part in parts if part.startswith("frame-ancestors")), "frame-ancestors 'self'")


def _from_status(status: int) -> WorkbenchError:
    """Return the error that stands for a status which Jupyter or Tornado chose."""
    if status in (401, 403):
        return RefusedByPolicy(
            "this request is not allowed", remedy="Log in, and send the XSRF token or an API token with it."
        )
    if status == 404:  # noqa: PLR2004
        return NotFound("there is no such route", remedy="The contract is workbench/jupyter/openapi.yaml.")
    if 400 <= status < 500:  # noqa: PLR2004
        return UsageError(
            "the request makes no sense to this route", remedy="The contract is workbench/jupyter/openapi.yaml."
        )
    return WorkbenchError("something went wrong in the server", remedy="Its log says what; please report it.")


def _encoded(value: Any) -> bytes:
    """Return `value` as JSON; lone surrogates, which a tokenizer can make, and numbers that are none become legal."""
    return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False).encode("utf-8", errors="replace")


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, Mapping):
        return {key: _finite(entry) for key, entry in value.items()}
    return [_finite(entry) for entry in value] if isinstance(value, list | tuple) else value
