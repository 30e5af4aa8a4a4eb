"""The final table of a run, ``items.parquet``: a row a question, in the order of the plan.

The table depends on the rows alone, not on when or in how many pieces they were written: a run that was killed and
resumed has the table of one that was not.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import TypeAdapter, ValidationError

from workbench.errors import JournalError
from workbench.evaluation.rows import Extraction, ItemRow
from workbench.policy.storage import write_atomically

if TYPE_CHECKING:
    import pyarrow as pa

SCHEMA = 1
FILE = "items.parquet"


def _arrow_schema() -> pa.Schema:
    import pyarrow as pa

    kinds: dict[object, pa.DataType] = {
        str: pa.string(),
        int: pa.int64(),
        int | None: pa.int64(),
        Extraction: pa.string(),
        tuple[str, ...]: pa.list_(pa.string()),
        tuple[float, ...]: pa.list_(pa.float64()),
        tuple[int, ...]: pa.list_(pa.int64()),
        tuple[bool, ...]: pa.list_(pa.bool_()),
        tuple[tuple[str, float], ...]: pa.map_(pa.string(), pa.float64()),
    }
    hints = get_type_hints(ItemRow)
    columns = [pa.field(entry.name, kinds[hints[entry.name]]) for entry in fields(ItemRow)]
    return pa.schema(columns, metadata={"workbench.schema": str(SCHEMA)})


def write_table(rows: Sequence[ItemRow], path: Path) -> None:
    """Write `rows` as Parquet; equal rows give equal bytes.

    Raises
    ------
    DiskFull
        No space left; an older table is untouched.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    records = [asdict(row) for row in rows]
    try:
        table = pa.Table.from_pylist(records, schema=_arrow_schema())
    except UnicodeEncodeError:  # half a character has no place in a table; the journal keeps it
        table = pa.Table.from_pylist(list(map(_whole, records)), schema=_arrow_schema())
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    write_atomically(path, buffer.getvalue())


def _whole(value: Any) -> Any:
    """Return `value` with U+FFFD in the place of lone surrogates."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {name: _whole(entry) for name, entry in value.items()}
    return tuple(map(_whole, value)) if isinstance(value, list | tuple) else value


def read_table(path: Path) -> Iterator[ItemRow]:
    """Yield the rows of a finished run.

    Raises
    ------
    JournalError
        The file is missing, damaged, or of a schema this Workbench does not know.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        version = (file.schema_arrow.metadata or {}).get(b"workbench.schema")
        if version != str(SCHEMA).encode():
            raise JournalError(f"the table has schema {version!r}, not {SCHEMA}", where=path)
        rows = TypeAdapter(ItemRow)
        for batch in file.iter_batches():
            for record in batch.to_pylist():
                yield rows.validate_python(record)
    except (OSError, pa.ArrowException, ValidationError) as error:
        raise JournalError(f"the table cannot be read ({error})", where=path) from error
