"""What `make bench` counts and writes, on numbers small enough to check by hand; nothing is timed here."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
CONFIG = {
    "hidden_size": 4, "intermediate_size": 8, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 3,
    "num_hidden_layers": 2, "vocab_size": 10, "layer_types": ["sliding_attention", "full_attention"], "sliding_window": 2,
}  # fmt: skip


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """Import a module of the bench by name, as its script does."""
    monkeypatch.syspath_prepend(str(HERE))
    return importlib.import_module


@pytest.fixture
def shapes(module, tmp_path: Path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    return module("bench_arithmetic").Shapes.read(tmp_path)


@pytest.mark.parametrize("window", [None, 1, 2, 3, 9])
def test_tokens_looked_back_on(module, window: int | None):
    looked_back = module("bench_arithmetic").looked_back
    for start in range(6):
        for stop in range(start, 7):
            expected = sum(min(place + 1, window or 99) for place in range(start, stop))
            assert looked_back(start, stop, window) == expected


def test_operations_of_a_sequence(shapes):
    # per layer: 4×6 + 2×(4×3) + 6×4 + 3×(4×8) entries; places 0, 1, 2 look back on 1+2+2 and 1+2+3
    entries = 24 + 24 + 24 + 96
    assert shapes.span(0, 3) == 2 * entries * 2 * 3 + 4 * 2 * 3 * (5 + 6)
    assert shapes.scored(2) == 2 * 4 * 10 * 2


def test_distinct_tokens_and_positions_are_those_of_the_trie(module, shapes):
    # 1 2 3 stands first in three sequences; after 1 2 3 two continuations are scored at one position
    fed = [([1, 2, 3, 4], 2), ([1, 2, 3, 5], 2), ([1, 2, 3], 1), ([7], 1), ([7], 1)]
    found = module("bench_arithmetic").distinct(fed, shapes)
    paths = {tuple(ids[: n + 1]) for ids, _ in fed for n in range(len(ids))}
    scored = {tuple(ids[: len(ids) - n]) for ids, last in fed for n in range(last)}
    assert found.tokens == len(paths) == 6
    assert found.scored == len(scored) == 4
    assert found.work.head == shapes.scored(4)
    assert found.work.body == sum(shapes.span(len(path) - 1, len(path)) for path in paths)


def test_answers_held_against_each_other(module):
    compare = module("bench_compare").compared
    theirs = {
        "a": [[-1.0, True], [-2.0, False]],
        "b": [[-3.0, False], [-3.0005, False]],
        "c": [[-4.0, True], [-1.0, True]],
    }
    ours = {
        "a": [[-1.0, True], [-2.5, False]],
        "b": [[-3.0008, False], [-3.0, False]],
        "c": [[-4.0, True], [-1.0, True]],
    }
    difference, differing, ties = compare(ours, theirs)
    assert difference == 0.5
    assert differing == 1
    assert [(tie.item, tie.same) for tie in ties] == [("b", False)]
    assert ties[0].ours == pytest.approx(8e-4)
    assert ties[0].theirs == pytest.approx(5e-4)


def test_a_missing_answer_is_never_equal(module):
    compare = module("bench_compare").compared
    assert compare({}, {"a": [[-1.0, True]]})[0] == float("inf")
    assert compare({"a": "x"}, {"a": "x", "b": "y"}) == (None, 1, [])
    assert compare({"t": [-5.0]}, {"t": [-5.25]}) == (0.25, None, [])


def test_rows_replace_those_of_their_key_and_leave_others(module, repository: Path):
    tables = module("bench_table")
    page = (repository / "docs" / "performance.md").read_text(encoding="utf-8")
    header = ("case", "model", "items", "seconds")
    once = tables.merged(page, "growth", header, [("(a)", "m", "1,000", "9"), ("(a)", "m", "100", "2")])
    twice = tables.merged(once, "growth", header, [("(a)", "m", "1,000", "8")])
    rows = [text for text in twice.splitlines() if text.startswith("| (a) | m |")]
    assert rows == ["| (a) | m | 100 | 2 |", "| (a) | m | 1,000 | 8 |"]
    gone = tables.merged(twice, "growth", header, [], gone=["(a)|m|100"])
    assert "| (a) | m | 100 |" not in gone
    with pytest.raises(ValueError, match="no markers"):
        tables.merged("nothing", "growth", header, [])


def test_a_case_measured_again_stands_once_beside_its_machine(module, repository: Path):
    tables = module("bench_table")
    page = (repository / "docs" / "performance.md").read_text(encoding="utf-8")
    for day in ("Monday", "Tuesday"):
        page = tables.merged(page, "machine", ("run", "on"), [("case z", day)], cells=1)
    assert [text for text in page.splitlines() if text.startswith("| case z |")] == ["| case z | Tuesday |"]


def test_every_table_has_its_place_in_the_document(module, repository: Path):
    page = (repository / "docs" / "performance.md").read_text(encoding="utf-8")
    for name in ("speed", "beneath", "near-ties", "whole", "growth", "machine"):
        assert module("bench_table").merged(page, name, ("a",), []).count(f"bench {name}") == 2


def test_cases_ask_what_a_run_would(module, benchmark_files: Path, tmp_path: Path):
    del benchmark_files
    cases: Any = module("bench_cases")
    for case in cases.CASES:
        asked = cases.requests_of(case, tmp_path, 3)
        assert len({request.id for request in asked}) == 3
    suffixed = cases.grown(cases.case_of("a"), tmp_path, 205)
    assert len({request.context for request in suffixed}) == 205
