"""One side of one case in a process of its own: ``python bench_arm.py JOB.json RESULT.json``, started by bench.py."""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Self

import psutil
from bench_arithmetic import Shapes, Work, bare_rates, distinct
from bench_cases import NEEDS_BOS, Case, Request, case_of, grown, requests_of, spread
from bench_sequences import Tokens, sequences

from workbench.engines.protocol import GenerateRequest, RollingRequest, ScoreRequest
from workbench.policy.offline import switch_off

BATCHES = (1, 4, 16, 32)
PROBE_SECONDS = 60.0
PROBE_TOKENS = 32
WRITING = 10
LOGIT_COPIES = 3
"""Tensors of [batch, length, vocabulary] that lm-eval holds at once: logits, their float32 softmax, a slice of it."""
SAMPLE_SECONDS = 0.005


@dataclass(frozen=True, slots=True)
class Job:
    """What a process is to do: `side` is ``ours``, ``lm-eval``, ``probe`` or ``growth``."""

    side: str
    case: str
    model: str
    dtype: str
    items: int | None = None
    batch: int = 1

    @property
    def path(self) -> Path:
        return Path(self.model)

    @property
    def bos(self) -> bool:
        return self.path.name in NEEDS_BOS


@dataclass(slots=True)
class Outcome:
    """What it measured. Sizes in bytes; `answers` by request id, (log-likelihood, greedy) pairs, sums, or texts."""

    seconds: float = 0.0
    items: int = 0
    loaded: int = 0
    peak: int = 0
    answers: dict[str, Any] = field(default_factory=dict)
    batch: int = 0
    probe: dict[str, float] = field(default_factory=dict)
    computed: int = 0
    distinct: int = 0
    body: float = 0.0
    head: float = 0.0
    body_rate: float = 0.0
    head_rate: float = 0.0
    facts: dict[str, Any] = field(default_factory=dict)


class Peak:
    """Samples this process' resident memory while it is entered."""

    def __init__(self) -> None:
        self.process = psutil.Process()
        self.highest = self.process.memory_info().rss
        self.done = threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self.done.wait(SAMPLE_SECONDS):
            self.highest = max(self.highest, self.process.memory_info().rss)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.done.set()
        self.thread.join()


def ours(job: Job, case: Case, asked: Sequence[Request]) -> Outcome:
    """Our engine in parity mode."""
    from workbench.engines import EngineConfig, open_engine

    config = EngineConfig(device="cpu", dtype=job.dtype, max_length=case.max_length, parity=True)
    engine: Any = open_engine("transformers", job.path, config)
    outcome = Outcome(items=len(asked), loaded=psutil.Process().memory_info().rss)
    list(engine.score([ScoreRequest("warm", "The cat", (" sat", " ran off"))]))
    before = engine.facts().computed_tokens
    with Peak() as peak:
        began = time.perf_counter()
        outcome.answers, written = answered(engine, asked)
        outcome.seconds = time.perf_counter() - began
    outcome.peak = peak.highest
    facts = engine.facts()
    outcome.computed = facts.computed_tokens - before
    outcome.facts = {"strategy": facts.strategy, "budget": facts.token_budget, "versions": dict(facts.versions)}
    engine.close()
    account(outcome, job, case, asked, written)
    return outcome


def answered(engine: Any, asked: Sequence[Request]) -> tuple[dict[str, Any], dict[str, int]]:
    """Answers by id, and how many tokens each written one has."""
    if isinstance(asked[0], RollingRequest):
        return {result.id: [result.log_likelihood] for result in engine.rolling(asked)}, {}
    if isinstance(asked[0], GenerateRequest):
        found = list(engine.generate(asked))
        # The end-of-text token of an answer that ended is written and not counted.
        written = {entry.id: entry.tokens + (entry.finish == "eos") for entry in found}
        return {entry.id: entry.text for entry in found}, written
    return {
        result.id: [[score.log_likelihood, score.greedy] for score in result.continuations]
        for result in engine.score(asked)
    }, {}


def account(outcome: Outcome, job: Job, case: Case, asked: Sequence[Request], written: dict[str, int]) -> None:
    """Put down what had to be computed at least, and how fast the machine multiplies at these shapes."""
    shapes = Shapes.read(job.path)
    fed = sequences(asked, Tokens(job.path, bos=job.bos), case.max_length)
    found = distinct(fed, shapes)
    outcome.distinct, work = found.tokens, found.work
    for (ids, _), request in zip(fed if written else (), asked, strict=False):
        steps = max(0, written[request.id] - 1)  # the last token is never fed
        outcome.distinct += steps
        work += Work(shapes.span(len(ids), len(ids) + steps), shapes.scored(steps))
    rates = bare_rates(shapes, job.dtype)
    outcome.body, outcome.head = work.body, work.head
    outcome.body_rate, outcome.head_rate = rates.body, rates.head


