"""The other formats, the errors, the command."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from workbench.cli.report import command
from workbench.errors import NotFound, UsageError
from workbench.evaluation.result import Result, Verdict
from workbench.reports import available, result_html, result_markdown, write_report
from workbench.reports.markdown import escape
from workbench.reports.provenance import command as reproduce
from workbench.testing.results import example_model, example_result


def test_csv_has_a_row_a_metric(pair: tuple[Result, Result], tmp_path: Path):
    rows = list(csv.DictReader(io.StringIO(write_report(pair, tmp_path / "r.csv").read_text())))
    assert len(rows) == sum(len(result.scores) for result in pair)
    thai = next(
        row for row in rows if (row["model"], row["language"], row["metric"]) == ("example-270m", "th", "accuracy")
    )
    assert (thai["value"], thai["chance"], thai["verdict"]) == ("0.625", "0.5", "not distinguishable from guessing")
    blank = next(row for row in rows if (row["model"], row["language"]) == ("second-1b", "hi"))
    assert (blank["value"], blank["verdict"], blank["failed"]) == ("", "not scored", "3")


def test_csv_runs_no_formula(tmp_path: Path):
    result = example_result(model=example_model('=HYPERLINK("http://evil.example")'))
    text = write_report(result, tmp_path / "r.csv").read_text()
    assert {row["model"][:2] for row in csv.DictReader(io.StringIO(text))} == {"'="}


def test_parquet_has_types_and_the_same_rows(pair: tuple[Result, Result], tmp_path: Path):
    table = pq.read_table(write_report(pair, tmp_path / "r.parquet"))
    assert table.num_rows == sum(len(result.scores) for result in pair)
    assert str(table.schema.field("value").type) == "double"
    assert str(table.schema.field("finished").type) == "timestamp[us, tz=UTC]"
    assert None in table.column("value").to_pylist()


def test_json_holds_whole_results_and_a_schema_version(pair: tuple[Result, Result], tmp_path: Path):
    record = json.loads(write_report(pair, tmp_path / "r.json").read_text())
    assert (record["schema"], record["kind"]) == (1, "workbench-report")
    assert [result["run_id"] for result in record["results"]] == ["run-1", "run-2"]
    assert record["results"][0]["scores"][0]["verdict"] == "not distinguishable from guessing"


def test_markdown_says_the_same_and_shows_hostile_text(finished: Callable[..., Result], tmp_path: Path):
    evil = "<script>alert(1)</script> | **bold** [link](http://evil.example) `code`\n# heading"
    made = finished(accuracy={"th": 0.625}, change=lambda row: replace(row, query=evil))
    text = write_report(made, tmp_path / "r.md").read_text()
    assert text.index("## Verdict") < text.index("## Scores") < text.index("## Limits")
    assert "Not distinguishable from guessing in Thai (62.5%" in text
    assert "<script>" not in text
    assert (
        r"&lt;script&gt;alert(1)&lt;/script&gt; \| \*\*bold\*\* \[link\](http://evil.example) \`code\` # heading"
        in text
    )
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert tables


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("# x", "\\# x"),
        ("- x", "\\- x"),
        ("1. x", "1\\. x"),
        ("60.0%", "60.0%"),
        ("a_b", "a\\_b"),
        ("a|b", "a\\|b"),
        ("-0.5", "-0.5"),
    ],
)
def test_markdown_escapes_what_would_be_markup_and_leaves_the_rest(text: str, shown: str):
    assert escape(text) == shown


def test_runs_that_answered_different_questions_stand_apart(tmp_path: Path):
    one, other = example_result(run_id="a"), example_result(run_id="b", shots=5)
    text = write_report([one, other], tmp_path / "r.md").read_text()
    assert "did not answer the same question" in text
    assert "0 shots" in text
    assert "5 shots" in text
    assert text.count("score and 95% interval by language") == 2


def test_two_runs_of_one_model_are_told_apart(tmp_path: Path):
    text = write_report([example_result(run_id="a"), example_result(run_id="b")], tmp_path / "r.md").read_text()
    assert "example-270m · a" in text
    assert "example-270m · b" in text


def test_limits_are_worked_out_from_the_results(finished: Callable[..., Result], tmp_path: Path):
    text = write_report(finished(failed=2), tmp_path / "r.md").read_text()
    for expected in (
        "10 of 210 items could not be scored",
        "quantised weights (Q4\\_K\\_M)",
        "no native speaker has reviewed the items",
        "was translated (human-translated)",
        "as few as 40 items",
        "5 prompts were longer than the model's context",
        "10 items ended in a tie",
        "5 verdicts are given at 95% each",
    ):
        assert expected in text, expected


@pytest.mark.parametrize("name", ["r.pdf", "r", "r.html.exe"])
def test_an_unknown_format_is_an_error(tmp_path: Path, name: str):
    with pytest.raises(UsageError, match="not written as"):
        write_report(example_result(), tmp_path / name)


def test_no_results_no_directory_and_no_such_language_are_errors(tmp_path: Path):
    with pytest.raises(UsageError, match="at least one"):
        write_report([], tmp_path / "r.html")
    with pytest.raises(NotFound, match="directory"):
        write_report(example_result(), tmp_path / "no" / "r.html")
    with pytest.raises(UsageError, match="cannot be written in 'th'"):
        write_report(example_result(), tmp_path / "r.html", language="th")
    assert "en" in available()


def test_in_a_notebook_a_result_is_a_small_static_table():
    text = result_html(example_result(accuracy={"th": 0.7, "hi": float("nan")}))
    assert len(text) < 6000
    assert "Above chance" in text
    assert "Not scored: no verdict" in text
    assert "ไทย" in text
    for forbidden in ("<script", "<style", "<link", "<img", "http", " style=", " class="):
        assert forbidden not in text
    assert "| Thai · ไทย | 70.0% |" in result_markdown(example_result(accuracy={"th": 0.7}))


def test_a_kernel_shows_results_with_it():
    from IPython.core.interactiveshell import InteractiveShell

    from workbench.reports import register

    shell = InteractiveShell.instance()
    try:
        assert register()
        data, _ = shell.display_formatter.format(example_result(accuracy={"th": 0.7}))
        assert "<table>" in data["text/html"]
        assert "| Thai" in data["text/markdown"]
    finally:
        InteractiveShell.clear_instance()


def test_the_command_writes_a_report(workbench_home: Path, pair: tuple[Result, Result], tmp_path: Path):
    (workbench_home / "runs").symlink_to(tmp_path / "runs")
    target = tmp_path / "out.html"
    by_id = CliRunner().invoke(command, ["run-1", "run-2", "-o", str(target), "--json"], catch_exceptions=False)
    assert json.loads(by_id.stdout)["models"] == ["example-270m", "second-1b"]
    assert target.read_text().startswith("<!DOCTYPE html>")
    by_path = CliRunner().invoke(
        command, [str(pair[0].directory), "-o", str(tmp_path / "out.csv")], catch_exceptions=False
    )
    assert by_path.exit_code == 0
    assert "out.csv" in by_path.stdout


def test_the_command_names_a_run_that_is_not_there(workbench_home: Path):
    (workbench_home / "runs").mkdir()
    with pytest.raises(NotFound, match="no run called"):
        CliRunner().invoke(command, ["nope"], catch_exceptions=False, standalone_mode=False)


def test_the_command_to_reproduce_uses_options_that_exist():
    from workbench.cli.evaluate import command as evaluate

    base = example_result()
    spec = replace(
        base.spec, model=replace(base.spec.model, adapter="/a/b/lora"), shots=5, wording="w", prompt_language="th",
        formulation="letters", chat_template="never", engine="fake", device="cpu", dtype="float32", max_length=64,
        repeats=2, temperature=0.5, seed=7, metrics=("mcc",), parity=True, seal=True,
    )  # fmt: skip
    words = reproduce(replace(base, spec=spec)).split()
    assert words[:4] == ["workbench", "evaluate", "example-270m", "cause-effect"]
    known = {option for parameter in evaluate.params for option in parameter.opts}
    used = {word for word in words if word.startswith("--")}
    assert len(used) == 18
    assert used <= known
    assert "/" not in " ".join(words)


def test_a_metric_that_is_no_share_judges_no_item_and_says_which_way_is_better(
    finished: Callable[..., Result], tmp_path: Path
):
    base = example_result(accuracy={"th": 0.6}, n=10)
    scores = tuple(
        replace(score, metric="bits_per_byte", value=0.589, low=0.4, high=0.8, chance=None, majority=None,
                higher_is_better=False, verdict=Verdict.NO_CHANCE_LEVEL)
        for score in base.scores if score.headline
    )  # fmt: skip
    made = finished(
        result=replace(base, scores=scores, spec=replace(base.spec, engine="fake")),
        change=lambda row: replace(row, choices=(), gold=None, prediction=None, scores=(("bits_per_byte", 0.589),)),
    )
    text = write_report(made, tmp_path / "r.md").read_text()
    assert "Bits per byte (lower is better) 0.589 in Thai, 95% interval 0.400 to 0.800" in text
    assert "**Scored** · item" in text
    assert "Partly right" not in text
    assert "the fake engine made its answers up" in text
