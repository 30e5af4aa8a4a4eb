"""`make calibration` in small: the same simulations with fewer replications, and the page it writes."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from workbench import statistics

HERE = Path(__file__).resolve().parent
TRIAL = 200
SHORT = 60  # replications of what resamples in each
# Four Monte-Carlo errors: a seeded trial this small shows what is broken, the full run what is calibrated.
SLACK = 4


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """Import a module of the calibration by name, as its script does."""
    monkeypatch.syspath_prepend(str(HERE))
    return importlib.import_module


def within(row) -> bool:
    slack = SLACK * max(row.found.error, 0.005)
    return row.low - slack <= row.found.value <= row.high + slack


def test_wilson_keeps_its_word_and_the_normal_interval_does_not(module):
    rows = module("calibration_intervals").wilson_rows((50, 200))
    assert all(row.holds for row in rows)
    assert all(row.naive_fails for row in rows if "least" in row.setting)


@pytest.mark.parametrize("place", range(11))
def test_intervals_of_means(module, place):
    row = module("calibration_intervals").mean_cases()[place].row(TRIAL, place)
    assert within(row), row.cells()
    assert row.naive_found.value < row.found.value


@pytest.mark.parametrize("place", range(6))
def test_bootstrap_intervals(module, place):
    row = module("calibration_intervals").bootstrap_cases()[place].row(SHORT, place)
    assert within(row), row.cells()
    assert row.naive_found.value < 0.2


@pytest.mark.parametrize("place", range(11))
def test_paired_tests(module, place):
    case = module("calibration_tests").test_cases()[place]
    row = case.row(SHORT if case.costly else TRIAL, place)
    assert within(row), row.cells()


def test_many_tests_and_looking_often(module):
    tests = module("calibration_tests")
    rows = [*tests.many_rows(TRIAL, 1), *tests.stopping_rows(TRIAL, 2)]
    assert [row.cells() for row in rows if not within(row)] == []
    assert all(row.naive_fails for row in rows if row.naive)


def test_corpus_scores_that_are_simulated_are_those_of_scikit_learn(module):
    from sklearn.metrics import confusion_matrix, f1_score, matthews_corrcoef

    cases = module("calibration_intervals")

    def value(finish, gold, given):
        rows = [
            confusion_matrix([one], [other], labels=sorted({*gold, *given})).ravel()
            for one, other in zip(gold, given, strict=True)
        ]
        return statistics.bootstrap_sums(rows, finish, resamples=10).value

    # The examples of scikit-learn's own documentation.
    gold, given = [0, 1, 2, 0, 1, 2], [0, 2, 1, 0, 0, 1]
    assert value(cases.macro_f1, gold, given) == pytest.approx(f1_score(gold, given, average="macro"), abs=1e-8)
    assert value(cases.macro_f1, gold, given) == pytest.approx(0.2666666667)
    gold, given = [1, 1, 1, -1], [1, -1, 1, 1]
    assert value(cases.mcc, gold, given) == pytest.approx(matthews_corrcoef(gold, given), abs=1e-8)
    assert value(cases.mcc, gold, given) == pytest.approx(-1 / 3)


def test_ranks(module):
    row = module("calibration_tests").rank_rows(50, 3)[0]
    assert within(row)


def test_a_row_says_what_was_wanted_and_whether_it_holds(module):
    rows = module("calibration_rows")
    row = rows.Row(
        "Part", "ours", "setting", 400, rows.Share.of(380, 400), 0.92, 0.975, "naive", rows.Share.of(20, 400)
    )
    assert row.cells() == [
        "ours", "setting", "400", "92 to 97.5", "95.00 ± 1.09", "yes", "naive", "5.00 ± 1.09 (fails)",
    ]  # fmt: skip
    worse = rows.Row("Part", "ours", "setting", 0, rows.Share(0.9, 0.0), 0.92, 1.0)
    assert worse.cells()[2:6] == ["enumerated", "≥ 92", "90.00", "**NO**"]
    assert rows.markdown([row, worse]).count("### Part") == 1


def test_the_table_goes_between_its_markers(module, repository):
    calibration = module("calibration")
    page = f"a\n{calibration.BEGIN}\nold\n{calibration.END}\nz\n"
    assert calibration.written(page, "new\n") == f"a\n{calibration.BEGIN}\n\nnew\n\n{calibration.END}\nz\n"
    with pytest.raises(ValueError, match="no markers"):
        calibration.written("a", "new")
    assert calibration.BEGIN in (repository / "docs" / "statistics.md").read_text(encoding="utf-8")


def test_every_job_is_there_once_and_can_be_called(module):
    jobs = module("calibration").jobs(10, (50,))
    assert len({(job.what, job.place) for job in jobs}) == len(jobs) == 1 + 11 + 6 + 11 + 3
    assert jobs[0]()[0].holds
    assert len(jobs[1]()) == 1


def test_what_stopping_saves_is_a_table(module):
    table = module("calibration").savings(1)
    assert table.count("\n| ") == 8
    assert "saved" in table


def test_each_function_stands_in_the_docs(repository):
    pages = [(repository / "docs" / name).read_text(encoding="utf-8") for name in ("statistics.md", "metrics.md")]
    functions = [name for name in statistics.__all__ if name.islower()]
    missing = [name for name in functions if not any(f"`{name}" in page for page in pages)]
    assert missing == []
