"""A draft by its handle: what `wb.studio` returns."""

from __future__ import annotations

import pytest

from workbench.errors import NotFound, UsageError
from workbench.jobs.studio import Studio, open_studio
from workbench.policy.home import home

ITEM = {
    "input": {"question": "เมืองหลวงของประเทศลาวคือเมืองใด"},
    "choices": ["เวียงจันทน์", "หลวงพระบาง", "ปากเซ"],
    "gold": 0,
}


@pytest.fixture
def studio() -> Studio:
    return open_studio(home(), "civics", "th")


def test_the_draft_of_a_pack_is_found_again_and_another_is_begun_on_request(studio):
    assert open_studio(home(), "civics", "th").id == studio.id
    assert open_studio(home(), "civics").id == studio.id
    assert open_studio(home(), "civics", "ar").id != studio.id
    assert open_studio(home(), "civics", "th", new=True).id != studio.id


def test_items_get_the_next_id_and_are_replaced_in_their_place(studio):
    first = studio.add(ITEM)
    second = studio.add(ITEM, input={"question": "ปากเซอยู่ในประเทศใด"})
    assert first.id != second.id
    changed = studio.add(ITEM, id=first.id, gold=1)
    assert changed.ok
    assert [item["id"] for item in studio.items] == [first.id, second.id]
    assert studio.items[0]["gold"] == 1


def test_removing_takes_from_the_draft_first_and_then_from_the_pack(studio):
    studio.add(ITEM, id="th-001")
    studio.remove("th-001")
    assert (studio.items, studio.draft.removed) == ((), ())
    studio.remove("th-001")
    assert studio.draft.removed == ("th-001",)
    with pytest.raises(NotFound):
        studio.remove("th-999")


def test_a_probe_with_the_fake_engine_leaves_nothing_behind(studio):
    studio.add(ITEM)
    found = studio.probe("fake-a", engine="fake")
    (item,) = found.items
    assert len(item.models[0].turns) == 3
    assert {baseline.model for baseline in found.baselines} == {"fake-a"}
    assert not list(home().root.glob(".trial-*"))


def test_too_many_and_none_are_refused(studio):
    with pytest.raises(UsageError):
        studio.probe("fake-a", engine="fake")
    studio.add(ITEM)
    with pytest.raises(NotFound):
        studio.probe("fake-a", ["nothing"], engine="fake")
    with pytest.raises(UsageError):
        studio.probe([f"fake-{number}" for number in range(9)], engine="fake")


@pytest.mark.real_model
@pytest.mark.slow
def test_a_real_model_is_probed_on_thai(studio, demo_models):
    studio.add(ITEM)
    found = studio.probe(demo_models["gemma-3-270m"], dtype="float32")
    (probe,) = found.items[0].models
    assert 0.0 < probe.as_is.share < 1.0
    assert probe.bare.share != probe.as_is.share
    assert [turn.turned for turn in probe.turns] == [0, 1, 2]
    assert not any(turn.error for turn in probe.turns)
