"""`cause-effect`, `minimal-pairs` and `parallel-sentences`: enough items, balanced, in their own script, no giveaways."""

from __future__ import annotations

import difflib
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from workbench.benchmarks import load_pack
from workbench.languages import language, scripts

FIRST_TIER = {"en", "fr", "de", "es", "pt", "pl", "ru", "uk", "ar", "he", "hi", "bn", "th", "vi", "id", "ja"}
LEAST = {"cause-effect": 20, "minimal-pairs": 30, "parallel-sentences": 30}
CASES = [
    (name, path.stem)
    for name in LEAST
    for path in sorted((Path(__file__).resolve().parents[2] / "datasets" / name / "items").glob("*.jsonl"))
]


@pytest.mark.parametrize("name", LEAST)
def test_every_language_of_the_first_tier_is_there(name: str):
    pack = load_pack(name)
    assert FIRST_TIER <= set(pack.languages)
    assert set(pack.languages) == set(pack.card.languages)


@pytest.mark.parametrize(("name", "tag"), CASES)
def test_items_are_many_distinct_and_normalised(name: str, tag: str):
    items = load_pack(name).items(tag)
    assert len(items) >= LEAST[name]
    texts = [(*sorted(item.input.items()), *item.choices) for item in items]
    assert len(set(texts)) == len(texts)
    for item in items:
        for text in (*item.input.values(), *item.choices, *item.references):
            assert text == unicodedata.normalize("NFC", text).strip()


@pytest.mark.parametrize(("name", "tag"), CASES)
def test_text_is_in_the_languages_script(name: str, tag: str):
    own = {"Jpan": {"Hira", "Kana", "Hani"}, "Kore": {"Hang"}, "Hans": {"Hani"}}
    expected = own.get(language(tag).script, {language(tag).script})
    text = "".join(t for item in load_pack(name).items(tag) for t in (*item.choices, item.input.get("text", "")))
    shares = {share.script: share.share for share in scripts(text)}
    assert sum(shares.get(script, 0.0) for script in expected) > 0.95, shares


@pytest.mark.parametrize(("name", "tag"), [case for case in CASES if case[0] != "parallel-sentences"])
def test_the_place_of_the_right_choice_gives_nothing_away(name: str, tag: str):
    counts = Counter(item.gold for item in load_pack(name).items(tag))
    assert abs(counts[0] - counts[1]) <= 2


@pytest.mark.parametrize("tag", [tag for name, tag in CASES if name == "cause-effect"])
def test_half_ask_for_a_cause_and_length_gives_nothing_away(tag: str):
    items = load_pack("cause-effect").items(tag)
    asked = Counter(item.input["question"] for item in items)
    assert asked["cause"] == asked["effect"] == len(items) // 2
    right = sum(len(item.choices[item.gold]) for item in items)
    wrong = sum(len(item.choices[1 - item.gold]) for item in items)
    assert 0.8 < right / wrong < 1.25


@pytest.mark.parametrize("tag", [tag for name, tag in CASES if name == "minimal-pairs"])
def test_pairs_differ_in_one_place_and_cover_several_rules(tag: str):
    items = load_pack("minimal-pairs").items(tag)
    assert len({item.domain for item in items}) >= 5
    for item in items:
        first, second = item.choices
        assert difflib.SequenceMatcher(None, first, second, autojunk=False).ratio() > 0.5, item.choices


@pytest.mark.parametrize("name", LEAST)
def test_the_card_says_who_wrote_it_and_carries_a_canary(name: str):
    card = load_pack(name).card
    assert not card.reviewed
    assert any("not been reviewed by a native speaker" in note for note in card.notes)
    assert card.canary.startswith("WORKBENCH-CANARY ")
    assert card.licence == "CC0-1.0"


def test_parallel_sentences_are_parallel():
    pack = load_pack("parallel-sentences")
    groups = [tuple(item.group for item in pack.items(tag)) for tag in pack.languages]
    assert len(set(groups)) == 1
    english = {item.group: item.input["text"] for item in pack.items("en")}
    assert all(item.input["source"] == english[item.group] for item in pack.items("th"))
