"""Messages between a process and the workers it started: a line of JSON each, over a socket that only they hold.

Nothing that is read is run: a line says which of the records below it is, and holds its fields. Both ends are the same
version of Workbench on the same machine.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from workbench.engines import protocol
from workbench.engines.pool import messages
from workbench.engines.pool.worker import Opening
from workbench.errors import ErrorEnvelope

PIECE = 1 << 20
KIND, PATH = "is", "path"
RECORDS: Mapping[str, type[Any]] = {
    record.__name__: record
    for record in (
        Opening, ErrorEnvelope, messages.Ask, messages.Ready, messages.Answers, messages.Finished, messages.Failed,
        protocol.EngineConfig, protocol.EngineFacts, protocol.ContinuationScore, protocol.ScoreRequest,
        protocol.ScoreResult, protocol.RollingRequest, protocol.RollingResult, protocol.GenerateRequest,
        protocol.GenerateResult,
    )
}  # fmt: skip


class Channel:
    """One end of the socket."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end
        self._begun = bytearray()

    def send(self, message: object) -> None:
        """Send one record; waits until the other end has room.

        Raises
        ------
        OSError
            The other end is gone.
        """
        self.socket.sendall(encode(message))

    def receive(self) -> list[Any] | None:
        """Wait for the next bytes and return the records they complete; None when the other end is gone."""
        try:
            piece = self.socket.recv(PIECE)
        except ConnectionError:
            return None
        if not piece:
            return None
        *whole, rest = piece.split(b"\n")
        if not whole:
            self._begun += rest
            return []
        whole[0] = bytes(self._begun) + whole[0]
        self._begun = bytearray(rest)
        return [decode(line) for line in whole]

    def close(self) -> None:
        """Close this end: the other sees that."""
        self.socket.close()


def encode(message: object) -> bytes:
    """Return a record as a line; texts survive whole, lone surrogates too, and numbers to the last bit."""
    return json.dumps(_plain(message), separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> Any:
    """Return the record of a line."""
    return json.loads(line, object_hook=_record)


def _plain(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {KIND: type(value).__name__} | {
            entry.name: _plain(getattr(value, entry.name)) for entry in fields(value)
        }
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    return {KIND: PATH, PATH: str(value)} if isinstance(value, Path) else value


def _record(found: dict[str, Any]) -> Any:
    kind = found.pop(KIND, None)
    if kind is None:
        return found
    if kind == PATH:
        return Path(found[PATH])
    return RECORDS[kind](**{name: _tuples(value) for name, value in found.items()})


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