class Harness:
    """lm-eval's own Hugging Face model, and a count of what it feeds the network."""

    def __init__(self, job: Job, case: Case) -> None:
        from lm_eval.models.huggingface import HFLM

        self.model = HFLM(
            pretrained=job.model,
            dtype=job.dtype,
            device="cpu",
            batch_size=job.batch,
            max_length=case.max_length,
            add_bos_token=True if job.bos else None,
        )
        self.shapes = Shapes.read(job.path)
        self.work = Work()
        self.tokens = 0
        for parameter in self.model.model.parameters():
            parameter.sum()  # weights that are mapped from their file come into memory now, not while it scores
        self.model.model.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, _: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        ids = args[0] if args else kwargs["input_ids"]
        rows, width = ids.shape
        past = kwargs.get("past_key_values")
        start = 0 if past is None else int(past.get_seq_length())
        kept = kwargs.get("logits_to_keep") or width
        self.tokens += rows * width
        self.work += Work(rows * self.shapes.span(start, start + width), self.shapes.scored(rows * kept))

    def answer(self, asked: Sequence[Request]) -> dict[str, Any]:
        """The same requests through the harness' own methods."""
        if isinstance(asked[0], RollingRequest):
            found = self.model.loglikelihood_rolling(
                instances("loglikelihood_rolling", [(request.text,) for request in asked]), disable_tqdm=True
            )
            return {request.id: [value] for request, value in zip(asked, found, strict=True)}
        if isinstance(asked[0], GenerateRequest):
            said = [
                (request.context, {"until": list(request.stop), "max_gen_toks": request.max_new_tokens,
                                   "do_sample": False})
                for request in asked
            ]  # fmt: skip
            found = self.model.generate_until(instances("generate_until", said), disable_tqdm=True)
            return {request.id: text for request, text in zip(asked, found, strict=True)}
        pairs = [(request.context, text) for request in asked for text in request.continuations]
        scores = iter(self.model.loglikelihood(instances("loglikelihood", pairs), disable_tqdm=True))
        return {request.id: [list(next(scores)) for _ in request.continuations] for request in asked}


def instances(kind: str, arguments: Sequence[tuple[Any, ...]]) -> list[Any]:
    from lm_eval.api.instance import Instance

    return [Instance(request_type=kind, doc={}, arguments=entry, idx=i) for i, entry in enumerate(arguments)]


def theirs(job: Job, case: Case, asked: Sequence[Request]) -> Outcome:
    """lm-eval."""
    harness = Harness(job, case)
    outcome = Outcome(items=len(asked), loaded=psutil.Process().memory_info().rss, batch=job.batch)
    harness.answer([ScoreRequest("warm", "The cat", (" sat", " ran off"))])
    harness.work, harness.tokens = Work(), 0
    with Peak() as peak:
        began = time.perf_counter()
        outcome.answers = harness.answer(asked)
        outcome.seconds = time.perf_counter() - began
    outcome.peak, outcome.computed = peak.highest, harness.tokens
    outcome.body, outcome.head = harness.work.body, harness.work.head
    return outcome


def probe(job: Job, case: Case, asked: Sequence[Request]) -> Outcome:
    """Find lm-eval's fastest batch size on a few items, in its own tokens a second: the items are not equally long.

    Written answers are cut short here. Larger batches are tried only while the time and the memory for them are there.
    """
    harness = Harness(job, case)
    outcome = Outcome(items=len(asked))
    tokens = Tokens(job.path, bos=job.bos)
    short = [shortened(request) for request in asked]
    sizes = {request.id: size_of(request, case, tokens) for request in short}
    longest = max(len(ids) for ids, _ in sequences(short, tokens, case.max_length))
    harness.answer([ScoreRequest("warm", "The cat", (" sat", " ran off"))])
    spent = best = 0.0
    for batch in BATCHES:
        needed = batch * longest * harness.shapes.vocabulary * 4 * LOGIT_COPIES
        if not case.new_tokens and needed > psutil.virtual_memory().available * 0.7:
            break
        choices = 1 if case.one_sequence else len(getattr(asked[0], "continuations", ()))
        chosen = spread(short, max(1, -(-batch // choices)))
        size = sum(sizes[request.id] for request in chosen)
        if best and spent + size / best > PROBE_SECONDS:
            break
        harness.model.batch_size_per_gpu = batch
        began = time.perf_counter()
        harness.answer(chosen)
        took = time.perf_counter() - began
        spent += took
        outcome.probe[str(batch)] = size / took
        if size / took > best:
            best, outcome.batch = size / took, batch
    whole = sum(size_of(request, case, tokens) for request in asked)
    outcome.seconds = whole / len(asked) / best  # an item
    return outcome


def shortened(request: Request) -> Request:
    """A written answer of `PROBE_TOKENS` at most."""
    if isinstance(request, GenerateRequest):
        return replace(request, max_new_tokens=min(PROBE_TOKENS, request.max_new_tokens))
    return request


def size_of(request: Request, case: Case, tokens: Tokens) -> int:
    """Tokens that lm-eval computes for an item, padding apart; letters of one question stand behind one context.

    A token that is written counts `WRITING` times: alone in its pass, it takes that much longer than one that is read.
    """
    lengths = [len(ids) for ids, _ in sequences([request], tokens, case.max_length)]
    if isinstance(request, GenerateRequest):
        return lengths[0] + WRITING * request.max_new_tokens
    return max(lengths) if case.one_sequence and isinstance(request, ScoreRequest) else sum(lengths)


def run(job: Job) -> Outcome:
    case = case_of(job.case)
    if job.side == "growth":
        return ours(job, case, grown(case, job.path, job.items or 0))
    asked = requests_of(case, job.path, job.items)
    return {"ours": ours, "lm-eval": theirs, "probe": probe}[job.side](job, case, asked)


if __name__ == "__main__":
    switch_off()
    outcome = run(Job(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
    Path(sys.argv[2]).write_text(json.dumps(asdict(outcome)), encoding="utf-8")
