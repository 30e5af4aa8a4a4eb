"""A pool without processes: workers in this process that answer when asked, and die when told."""

from __future__ import annotations

from collections import deque
from pathlib import Path

import pytest

from workbench.engines.pool.messages import Answers, Lost, Ready, Unplaced
from workbench.engines.pool.worker import Opening, Worker
from workbench.engines.protocol import EngineConfig, ScoreRequest


class PretendPool:
    """Sends one message a turn, workers in turn. `dies` maps a worker to the answers after which it is lost."""

    def __init__(self, opening=None, *, dies=None, unplaced=(), deadly=""):
        self.opening = opening or Opening("fake", Path("m"), EngineConfig())
        self.dies, self.unplaced, self.deadly = dict(dies or {}), set(unplaced), deadly
        self.started = 0
        self.given = []
        self.workers = {}
        self.speaking = deque()

    def start(self):
        worker = self.started
        self.started += 1
        self.speaking.append((worker, self._opening(worker)))
        return worker

    def _opening(self, worker):
        if worker in self.unplaced:
            yield Unplaced("an actor with 9 CPUs")
            return
        self.workers[worker] = Worker(self.opening)
        yield self.workers[worker].open()

    def give(self, worker, kind, chunk):
        self.given.append((worker, tuple(request.id for request in chunk)))
        self.speaking.append((worker, self._answers(worker, kind, chunk)))

    def _answers(self, worker, kind, chunk):
        for message in self.workers[worker].answer(kind, chunk):
            if not isinstance(message, Answers):
                yield message
                continue
            for result in message.results:
                if self.dies.get(worker) == 0 or result.id == self.deadly:
                    yield Lost(f"worker {worker} died")
                    return
                if worker in self.dies:
                    self.dies[worker] -= 1
                yield Answers((result,))

    def wait(self):
        while self.speaking:
            worker, messages = self.speaking.popleft()
            message = next(messages, None)
            if message is None:
                continue
            if not isinstance(message, Ready | Lost | Unplaced):
                self.speaking.append((worker, messages))
            return worker, message
        raise AssertionError("waited for a message that nobody will send")


@pytest.fixture
def pretend():
    return PretendPool


@pytest.fixture
def questions():
    return [ScoreRequest(f"q{n}", f"Shots of {n % 5}. Question {n}", (" yes", " no")) for n in range(60)]
