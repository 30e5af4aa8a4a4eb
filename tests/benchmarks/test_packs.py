"""Packs, their digests and languages; finding, adding and removing them."""

from __future__ import annotations

import shutil
import stat

import pytest

from workbench.benchmarks import Place, add_pack, find_packs, load_pack, remove_pack
from workbench.benchmarks.by_language import is_asked_for, look_up, parents
from workbench.errors import BadItem, NotFound, UnsafePath, UsageError
from workbench.policy.home import home


def test_items_are_read_once_and_in_order(build):
    pack = load_pack(build.pack())
    items = pack.items("th")
    assert [item.id for item in items] == [f"th-{number:03}" for number in range(10)]
    assert items[3].source == "items/th.jsonl:4"
    assert pack.items("th") is items


def test_only_languages_that_are_here_count(build):
    directory = build.pack()
    (directory / "items" / "th.jsonl").unlink()
    assert load_pack(directory).languages == ("en",)


def test_the_digest_is_that_of_bytes_not_of_places(build, tmp_path):
    directory = build.pack()
    digest = load_pack(directory).digest
    shutil.copytree(directory, tmp_path / "copy")
    assert load_pack(tmp_path / "copy").digest == digest
    (tmp_path / "copy" / "README.md").write_text("not read")
    assert load_pack(tmp_path / "copy").digest == digest
    with (tmp_path / "copy" / "items" / "th.jsonl").open("ab") as file:
        file.write(build.jsonl(build.item(99, "th")))
    assert load_pack(tmp_path / "copy").digest != digest


def test_the_files_are_those_that_are_read(build):
    pack = load_pack(build.pack())
    assert [file.name for file in pack.files] == ["items/en.jsonl", "items/th.jsonl"]
    assert all(len(file.sha256) == 64 and file.size for file in pack.files)


def test_languages_are_resolved_by_meaning(build):
    files = {f"items/{tag}.jsonl": build.jsonl(build.item(1)) for tag in ("pt-PT", "pt-BR", "zh", "zh-Hant")}
    pack = load_pack(build.pack(files, languages=["pt-PT", "pt-BR", "zh", "zh-Hant"]))
    assert pack.resolve([]) == ("pt-PT", "pt-BR", "zh", "zh-Hant")
    assert pack.resolve(["pt"]) == ("pt-PT", "pt-BR")
    assert pack.resolve(["zho"]) == ("zh",)
    with pytest.raises(NotFound, match="has no th here; it has pt-PT, pt-BR, zh, zh-Hant"):
        pack.resolve(["th"])


def test_a_parent_language_is_one_of_the_same_script():
    assert parents("pt-BR") == ("pt-BR", "pt")
    assert parents("zh-Hant") == ("zh-Hant",)
    assert parents("sr-Cyrl") == ("sr-Cyrl", "sr")
    assert parents("sr-Latn") == ("sr-Latn",)
    assert look_up({"pt": 1, "*": 2}, "pt-BR") == 1
    assert look_up({"zh": 1, "*": 2}, "zh-Hant") == 2
    assert look_up({"zh": 1}, "zh-Hant") is None
    assert is_asked_for("pt-BR", "pt")
    assert not is_asked_for("pt", "pt-BR")


def test_packs_are_found_added_replaced_and_removed(build):
    source = build.pack()
    pack = add_pack(source)
    assert pack.root == home().packs / "river-facts"
    assert pack.digest == load_pack(source).digest
    entry = next(entry for entry in find_packs() if entry.name == "river-facts")
    assert (entry.place, entry.languages, entry.error) == (Place.HOME, ("en", "th"), None)
    assert load_pack("river-facts").digest == pack.digest
    with pytest.raises(UsageError, match="was added before"):
        add_pack(source)
    add_pack(build.pack(version="2.0.0"), replace=True)
    assert load_pack("river-facts").card.version == "2.0.0"
    assert remove_pack("river-facts") > 0
    assert not (home().packs / "river-facts").exists()
    with pytest.raises(NotFound, match="no benchmark called 'river-facts'"):
        load_pack("river-facts")


def test_added_packs_are_private_and_nothing_else_is_left(build):
    add_pack(build.pack())
    paths = [home().packs, *home().packs.rglob("*")]
    assert {path.name for path in paths} == {"packs", "river-facts", "card.yaml", "items", "en.jsonl", "th.jsonl"}
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_pack_with_errors_is_not_added(build):
    directory = build.one(build.jsonl(build.item(1), build.item(2, gold=7)))
    with pytest.raises(BadItem, match="gold 7") as caught:
        add_pack(directory)
    assert caught.value.where == "items/en.jsonl:2"
    assert not home().packs.exists() or not list(home().packs.iterdir())


def test_the_name_of_a_shipped_benchmark_is_taken(build):
    with pytest.raises(UsageError, match="xcopa is the name of a recipe"):
        add_pack(build.pack(name="xcopa"))


@pytest.mark.parametrize("name", ["../runs", "xcopa", "nothing", ""])
def test_only_added_packs_can_be_removed(name):
    with pytest.raises(NotFound):
        remove_pack(name)


def test_a_broken_pack_is_listed_with_its_reason():
    broken = home().packs / "broken"
    broken.mkdir(parents=True)
    (broken / "card.yaml").write_text("schema: 1\n")
    entry = next(entry for entry in find_packs() if entry.name == "broken")
    assert entry.card is None
    assert entry.error.code == "benchmark_card"


def test_recipes_without_their_files_are_listed_with_what_to_do(monkeypatch):
    monkeypatch.delenv("WORKBENCH_BENCHMARKS", raising=False)
    entry = next(entry for entry in find_packs() if entry.name == "xcopa")
    assert entry.card.title == "XCOPA"
    assert (entry.place, entry.languages, entry.error.code) == (Place.RECIPE, (), "benchmark_source")


def test_a_near_name_is_offered():
    with pytest.raises(NotFound) as caught:
        load_pack("xcoppa")
    assert "Did you mean xcopa" in caught.value.remedy


def test_a_recipes_own_file_can_be_named(build, monkeypatch, tmp_path):
    folder = tmp_path / "sources" / "mine"
    folder.mkdir(parents=True)
    (folder / "x_en.jsonl").write_bytes(build.jsonl({"q": "?", "a": "1", "b": "2", "g": 1}))
    monkeypatch.setenv("WORKBENCH_BENCHMARKS", str(tmp_path / "sources"))
    read = {
        "format": "jsonl",
        "codes": {"eng": "en"},
        "input": {"question": "q"},
        "choices": ["a", "b"],
        "gold": {"field": "g"},
    }
    directory = build.pack({}, languages=["en"], files={"test": "x_{language}.jsonl"}, read=read)
    path = directory / "card.yaml"
    path.write_text(path.read_text() + "folder: mine\n")
    assert load_pack(path).items("en")[0].gold == 1
    added = add_pack(directory)
    assert added.root == folder
    assert [each.name for each in (home().packs / "river-facts").iterdir()] == ["card.yaml"]


def test_a_companion_that_leads_out_of_the_pack_is_not_copied(build, tmp_path):
    (tmp_path / "secret").write_text("mine")
    directory = build.pack()
    (directory / "README.md").symlink_to(tmp_path / "secret")
    with pytest.raises(UnsafePath, match=r"README\.md"):
        add_pack(directory)
    assert not list(home().packs.iterdir())
    (directory / "README.md").unlink()
    (directory / "README.md").write_text("Rivers.")
    add_pack(directory)
    assert (home().packs / "river-facts" / "README.md").read_text() == "Rivers."
