"""What a run does, step by step: read the packs, wait for room, load, ask, finish, deliver."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.engines.protocol import Engine, EngineConfig
from workbench.errors import DigestMismatch, Interrupted
from workbench.evaluation.asking import Template
from workbench.evaluation.finishing import RESULT, Timing, finish
from workbench.evaluation.plan import Plan, make_plan
from workbench.evaluation.running import begin, run
from workbench.evaluation.spec import RunSpec
from workbench.jobs.admission import admitted
from workbench.jobs.record import State
from workbench.models.facts import ModelFacts

if TYPE_CHECKING:
    from workbench.jobs.runner import Runner

DELIVERY_SECONDS = 300
TRACKING = "WORKBENCH_TRACKING"
"""Environment variable; ``off`` leaves the delivery to `workbench runs sync`."""


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

    if (runner.directory / RESULT).exists():
        runner.ended(State.DONE)
        return
    spec = runner.journal.spec()
    runner.journal.repair()
    plan = make_plan(spec, load_pack)
    runner.progress = begin(plan, runner.journal)
    model = model_facts(spec)
    needed = model.memory.total if spec.engine != "fake" else 0
    with admitted(runner.directory.parent, needed, runner.stop, lambda reason: runner.at(State.QUEUED, waiting=reason)):
        runner.at(State.LOADING)
        engine = open_model(spec)
    try:
        ask_all(runner, plan, engine)
        runner.at(State.FINISHING)
        timing = Timing(runner.record.started, datetime.now(UTC), runner.seconds())
        finish(plan, runner.journal, model, engine.facts(), timing)
    finally:
        engine.close()
    deliver(runner)
    runner.ended(State.DONE)


def ask_all(runner: Runner, plan: Plan, engine: Engine) -> None:
    """Ask what is missing; "score what is done" goes on to the result, any other stop does not."""
    runner.at(State.RUNNING)
    run(plan, engine, runner.journal, template_of(plan.spec), progress=runner.progress, stop=runner.stop)
    if runner.stopped and runner.stopped != "score":
        raise Interrupted(f"told to stop ({runner.stopped})", where=runner.directory.name)


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
    facts = inspect(path, adapter=adapter, digest=True)
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
    )
    adapter = Path(spec.model.adapter) if spec.model.adapter else None
    return open_engine(spec.engine, Path(spec.model.path), config, adapter=adapter)


def deliver(runner: Runner) -> None:
    """Bring the finished run into MLflow from a process of its own; a store that is down only leaves a note."""
    if os.environ.get(TRACKING, "").lower() == "off":
        runner.journal.note("untracked", f"{TRACKING}=off; `workbench runs sync` delivers later")
        return
    command = [sys.executable, "-m", "workbench.tracking", str(runner.directory)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=DELIVERY_SECONDS)  # noqa: S603
    except subprocess.TimeoutExpired:
        runner.journal.note("undelivered", "MLflow did not answer in time; `workbench runs sync` delivers later")
        return
    if done.returncode == 0:
        runner.journal.note("delivered")
    else:
        last = done.stderr.strip().rpartition("\n")[2] or done.stdout.strip()
        runner.journal.note("undelivered", f"{last[:500]}; `workbench runs sync` delivers later")
