"""What a view may ask of the kernel, and what it is told."""

from __future__ import annotations

import pytest

from workbench.errors import NotFound, UsageError
from workbench.jobs.studio import open_studio
from workbench.jupyter.widgets.desk import Desk
from workbench.jupyter.widgets.panel import make_panel
from workbench.jupyter.widgets.studio_desk import StudioDesk
from workbench.jupyter.widgets.view import View
from workbench.policy.home import home
from workbench.testing.runs import until


@pytest.fixture
def desk(first_run, monkeypatch):
    import shutil

    monkeypatch.setenv("WORKBENCH_TRACKING", "off")
    shutil.copytree(first_run, home().create().runs / first_run.name)
    return Desk(home(), ("fake-a", "fake-b"))


def test_runs_come_with_their_state_and_a_finished_one_with_its_scores(desk, first_run):
    found = desk("runs", {})
    assert [run["id"] for run in found["runs"]] == [first_run.name]
    assert (found["total"], found["runs"][0]["ended"]) == (1, True)
    result = desk("run", {"run": first_run.name})["result"]
    assert {score["language"] for score in result["scores"]} == {"th", "ar"}
    assert all(score["interval"] and score["chance"] for score in result["scores"])


def test_items_come_a_page_at_a_time_the_wrong_ones_first(desk, first_run):
    page = desk("items", {"run": first_run.name, "limit": 10})
    assert len(page["items"]) == 10 < page["total"]
    assert page["items"][0]["verdict"] == "wrong"
    only = desk("items", {"run": first_run.name, "limit": 1000, "verdict": "right", "language": "ar"})
    assert {item["verdict"] for item in only["items"]} == {"right"}
    assert {item["language"] for item in only["items"]} == {"ar"}
    assert len(only["items"]) <= 100
    item = desk("item", {"run": first_run.name, "item": page["items"][0]["key"]})
    assert any(choice["gold"] for choice in item["choices"])
    slices = desk("slices", {"run": first_run.name, "by": "domain"})
    assert sum(each["n"] for each in slices["slices"]) == page["total"]


def test_two_runs_are_compared_and_what_forbids_it_is_said(desk, first_run, finish):
    other = finish("fake-b", languages=("th",))
    found = desk("compare", {"runs": [first_run.name, other.name]})
    assert [pair["language"] for pair in found["pairs"]] == ["th"]
    assert len(found["flips"]) <= found["total_flips"]


def test_models_and_benchmarks_are_listed(desk):
    assert [model["name"] for model in desk("models", {})["models"]] == ["fake-a", "fake-b"]
    packs = desk("packs", {"language": "km"})["packs"]
    assert {"civics", "parallel-sentences"} <= {pack["name"] for pack in packs}
    assert all("km" in (pack["languages"] or pack["declared_languages"]) for pack in packs)


@pytest.mark.parametrize(
    ("verb", "body"),
    [
        ("nothing", {}),
        ("tell", {"verb": "rm"}),
        ("slices", {"by": "key; DROP TABLE items"}),
        ("compare", {"runs": []}),
    ],
)
def test_what_a_view_cannot_ask_is_refused(desk, first_run, verb, body):
    with pytest.raises(UsageError):
        desk(verb, {"run": first_run.name, **body})


@pytest.mark.parametrize("run", ["", "..", "../runs", "nothing", "/etc"])
def test_a_run_that_is_not_there_is_not_found(desk, run):
    for verb in ("run", "items", "item", "slices", "tell"):
        with pytest.raises(NotFound):
            desk(verb, {"run": run, "verb": "cancel", "by": "domain", "item": "0"})


def test_a_view_is_told_of_errors_and_none_leaves_it():
    said = []

    def answer(verb, body):
        if verb == "bug":
            raise KeyError(verb)
        if verb == "usage":
            raise UsageError("no", remedy="Do.")
        return body

    view = View("run", {}, answer, lambda: "<p></p>", "text")
    view.send = said.append
    for verb in ("echo", "usage", "bug"):
        view._asked(view, {"ask": verb, "verb": verb, "body": {"a": 1}}, [])
    for nonsense in (None, "text", {}, {"ask": 3}, {"ask": None, "verb": "echo"}):
        view._asked(view, nonsense, [])
    assert said[0] == {"answer": "echo", "body": {"a": 1}}
    assert said[1]["error"] == {"message": "no", "remedy": "Do."}
    assert said[2]["error"]["message"] == "KeyError: 'bug'"
    assert len(said) == 3


def test_the_panel_opens_where_it_is_told():
    assert make_panel(home(), "models").tab == "models"
    with pytest.raises(UsageError, match="no tab"):
        make_panel(home(), "nothing")
    with pytest.raises(UsageError, match="int"):
        make_panel(home(), 3)


@pytest.mark.usefixtures("desk")
def test_the_studio_view_writes_checks_probes_and_saves():
    desk_of = StudioDesk(open_studio(home(), "civics", "th"), ("fake-a", "fake-b"))
    begun = desk_of("draft.get", {})
    item = {
        "id": begun["form"]["next_id"], "input": {"question": "เมืองหลวงของประเทศลาวคือเมืองใด"},
        "choices": ["เวียงจันทน์", "หลวงพระบาง", "ปากเซ"], "gold": 0,
    }  # fmt: skip
    changed = desk_of("draft.put", {"items": [item], "revision": begun["draft"]["revision"]})
    assert changed["ok"]
    asked = desk_of("draft.probe", {"models": ["fake-a"], "items": [item["id"]]})
    done = until(lambda: (now := desk_of("draft.probed", {"task": asked["task"]}))["result"] and now, what="the probe")
    assert [each["model"] for each in done["result"]["items"][0]["models"]] == ["fake-a"]
    assert desk_of("draft.save", {"note": "more"})["version"] == "1.1.0"
    with pytest.raises(UsageError):
        desk_of("draft.probe", {"models": []})
    with pytest.raises(UsageError):
        desk_of("nothing", {})
