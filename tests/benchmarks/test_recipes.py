"""Recipes on the real original files."""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache

import pytest

from workbench.benchmarks import build_prompt, draw_shots, load_pack, plan_items, validate
from workbench.benchmarks.card import read_card
from workbench.benchmarks.catalogue import RECIPES
from workbench.benchmarks.recipe_report import as_markdown, count_recipes
from workbench.benchmarks.records import Formulation
from workbench.policy.home import benchmark_sources


def names() -> list[str]:
    """Return the recipes whose original files are here; `test_named_recipes.py` has an example of each other one."""
    sources = benchmark_sources()
    every = {path.stem: read_card(path).folder for path in RECIPES.glob("*.yaml")}
    return sorted(name for name, folder in every.items() if sources is not None and (sources / folder).is_dir())


NAMES = names()
counted = lru_cache(count_recipes)
pytestmark = pytest.mark.usefixtures("benchmark_files")


def test_every_file_is_accounted_for():
    report = counted()
    assert {count.recipe for count in report.counts} == set(NAMES)
    assert [count for count in report.counts if not count.accounted] == []
    left_out = Counter()
    for count in report.counts:
        left_out[count.recipe] += sum(number for _, number in count.dropped)
    assert +left_out == {
        "blend": 17, "exams": 1, "gaokao-bench": 34, "global-mmlu-lite": 1, "ua-gec": 24, "udhr": 3223
    }  # fmt: skip


def test_every_data_file_is_read_but_those_without_answers(benchmark_files):
    entries = [json.loads(line) for line in (benchmark_files / "manifest.jsonl").read_text().splitlines()]
    declared = {entry["file"] for entry in entries if entry["role"] == "data"}
    packs = [load_pack(name) for name in NAMES]
    read = {f"{pack.document.folder}/{file.name}" for pack in packs for file in pack.files}
    assert {name for name in declared - read if not name.startswith("blend/questions/")} == set()


def test_the_page_of_recipes_is_current(repository):
    assert (repository / "docs" / "recipes.md").read_text(encoding="utf-8") == as_markdown(counted())


def test_the_bytes_read_are_those_of_the_manifest(benchmark_files):
    entries = [json.loads(line) for line in (benchmark_files / "manifest.jsonl").read_text().splitlines()]
    declared = {entry["file"]: entry["sha256"] for entry in entries}
    for name in NAMES:
        pack = load_pack(name)
        for file in pack.files:
            assert declared[f"{pack.document.folder}/{file.name}"] == file.sha256


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_has_no_errors(name):
    report = validate(load_pack(name))
    assert report.errors == ()


def test_the_zawgyi_file_is_found_and_no_other_burmese_is_suspected():
    suspects = {
        (name, finding.file) for name in ("ntrex-128", "global-mmlu-lite", "udhr")
        for finding in validate(load_pack(name)).warnings if finding.code == "zawgyi"
    }  # fmt: skip
    assert suspects == {("ntrex-128", "newstest2019-ref.mya.txt")}


def test_xcopa_thai_reads_as_thai():
    pack = load_pack("xcopa")
    item = next(item for item in pack.items("th") if item.id == "0")
    prompt = build_prompt(pack.card, item, pack.card.wordings[0], Formulation.CLOZE)
    assert prompt.context == "สิ่งของถูกห่อไว้ในพลาสติก ดังนั้น"
    assert prompt.continuations == ("มันบอบบาง", "มันเล็ก")
    assert prompt.gold == 0
    assert item.source == "data/th/test.th.jsonl:1"


def test_xcopa_shots_come_from_the_validation_split():
    pack = load_pack("xcopa")
    shots = draw_shots(pack, "vi", 5, 0)
    assert {item.source.split(":")[0] for item in shots.items} == {"data/vi/val.vi.jsonl"}
    assert shots.held_out == frozenset()
    assert [item.id for item in draw_shots(pack, "sw", 5, 0).items] == [item.id for item in shots.items]


def test_burmese_letters_are_gold_and_are_shown():
    pack = load_pack("global-mmlu-lite")
    items = pack.items("my")
    assert Counter(item.gold for item in items) == {0: 100, 1: 99, 2: 100, 3: 100}
    prompt = build_prompt(pack.card, items[0], pack.card.wordings[0], Formulation.LETTERS)
    assert prompt.letters == ("က", "ခ", "ဂ", "ဃ")
    assert prompt.gold == 1
    assert "\nခ. " in prompt.context


def test_answers_of_mgsm_are_numbers_everywhere():
    pack = load_pack("mgsm")
    for language in pack.languages:
        assert all(item.references[0].lstrip("-").isdecimal() for item in pack.items(language))
    assert "114200" in {item.references[0] for item in pack.items("de")}


def test_nusax_fields_hold_line_breaks_and_ids_are_shared():
    pack = load_pack("nusax-senti")
    ids = {language: {item.id for item in pack.items(language)} for language in pack.languages}
    assert len(set(map(frozenset, ids.values()))) == 1
    assert any("\n" in item.input["text"] for language in pack.languages for item in pack.items(language))


def test_exams_have_three_to_five_options():
    pack = load_pack("exams")
    assert {len(item.choices) for language in pack.languages for item in pack.items(language)} == {3, 4, 5}


def test_ntrex_pairs_each_line_with_english_and_english_with_french():
    pack = load_pack("ntrex-128")
    english = {item.id: item for item in pack.items("en")}
    thai = {item.id: item for item in pack.items("th")}
    assert all(thai[number].input["source"] == item.input["text"] for number, item in english.items())
    assert english["1"].input["source"] == pack.items("fr")[0].input["text"]
    assert len({item.group for item in thai.values()}) == 11


def test_udhr_reads_each_paragraph_once():
    pack = load_pack("udhr")
    texts = [item.input["text"] for item in pack.items("en")]
    assert len(texts) == len(set(texts)) == 60
    assert texts[0].startswith("Whereas recognition of the inherent dignity")


@pytest.mark.parametrize("name", NAMES)
def test_every_language_renders_in_every_formulation(name):
    pack = load_pack(name)
    for language in pack.languages:
        shots = draw_shots(pack, language, 2, 0)
        (item,) = plan_items(pack, language, 1, 0, shots=shots)
        for wording in pack.card.wordings:
            for formulation in pack.card.formulations:
                prompt = build_prompt(pack.card, item, wording, formulation, shots)
                assert prompt.context or prompt.continuations
                assert "{{" not in prompt.context
