"""The final table: what goes in comes out, and equal rows are equal bytes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.errors import JournalError
from workbench.evaluation.rows import ItemRow
from workbench.evaluation.table import FILE, read_table, write_table

ROWS = [
    ItemRow(
        key=f"k{n}",
        pack="civics",
        language="ar",
        item_id=f"ar-{n}",
        group="g" if n % 2 else "",
        domain="money",
        culture="EG",
        repeat=n,
        formulation="cloze",
        prompt_hash="p",
        rendered_hash="r",
        query="ما عملة مصر؟ \u202b\U0001f600\n\t",
        choices=("جنيه", "", "دينار"),
        gold=None if n == 2 else n,
        references=("جنيه",),
        log_likelihoods=(-0.1, -1e-300, -1234.5678901234567),
        token_counts=(1, 2, 3),
        char_counts=(4, 0, 5),
        byte_counts=(8, 0, 10),
        greedy=(True, False, False),
        context_tokens=17,
        truncated=n,
        response="جنيه",
        answer="جنيه",
        extraction=("parsed", "fallback", "")[n],
        finish="eos",
        prediction=n or None,
        scores=(("accuracy", 1 / 3), ("accuracy_norm_chars", 0.0)) if n else (),
        tied=3,
        error="" if n else "injected",
    )
    for n in range(3)
]


def test_rows_survive_the_table(tmp_path):
    write_table(ROWS, tmp_path / FILE)
    assert list(read_table(tmp_path / FILE)) == ROWS
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_equal_rows_are_equal_bytes_and_others_are_not(tmp_path):
    for name, rows in (
        ("a", ROWS),
        ("b", [replace(row) for row in ROWS]),
        ("c", [*ROWS[:2], replace(ROWS[2], tied=1)]),
    ):
        write_table(rows, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert (tmp_path / "a").read_bytes() != (tmp_path / "c").read_bytes()


def test_a_run_without_rows_has_an_empty_table(tmp_path):
    write_table([], tmp_path / FILE)
    assert list(read_table(tmp_path / FILE)) == []


def test_pandas_reads_it_with_one_column_a_field(tmp_path):
    import pandas as pd

    write_table(ROWS, tmp_path / FILE)
    frame = pd.read_parquet(tmp_path / FILE)
    assert list(frame.columns) == list(ItemRow.__dataclass_fields__)
    assert list(frame["item_id"]) == ["ar-0", "ar-1", "ar-2"]


def test_a_table_of_another_schema_is_refused(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    for metadata in ({"workbench.schema": "2"}, None):
        schema = pa.schema([pa.field("key", pa.string())], metadata=metadata)
        pq.write_table(pa.Table.from_pylist([{"key": "k"}], schema=schema), tmp_path / FILE)
        with pytest.raises(JournalError, match="schema"):
            list(read_table(tmp_path / FILE))


@pytest.mark.parametrize("keep", [0, 4, 100, -1])
def test_a_damaged_table_is_named(tmp_path, keep):
    write_table(ROWS, tmp_path / FILE)
    data = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(data[:keep])
    with pytest.raises(JournalError) as failed:
        list(read_table(tmp_path / FILE))
    assert failed.value.where == str(tmp_path / FILE)


def test_a_table_that_is_not_there_is_named(tmp_path):
    with pytest.raises(JournalError, match="cannot be read"):
        list(read_table(tmp_path / FILE))
