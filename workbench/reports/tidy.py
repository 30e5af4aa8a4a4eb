"""Scores as data: one row a metric, for CSV, Parquet and whatever reads them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime

from workbench.evaluation.result import Result, Score

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class TidyScore:
    """One metric of one model on one pack in one language, with everything needed to read it alone."""

    run_id: str
    model: str
    model_digest: str | None
    pack: str
    pack_version: str
    pack_digest: str
    language: str
    metric: str
    headline: bool
    value: float | None
    low: float | None
    high: float | None
    interval: str
    chance: float | None
    majority: float | None
    n: int
    groups: int
    higher_is_better: bool
    verdict: str
    planned: int | None
    scored: int | None
    failed: int | None
    tied: int | None
    truncated: int | None
    parsed: int | None
    fallback: int | None
    extraction_failed: int | None
    formulation: str
    wording: str
    shots: int
    engine: str
    dtype: str
    finished: datetime
    spec_hash: str
    series: str
    checkpoint: str
    step: int | None


def tidy(results: Sequence[Result]) -> tuple[TidyScore, ...]:
    """Return every score of `results`, one row a metric."""
    return tuple(_row(result, score) for result in results for score in result.scores)


def columns() -> tuple[str, ...]:
    """Return the names of the columns, in order."""
    return tuple(entry.name for entry in fields(TidyScore))


def csv_text(results: Sequence[Result]) -> str:
    """Return the tidy scores as CSV (UTF-8, one header line, empty cells for what is not known)."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(columns())
    for row in tidy(results):
        writer.writerow(_cell(value) for value in astuple(row))
    return lines.getvalue()


def parquet_bytes(results: Sequence[Result]) -> bytes:
    """Return the tidy scores as a Parquet file with typed columns."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"str": pa.string(), "float": pa.float64(), "int": pa.int64(), "bool": pa.bool_()}
    kinds["datetime"] = pa.timestamp("us", tz="UTC")
    schema = pa.schema(
        [pa.field(entry.name, kinds[str(entry.type).removesuffix(" | None")]) for entry in fields(TidyScore)],
        metadata={"workbench.schema": "1"},
    )
    rows = [dict(zip(columns(), astuple(row), strict=True)) for row in tidy(results)]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()


def _row(result: Result, score: Score) -> TidyScore:
    pack = next((pack for pack in result.packs if pack.name == score.pack), None)
    counts = next(
        (entry for entry in result.counts if (entry.pack, entry.language) == (score.pack, score.language)), None
    )
    series = result.spec.series
    return TidyScore(
        run_id=result.run_id,
        model=result.model.name,
        model_digest=result.model.digest,
        pack=score.pack,
        pack_version=pack.version if pack else "",
        pack_digest=pack.digest if pack else "",
        language=score.language,
        metric=score.metric,
        headline=score.headline,
        value=score.value,
        low=score.low,
        high=score.high,
        interval=score.interval,
        chance=score.chance,
        majority=score.majority,
        n=score.n,
        groups=score.groups,
        higher_is_better=score.higher_is_better,
        verdict=score.verdict.value,
        planned=counts.planned if counts else None,
        scored=counts.scored if counts else None,
        failed=counts.failed if counts else None,
        tied=counts.tied if counts else None,
        truncated=counts.truncated if counts else None,
        parsed=counts.parsed if counts else None,
        fallback=counts.fallback if counts else None,
        extraction_failed=counts.extraction_failed if counts else None,
        formulation=pack.formulation if pack else "",
        wording=pack.wording if pack else "",
        shots=result.spec.shots,
        engine=result.engine.engine,
        dtype=result.engine.dtype,
        finished=result.finished,
        spec_hash=result.spec_hash,
        series=series.id if series else "",
        checkpoint=series.checkpoint if series else "",
        step=series.step if series else None,
    )


def _cell(value: object) -> object:
    """Return a value as a CSV cell. A text that a spreadsheet would run as a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
