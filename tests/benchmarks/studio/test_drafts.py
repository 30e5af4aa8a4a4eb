"""Drafts on disk, and what becomes of them."""

from __future__ import annotations

import json
import threading

import pytest

from workbench.benchmarks import load_pack, validate_path
from workbench.benchmarks.studio import (
    Version,
    begin_draft,
    change_draft,
    list_drafts,
    read_draft,
    remove_draft,
    save_draft,
)
from workbench.errors import (
    BadInput,
    BadItem,
    DigestMismatch,
    Interrupted,
    NotFound,
    TooLarge,
    UsageError,
    WorkbenchError,
)
from workbench.policy.home import home

ITEM = {
    "id": "th-901", "input": {"question": "เมืองหลวงของประเทศลาวคือเมืองใด"},
    "choices": ["เวียงจันทน์", "หลวงพระบาง", "ปากเซ"], "gold": 0, "domain": "geography",
}  # fmt: skip


@pytest.fixture
def draft():
    return begin_draft(home(), "civics", "th")


def test_a_draft_is_a_private_file_that_keeps_what_was_typed(draft):
    changed = change_draft(home(), draft.id, [{"id": "\ud800", "input": None}], ["th-001"], 0)
    assert read_draft(home(), draft.id) == changed
    path = home().root / "drafts" / f"{draft.id}.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert (changed.revision, changed.removed) == (1, ("th-001",))
    remove_draft(home(), draft.id)
    with pytest.raises(NotFound):
        read_draft(home(), draft.id)
    with pytest.raises(NotFound):
        remove_draft(home(), draft.id)


@pytest.mark.parametrize("name", ["", "..", "../runs", "x" * 32, "0" * 31, "0" * 33, "/etc/passwd", "0" * 31 + "\n"])
def test_ids_that_are_none_are_not_found(name):
    with pytest.raises(NotFound):
        read_draft(home(), name)


def test_of_two_changes_from_the_same_revision_the_second_is_refused(draft):
    change_draft(home(), draft.id, [ITEM], revision=0)
    with pytest.raises(Interrupted, match="changed elsewhere"):
        change_draft(home(), draft.id, [], revision=0)
    assert len(read_draft(home(), draft.id).items) == 1


def test_damaged_and_newer_files_are_said_and_left_out_of_the_list(draft):
    path = home().root / "drafts" / f"{draft.id}.json"
    newer = json.loads(path.read_text()) | {"schema": 99}
    for text, message in (("{", "cannot be read"), (json.dumps(newer), "schema 99")):
        path.write_text(text)
        with pytest.raises(BadInput, match=message):
            read_draft(home(), draft.id)
        assert list_drafts(home()) == ()


def test_too_much_is_refused(draft):
    with pytest.raises(TooLarge):
        change_draft(home(), draft.id, [{}] * 2001)
    with pytest.raises(TooLarge):
        change_draft(home(), draft.id, [{"id": "x" * (1 << 20)}])


