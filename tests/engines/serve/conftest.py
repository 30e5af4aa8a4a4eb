"""An engine behind the real server, in this process: a port of loopback, a key, and whoever asks."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from workbench.engines.fake import FakeEngine
from workbench.engines.protocol import Engine
from workbench.engines.serve.app import make_app
from workbench.engines.serve.desk import WAITING, Desk
from workbench.engines.serve.life import Life
from workbench.engines.serve.listening import Address, Listener, bind_port
from workbench.engines.serve.served import Memory, Served
from workbench.models.chat import ChatTemplate

KEY = "a-key-for-tests"
TEMPLATE = ChatTemplate("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}<assistant>", {}, "a test")


@dataclass(frozen=True)
class Open:
    """A server that can be asked."""

    served: Served
    address: Address
    key: str = KEY

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.address.host, self.address.port, timeout=30)

    def raw(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        with closing(self.connect()) as connection:
            connection.request(method, path, body, {"Authorization": f"Bearer {KEY}"} | (headers or {}))
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def ask(self, path: str, body: Any = None) -> tuple[int, Any]:
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        status, _, answer = self.raw("GET" if body is None else "POST", path, data)
        return status, json.loads(answer)

    def events(self, path: str, body: Any) -> list[Any]:
        status, headers, data = self.raw("POST", path, json.dumps(body).encode())
        assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        lines = data.decode().split("\n\n")
        assert lines[-2:] == ["data: [DONE]", ""]
        return [json.loads(line.removeprefix("data: ")) for line in lines[:-2]]

    def leave_in_the_middle(self, path: str, body: Any, when: Callable[[], object]) -> None:
        """Send a question and go before it is answered, as soon as `when` returns."""
        with socket.create_connection((self.address.host, self.address.port)) as connection:
            data = json.dumps(body).encode()
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
            connection.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
            when()


@pytest.fixture
def opened() -> Iterator[Callable[..., Open]]:
    """Return what puts an engine behind a server: `opened(engine, waiting=…)`; without an engine, a fake."""
    with opening() as make:
        yield make


@pytest.fixture(scope="module")
def server() -> Iterator[Open]:
    """A fake behind a server, for tests that change nothing."""
    with opening() as make:
        yield make()


@contextmanager
def opening() -> Iterator[Callable[..., Open]]:
    ending: list[Callable[[], object]] = []

    def make(
        engine: Engine | None = None,
        *,
        waiting: int = WAITING,
        lease: float | None = None,
        template: ChatTemplate | None = TEMPLATE,
        max_body: int = 1 << 16,
    ) -> Open:
        held = engine or FakeEngine("a-model")
        life = Life(None, lease)
        life.begin()
        desk = Desk(held, waiting=waiting)
        served = Served("a-model", held, template, desk, life, Memory(1, 2, 3), datetime.now(UTC))
        bound, address = bind_port("127.0.0.1", 0)
        listener = Listener(make_app(served, KEY, ("name.example",), max_body), bound)
        ending.extend((listener.close, desk.close))
        listener.start()
        return Open(served, address)

    try:
        yield make
    finally:
        for end in ending:
            end()
