"""JSON over HTTP to a server of completions: over TCP, or over a socket in the file system.

The standard library's client, because it speaks to a Unix socket without a further package and consults no proxy
settings: what goes to loopback stays there.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from workbench.errors import BadInput, EngineUnavailable, RefusedByPolicy, WorkbenchError

SECONDS = 600.0
QUOTED = 300
"""Characters of a server's own error that are shown."""
BUSY = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
UNABLE = (HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED)


class NoAnswer(Exception):  # noqa: N818 — never shown: each engine says in its own words what it means
    """There is no answer now: no connection, one that broke, or a server that says it failed or is busy.

    Attributes
    ----------
    status
        5xx or 429; None where no answer came at all.
    after
        Seconds that the server asks to wait, where it says so.
    again
        Whether the same question may be answered in a moment.
    """

    def __init__(self, what: str, *, status: int | None = None, after: float | None = None, again: bool = True) -> None:
        super().__init__(what)
        self.status, self.after, self.again = status, after, again


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server is and what it wants to hear.

    Attributes
    ----------
    url
        ``http://host:port/v1``; for a Unix socket only its path part counts.
    key
        Bearer; never part of a message or a representation.
    uds
        Path of a Unix socket, instead of the host and port in `url`.
    """

    url: str
    key: str = field(default="", repr=False)
    uds: Path | None = None


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a socket in the file system."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = str(path)

    def connect(self) -> None:
        """Open the socket instead of a host and port."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Client:
    """Asks one endpoint; safe to use from several threads, a connection a call."""

    def __init__(self, endpoint: Endpoint, seconds: float = SECONDS) -> None:
        self.endpoint = endpoint
        self._seconds = seconds
        self._base = urlsplit(endpoint.url)

    def get(self, path: str) -> Any:
        """Return the JSON found at `path` (below the endpoint's URL); see `post` for what is raised."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Send `body` and return the JSON that comes back.

        Raises
        ------
        NoAnswer
            Nobody listens, the connection broke, or the server failed (5xx) or is busy (429).
        RefusedByPolicy
            The server does not accept the key.
        BadInput
            It refuses the request (another 4xx); its own words are quoted.
        EngineUnavailable
            It redirects, cannot do this at all (501, 505), or answered with something that is not JSON.
        """
        return self._ask("POST", path, json.dumps(body).encode())

    def _ask(self, method: str, path: str, body: bytes | None) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.endpoint.key:
            headers["Authorization"] = f"Bearer {self.endpoint.key}"
        connection = self._connection()
        try:
            connection.request(method, self._base.path.rstrip("/") + path, body, headers)
            response = connection.getresponse()
            status, data = response.status, response.read()
        except (OSError, http.client.HTTPException) as error:
            # Who waited to the end of the time limit once, or met a certificate that is not valid, need not ask again.
            again = not isinstance(error, TimeoutError | ssl.SSLError)
            raise NoAnswer(str(error) or type(error).__name__, again=again) from error
        finally:
            connection.close()
        try:
            return self.content(status, data, method, path)
        except NoAnswer as error:
            error.after = _seconds(response.getheader("Retry-After"))
            raise

    def content(self, status: int, data: bytes, method: str, path: str) -> Any:
        """Return what an answer holds, or raise what it says; see `post`."""
        return _content(status, data, method, path, self._shown())

    def _connection(self) -> http.client.HTTPConnection:
        if self.endpoint.uds is not None:
            return _UnixConnection(self.endpoint.uds, self._seconds)
        secure = self._base.scheme == "https"
        made = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        return made(self._base.hostname or "", self._base.port, timeout=self._seconds)

    def _shown(self) -> str:
        """Return the endpoint for messages: neither the key nor a password in the URL."""
        if self.endpoint.uds is not None:
            return "the server"
        port = f":{self._base.port}" if self._base.port else ""
        return f"{self._base.scheme}://{self._base.hostname}{port}{self._base.path}"


def _content(status: int, data: bytes, method: str, path: str, where: str) -> Any:
    if status == HTTPStatus.OK:
        try:
            return json.loads(data)
        except ValueError as error:
            raise EngineUnavailable(
                f"{method} {path} was answered with something that is not JSON",
                where=where,
                remedy="Is the URL that of an OpenAI-compatible server, /v1 included?",
            ) from error
    raise _refusal(status, _own_words(data), method, path, where)


def _refusal(status: int, words: str, method: str, path: str, where: str) -> WorkbenchError | NoAnswer:
    said = f"{method} {path} was answered with {status}: {words}"
    if status in BUSY or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in UNABLE):
        return NoAnswer(said, status=status)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return RefusedByPolicy(
            f"the server does not accept the key ({status})", where=where, remedy="Set WORKBENCH_OPENAI_KEY to its key."
        )
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return BadInput(said, where=where, remedy="Correct what was asked, or use a server that can do it.")
    return EngineUnavailable(said, where=where, remedy="Look into the server's log, then resume.")


def _seconds(header: str | None) -> float | None:
    """Return what ``Retry-After`` says (RFC 9110, 10.2.3: seconds, or a date) in seconds from now."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):  # no date, or one without a zone
        return None


def _own_words(data: bytes) -> str:
    text = data.decode(errors="replace").strip()
    try:
        content = json.loads(text)
    except ValueError:
        return text[:QUOTED]
    error = content.get("error", content) if isinstance(content, dict) else content
    message = error.get("message", error) if isinstance(error, dict) else error
    return str(message)[:QUOTED]
