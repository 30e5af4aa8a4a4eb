"""The end of a run: the table, the scores, and ``result.json``, all from the journal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

from pydantic import TypeAdapter, ValidationError

from workbench.benchmarks.records import Card
from workbench.engines.protocol import EngineFacts
from workbench.errors import JournalError, NotFound
from workbench.evaluation.conditions import conditions
from workbench.evaluation.journal import Journal
from workbench.evaluation.plan import Part, Plan
from workbench.evaluation.result import SCHEMA, PackFacts, Result
from workbench.evaluation.rows import ItemRow
from workbench.evaluation.summary import counts, scores
from workbench.evaluation.table import FILE, read_table, write_table
from workbench.facts import declared
from workbench.models.facts import ModelFacts
from workbench.policy.storage import write_atomically

RESULT = "result.json"
MATTERS = ("sovereign-workbench", "torch", "transformers", "tokenizers", "safetensors", "numpy", "sacrebleu", "icu4py")


@cache
def _results() -> TypeAdapter[Result]:
    return TypeAdapter(Result)


@dataclass(frozen=True, slots=True)
class Timing:
    """When a run began and ended (UTC), and how long it worked in seconds, resumptions added up."""

    started: datetime
    finished: datetime
    seconds: float


def finish(plan: Plan, journal: Journal, model: ModelFacts, engine: EngineFacts, timing: Timing) -> Result:
    """Write the table and the result, and return it.

    Questions without a row (a run that was cancelled with "score what is done") are planned and neither scored nor
    failed in the counts.

    Raises
    ------
    DiskFull
        No space left; the journal still has everything.
    """
    by_key = {row.key: row for row in journal.rows()}
    parts = [(part, _rows_of(part, by_key)) for part in plan.parts]
    write_table([row for _, rows in parts for row in rows], journal.directory / FILE)
    result = Result(
        run_id=journal.directory.name,
        spec=plan.spec,
        spec_hash=plan.spec.hash,
        model=model,
        engine=engine,
        packs=_pack_facts(plan),
        scores=tuple(score for part, rows in parts for score in scores(part, rows, plan.spec.metrics)),
        counts=tuple(counts(part, rows) for part, rows in parts),
        started=timing.started,
        finished=timing.finished,
        seconds=timing.seconds,
        environment=environment(),
        directory=journal.directory,
        conditions=tuple(conditions(part) for part, _ in parts),
    )
    write_atomically(journal.directory / RESULT, _results().dump_json(result, indent=1))
    return result


def _rows_of(part: Part, by_key: dict[str, ItemRow]) -> Sequence[ItemRow]:
    return [by_key[question.key] for question in part.questions if question.key in by_key]


def _pack_facts(plan: Plan) -> tuple[PackFacts, ...]:
    made: dict[str, PackFacts] = {}
    for part in plan.parts:
        card: Card = part.pack.card
        known = made.get(card.name)
        languages = (*known.languages, part.language) if known else (part.language,)
        made[card.name] = PackFacts(
            name=card.name,
            version=card.version,
            title=card.title,
            digest=part.pack.digest,
            task=card.task.value,
            formulation=part.formulation.value,
            wording=part.wording.name,
            licence=declared(card.licence or None, "card.yaml:licence"),
            origin=declared(card.origin.value, "card.yaml:origin"),
            reviewed=declared(card.reviewed, "card.yaml:reviewed"),
            source=card.source,
            citation=card.citation,
            languages=languages,
        )
    return tuple(made.values())


def environment() -> tuple[tuple[str, str], ...]:
    """Return Python and the distributions that matter to the numbers, with their versions."""
    found = [("python", python_version())]
    for name in MATTERS:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return tuple(found)


def load_result(directory: Path) -> Result:
    """Read a finished run.

    Raises
    ------
    NotFound
        The run has not finished.
    JournalError
        ``result.json`` is damaged or newer than this Workbench.
    """
    path = directory / RESULT
    if not path.is_file():
        raise NotFound(
            "this run has no result yet", where=directory, remedy="`workbench runs show` says how it stands."
        )
    try:
        result = _results().validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise JournalError("result.json cannot be read", where=path) from error
    if result.schema > SCHEMA:
        raise JournalError(f"result.json has schema {result.schema}; this Workbench knows {SCHEMA}", where=path)
    return replace(result, directory=directory)  # the directory may have been moved since


def item_rows(result: Result) -> Iterator[ItemRow]:
    """Yield the rows of a finished run, in the order of its table."""
    yield from read_table(result.directory / FILE)
