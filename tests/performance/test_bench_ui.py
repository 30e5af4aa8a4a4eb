"""What `make bench-ui` counts and writes, on numbers small enough to check by hand; nothing is timed here."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from workbench.evaluation.journal import Journal
from workbench.jobs.watching import status
from workbench.policy.home import home

HERE = Path(__file__).resolve().parent


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch):
    """The script as a module."""
    monkeypatch.syspath_prepend(str(HERE))
    return importlib.import_module("bench_ui")


def test_what_is_missed_is_bold(bench):
    assert bench.Row("a", 1001.0, 1000, "ms", "x").cells() == ("a", "**1,001 ms**", "1,000 ms", "x")
    assert bench.Row("a", 1000.0, 1000, "ms", "x").cells()[1] == "1,000 ms"
    assert bench.Row("a", 5.0, None, "ms", "x").cells()[1:3] == ("5 ms", "–")
    assert bench.Row("blank", 0.0, 0, "", "x").good
    assert not bench.Row("blank", 1.0, 0, "", "x").good


def test_pairs_are_compared_with_each_other(bench):
    assert bench.paired([3.0, 9.0, 5.0], [1.0, 8.0, 1.0]) == 2.0
    assert bench.worst([float(number) for number in range(1, 21)]) == 19.0
    assert bench.worst([1.0]) == 1.0
    assert bench.spread([3.0, 9.0, 5.0], [1.0, 8.0, 1.0], 1e-3) == "median of 3 pairs, 1,000 to 4,000"
    assert list(bench.in_turn("ours", "theirs", 2)) == ["theirs", "ours", "ours", "theirs", "theirs", "ours"]
    assert list(bench.in_turn("ours", "theirs", 1, warm=False)) == ["ours", "theirs"]


def test_the_start_is_that_of_server_and_page(bench):
    rows = [
        bench.Row("the server starts later by", 120.0, None, "ms", ""),
        bench.Row("the idle server is larger by", 20.0, 30, "MiB", ""),
        bench.Row("JupyterLab's page starts later by", 60.0, None, "ms", ""),
    ]
    assert bench.whole_start(rows).value == 180.0


def test_the_table_goes_where_it_belongs(bench):
    page = bench.PAGE.read_text(encoding="utf-8")
    row = bench.Row("a thing", 1.0, 2, "ms", "x")
    made = bench.written(page, [row], "a machine")
    assert made.count("| a thing | 1 ms | 2 ms | x |") == 1
    assert bench.written(made, [row], "a machine") == made
    assert made.count("a machine") == 1
    with pytest.raises(ValueError, match="no markers"):
        bench.written("nothing", [row], "")


def test_the_result_that_is_opened_is_one(bench):
    run = bench.measure.write_result(home(), 40)
    directory = home().runs / run
    assert status(directory).state.value == "done"
    rows = list(Journal(directory).rows())
    assert len(rows) == len({row.key for row in rows}) == 40
