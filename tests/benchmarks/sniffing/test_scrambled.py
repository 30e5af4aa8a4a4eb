"""Ten real folders with every folder, file and column name scrambled: what they are is told by their content."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

SEED = 20261123
DECISIVE = ("part", "kind", "gold", "choices", "input", "references", "right", "base", "language", "encoding", "source")
"""Questions about what the test looks at; which files are splits is another matter."""


@dataclass(frozen=True)
class Expected:
    kind: str
    languages: str
    input: tuple[str, ...]
    choices: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    gold: str = ""
    gold_kind: str = "index"
    letters: dict[str, str] = field(default_factory=dict)


TEN = {
    "global-mmlu-lite": Expected(
        "multiple_choice", "en fil id ms my vi zh", ("prompts.0.question",),
        choices=("prompts.0.option_a", "prompts.0.option_b", "prompts.0.option_c", "prompts.0.option_d"),
        gold="label", gold_kind="letter", letters={"*": "ABCD", "my": "ကခဂဃ"},
    ),
    "heq": Expected("extractive_qa", "he", ("@up.context", "question"), references=("answers.*.text",)),
    "hucola": Expected("classification", "hu", ("Sent",), names=("0", "1"), gold="label", gold_kind="name"),
    "klue-nli": Expected(
        "classification", "ko", ("premise", "hypothesis"), names=("contradiction", "entailment", "neutral"),
        gold="gold_label", gold_kind="name",
    ),
    "mgsm": Expected("math", "de en es fr ru sw th zh", ("column1",), references=("column2",)),
    "rublimp": Expected("minimal_pairs", "ru", (), choices=("source_sentence", "target_sentence"), gold="source_sentence", gold_kind="text"),
    "sib200": Expected(
        "classification",
        "am ar bg bn cs de el en fa fi fr gu ha he hi hy is ka kk lt mn ne nqo pl qu si sr-Cyrl te ur yo zu",
        ("text",), names=("entertainment", "geography", "health", "politics", "science/technology", "sports", "travel"),
        gold="category", gold_kind="name",
    ),
    "tico-19": Expected("translation", "fa ne sw ti", ("source", "target"), references=("target",)),
    "xcopa": Expected(
        "multiple_choice", "et ht id it qu sw ta th tr vi zh", ("premise", "question"), choices=("choice1", "choice2"), gold="label"
    ),
    "xquad": Expected(
        "extractive_qa", "ar de el en es hi ro ru th tr vi zh", ("@up.context", "question"), references=("answers.0.text",)
    ),
}  # fmt: skip


def as_expected(looked, names, expected: Expected) -> dict[str, tuple[object, object]]:
    """Return what differs: found and expected."""
    proposal, guess = looked.proposal, looked.proposal.guess
    gold = proposal.reading.gold if proposal.reading is not None else guess.gold
    plain = names.plain
    pairs = {
        "kind": (proposal.kind, expected.kind),
        "languages": (" ".join(proposal.languages), expected.languages),
        "input": (tuple(sorted(map(plain, guess.input.values()))), tuple(sorted(expected.input))),
        "choices": (tuple(map(plain, guess.choices)), expected.choices),
        "names": (guess.names, expected.names),
        "references": (tuple(map(plain, guess.references)), expected.references),
        "gold": (plain(gold.field) if gold else "", expected.gold),
        "gold kind": (gold.kind if gold else "index", expected.gold_kind),
        "base": (gold.base if gold else 0, 0),
        "letters": (dict(gold.letters) if gold and gold.kind == "letter" else {}, expected.letters),
    }
    return {what: pair for what, pair in pairs.items() if pair[0] != pair[1]}


def test_nine_of_ten_are_told_and_the_tenth_is_asked_about(benchmarks, scrambled):
    right, asked = [], {}
    for name, expected in TEN.items():
        looked, names = scrambled(benchmarks / name, SEED)
        open_keys = [question.key.split(".")[0] for question in looked.proposal.questions]
        open_keys = [key for key in open_keys if key in DECISIVE]
        if open_keys:
            asked[name] = open_keys
            continue
        assert as_expected(looked, names, expected) == {}, f"{name} is taken for something else, and nobody was asked"
        right.append(name)
    assert asked == {"rublimp": ["right"]}
    assert len(right) >= 9


def test_what_was_asked_is_right_once_answered(benchmarks, scrambled):
    """Which of two nearly equal sentences is the acceptable one cannot be told from their letters."""
    looked, names = scrambled(benchmarks / "rublimp", SEED)
    (question,) = looked.proposal.questions
    assert {names.plain(option) for option in question.options} == {"source_sentence", "target_sentence"}
    looked, names = scrambled(benchmarks / "rublimp", SEED, f"right={names.word('source_sentence')}")
    assert looked.proposal.questions == ()
    assert as_expected(looked, names, TEN["rublimp"]) == {}
    assert len(looked.prompts) == 10


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_other_seeds_change_nothing(benchmarks, scrambled, seed):
    for name, expected in TEN.items():
        if name in ("rublimp", "sib200", "tico-19"):
            continue
        looked, names = scrambled(benchmarks / name, seed)
        assert as_expected(looked, names, expected) == {}, name
