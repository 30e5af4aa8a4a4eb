"""Parquet files, row by row."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.errors import BadItem

BATCH_ROWS = 1024


def read_parquet(location: Location, report: Report) -> Iterator[Record]:
    """Yield one record a row; rows are counted from 1 and named ``file#row``.

    Reports
    -------
    BadItem
        Not a Parquet file, or a damaged one.
    """
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    number = 0
    try:
        with ParquetFile(location.path) as file:
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                for row in batch.to_pylist():
                    number += 1
                    yield Record(row, number, f"{location.label}#{number}")
    except (ArrowException, OSError) as error:
        first = str(error).splitlines()[0]
        report(BadItem(f"not a readable Parquet file after row {number}: {first}", where=location.label))
