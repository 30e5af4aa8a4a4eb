"""What a run would cost, before it is one: questions, tokens, time, memory. Nothing is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.engines.transformers.memory import available_memory
from workbench.errors import WorkbenchError
from workbench.evaluation.finishing import load_result
from workbench.evaluation.plan import Part, Plan, Question, make_plan
from workbench.evaluation.spec import RunSpec
from workbench.jobs.admission import memory_needed, model_memory
from workbench.jobs.watching import run_directories
from workbench.models.facts import MemoryEstimate
from workbench.policy.home import Home

COUNTED = 256
"""Questions of a part whose tokens are counted; of more, evenly chosen ones stand for all."""
Count = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class PartCost:
    """One pack in one language; `tokens` of its prompts and answers to score, None without a tokenizer."""

    pack: str
    language: str
    items: int
    tokens: int | None
    formulation: str
    wording: str
    shots: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a run would cost.

    Attributes
    ----------
    tokens
        As one sequence at a time would compute them; shared prefixes make fewer of them.
    seconds, seconds_source
        At the pace of the last finished run of this model; None before there is one.
    memory, fits
        None where nothing is loaded here (the fake engine, another server).
    """

    spec: RunSpec
    spec_hash: str
    items: int
    tokens: int | None
    seconds: float | None
    seconds_source: str
    memory: MemoryEstimate | None
    fits: bool | None
    parts: tuple[PartCost, ...]


def cost(spec: RunSpec, home: Home) -> Cost:
    """Return what a run would cost.

    Raises
    ------
    SpecError, BenchmarkError, NotFound
        As the run itself would, when it plans.
    """
    from workbench.benchmarks.catalogue import load_pack

    plan = make_plan(spec, load_pack)
    count = _counter(spec)
    parts = tuple(_part(part, count) for part in plan.parts)
    counted = [part.tokens for part in parts if part.tokens is not None]
    seconds, source = _seconds(plan, home)
    memory = _memory(spec)
    return Cost(
        spec=spec,
        spec_hash=spec.hash,
        items=len(plan.keys),
        tokens=sum(counted) if len(counted) == len(parts) else None,
        seconds=seconds,
        seconds_source=source,
        memory=memory,
        fits=None if memory is None else memory_needed(spec, memory.total) <= available_memory(),
        parts=parts,
    )


def _part(part: Part, count: Count | None) -> PartCost:
    return PartCost(
        pack=part.pack.name,
        language=part.language,
        items=len(part.questions),
        tokens=None if count is None else _tokens(part.questions, count),
        formulation=part.formulation.value,
        wording=part.wording.name,
        shots=len(part.shots.items),
    )


def _tokens(questions: Sequence[Question], count: Count) -> int:
    step = max(1, len(questions) // COUNTED)
    chosen = questions[::step]
    found = sum(
        count(question.prompt.context)
        + (sum(map(count, question.prompt.continuations)) or question.prompt.max_new_tokens)
        for question in chosen
    )
    return round(found * len(questions) / len(chosen))


def _counter(spec: RunSpec) -> Count | None:
    """Return what counts the tokens of a text; None where the model brings no tokenizer that can be read here."""
    if spec.engine == "fake":
        from workbench.engines.fake import tokenize

        return lambda text: len(tokenize(text))
    path = Path(spec.model.path) / "tokenizer.json"
    if not path.is_file():
        return None
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids)


def _seconds(plan: Plan, home: Home) -> tuple[float | None, str]:
    """Return the time at the pace of the newest finished run of this model on this engine and device."""
    for directory in run_directories(home):
        try:
            result = load_result(directory)
        except WorkbenchError:
            continue
        same = (result.spec.model, result.spec.engine, result.spec.device, result.spec.dtype) == (
            plan.spec.model, plan.spec.engine, plan.spec.device, plan.spec.dtype,
        )  # fmt: skip
        answered = sum(counts.scored + counts.failed for counts in result.counts)
        if same and answered:
            return result.seconds / answered * len(plan.keys), result.run_id
    return None, ""


def _memory(spec: RunSpec) -> MemoryEstimate | None:
    if spec.engine in ("fake", "openai"):
        return None
    from workbench.models import inspect

    adapter = Path(spec.model.adapter) if spec.model.adapter else None
    facts = inspect(Path(spec.model.path), adapter=adapter, dtype=spec.dtype, context=spec.max_length)
    return model_memory(spec.engine, facts, spec.token_budget)
