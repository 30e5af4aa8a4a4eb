"""Asking what is missing: questions go to the engine, rows come back into the journal, a batch at a time."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from workbench.benchmarks.records import Formulation
from workbench.engines.protocol import Engine, GenerateRequest, RollingRequest, ScoreRequest
from workbench.evaluation.asking import Asked, Template, ask
from workbench.evaluation.journal import BATCH_ROWS, Journal
from workbench.evaluation.judging import NOT_JUDGED, Answer, blank_row, judge
from workbench.evaluation.plan import Part, Plan, Question
from workbench.evaluation.rows import ItemRow

BATCH_SECONDS = 1.0
LOG = logging.getLogger(__name__)


@dataclass(slots=True)
class Progress:
    """How far a run is: questions in the journal by (pack, language), and where the time went.

    `asked` counts the questions answered by this process, `seconds` its time on them (monotonic).
    """

    planned: Mapping[tuple[str, str], int]
    done: dict[tuple[str, str], int]
    failed: dict[tuple[str, str], int]
    credit: dict[tuple[str, str], float] = field(default_factory=dict)
    asked: int = 0
    seconds: float = 0.0
    now: tuple[str, str] | None = None

    @property
    def total(self) -> int:
        """Questions of the whole run."""
        return sum(self.planned.values())

    @property
    def finished(self) -> int:
        """Questions in the journal."""
        return sum(self.done.values())

    def count(self, row: ItemRow) -> None:
        """Count one row."""
        where = (row.pack, row.language)
        self.done[where] = self.done.get(where, 0) + 1
        if row.error:
            self.failed[where] = self.failed.get(where, 0) + 1
        elif row.scores:
            self.credit[where] = self.credit.get(where, 0.0) + row.scores[0][1]


def begin(plan: Plan, journal: Journal) -> Progress:
    """Return the progress that the journal shows."""
    wanted = set(plan.keys)
    planned = {(part.pack.name, part.language): len(part.questions) for part in plan.parts}
    progress = Progress(planned, dict.fromkeys(planned, 0), dict.fromkeys(planned, 0))
    for row in journal.rows():
        if row.key in wanted:
            progress.count(row)
    return progress


def run(
    plan: Plan,
    engine: Engine,
    journal: Journal,
    template: Template | None = None,
    *,
    progress: Progress | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Progress:
    """Ask every question whose key is not in the journal.

    Parameters
    ----------
    template
        The model's chat template; None when it has none.
    progress
        Kept up to date after each batch is on the disk, for whoever watches; made from the journal unless given.
    stop
        Asked before each part and after each answer; True ends the run, with every answer so far in the journal.

    Raises
    ------
    DiskFull
        No space left for the journal; what was written before is whole.
    MachineCannot, ModelError
        As the engine.
    """
    there = {row.key for row in journal.rows()}
    progress = begin(plan, journal) if progress is None else progress
    began = time.monotonic() - progress.seconds  # a run that was paused goes on counting
    for part in plan.parts:
        missing = [question for question in part.questions if question.key not in there]
        if not missing:
            continue
        if stop():
            return progress
        progress.now = (part.pack.name, part.language)
        batch: list[ItemRow] = []
        flushed = time.monotonic()
        for row in _answers(plan, part, missing, engine, template):
            batch.append(row)
            if len(batch) >= BATCH_ROWS or time.monotonic() - flushed >= BATCH_SECONDS or stop():
                _flush(journal, batch, progress, began)
                flushed = time.monotonic()
                if stop():
                    return progress
        _flush(journal, batch, progress, began)
    return progress


def _flush(journal: Journal, batch: list[ItemRow], progress: Progress, began: float) -> None:
    journal.append(batch)
    for row in batch:
        progress.count(row)
    progress.asked += len(batch)
    progress.seconds = time.monotonic() - began
    batch.clear()


def _answers(
    plan: Plan, part: Part, missing: Sequence[Question], engine: Engine, template: Template | None
) -> Iterator[ItemRow]:
    by_key = {question.key: question for question in missing}
    asked = {question.key: ask(question, plan.spec, template) for question in missing}
    for answer in _ask_engine(part.formulation, list(asked.values()), engine):
        question, rendered = by_key[answer.id], asked[answer.id].rendered_hash
        try:
            row = judge(part, question, rendered, answer, parity=plan.spec.parity)
        except Exception:  # one answer that cannot be read must not cost the others, nor stop every resumption
            LOG.exception("item %s of %s could not be judged", question.item.id, question.pack)
            row = replace(blank_row(part, question, rendered), error=NOT_JUDGED)
        yield row


def _ask_engine(formulation: Formulation, asked: Sequence[Asked], engine: Engine) -> Iterator[Answer]:
    requests = [entry.request for entry in asked]
    if formulation is Formulation.ROLLING:
        yield from engine.rolling([request for request in requests if isinstance(request, RollingRequest)])
    elif formulation is Formulation.GENERATE:
        yield from engine.generate([request for request in requests if isinstance(request, GenerateRequest)])
    else:
        yield from engine.score([request for request in requests if isinstance(request, ScoreRequest)])
