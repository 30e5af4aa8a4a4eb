"""The openai engine: a server that somebody else runs, asked for completions.

It must serve the model whose directory is given: that one's tokenizer makes the token ids that are sent. What the
server can do is tried when it is opened; one that cannot echo a prompt with its log-probabilities only generates.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from pathlib import Path
from threading import Event
from typing import Any, cast

from workbench.engines.openai.client import Client, Endpoint, NoAnswer
from workbench.engines.openai.hosts import configured_endpoint
from workbench.engines.openai.patience import patiently
from workbench.engines.openai.remote import Piece, Prompt, Remote, TokenScore, Written, whole_sequences
from workbench.engines.protocol import (
    EngineConfig,
    EngineFacts,
    Finish,
    GenerateRequest,
    GenerateResult,
    RollingRequest,
    RollingResult,
    ScoreRequest,
    ScoreResult,
)
from workbench.engines.transformers.reading import read_codec
from workbench.engines.transformers.stopping import cut_at_stop
from workbench.engines.transformers.tokens import Codec
from workbench.errors import BadInput, EngineUnavailable, Interrupted, NotFound, UsageError
from workbench.models.gate import check
from workbench.models.layout import read_layout

MODEL = "WORKBENCH_OPENAI_MODEL"
WORKERS = 8
DEFAULT_CONTEXT = 2048
"""Context length where neither the configuration, nor the server, nor the tokenizer states one."""
UNSTATED = int(1e12)
"""transformers gives tokenizers without a stated length an absurdly large one."""
PROBE = "a b c"
RESUME = "`workbench runs resume RUN` goes on where the run stopped"


class OpenAIEngine:
    """One model of one server. See `workbench.engines.protocol.Engine`."""

    def __init__(self, client: Client, served: dict[str, Any], codec: Codec, config: EngineConfig) -> None:
        self._client, self._name, self._codec, self._config = client, str(served["id"]), codec, config
        self._closed = Event()
        self._context = config.max_length or _context(served, codec.tokenizer)
        self._refused = self._try_echo()

    def score(self, requests: Iterable[ScoreRequest]) -> Iterator[ScoreResult]:
        """Yield one result for each request, as soon as its last answer is here."""
        return self._scoring().score(requests)

    def rolling(self, requests: Iterable[RollingRequest]) -> Iterator[RollingResult]:
        """Yield the log-likelihood of each whole text."""
        return self._scoring().rolling(requests)

    def generate(self, requests: Iterable[GenerateRequest]) -> Iterator[GenerateResult]:
        """Yield each answer as it is finished."""
        return self._remote().generate(requests)

    def facts(self) -> EngineFacts:
        """Return what is known of a server that somebody else runs."""
        return EngineFacts(
            engine="openai",
            versions=(),
            device="unknown",
            device_name="",
            dtype="unknown",
            strategy="generation only" if self._refused else "echoed prompts",
            bos=self._codec.source,
            context_length=self._context,
            token_budget=self._context,
            peak_memory=None,
            model_memory=None,
            computed_tokens=0,
            load_seconds=0.0,
        )

    def close(self) -> None:
        """Ask nothing more, and wait for nothing; the server goes on."""
        self._closed.set()

    def _scoring(self) -> Remote:
        if self._refused:
            raise EngineUnavailable(
                f"this server cannot score: {self._refused}",
                where=self._name,
                remedy="Use the formulation `generate`, or the engine transformers or vllm.",
            )
        return self._remote()

    def _remote(self) -> Remote:
        if self._closed.is_set():
            raise UsageError("the engine was closed", remedy="Open it again with open_engine().")
        return Remote(
            codec=self._codec,
            ask=self._ask,
            write=self._write,
            pieces=whole_sequences,
            max_length=self._context,
            workers=WORKERS,
            parity=self._config.parity,
        )

    def _try_echo(self) -> str:
        """Return why the server cannot score; empty when it can."""
        ids = [*self._codec.lead, *self._codec.encode([PROBE])[PROBE]]
        try:
            self._ask(Piece(ids, (), (((0, 0, 0),),)))
        except BadInput as error:
            return error.message
        return ""

    def _ask(self, piece: Piece) -> list[TokenScore]:
        """Return the scores of the last tokens of a prompt.

        Raises
        ------
        BadInput
            The server does not echo a prompt with its log-probabilities, token by token.
        """
        body = {"prompt": list(piece.ids), "max_tokens": 0, "echo": True, "logprobs": 1, "temperature": 0}
        found = self._choice(body).get("logprobs") or {}
        values, best = found.get("token_logprobs") or [], found.get("top_logprobs") or []
        count = len(piece.slots)
        if len(values) != len(piece.ids) or len(best) != len(values) or None in values[-count:]:
            raise BadInput(f"it echoes {len(values)} log-probabilities for {len(piece.ids)} tokens", where=self._name)
        pairs = zip(values[-count:], best[-count:], strict=True)
        return [TokenScore(value, value >= max((top or {"": value}).values())) for value, top in pairs]

    def _write(self, prompt: Prompt) -> Written:
        request = prompt.request
        body = {
            "prompt": list(prompt.ids),
            "max_tokens": request.max_new_tokens,
            "temperature": request.temperature,
            "seed": self._config.seed,
        }
        answer = self._post(body | ({"stop": list(request.stop)} if request.stop else {}))
        choice = _first_choice(answer, self._name)
        text, cut = cut_at_stop(str(choice.get("text", "")), request.stop)
        written = (answer.get("usage") or {}).get("completion_tokens")
        ended = choice.get("finish_reason") == "stop"
        # A server does not say whether a stop text ended the answer, or the model; it leaves both out of the text.
        finish: Finish = "stop" if cut or (ended and request.stop) else "eos" if ended else "length"
        count = int(written) if written is not None else len(self._codec.encode([text])[text])
        return Written(text, count, finish)

    def _choice(self, body: dict[str, Any]) -> dict[str, Any]:
        return _first_choice(self._post(body), self._name)

    def _post(self, body: dict[str, Any]) -> dict[str, Any]:
        question = {"model": self._name, **body}
        try:
            return cast("dict[str, Any]", patiently(lambda: self._client.post("/completions", question), self._closed))
        except NoAnswer as error:
            raise lost(error, self._name) from error


def open_openai(model_path: Path, config: EngineConfig, adapter: Path | None) -> OpenAIEngine:
    """Ask a server what it serves; see `workbench.engines.open_engine`."""
    if adapter is not None:
        raise UsageError("the openai engine puts no adapter on a model", remedy="Serve the model with its adapter.")
    endpoint = configured_endpoint()
    check(model_path)
    codec = read_codec(read_layout(model_path))
    client = Client(endpoint)
    return OpenAIEngine(client, served_model(client, endpoint), codec, config)


def served_model(client: Client, endpoint: Endpoint) -> dict[str, Any]:
    """Return what the server says about the model to ask: ``WORKBENCH_OPENAI_MODEL``, or the only one it has.

    Raises
    ------
    EngineUnavailable
        Nobody answers there.
    Interrupted
        Somebody does, and says that it failed or is busy.
    NotFound
        It serves no such model.
    UsageError
        It serves several, and none was named.
    """
    try:
        listed = patiently(lambda: client.get("/models"), Event(), connecting=False)
    except NoAnswer as error:
        if error.status is not None:
            raise lost(error, endpoint.url) from error
        raise EngineUnavailable(
            f"no server answers: {error}", where=endpoint.url, remedy="Start it, or set WORKBENCH_OPENAI_URL."
        ) from error
    models = listed.get("data") if isinstance(listed, dict) else None
    found = {str(entry["id"]): entry for entry in models or () if isinstance(entry, dict) and "id" in entry}
    named = os.environ.get(MODEL)
    if named and named not in found:
        raise NotFound(f"the server has no model {named!r}", where=endpoint.url, remedy=f"It has: {', '.join(found)}.")
    if not named and len(found) != 1:
        raise UsageError(
            f"the server has {len(found)} models",
            where=endpoint.url,
            remedy=f"Name one in {MODEL}: {', '.join(found)}.",
        )
    return cast("dict[str, Any]", found[named] if named else next(iter(found.values())))


def lost(error: NoAnswer, where: str) -> Interrupted:
    """Return the error of a server that gave no answer in all the time it had: a run can go on once it does."""
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        asked = "" if error.after is None else f", and asks to wait {error.after:.0f} s"
        return Interrupted(f"the server is busy{asked}: {error}", where=where, remedy=f"Once it is not, {RESUME}.")
    what = "does not answer" if error.status is None else "failed"
    return Interrupted(
        f"the server {what}: {error}", where=where, remedy=f"Look into the server's log; once it answers, {RESUME}."
    )


def _first_choice(answer: Any, where: str) -> dict[str, Any]:
    choices = answer.get("choices") if isinstance(answer, dict) else None
    if not choices or not isinstance(choices[0], dict):
        raise EngineUnavailable("the server's answer has no choices", where=where)
    return cast("dict[str, Any]", choices[0])


def _context(served: dict[str, Any], tokenizer: Any) -> int:
    ours = served.get("workbench")  # one of our own workers: it feeds that many, as an engine here would
    if isinstance(ours, dict) and isinstance(ours.get("context_length"), int):
        return int(ours["context_length"])
    stated = served.get("max_model_len")
    if isinstance(stated, int):
        return stated - 1  # the last token scored is sent too
    length = int(tokenizer.model_max_length)
    return length if length < UNSTATED else DEFAULT_CONTEXT
