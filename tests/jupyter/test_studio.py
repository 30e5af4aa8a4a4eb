"""The item studio's routes: write, check, probe, save."""

from __future__ import annotations

import json

import pytest

from workbench.benchmarks import load_pack, validate_path

QUESTION = {"question": "เมืองหลวงของประเทศลาวคือเมืองใด"}
CHOICES = ["เวียงจันทน์", "หลวงพระบาง", "ปากเซ"]


@pytest.fixture
def draft(panel, ids) -> str:
    return panel.send("POST", "/studio", {"pack": ids.packs["civics"], "language": "th"})["draft"]["id"]


def item(**fields: object) -> dict[str, object]:
    return {"id": "th-901", "input": QUESTION, "choices": CHOICES, "gold": 0, **fields}


def test_a_draft_says_what_an_item_of_its_benchmark_has(panel, draft):
    form = panel.get(f"/studio/{draft}")["form"]
    assert form["fields"] == ["question"]
    assert (form["task"], form["choices"], form["references"]) == ("multiple_choice", 4, False)
    assert form["next_id"] not in {each["id"] for each in panel.get(f"/studio/{draft}/items", limit=500)["items"]}
    assert form["existing"] == panel.get(f"/studio/{draft}/items", limit=1)["total"] > 0


def test_what_was_typed_is_kept_and_checked_however_wrong_it_is(panel, draft):
    wrong = [
        item(gold=7),
        {"id": 3, "input": "text", "choices": [None]},
        item(id="th-902", input={"question": "a@example.org \u202ex"}, choices=["ก", "ก"]),
        {},
    ]
    found = panel.send("PUT", f"/studio/{draft}", {"items": wrong, "revision": 0})
    assert [each["item"] for each in found["items"]] == wrong
    assert [each["ok"] for each in found["items"]] == [False] * 4
    assert not found["ok"]
    codes = [{check["code"] for check in each["checks"]} for each in found["items"]]
    assert codes[0] == {"benchmark_item"}
    assert {"personal", "hidden", "equal_choices"} <= codes[2]
    assert found == panel.get(f"/studio/{draft}")
    where = {check["field"] for check in found["items"][2]["checks"] if check["code"] == "hidden"}
    assert where == {"input.question"}


def test_a_draft_changed_in_another_window_is_not_written_over(panel, draft):
    panel.send("PUT", f"/studio/{draft}", {"items": [item()], "revision": 0})
    answer = panel.ask("PUT", f"/studio/{draft}", {"items": [], "revision": 0})
    assert (answer.status, answer.body["error"]["code"]) == (409, "interrupted")
    assert len(panel.get(f"/studio/{draft}")["items"]) == 1


def test_an_item_is_probed_and_saved_as_a_version(panel, ids, draft):
    panel.send("PUT", f"/studio/{draft}", {"items": [item()], "revision": 0})
    models = [ids.models["fake-a"], ids.models["fake-b"]]
    probe = panel.task(f"/studio/{draft}/probe", {"models": models})
    (one,) = probe["items"]
    assert [each["model"] for each in one["models"]] == models
    assert all(each["bare"] and len(each["turns"]) == 3 for each in one["models"])
    saved = panel.task(f"/studio/{draft}/save", {"note": "One more capital."})
    assert (saved["name"], saved["version"], saved["added"]) == ("civics-1.1.0", "1.1.0", 1)
    assert validate_path("civics-1.1.0").ok
    assert panel.get(f"/packs/{saved['pack']}")["canary"] == saved["canary"]
    assert saved["canary"] != load_pack("civics").card.canary
    again = panel.ask("POST", f"/studio/{draft}/save", {}, wait=20)
    assert (again.status, again.body["error"]["code"]) == (400, "usage")


def test_what_has_an_error_is_not_saved(panel, draft):
    panel.send("PUT", f"/studio/{draft}", {"items": [item(gold=9)], "revision": 0})
    answer = panel.ask("POST", f"/studio/{draft}/save", {}, wait=20)
    assert (answer.status, answer.body["error"]["code"]) == (422, "benchmark_item")


def test_a_recipe_is_not_edited(panel, benchmark_files):
    del benchmark_files
    recipes = [pack for pack in panel.get("/packs")["packs"] if pack["place"] == "recipe" and not pack["error"]]
    answer = panel.ask("POST", "/studio", {"pack": recipes[0]["id"]})
    assert (answer.status, answer.body["error"]["code"]) == (400, "usage")


def test_a_huge_draft_is_refused(panel, draft):
    items = [item(id=f"x-{number}", input={"question": "ก" * 400}) for number in range(500)]
    body = json.dumps({"items": items, "revision": 0}, ensure_ascii=False).encode()
    answer = panel.ask("PUT", f"/studio/{draft}", data=body)
    assert answer.status == 413
    assert answer.body["error"]["code"] == "refused_size"
    assert panel.get(f"/studio/{draft}")["items"] == []
