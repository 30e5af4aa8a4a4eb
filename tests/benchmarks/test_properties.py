"""What was written is what is read, whatever it is."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.benchmarks.draw import drawn_order
from workbench.benchmarks.fields import every, one
from workbench.benchmarks.readers import Location, read_records, strict
from workbench.benchmarks.readers.json_lines import parse_json
from workbench.benchmarks.reading import Reading
from workbench.benchmarks.records import Item

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=30)
SETTINGS = settings(max_examples=60, deadline=None)


def read(data: bytes, reading: Reading) -> list[dict]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "file"
        path.write_bytes(data)
        return [record.data for record in read_records(Location(path, "file"), reading, "test", strict)]


@SETTINGS
@given(
    st.lists(
        st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT, max_size=3), max_size=4), min_size=1, max_size=5
    )
)
def test_jsonl_round_trip(rows):
    data = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    assert read(data, Reading(format="jsonl", input={})) == rows


@SETTINGS
@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=6))
def test_csv_round_trip_with_breaks_and_quotes(rows):
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    writer.writerows(rows)
    found = read(out.getvalue().encode(), Reading(format="csv", input={}))
    assert found == [dict(zip("abc", row, strict=True)) for row in rows]


@SETTINGS
@given(
    st.lists(
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\n\r"), min_size=1).filter(str.strip),
        min_size=1,
    )
)
def test_lines_round_trip(lines):
    lines[0] = lines[0].lstrip("﻿") or "x"
    if not lines[0].strip():
        lines[0] = "x"
    data = ("\n".join(lines) + "\n").encode()
    assert [row["text"] for row in read(data, Reading(format="lines", input={}))] == lines


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=15,
)


@SETTINGS
@given(st.lists(st.dictionaries(TEXT, JSON, max_size=3), min_size=1, max_size=4))
def test_the_decoder_that_knows_lines_decodes_alike(rows):
    text = "[\n" + ",\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n]\n"
    document = parse_json(text, Location(Path("x"), "x"))
    assert document.root == rows
    assert [document.line(row) for row in document.root] == list(range(2, len(rows) + 2))


@SETTINGS
@given(st.sets(TEXT, min_size=1, max_size=20), st.integers(0, 5), st.randoms(use_true_random=False))
def test_the_draw_depends_on_ids_and_seed_alone(ids, seed, random):
    items = [Item(id=each, language="en", input={}) for each in ids]
    shuffled = items[:]
    random.shuffle(shuffled)
    drawn = drawn_order(items, "pack", "items", seed)
    assert drawn == drawn_order(shuffled, "pack", "items", seed)
    assert {item.id for item in drawn} == ids
    without = [item for item in items if item.id != drawn[0].id]
    assert drawn_order(without, "pack", "items", seed) == drawn[1:]


@SETTINGS
@given(st.dictionaries(TEXT, TEXT, max_size=4), TEXT)
def test_a_path_never_raises(record, path):
    one(record, path)
    assert isinstance(every(record, path), list)
