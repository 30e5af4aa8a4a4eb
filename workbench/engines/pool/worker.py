"""What a worker is: one engine, which answers one chunk at a time."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench._version import __version__
from workbench.engines.pool.messages import Answers, Failed, Finished, Kind, Ready, Request, Result
from workbench.engines.protocol import Engine, EngineConfig
from workbench.errors import DigestMismatch, EngineUnavailable, NotFound, WorkbenchError

SEND_SECONDS = 0.2
"""Results wait this long for others before they are sent: a message each would cost more than many answers do."""


@dataclass(frozen=True, slots=True)
class Opening:
    """Everything a node needs to know to load the model that the run was submitted with.

    `digest` and `adapter_digest` are what the files must have; None or empty is not checked (the fake has no files).
    `environment` is set before any library is imported.
    """

    engine: str
    model: Path
    config: EngineConfig
    adapter: Path | None = None
    digest: str = ""
    adapter_digest: str | None = None
    version: str = __version__
    environment: Mapping[str, str] = field(default_factory=dict)


class Worker:
    """An engine in a process of its own. Errors are sent rather than raised: they must arrive whole."""

    def __init__(self, opening: Opening) -> None:
        os.environ.update(opening.environment)
        self.opening = opening
        self.engine: Engine | None = None

    def node(self) -> str:
        """Return the name of the machine this runs on."""
        return f"node {platform.node()}"

    def ping(self) -> None:
        """Return: the process is there."""

    def open(self) -> Ready | Failed:
        """Check the files, load the model."""
        from workbench.engines import open_engine

        opening = self.opening
        try:
            check_node(opening)
            self.engine = open_engine(opening.engine, opening.model, opening.config, opening.adapter)
        except WorkbenchError as error:
            return Failed(error.envelope(), self.node())
        return Ready(self.engine.facts())

    def close(self) -> None:
        """Free what the engine holds."""
        if self.engine is not None:
            self.engine.close()

    def answer(self, kind: Kind, chunk: tuple[Request, ...]) -> Iterator[Answers | Finished | Failed]:
        """Yield the results of a chunk, then `Finished`."""
        engine = self.engine
        if engine is None:
            raise RuntimeError("the worker was asked before its model was loaded")
        ask: Any = {"score": engine.score, "rolling": engine.rolling, "generate": engine.generate}[kind]
        held: list[Result] = []
        sent = time.monotonic()
        try:
            for result in ask(chunk):
                held.append(result)
                if time.monotonic() - sent >= SEND_SECONDS:
                    yield Answers(tuple(held))
                    held.clear()
                    sent = time.monotonic()
        except WorkbenchError as error:
            if held:
                yield Answers(tuple(held))
            yield Failed(error.envelope(), self.node())
            return
        if held:
            yield Answers(tuple(held))
        yield Finished(engine.facts())


def check_node(opening: Opening) -> None:
    """Check that this machine has the Workbench and the model that the run began with.

    Raises
    ------
    EngineUnavailable
        Another version of Workbench.
    NotFound
        No such path here.
    DigestMismatch
        Other bytes than the run was submitted with.
    """
    if opening.version != __version__:
        raise EngineUnavailable(
            f"this node has Workbench {__version__}, the run has {opening.version}",
            remedy="Install the same version on every node.",
        )
    for path, digest in ((opening.model, opening.digest), (opening.adapter, opening.adapter_digest)):
        if path is None or not digest:
            continue
        from workbench.models import make_manifest

        if not path.exists():
            raise NotFound(
                "the model is not on this node",
                where=path,
                remedy="Copy it to the same path on every node, or put it on storage that all of them see.",
            )
        if make_manifest(path).digest != digest:
            raise DigestMismatch(
                "the model on this node is not the one the run was submitted with",
                where=path,
                remedy="Copy the model again: every node must hold the same bytes.",
            )
