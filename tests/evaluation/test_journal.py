"""What is in the journal survives whatever dies, and what is damaged is named by file and line."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from workbench.errors import JournalError
from workbench.evaluation.fake_model import fake_model
from workbench.evaluation.journal import BATCH_ROWS, EVENTS, ITEMS, Journal, encode
from workbench.evaluation.rows import ItemRow
from workbench.evaluation.spec import PackRef, RunSpec

SPEC = RunSpec(model=fake_model("fake-a"), packs=(PackRef("civics", "0" * 64),), engine="fake")
ROW = ItemRow(
    key="k0",
    pack="civics",
    language="th",
    item_id="th-001",
    group="",
    domain="money",
    culture="TH",
    repeat=0,
    formulation="cloze",
    prompt_hash="p",
    rendered_hash="r",
    query="ภาษาใดไม่ใช่ภาษาราชการของสิงคโปร์\u2028",
    choices=("มาเลย์", "ไทย"),
    gold=1,
    references=(),
    log_likelihoods=(-1.25, -0.1),
    scores=(("accuracy", 1.0),),
)


def rows(count: int) -> list[ItemRow]:
    return [replace(ROW, key=f"k{n}", item_id=f"th-{n:03}") for n in range(count)]


@pytest.fixture
def journal(tmp_path) -> Journal:
    return Journal.create(tmp_path / "run", SPEC)


def test_what_is_appended_is_read_again(journal):
    journal.append(rows(3))
    journal.append([])
    journal.append(rows(5)[3:])
    assert list(journal.rows()) == rows(5)


def test_a_new_journal_is_private_and_empty(journal):
    assert list(journal.rows()) == []
    assert journal.events() == ()
    assert journal.repair() == 0
    assert journal.directory.stat().st_mode & 0o777 == 0o700
    journal.append(rows(1))
    assert journal.items_path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cut", [1, 10, len(encode(ROW)) - 1])
def test_a_torn_last_line_is_cut_off_and_noted(journal, cut):
    journal.append(rows(3))
    whole = journal.items_path.read_bytes()
    journal.items_path.write_bytes(whole[:-cut])
    assert [row.key for row in journal.rows()] == ["k0", "k1"]
    torn = len(encode(rows(3)[2])) - cut
    assert journal.repair() == torn
    assert journal.items_path.read_bytes() == b"".join(map(encode, rows(2)))
    (event,) = journal.events()
    assert event.kind == "torn"
    assert str(torn) in event.message
    assert journal.repair() == 0


def test_a_torn_line_longer_than_a_piece_is_cut_off(journal):
    journal.append(rows(1))
    with journal.items_path.open("ab") as file:
        file.write(b"x" * 200_000)
    assert journal.repair() == 200_000
    assert list(journal.rows()) == rows(1)


def holed(journal, number: int, length: int = 60) -> bytes:
    """Blank out part of a line, as a block that never reached the disk; return what stands before that line."""
    lines = journal.items_path.read_bytes().splitlines(keepends=True)
    before = b"".join(lines[:number])
    data = bytearray(b"".join(lines))
    data[len(before) + 20 : len(before) + 20 + length] = b"\0" * length
    journal.items_path.write_bytes(data)
    return before


@pytest.mark.parametrize("torn", [b"", b'{"schema":1,"ke'])
def test_a_hole_that_a_power_cut_left_in_the_last_batch_is_cut_off_with_what_follows(journal, torn):
    journal.append(rows(100))
    before = holed(journal, 60, length=3000)  # the hole swallows line ends too
    with journal.items_path.open("ab") as file:
        file.write(torn)
    gone = journal.items_path.stat().st_size - len(before)
    assert journal.repair() == gone > 0
    assert list(journal.rows()) == rows(60)
    assert [event.kind for event in journal.events()] == ["torn"]


def test_a_hole_in_what_was_synced_is_damage_and_nothing_is_thrown_away(journal):
    journal.append(rows(100))
    holed(journal, 100 - BATCH_ROWS - 1)
    size = journal.items_path.stat().st_size
    assert journal.repair() == 0
    assert journal.items_path.stat().st_size == size
    with pytest.raises(JournalError) as failed:
        list(journal.rows())
    assert failed.value.where == f"{journal.items_path}:{100 - BATCH_ROWS}"


def test_a_torn_event_does_not_spoil_the_next_one(journal):
    journal.note("loading")
    with (journal.directory / EVENTS).open("ab") as file:
        file.write(b'{"at":"2026-')
    journal.repair()
    journal.note("running")
    assert [event.kind for event in journal.events()] == ["loading", "running"]


def test_a_file_that_is_one_torn_line_becomes_empty(journal):
    journal.items_path.write_bytes(encode(ROW)[:-5])
    assert journal.repair() > 0
    assert journal.items_path.read_bytes() == b""


@pytest.mark.parametrize(
    "damage", [b"\0" * 40, b"{}", b"[]", b"3", b'{"schema":1,"key":3}', b'{"schema":2,"key":"k"}', b"\xff{"]
)
def test_a_damaged_line_in_the_middle_is_named_by_file_and_line(journal, damage):
    journal.append(rows(2))
    with journal.items_path.open("ab") as file:
        file.write(damage + b"\n")
    journal.append(rows(3)[2:])
    with pytest.raises(JournalError) as failed:
        list(journal.rows())
    assert failed.value.where == f"{journal.items_path}:3"


def test_of_two_rows_with_one_key_the_first_counts(journal):
    journal.append([ROW, replace(ROW, response="again"), replace(ROW, key="k1")])
    assert [(row.key, row.response) for row in journal.rows()] == [("k0", ""), ("k1", "")]


def test_a_directory_serves_one_spec(journal):
    assert Journal.create(journal.directory, SPEC) == journal
    with pytest.raises(JournalError, match="another spec"):
        Journal.create(journal.directory, replace(SPEC, shots=1))
    assert journal.spec() == SPEC


def test_a_run_without_a_spec_says_so(tmp_path):
    with pytest.raises(JournalError, match="no readable spec"):
        Journal(tmp_path).spec()


def test_a_damaged_event_is_named_and_a_torn_one_left_out(journal):
    journal.note("loading")
    journal.note("running", "ready")
    with (journal.directory / EVENTS).open("ab") as file:
        file.write(b'{"at":"2026-')
    assert [(event.kind, event.message) for event in journal.events()] == [("loading", ""), ("running", "ready")]
    with (journal.directory / EVENTS).open("ab") as file:
        file.write(b"\n")
    with pytest.raises(JournalError) as failed:
        journal.events()
    assert failed.value.where.endswith("events.jsonl:3")


FULL = """
import resource, sys
from pathlib import Path
from workbench.errors import DiskFull
from workbench.evaluation.journal import append
path = Path(sys.argv[1])
size = path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, size + 100))
try:
    append(path, b"x" * 5000 + b"\\n")