def test_a_version_has_everything_of_the_old_one_and_the_new_items(draft):
    old = load_pack("civics")
    changed = change_draft(
        home(), draft.id, [ITEM, {**ITEM, "id": "th-002", "input": {"question": "ลาวมีเมืองหลวงชื่ออะไร"}}], ["th-001"]
    )
    saved = save_draft(home(), changed, Version(note="Capitals."))
    assert (saved.name, saved.added, saved.replaced, saved.removed) == ("civics-2.0.0", 1, 1, 1)
    report = validate_path("civics-2.0.0")
    assert not report.errors
    new = load_pack("civics-2.0.0")
    assert new.languages == old.languages
    assert new.items("ar") == old.items("ar")
    ids = [item.id for item in new.items("th")]
    assert ids == [item.id for item in old.items("th") if item.id != "th-001"] + ["th-901"]
    assert new.items("th")[-1].domain == "geography"
    card = new.card
    assert (card.version, card.reviewed, card.title) == ("2.0.0", False, old.card.title)
    assert card.canary.startswith("WORKBENCH-CANARY ")
    assert card.canary != old.card.canary
    assert card.notes[:-1] == old.card.notes
    assert old.digest in card.notes[-1]
    history = (home().packs / "civics-2.0.0" / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## 2.0.0" in history
    assert "- Capitals." in history
    assert "- Left out in th: th-001." in history
    assert load_pack("civics").digest == old.digest


def test_a_version_of_a_version_keeps_its_history_and_name(draft):
    first = save_draft(home(), change_draft(home(), draft.id, [ITEM]))
    again = begin_draft(home(), first.name, "th")
    second = save_draft(
        home(), change_draft(home(), again.id, [{**ITEM, "id": "th-902", "input": {"question": "ปากเซอยู่ในประเทศใด"}}])
    )
    assert (first.name, second.name) == ("civics-1.1.0", "civics-1.2.0")
    history = (home().packs / second.name / "CHANGELOG.md").read_text(encoding="utf-8")
    assert history.index("## 1.2.0") < history.index("## 1.1.0")


def test_nothing_is_written_over_even_by_two_at_once(draft):
    changed = change_draft(home(), draft.id, [ITEM])
    came = []

    def save() -> None:
        try:
            came.append(save_draft(home(), changed).canary)
        except WorkbenchError as error:
            came.append(type(error))

    both = [threading.Thread(target=save) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert UsageError in came
    (canary,) = [each for each in came if isinstance(each, str)]
    assert load_pack("civics-1.1.0").card.canary == canary
    assert [entry.name for entry in home().packs.iterdir() if entry.is_dir()] == ["civics-1.1.0"]


@pytest.mark.parametrize("version", ["1", "1.0", "v1.1.0", "1.1.0/..", "1.0.0", "../../x"])
def test_a_version_that_is_none_or_taken_is_refused(draft, version):
    changed = change_draft(home(), draft.id, [ITEM])
    with pytest.raises(UsageError):
        save_draft(home(), changed, Version(version))
    assert not home().packs.exists() or not [entry for entry in home().packs.iterdir() if entry.is_dir()]


def test_errors_and_emptiness_are_not_saved(draft):
    with pytest.raises(UsageError, match="empty"):
        save_draft(home(), draft)
    with pytest.raises(BadItem, match="outside"):
        save_draft(home(), change_draft(home(), draft.id, [{**ITEM, "gold": 5}]))
    with pytest.raises(UsageError, match="th-999"):
        save_draft(home(), change_draft(home(), draft.id, [ITEM], ["th-999"]))


def test_a_pack_that_changed_meanwhile_is_noticed(draft):
    saved = save_draft(home(), change_draft(home(), draft.id, [ITEM]))
    late = begin_draft(home(), saved.name, "th")
    card = home().packs / saved.name / "card.yaml"
    card.write_text(card.read_text(encoding="utf-8").replace("National civics", "Civics"), encoding="utf-8")
    with pytest.raises(DigestMismatch):
        save_draft(home(), change_draft(home(), late.id, [{**ITEM, "id": "th-903"}]))


def test_a_language_that_is_new_joins_the_card(draft):
    del draft
    lao = begin_draft(home(), "parallel-sentences", "lo")
    text = "ລົດເມໄປໂຮງໝໍອອກທຸກໆສິບນາທີ."
    item = {
        "id": "lo-001",
        "input": {"text": text, "source": "The bus leaves.", "source_language": "en"},
        "references": [text],
    }
    saved = save_draft(home(), change_draft(home(), lao.id, [item]))
    pack = load_pack(saved.name)
    assert "lo" in pack.languages
    assert [each.id for each in pack.items("lo")] == ["lo-001"]


def test_recipes_and_what_is_not_there_get_no_draft(benchmark_files):
    del benchmark_files
    with pytest.raises(UsageError, match="original files"):
        begin_draft(home(), "xcopa", "th")


def test_no_draft_for_a_pack_that_is_not_there():
    with pytest.raises(NotFound):
        begin_draft(home(), "nothing")
    with pytest.raises(NotFound):
        begin_draft(home(), "civics", "not a language")
