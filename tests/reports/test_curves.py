"""The training curve: every checkpoint a point at its step, the same numbers in a table, what was left out named."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from lxml import etree

from workbench.evaluation.spec import SeriesRef
from workbench.jobs.series import SeriesMember, SeriesRecord, write_series
from workbench.models import Skipped
from workbench.reports import write_report
from workbench.reports.curve_plots import curve_plot
from workbench.reports.curves import curves
from workbench.reports.page import environment
from workbench.reports.words import words
from workbench.testing.results import example_model, example_result

SERIES = "series-0123456789ab"
ACCURACY = {500: {"th": 0.5, "ar": 0.45}, 1000: {"th": 0.6, "ar": math.nan}, 4000: {"th": 0.7, "ar": 0.65}}


@pytest.fixture
def series(tmp_path):
    """Three checkpoints, given out of order; the newest knows of a fourth that was left out."""

    def one(step):
        name = f"checkpoint-{step}"
        made = example_result(
            run_id=name, model=example_model(name), accuracy=ACCURACY[step], n=40, directory=tmp_path / name
        )
        (tmp_path / name).mkdir()
        return replace(made, spec=replace(made.spec, series=SeriesRef(SERIES, "out", name, step)))

    results = [one(step) for step in (1000, 4000, 500)]
    record = SeriesRecord(
        SERIES,
        "out",
        tuple(SeriesMember(result.run_id, result.spec.series.step, result.run_id, "done") for result in results),
        (Skipped("checkpoint-9000", "model_truncated_shard", "model.safetensors: <b>cut</b> short"),),
    )
    for result in results:
        write_series(result.directory, record)
    return results


def page_of(results, tmp_path):
    return BeautifulSoup(write_report(results, tmp_path / "r.html").read_text(encoding="utf-8"), "lxml")


def marks(svg):
    """Return the marks' places and the labels of the step axis with theirs."""
    found, labels = [], {}

    def walk(element, x, y):
        moved = re.match(r"translate\((-?[\d.]+),\s*(-?[\d.]+)\)", element.get("transform", ""))
        if moved:
            x, y = x + float(moved[1]), y + float(moved[2])
        if element.tag == "text" and element.text and re.fullmatch(r"[\d,]+|\d+%", element.text):
            labels[element.text] = (x, y)
        if element.tag == "path" and moved and element.get("fill") == "#0072b2":
            found.append((x, y))
        for child in element:
            walk(child, x, y)

    walk(etree.fromstring(svg), 0.0, 0.0)
    return sorted(found), labels


def test_each_checkpoint_is_a_mark_at_its_step_and_value(series):
    (section,) = curves(series, words("en")).sections
    thai = next(curve for curve in section.curves if curve.tag == "th")
    found, labels = marks(curve_plot(section, thai, words("en")).svg)
    assert len(found) == 3
    for (x, _), step in zip(found, ("500", "1,000", "4,000"), strict=True):
        assert x == pytest.approx(labels[step][0], abs=1.5)
    heights = [y for _, y in found]
    assert heights == sorted(heights, reverse=True)
    assert heights[0] - heights[1] == pytest.approx(heights[1] - heights[2], abs=0.5)


def test_a_language_that_was_not_scored_at_a_step_has_no_mark_there(series):
    (section,) = curves(series, words("en")).sections
    arabic = next(curve for curve in section.curves if curve.tag == "ar")
    found, _ = marks(curve_plot(section, arabic, words("en")).svg)
    assert len(found) == 2


def test_the_page_has_the_curve_its_table_and_what_was_left_out(series, tmp_path):
    page = page_of(series, tmp_path)
    part = page.select_one("#curves")
    assert page.select_one('nav a[href="#curves"]').text == "Training curve"
    assert len(part.select("figure svg[role=img]")) == 2
    rows = [[cell.get_text(" ", strip=True) for cell in row.select("th,td")] for row in part.select("tbody tr")]
    assert [row[:2] for row in rows] == [
        ["500", "checkpoint-500"],
        ["1,000", "checkpoint-1000"],
        ["4,000", "checkpoint-4000"],
    ]
    assert "60.0%" in rows[1][2]
    assert "no value" in rows[1][3]
    assert part.select_one("thead th").text == "Step"
    assert "1 checkpoint of out was left out:" in part.text
    assert "checkpoint-9000: model.safetensors: <b>cut</b> short" in part.text
    names = {entry.get("id") for entry in page.select("[id]")}
    assert len(names) == len(page.select("[id]"))
    assert all(set(svg["aria-labelledby"].split()) <= names for svg in part.select("svg"))


def test_every_colour_of_a_curve_is_mapped_for_dark_pages_and_print(series):
    css = environment().loader.get_source(environment(), "report.css")[0]
    (section,) = curves(series, words("en")).sections
    svg = curve_plot(section, section.curves[0], words("en")).svg
    for colour in set(re.findall(r"#[0-9a-f]{6}", svg)):
        assert f'"{colour}"' in css, colour


def test_markdown_and_csv_have_the_same_numbers(series, tmp_path):
    text = write_report(series, tmp_path / "r.md").read_text()
    assert "## Training curve" in text
    assert re.search(r"\| 1,000 \| checkpoint-1000 \| 60\.0%", text)
    assert r"checkpoint-9000: model.safetensors: &lt;b&gt;cut" in text
    head, *lines = write_report(series, tmp_path / "r.csv").read_text().splitlines()
    assert head.endswith("series,checkpoint,step")
    assert all(re.search(rf"{SERIES},checkpoint-\d+,\d+$", line) for line in lines)


def test_two_training_runs_have_a_curve_each(series):
    other = replace(
        series[0],
        run_id="x",
        spec=replace(series[0].spec, series=SeriesRef("series-" + "f" * 12, "two", "epoch_2", 2, "epoch")),
    )
    found = curves([*series, other], words("en"))
    assert [section.title for section in found.sections] == ["out on Cause effect", "two on Cause effect"]
    assert [section.unit for section in found.sections] == ["Step", "Epoch"]


def test_without_a_series_there_is_no_such_section(tmp_path):
    page = page_of([example_result(directory=tmp_path)], tmp_path)
    assert page.select_one("#curves") is None
    assert page.select_one('nav a[href="#curves"]') is None
