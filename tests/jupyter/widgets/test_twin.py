"""What a saved notebook keeps: whole, escaped, and without anything that would need to be loaded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from workbench.evaluation.comparing import compare
from workbench.evaluation.finishing import load_result
from workbench.jupyter.widgets.twin import comparison_twin, panel_twin, result_twin, run_twin, studio_twin
from workbench.testing.results import example_result, example_rows, write_example_run

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(1)> \u202eevil\u202c \x1b[31mred\x00 " + "long " * 40_000


@pytest.fixture
def finished(tmp_path):
    def made(run_id="run-1", change=lambda row: row, **how):
        result = replace(example_result(run_id=run_id, n=40, **how), directory=tmp_path / run_id)
        write_example_run(result.directory, result, tuple(map(change, example_rows(result))))
        return result

    return made


def whole(html: str) -> BeautifulSoup:
    soup = BeautifulSoup(html, "html.parser")
    for name in ("script", "style", "link", "img", "iframe", "object", "form"):
        assert not soup.find_all(name), name
    assert not [tag for tag in soup.find_all(True) if any(key.startswith("on") for key in tag.attrs)]
    for character in ("\u202e", "\x1b", "\x00"):
        assert character not in html
    return soup


def test_a_result_has_scores_chance_slices_and_wrong_items_first(finished):
    def sliced(row):
        return replace(row, domain="time" if row.item_id.endswith(("1", "3", "5")) else "food")

    soup = whole(result_twin(finished(change=sliced)))
    heads = [cell.get_text() for cell in soup.find("table").find_all("th", scope="col")]
    assert {"Score", "95% interval", "Guessing", "Verdict"} <= set(heads)
    captions = [each.get_text() for each in soup.find_all("caption")]
    assert any(each.startswith("Domain · cause-effect") for each in captions)
    items = [each for each in soup.find_all("details") if each.find("article")]
    verdicts = [each.get_text().split(" · ")[0] for each in items[0].find_all("summary")[1:]]
    assert verdicts == sorted(verdicts, key=["Failed", "Wrong", "Partly right", "Right"].index)
    assert "Wrong" in verdicts
    assert soup.find(attrs={"lang": "ar", "dir": "auto"})


def test_hostile_texts_of_a_model_are_shown_and_do_nothing(finished):
    def hostile(row):
        return replace(row, query=HOSTILE, choices=(HOSTILE, "b"), item_id=HOSTILE[:200], domain=HOSTILE[:90])

    html = result_twin(finished(change=hostile, accuracy={"ar": 0.5, "en": 0.5}))
    soup = whole(html)
    assert "<script>alert(1)</script>" in soup.get_text()
    assert "more characters" in soup.get_text()
    assert len(html) < 400_000


def test_a_result_whose_directory_is_gone_still_has_its_scores():
    soup = whole(result_twin(example_result()))
    assert len(soup.find("tbody").find_all("tr")) == 5


def test_a_comparison_has_differences_with_intervals_and_flips(first_run, finish, monkeypatch):
    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    found = compare(load_result(first_run), load_result(finish("fake-b")))
    soup = whole(comparison_twin(found))
    assert len(soup.find("tbody").find_all("tr")) == len(found.pairs) == 2
    flips = soup.find("details").find("tbody").find_all("tr")
    assert len(flips) == min(20, found.total_flips) > 0
    assert {row.get("dir") for row in flips} == {"ltr", "rtl"}


def test_a_run_that_goes_on_says_how_to_see_it_again():
    state = {
        "id": "20260101-000000-abcdef", "state": "running", "model": HOSTILE[:60], "packs": ["civics"], "answered": 3,
        "planned": 10, "failed": 1, "ended": False, "error": None,
    }  # fmt: skip
    text = whole(run_twin(state)).get_text()
    assert 'wb.run("20260101-000000-abcdef")' in text
    assert "3 of 10" in text
    failed = {**state, "ended": True, "state": "failed", "error": {"message": HOSTILE[:60], "remedy": "Try again."}}
    assert whole(run_twin(failed)).find(attrs={"role": "alert"})


def test_the_panel_and_a_draft_have_twins():
    assert "Runs: 3" in whole(panel_twin(3)).get_text()
    check = {"severity": "warning", "code": "script", "field": "input.question", "message": HOSTILE[:80], "remedy": ""}
    entry = {"item": {"id": HOSTILE[:80]}, "checks": [check], "ok": True, "prompt": {"context": HOSTILE}}
    state = {
        "draft": {"id": "0" * 32, "name": "civics", "language": "ar"}, "form": {"version": "1.0.0"}, "items": [entry],
    }  # fmt: skip
    html = studio_twin(state)
    assert "Look again" in whole(html).get_text()
    assert len(html) < 10_000
