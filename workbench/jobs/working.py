"""What a run does, step by step: read the packs, wait for room, load, ask, finish, deliver."""

from __future__ import annotations

import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.engines.protocol import Engine, EngineConfig, EngineFacts
from workbench.errors import DigestMismatch, Interrupted
from workbench.evaluation.asking import Template
from workbench.evaluation.finishing import RESULT, Timing, finish
from workbench.evaluation.plan import Plan, make_plan
from workbench.evaluation.running import begin, run
from workbench.evaluation.spec import RunSpec
from workbench.jobs.admission import admitted, memory_needed, model_memory
from workbench.jobs.delivery import Checkpoints, deliver
from workbench.jobs.engine_facts import read_engine, write_engine
from workbench.jobs.record import State
from workbench.jobs.turns import turn
from workbench.models.facts import ModelFacts

if TYPE_CHECKING:
    from workbench.jobs.runner import Runner


def work(runner: Runner) -> None:
    """Take a run from where its journal stands to its result.

    Raises
    ------
    Interrupted
        It was told to stop; what was answered is in the journal.
    WorkbenchError
        It cannot go on; the journal has what was answered.
    """
    from workbench.benchmarks.catalogue import load_pack

    spec = runner.journal.spec()
    with turn(runner.directory, spec.series, runner.stop, lambda reason: runner.at(State.QUEUED, waiting=reason)):
        if spec.series is not None:
            runner.began = time.monotonic()  # a series may take days, of which this run only waited
        if not (runner.directory / RESULT).exists():
            plan = make_plan(spec, load_pack)
            runner.progress = begin(plan, runner.journal)
            model = model_facts(spec)
            engine = answered(runner, plan, model)
            runner.at(State.FINISHING)
            timing = Timing(runner.record.started, datetime.now(UTC), runner.seconds())
            finish(plan, runner.journal, model, engine, timing)
    deliver(runner.directory, runner.journal.note)
    runner.ended(State.DONE)


def answered(runner: Runner, plan: Plan, model: ModelFacts) -> EngineFacts:
    """Have every question answered that is not, and return what ran.

    Where nothing is missing (the run was killed at its very end) the model is not loaded again, nor where the run is
    told to score what is done while it waits for room.
    """
    progress = runner.progress
    if progress is not None and progress.finished >= progress.total:
        known = read_engine(runner.directory)
        if known is not None:
            return known
    needed = memory_needed(plan.spec, model_memory(plan.spec.engine, model, plan.spec.token_budget).total)
    runs = runner.directory.parent
    try:
        with admitted(runs, needed, runner.stop, lambda reason: runner.at(State.QUEUED, waiting=reason)):
            runner.at(State.LOADING)
            engine = open_model(plan.spec)
    except Interrupted:
        known = read_engine(runner.directory) if runner.stopped == "score" else None
        if known is None:
            raise
        return known  # what earlier processes of this run answered is scored without the model
    write_engine(runner.directory, engine.facts())
    runner.checkpoints = Checkpoints(runner.directory)
    with closing(engine), runner.checkpoints:
        ask_all(runner, plan, engine)
        facts = engine.facts()
    write_engine(runner.directory, facts)
    return facts


def ask_all(runner: Runner, plan: Plan, engine: Engine) -> None:
    """Ask what is missing; "score what is done" goes on to the result, any other stop does not.

    While the run is paused every answer so far is on the disk and the model stays loaded.
    """
    runner.asking = True
    while True:
        if runner.again:
            requeue(runner, plan)
        runner.wait_while_paused()
        runner.at(State.RUNNING)
        run(plan, engine, runner.journal, template_of(plan.spec), progress=runner.progress, stop=runner.stop_asking)
        if runner.through():
            break
    if runner.stopped and runner.stopped != "score":
        raise Interrupted(f"told to stop ({runner.stopped})", where=runner.directory.name)


def requeue(runner: Runner, plan: Plan) -> None:
    """Have what failed so far asked again, while the model is loaded."""
    runner.again = False
    runner.journal.requeue()
    before, now = runner.progress, begin(plan, runner.journal)
    if before is not None:
        now.asked, now.seconds = before.asked, before.seconds
    runner.progress = now


def model_facts(spec: RunSpec) -> ModelFacts:
    """Return the facts of the model, after checking that it is still the one the spec was made for.

    Raises
    ------
    DigestMismatch
        Its files changed since.
    """
    if spec.engine == "fake":
        from workbench.evaluation.fake_model import fake_model_facts

        return fake_model_facts(spec.model)
    from workbench.models import check, inspect

    path = Path(spec.model.path)
    adapter = Path(spec.model.adapter) if spec.model.adapter else None
    check(path)
    facts = inspect(path, adapter=adapter, digest=True, dtype=spec.dtype, context=spec.max_length)
    if (facts.digest, facts.adapter_digest) != (spec.model.digest, spec.model.adapter_digest):
        raise DigestMismatch("the model is not the one the run was submitted with", where=path)
    return facts


def template_of(spec: RunSpec) -> Template | None:
    """Return the model's chat template, or None when it has none or none may be used."""
    if spec.engine == "fake" or spec.chat_template == "never":
        return None
    from workbench.models import ChatTemplate

    return ChatTemplate.load(Path(spec.model.path))


def open_model(spec: RunSpec) -> Engine:
    """Load the model into its engine."""
    from workbench.engines import open_engine

    config = EngineConfig(
        device=spec.device,
        dtype=spec.dtype,
        max_length=spec.max_length,
        token_budget=spec.token_budget,
        parity=spec.parity,
        seed=spec.seed,
        tensor_parallel=spec.tensor_parallel,
    )
    adapter = Path(spec.model.adapter) if spec.model.adapter else None
    if spec.ray:
        from workbench.engines.pool.worker import Opening
        from workbench.engines.ray.engine import open_ray

        digests = ("", None) if spec.engine in {"fake", "openai"} else (spec.model.digest, spec.model.adapter_digest)
        return open_ray(spec.ray, Opening(spec.engine, Path(spec.model.path), config, adapter, *digests))
    return open_engine(spec.engine, Path(spec.model.path), config, adapter=adapter)
