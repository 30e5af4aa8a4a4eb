"""Whatever bytes a file holds: sound items, or an error that says where; never a traceback, never a record lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from workbench.benchmarks.items import build_items
from workbench.benchmarks.readers import Location, read_records
from workbench.benchmarks.reading import Drop, Format, Gold, Instructions, Reading
from workbench.benchmarks.records import TaskKind
from workbench.errors import BenchmarkError

SEEDS = {
    "items": b'{"id": "1", "input": {"text": "a"}, "choices": ["x", "y"], "gold": 0}\n',
    "jsonl": b'{"id": "1", "text": "a", "choices": ["x", "y"], "label": 1, "refs": ["r"]}\n',
    "json": b'{"data": [{"id": "1", "text": "a", "choices": ["x", "y"], "label": 1, "refs": ["r"]}]}',
    "squad": b'{"data": [{"paragraphs": [{"context": "ab", "qas": [{"id": "1", "question": "q", "answers": []}]}]}]}',
    "csv": b'id,text,label\n1,"a ""b""\nc",0\n',
    "tsv": b"id\ttext\tlabel\n1\ta\t0\n",
    "lines": "one\nสอง\n".encode(),
    "html": b"<html><body><p>One<p>Two <script>x</script></body>",
    "xml": b'<a><p id="1">one</p><p>two</p></a>',
    "tmx": b'<tmx><header srclang="en"/><body><tu tuid="1"><tuv xml:lang="en"><seg>a</seg></tuv></tu></body></tmx>',
    "m2": b"S a b\nA 0 1|||X|||c|||REQUIRED|||-NONE-|||0\n\nS d\n",
    "conllu": b"# text = a b\n1\ta\ta\tNOUN\t_\t_\t0\troot\t_\t_\n2\tb\tb\tNOUN\t_\t_\t1\tdep\t_\t_\n\n",
    "parquet": b"PAR1",
}
ENCODINGS = ("utf-8", "utf-16", "cp1256", "shift_jis", "tis-620")
QUICK = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def damaged(seed: bytes) -> st.SearchStrategy[bytes]:
    """Bytes that are like the seed but for something cut out, put in or written twice, and bytes that are not."""
    places = st.integers(0, len(seed))
    pieces = st.one_of(
        st.binary(max_size=12), st.text(max_size=6).map(lambda text: text.encode("utf-8", "surrogatepass"))
    )
    changed = st.builds(lambda at, to, piece: seed[:at] + piece + seed[to:], places, places, pieces)
    return st.one_of(
        changed,
        st.lists(st.sampled_from([seed, b"\n", b"\0", b"\xff"]), max_size=4).map(b"".join),
        st.binary(max_size=60),
    )


def test_every_format_is_tried():
    assert set(SEEDS) == set(get_args(Format)) - {"dataset"}


@pytest.mark.parametrize("name", SEEDS)
def test_any_bytes_are_records_or_an_error_with_its_place(name, tmp_path: Path):
    path = tmp_path / "file"

    @QUICK
    @given(damaged(SEEDS[name]), st.sampled_from(ENCODINGS))
    def check(content: bytes, encoding: str) -> None:
        path.write_bytes(content)
        problems: list[BenchmarkError] = []
        reading = Reading(format=name, input={}, encoding=encoding, records="data" if name == "json" else "")
        records = list(read_records(Location(path, "file"), reading, "test", problems.append))
        assert all(str(problem.where).startswith("file") for problem in problems)
        assert all(record.where.startswith("file") for record in records)
        if content == SEEDS[name] and encoding == "utf-8":
            assert records or problems

    check()


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("\ud800"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=5,
)
FIELDS = ("id", "text", "choices", "label", "refs", "no", "names", "kwargs", "mark")
READINGS = {
    TaskKind.MULTIPLE_CHOICE: Reading("jsonl", {"text": "text"}, id="id", choices=("choices",), gold=Gold("label")),
    TaskKind.CLASSIFICATION: Reading(
        "jsonl",
        {"text": "text"},
        names=("a", "b"),
        gold=Gold("label", kind="name"),
        drop=(Drop("mark", "r", present=True),),
    ),
    TaskKind.MINIMAL_PAIRS: Reading("jsonl", {}, choices=("choices",), gold=Gold("refs", kind="flags")),
    TaskKind.EXTRACTIVE_QA: Reading("jsonl", {"text": "text"}, references=("refs",), unanswerable="no"),
    TaskKind.OPEN_QA: Reading("jsonl", {"text": "text"}, references=("refs.*",), optional=("text",)),
    TaskKind.MATH: Reading("jsonl", {"text": "text"}, references=("refs",), thousands=","),
    TaskKind.TRANSLATION: Reading("jsonl", {"source": "text"}, references=("refs",)),
    TaskKind.CORRECTION: Reading("jsonl", {"sentence": "text"}, references=("refs",)),
    TaskKind.SUMMARISATION: Reading("jsonl", {"text": "text"}, id=("id", "label"), references=("refs",)),
    TaskKind.INSTRUCTIONS: Reading("jsonl", {"text": "text"}, instructions=Instructions("names", "kwargs")),
    TaskKind.TEXT: Reading("jsonl", {"text": "text"}),
}
INLINE = Reading("jsonl", {"text": "text"}, options_in="text", gold=Gold("label", kind="letter"))
MARKED = Reading(
    "jsonl", {"text": "text"}, choices=("choices.@list.*",), gold=Gold("label", kind="mark"), empty_choices=False
)


def test_every_kind_is_tried():
    assert set(READINGS) == set(TaskKind)


@pytest.mark.parametrize(
    ("task", "reading"),
    [*READINGS.items(), (TaskKind.MULTIPLE_CHOICE, INLINE), (TaskKind.MULTIPLE_CHOICE, MARKED)],
    ids=[*READINGS, "inline", "marked"],
)
def test_any_record_is_an_item_or_left_out_by_a_rule_or_an_error_with_its_line(task, reading, tmp_path: Path):
    path = tmp_path / "file.jsonl"

    @QUICK
    @given(st.lists(st.dictionaries(st.sampled_from(FIELDS), VALUES, max_size=9), min_size=1, max_size=4))
    def check(rows) -> None:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        problems: list[BenchmarkError] = []
        records = read_records(Location(path, "file.jsonl"), reading, "test", problems.append)
        read = build_items(records, reading, task, "th", problems.append)
        assert len(read.items) + sum(read.dropped) + len(problems) == len(rows)
        lines = {f"file.jsonl:{number}" for number in range(1, len(rows) + 1)}
        assert {item.source for item in read.items} | {str(problem.where) for problem in problems} <= lines
        for item in read.items:
            json.dumps([item.id, dict(item.input), item.choices, item.references], ensure_ascii=False).encode()
            assert item.gold is None or 0 <= item.gold < len(item.choices)

    check()
