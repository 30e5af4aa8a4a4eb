"""Telling languages apart by their letters, measured on the texts of the shipped packs."""

from __future__ import annotations

from collections import defaultdict

from workbench.benchmarks.writing import CERTAIN, LONG_ENOUGH, _samples, expected_scripts
from workbench.languages.identify import FEWEST_SEQUENCES, Profiles, sequences


def test_sequences_stay_inside_words_and_keep_vowel_signs():
    assert "ab" in sequences("Ab, cd 12")
    assert "bc" not in sequences("Ab, cd 12")
    assert " c" in sequences("Ab, cd 12")
    assert "की" in sequences("की")
    assert sequences("1 + 2 = 3") == []


def test_half_of_the_shipped_texts_are_told_by_the_other_half():
    """The threshold of the studio's check, on texts it has not counted: no false alarm, and few misses."""
    by_script = defaultdict(dict)
    for tag, texts in _samples().items():
        for script in expected_scripts(tag):
            by_script[script][tag] = texts
    asked = wrong = other = missed = 0
    for samples in by_script.values():
        if len(samples) < 2:
            continue
        profiles = Profiles.of({tag: texts[::2] for tag, texts in samples.items()})
        for tag, texts in samples.items():
            for text in texts[1::2]:
                if sum(each.isalpha() for each in text) < LONG_ENOUGH:
                    continue
                guess = profiles.guess(text, tag)
                asked += 1
                wrong += guess.language != tag and guess.lead > CERTAIN
                for declared in samples.keys() - {tag}:
                    against = profiles.guess(text, declared)
                    other += 1
                    missed += against.language == declared or against.lead <= CERTAIN
    assert asked > 500
    assert wrong / asked < 0.01
    assert missed / other < 0.01


def test_a_language_without_samples_is_not_guessed():
    profiles = Profiles.of({"en": ["the quick brown fox jumps over the lazy dog " * 20], "xx": ["few"]})
    assert FEWEST_SEQUENCES > len(sequences("few"))
    assert profiles.guess("the dog", "xx") is None
    assert profiles.guess("12 34", "en") is None
    assert profiles.guess("the dog", "en").language == "en"