except DiskFull as error:
    print(error.code, error.where == str(path))
"""


def test_a_full_disk_leaves_the_file_as_long_as_it_was(journal):
    journal.append(rows(2))
    before = journal.items_path.read_bytes()
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(journal.directory / ITEMS)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["machine_disk", "True"]
    assert journal.items_path.read_bytes() == before


def test_requeued_failures_are_asked_again_and_their_rows_stay(journal):
    good, bad, later = rows(3)
    journal.append([good, replace(bad, error="injected", scores=())])
    assert journal.requeue() == 1
    assert [row.key for row in journal.rows()] == [good.key]
    journal.append([replace(bad, error=""), replace(later, error="injected", scores=())])
    assert [(row.key, row.error) for row in journal.rows()] == [
        (good.key, ""), (bad.key, ""), (later.key, "injected"),
    ]  # fmt: skip
    assert journal.items_path.read_bytes().count(b"\n") == 4
    assert [event.kind for event in journal.events()] == ["requeued"]


def test_nothing_failed_nothing_is_requeued(journal):
    journal.append([row for row in rows(2) if not row.error])
    assert journal.requeue() == 0
    assert not (journal.directory / "requeued.json").exists()


@pytest.mark.parametrize("mark", ["{", "[]", '{"schema": 99, "before": 1}', '{"schema": 1}'])
def test_a_damaged_mark_is_named(journal, mark):
    (journal.directory / "requeued.json").write_text(mark, encoding="utf-8")
    journal.append(rows(1))
    with pytest.raises(JournalError, match="mark"):
        list(journal.rows())
