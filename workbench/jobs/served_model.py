"""A handle on a model that a worker serves: the same verbs as a model in this process, over HTTP."""

from __future__ import annotations

import http
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from pydantic import TypeAdapter, ValidationError

from workbench.engines.loaded import Message
from workbench.engines.openai.client import Client, Endpoint, NoAnswer
from workbench.engines.protocol import REQUEST_ERRORS, ContinuationScore, EngineFacts, ScoreRequest, ScoreResult
from workbench.errors import BadInput, EngineUnavailable, ErrorEnvelope, Interrupted, from_envelope
from workbench.jobs.worker_record import WorkerRecord, read_worker
from workbench.jobs.workers import find_worker, living_worker, stop_worker
from workbench.models.facts import ModelFacts
from workbench.policy.home import Home


class WorkerClient(Client):
    """Asks a worker; its errors come back as they were raised there."""

    def content(self, status: int, data: bytes, method: str, path: str) -> Any:
        """Return what an answer holds.

        Raises
        ------
        WorkbenchError
            The error that the worker sent.
        """
        if status == http.HTTPStatus.OK:
            return super().content(status, data, method, path)
        try:
            sent = json.loads(data)["error"]
            envelope = ErrorEnvelope(sent["code"], sent["what"], sent["where"], sent["remedy"], sent["exit_code"])
        except (ValueError, KeyError, TypeError):
            return super().content(status, data, method, path)
        raise from_envelope(envelope)


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One worker below a data directory, by its id. Nothing is held here: any process may have such a handle."""

    id: str
    home: Home

    @property
    def record(self) -> WorkerRecord:
        """How the worker stands: its state, its address, and once it has ended why."""
        return read_worker(find_worker(self.home, self.id))

    @property
    def name(self) -> str:
        """What clients call the model."""
        return self.record.spec.name

    @property
    def facts(self) -> ModelFacts:
        """What the model is, read from its files.

        Raises
        ------
        BadInput
            The fake engine has no files.
        """
        from workbench.models import inspect

        spec = self.record.spec
        if spec.engine == "fake":
            raise BadInput("the fake engine has no model", where=self.id, remedy="Serve a real one.")
        return inspect(Path(spec.path), adapter=Path(spec.adapter) if spec.adapter else None)

    @property
    def engine(self) -> EngineFacts:
        """What runs it, as measured so far."""
        return _facts().validate_python(self._get("/facts")["engine"])

    def generate(
        self, prompt: str, *, max_new_tokens: int = 64, stop: Sequence[str] = (), temperature: float = 0.0
    ) -> str:
        """Let the model continue a text.

        Raises
        ------
        BadInput
            The text leaves no room in the model's context.
        UsageError, Interrupted
            The worker has ended, or ends.
        """
        body = {"prompt": prompt, "max_tokens": max_new_tokens, "stop": list(stop), "temperature": temperature}
        return str(self._choice("/completions", body)["text"])

    def chat(self, messages: str | Sequence[Message], *, max_new_tokens: int = 256, temperature: float = 0.0) -> str:
        """Let the model answer in a conversation, through its own chat template.

        Raises
        ------
        ChatTemplateError
            The model brings no template, or it refuses these messages.
        UsageError, Interrupted
            The worker has ended, or ends.
        """
        turns = [Message("user", messages)] if isinstance(messages, str) else messages
        body = {
            "messages": [{"role": turn.role, "content": turn.content} for turn in turns],
            "max_tokens": max_new_tokens,
            "temperature": temperature,
        }
        return str(self._choice("/chat/completions", body)["message"]["content"])

    def score(self, context: str, continuations: Sequence[str]) -> tuple[ContinuationScore, ...]:
        """Return the log-likelihood (natural logarithm) of each continuation after a context.

        Raises
        ------
        BadInput
            There is no continuation, or one is empty.
        UsageError, Interrupted
            The worker has ended, or ends.
        """
        (result,) = self.score_all([ScoreRequest("score", context, tuple(continuations))])
        if result.error:
            sentence = REQUEST_ERRORS.get(result.error, result.error)
            raise BadInput(f"the continuations cannot be scored: {sentence} ({result.error})")
        return result.continuations

    def score_all(self, requests: Sequence[ScoreRequest]) -> tuple[ScoreResult, ...]:
        """Return the results of many requests, in their order, sharing what they begin with; see `Engine.score`."""
        asked = [
            {
                "id": request.id,
                "context": request.context,
                "continuations": list(request.continuations),
                "templated": request.templated,
            }
            for request in requests
        ]
        found = self._post("/loglikelihoods", {"requests": asked}) if asked else {"data": []}
        try:
            return _results().validate_python(found["data"])
        except (KeyError, TypeError, ValidationError) as error:
            raise EngineUnavailable("the worker's answer cannot be read", where=self.id) from error

    def renew(self) -> float:
        """Begin the lease anew; return the seconds it lasts.

        Raises
        ------
        UsageError
            The worker has none, or has ended.
        """
        return float(self._post("/lease", {})["lease_left"])

    def stop(self) -> WorkerRecord:
        """End the worker and return its last record; one that has ended is left as it is."""
        return stop_worker(self.home, self.id)

    def unload(self) -> int:
        """End the worker and return how many bytes came back when it unloaded its model, measured."""
        return self.stop().freed or 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _choice(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        found = self._post(path, body)
        try:
            choice: dict[str, Any] = found["choices"][0]
        except (KeyError, TypeError, IndexError) as error:
            raise EngineUnavailable("the worker's answer cannot be read", where=self.id) from error
        return choice

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        client = self._client()
        try:
            return client.post(path, body)
        except NoAnswer as error:
            raise self._unanswered() from error

    def _get(self, path: str) -> Any:
        client = self._client()
        try:
            return client.get(path)
        except NoAnswer as error:
            raise self._unanswered() from error

    def _client(self) -> WorkerClient:
        record = living_worker(self.home, self.id)
        if record.address is None:
            raise Interrupted("the worker has no address", where=self.id)
        place = Path(record.address.socket) if record.address.socket else None
        return WorkerClient(Endpoint(record.address.url, record.key, place))

    def _unanswered(self) -> Interrupted:
        remedy = f"`workbench workers show {self.id}` says why; start it again."
        return Interrupted("the worker no longer answers", where=self.id, remedy=remedy)


@cache
def _facts() -> TypeAdapter[EngineFacts]:
    return TypeAdapter(EngineFacts)


@cache
def _results() -> TypeAdapter[tuple[ScoreResult, ...]]:
    return TypeAdapter(tuple[ScoreResult, ...])
