"""A dry run: a few questions of a run are really asked, and nothing of it is kept."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

from workbench.evaluation.journal import Journal
from workbench.evaluation.plan import Plan, make_plan
from workbench.evaluation.rows import ItemRow
from workbench.evaluation.running import run
from workbench.evaluation.spec import RunSpec
from workbench.jobs.admission import admitted, memory_needed, model_memory
from workbench.jobs.record import HOLD
from workbench.jobs.working import model_facts, open_model, template_of
from workbench.policy.home import Home
from workbench.policy.locks import locked

TRIAL = ".trial-"
"""How the name of a dry run's directory begins."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a dry run answered: rows as a journal has them, seconds for asking (loading is not in it), peak bytes."""

    spec_hash: str
    seconds: float
    peak_memory: int | None
    rows: tuple[ItemRow, ...]


def try_out(spec: RunSpec, home: Home, items: int) -> Trial:
    """Ask `items` questions of a run, taken in turn from its packs and languages.

    Raises
    ------
    WorkbenchError
        As the run itself would.
    """
    from workbench.benchmarks.catalogue import load_pack

    plan = _first(make_plan(spec, load_pack), items)
    needed = memory_needed(spec, model_memory(spec.engine, model_facts(spec), spec.token_budget).total)
    home.create()
    with admitted(home.runs, needed, lambda: False, lambda _reason: None):
        engine = open_model(spec)
    # Below the data directory: items stay where the policy lets them be.
    with (
        closing(engine),
        TemporaryDirectory(dir=home.root, prefix=TRIAL) as directory,
        locked(Path(directory) / HOLD),
    ):
        journal = Journal.create(Path(directory), spec)
        began = time.monotonic()
        run(plan, engine, journal, template_of(spec))
        seconds = time.monotonic() - began
        by_key = {row.key: row for row in journal.rows()}
        peak = engine.facts().peak_memory
    return Trial(spec.hash, seconds, peak, tuple(by_key[key] for key in plan.keys if key in by_key))


def _first(plan: Plan, items: int) -> Plan:
    turns = zip_longest(*(part.questions for part in plan.parts))
    chosen = [question.key for question in chain.from_iterable(turns) if question is not None][:items]
    parts = [
        replace(part, questions=tuple(question for question in part.questions if question.key in chosen))
        for part in plan.parts
    ]
    return Plan(plan.spec, tuple(part for part in parts if part.questions))
