"""The civics pack is complete, clean, balanced and written in the scripts of its languages."""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
import yaml

PACK = Path(__file__).resolve().parents[2] / "datasets" / "civics"
LANGUAGES = sorted(path.stem for path in PACK.glob("items/*.jsonl"))
FIRST_TIER = frozenset({"en", "fr", "de", "es", "pt", "pl", "ru", "uk", "ar", "he", "hi", "bn", "th", "vi", "id", "ja"})
SCRIPTS = {
    "ru": ("CYRILLIC",),
    "uk": ("CYRILLIC", "MODIFIER LETTER APOSTROPHE"),
    "ar": ("ARABIC",),
    "fa": ("ARABIC",),
    "he": ("HEBREW",),
    "hi": ("DEVANAGARI",),
    "bn": ("BENGALI", "DEVANAGARI DANDA"),
    "th": ("THAI",),
    "ja": ("HIRAGANA", "KATAKANA", "CJK"),
    "zh": ("CJK",),
    "ko": ("HANGUL",),
    "am": ("ETHIOPIC",),
    "ka": ("GEORGIAN",),
    "el": ("GREEK",),
    "ta": ("TAMIL",),
    "km": ("KHMER",),
}


def items(language: str) -> list[dict]:
    text = (PACK / "items" / f"{language}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def card() -> dict:
    return yaml.safe_load((PACK / "card.yaml").read_text(encoding="utf-8"))


def test_the_card_names_the_languages_there_are_items_for():
    assert set(LANGUAGES) == set(card()["languages"])
    assert set(LANGUAGES) >= FIRST_TIER
    assert card()["reviewed"] is False
    assert any("not been reviewed" in note for note in card()["notes"])


def test_every_pack_has_a_canary_of_its_own_and_a_place_in_the_readme():
    cards = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in PACK.parent.glob("*/card.yaml")]
    canaries = [each["canary"] for each in cards]
    assert card()["canary"] in canaries
    assert len(set(canaries)) == len(canaries)
    for canary in canaries:
        assert re.fullmatch(r"WORKBENCH-CANARY [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", canary)
    readme = (PACK.parent / "README.md").read_text(encoding="utf-8")
    assert [each["name"] for each in cards if f"[`{each['name']}/`]" not in readme] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_file_is_clean(language):
    raw = (PACK / "items" / f"{language}.jsonl").read_bytes()
    text = raw.decode("utf-8")
    assert text.endswith("\n")
    assert not re.search("[\r\ufeff\u200b\u200e\u200f]", text)
    assert unicodedata.is_normalized("NFC", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_items_are_complete_and_unlike(language):
    found = items(language)
    assert len(found) >= 20
    assert [item["id"] for item in found] == [f"{language}-{n:03d}" for n in range(1, len(found) + 1)]
    assert len({item["input"]["question"].casefold() for item in found}) == len(found)
    assert len({item["culture"] for item in found}) == 1
    for item in found:
        assert set(item) == {"id", "input", "choices", "gold", "domain", "culture", "source"}
        assert len(item["choices"]) == len(set(map(str.casefold, item["choices"]))) == 4
        assert 0 <= item["gold"] < 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_gold_positions_are_balanced(language):
    found = items(language)
    shares = Counter(item["gold"] for item in found)
    assert set(shares) == {0, 1, 2, 3}
    assert max(shares.values()) - min(shares.values()) <= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_gold_choice_is_not_given_away_by_its_length(language):
    def longest(item: dict) -> bool:
        lengths = [len(choice) for choice in item["choices"]]
        return lengths[item["gold"]] == max(lengths) and lengths.count(max(lengths)) == 1

    found = items(language)
    assert sum(map(longest, found)) <= len(found) * 0.45


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_in_the_script_of_their_language(language):
    own = SCRIPTS.get(language, ("LATIN",))
    for item in items(language):
        letters = [c for text in (item["input"]["question"], *item["choices"]) for c in text if c.isalpha()]
        foreign = {c for c in letters if not unicodedata.name(c).startswith((*own, "LATIN"))}
        assert not foreign, f"{item['id']}: {foreign}"
        names = [choice for choice in item["choices"] if re.search("[A-Za-z]{4}", choice)]
        assert not names or "LATIN" in own, f"{item['id']}: {names} in Latin letters"
        question = [c for c in item["input"]["question"] if c.isalpha()]
        share = sum(unicodedata.name(c).startswith(own) for c in question) / len(question)
        assert share >= 0.6, f"{item['id']}: {share:.0%} in the script of {language}"
