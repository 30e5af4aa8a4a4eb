"""What stands before every route: the host that was asked for, the key, and the size of the body."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from workbench.engines.openai.hosts import is_loopback
from workbench.engines.serve.refusals import refusal
from workbench.errors import KeyRefused, RefusedByPolicy, TooLarge, WorkbenchError

MAX_BODY = 8 << 20
"""Bytes."""


class Guard:
    """Refuses, before a byte of the body is read, whoever has not the key or came by another name.

    Parameters
    ----------
    names
        Names beside loopback's by which the server may be asked. A page that a browser loaded from elsewhere can make
        a name of its own point here (DNS rebinding); the header ``Host`` then has that name.
    """

    def __init__(self, app: ASGIApp, key: str, names: Collection[str] = (), max_body: int = MAX_BODY) -> None:
        self._app = app
        self._expected = f"Bearer {key}".encode()
        self._names = frozenset(name.lower() for name in names)
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer why not."""
        if scope["type"] != "http":
            return
        try:
            headers = Headers(scope=scope)
            self._check(headers)
        except WorkbenchError as error:
            await refusal(error)(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self._max_body:
                raise too_large(self._max_body)
            return message

        await self._app(scope, counted, send)

    def _check(self, headers: Headers) -> None:
        name = host_name(headers.get("host", ""))
        if not is_loopback(name) and name not in self._names:
            raise RefusedByPolicy(
                "this server is not called by that name", where="Host", remedy="Use 127.0.0.1 or localhost."
            )
        if not hmac.compare_digest(headers.get("authorization", "").encode(), self._expected):
            raise KeyRefused("the key is missing or wrong")
        said = headers.get("content-length", "0")
        if not said.isdecimal() or int(said) > self._max_body:
            raise too_large(self._max_body)


def too_large(most: int) -> TooLarge:
    """Return the error for a body larger than `most` bytes."""
    return TooLarge(f"the body is larger than {most:,} bytes", remedy="Send less at once.")


def host_name(header: str) -> str:
    """Return the host of a ``Host`` header, without its port, in lower case; nothing where it is none."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""
