"""The exact prompt: formulations, shots, delimiters, letters, label words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from workbench.benchmarks import build_prompt, draw_shots, find_wording, load_pack, plan_items
from workbench.benchmarks.prompt import Turn
from workbench.benchmarks.records import Formulation
from workbench.benchmarks.shots import Shots
from workbench.benchmarks.templates import MAX_CHARACTERS, bare, render
from workbench.errors import BadCard, BadItem, NotFound, SpecError


def prompt_of(directory, formulation, language="en", *, index=0, shots=(), prompt_language="own", wording=""):
    pack = load_pack(directory)
    items = pack.items(language)
    examples = Shots(pack.name, language, 0, tuple(items[each] for each in shots))
    return build_prompt(
        pack.card, items[index], find_wording(pack.card, wording), Formulation(formulation), examples, prompt_language
    )


def test_cloze_scores_each_choice_after_the_same_context(build):
    prompt = prompt_of(build.pack(), "cloze", shots=(1, 2))
    assert prompt.context == (
        "Which river is number 1? second 1\n\nWhich river is number 2? third 2\n\nWhich river is number 0?"
    )
    assert prompt.continuations == (" first 0", " second 0", " third 0")
    assert prompt.chat_continuations == prompt.choices == ("first 0", "second 0", "third 0")
    assert prompt.query == "Which river is number 0?"
    assert (prompt.gold, prompt.letters, prompt.stop, prompt.max_new_tokens) == (0, (), (), 0)


def test_shots_alternate_as_turns(build):
    wordings = [{"name": "plain", "prompt": {"*": "{{ question }}"}, "instruction": {"en": "Choose."}}]
    prompt = prompt_of(build.pack(wordings=wordings), "cloze", shots=(1,))
    assert prompt.turns == (
        Turn("user", "Choose.\n\nWhich river is number 1?"),
        Turn("assistant", "second 1"),
        Turn("user", "Which river is number 0?"),
    )
    assert prompt.context == "Choose.\n\nWhich river is number 1? second 1\n\nWhich river is number 0?"


def test_letters_list_the_options_in_the_languages_own_letters(build):
    wordings = [
        {
            "name": "plain", "prompt": {"*": "{{ question }}"}, "letters": {"*": "ABC", "th": "กขค", "fa": "الف ب ج"},
            "answer": {"*": "Answer:", "th": "คำตอบ:"}, "delimiter": {"*": " ", "th": ""},
            "answer_delimiter": {"th": " "},
        }
    ]  # fmt: skip
    directory = build.pack(wordings=wordings, languages=["en", "th", "fa"])
    prompt = prompt_of(directory, "letters", "th", index=0, shots=(1,))
    assert prompt.context == (
        "แม่น้ำหมายเลข 1 คือแม่น้ำใด\nก. first 1\nข. second 1\nค. third 1\nคำตอบ: ข\n\n"
        "แม่น้ำหมายเลข 0 คือแม่น้ำใด\nก. first 0\nข. second 0\nค. third 0\nคำตอบ:"
    )
    assert prompt.continuations == (" ก", " ข", " ค")
    assert prompt.letters == prompt.chat_continuations == ("ก", "ข", "ค")
    assert prompt.choices == ("first 0", "second 0", "third 0")
    assert prompt_of(directory, "letters", "fa").letters == ("الف", "ب", "ج")
    assert prompt_of(directory, "cloze", "th").continuations[0] == "first 0"


def test_generate_leaves_the_answer_to_the_model(build):
    prompt = prompt_of(build.pack(), "generate", shots=(2,))
    assert prompt.context.endswith("Which river is number 0?\nA. first 0\nB. second 0\nC. third 0\nAnswer:")
    assert "Answer: C\n\n" in prompt.context
    assert prompt.continuations == prompt.chat_continuations == ()
    assert (prompt.letters, prompt.stop, prompt.max_new_tokens) == (("A", "B", "C"), ("\n",), 64)


def test_open_tasks_show_the_first_reference_in_shots(build):
    data = build.jsonl(
        *({"id": str(n), "input": {"question": f"{n}?"}, "references": [f"r{n}", "other"]} for n in range(3))
    )
    directory = build.one(data, task="open_qa", formulations=["generate"])
    prompt = prompt_of(directory, "generate", shots=(1,))
    assert prompt.context == "1?\nAnswer: r1\n\n0?\nAnswer:"
    assert prompt.references == ("r0", "other")
    assert prompt.gold is None


def test_label_words_stand_for_values_in_the_language_of_the_prompt(build):
    wordings = [
        {
            "name": "plain", "prompt": {"*": "{{ question }} →", "th": "{{ question }} ดังนั้น"},
            "labels": {"th": {"good": "ดี", "bad": "ไม่ดี"}},
        }
    ]  # fmt: skip
    items = build.jsonl(build.item(1, choices=["good", "bad"], gold=1))
    directory = build.pack({"items/en.jsonl": items, "items/th.jsonl": items}, task="classification", wordings=wordings)
    assert prompt_of(directory, "cloze", "en").choices == ("good", "bad")
    assert prompt_of(directory, "cloze", "th").continuations == (" ดี", " ไม่ดี")
    crossed = prompt_of(directory, "cloze", "en", prompt_language="th")
    assert crossed.continuations == (" ดี", " ไม่ดี")
    assert crossed.context.endswith("ดังนั้น")
    assert crossed.language == "en"


def test_minimal_pairs_are_whole_sentences_after_nothing(build):
    data = build.jsonl({"id": "1", "input": {}, "choices": ["She sings.", "She sing."], "gold": 0})
    directory = build.one(
        data, task="minimal_pairs", formulations=["cloze"], wordings=[{"name": "plain", "prompt": {"*": ""}}]
    )
    prompt = prompt_of(directory, "cloze", shots=(0,))
    assert (prompt.context, prompt.turns, prompt.query) == ("", (), "")
    assert prompt.continuations == prompt.choices == ("She sings.", "She sing.")
    assert prompt.gold == 0


def test_rolling_scores_the_items_own_text(build):
    data = build.jsonl(
        {"id": "1", "input": {"text": "Ein Satz.", "source": "A sentence."}, "references": ["Ein Satz."]}
    )
    wordings = [{"name": "plain", "prompt": {"*": "Translate: {{ source }}"}, "answer": {"*": "{{ language_name }}:"}}]
    directory = build.pack(
        {"items/de.jsonl": data},
        languages=["de"],
        task="translation",
        formulations=["rolling", "generate"],
        wordings=wordings,
    )
    rolling = prompt_of(directory, "rolling", "de")
    assert (rolling.context, rolling.continuations) == ("", ("Ein Satz.",))
    assert prompt_of(directory, "generate", "de").context == "Translate: A sentence.\nGerman:"


def test_rolling_needs_a_text(build):
    data = build.jsonl({"id": "1", "input": {"source": "A."}, "references": ["B."]})
    directory = build.one(data, task="translation", formulations=["rolling"])
    with pytest.raises(BadItem, match="has no field 'text'"):
        prompt_of(directory, "rolling")


def test_the_hash_is_of_everything_the_model_and_the_judge_see(build):
    directory = build.pack()
    first = prompt_of(directory, "cloze")
    assert first.hash == prompt_of(directory, "cloze").hash
    others = [
        prompt_of(directory, "letters"),
        prompt_of(directory, "cloze", shots=(1,)),
        prompt_of(directory, "cloze", "th"),
    ]
    assert len({first.hash, *(other.hash for other in others)}) == 4
    assert replace(first, hash="").hash == ""


def test_a_formulation_the_card_does_not_allow_is_refused(build):
    with pytest.raises(SpecError, match="is not asked as letters") as caught:
        prompt_of(build.pack(formulations=["cloze"]), "letters")
    assert "cloze" in caught.value.remedy


def test_a_wording_that_is_not_there_lists_those_that_are(build):
    with pytest.raises(NotFound) as caught:
        prompt_of(build.pack(), "cloze", wording="other")
    assert caught.value.remedy == "It has plain."


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ qestion }}", "'qestion' is undefined"),
        ("{{ question", "unexpected end of template"),
        ("{{ question | shout }}", "No filter named 'shout'"),
        ("{{ question.__class__.__mro__ }}", "unsafe"),
        ("{{ ''.__class__ }}", "unsafe"),
        ("{{ 'a' * 1000000000 }}", "operator \\* is not for templates"),
        ("{{ 9 ** 999999999 }}", "operator \\*\\* is not for templates"),
        ("{{ '%9999999999s' % 'a' }}", "operator % is not for templates"),
        ("{{ range(10) }}", "call is not for templates"),
        ("{{ 'a'.ljust(9999999999) }}", "call is not for templates"),
        ("{% set a = question ~ question %}{{ a }}", "assign is not for templates"),
        ("{% for a in question %}{% for b in question %}{% endfor %}{% endfor %}", "a loop inside a loop"),
        ("{{ question | replace('', question) }}", "replacement is not for templates"),
        ("{{ question | batch(9999999999, 1) }}", "No filter named 'batch'"),
        ("{{ question + 1 }}", "TypeError"),
        ("{% include 'x' %}", "include is not for templates"),
    ],
)
def test_a_template_that_cannot_be_rendered_names_wording_and_language(build, template, message):
    directory = build.pack(wordings=[{"name": "odd", "prompt": {"*": template}}])
    with pytest.raises(BadCard, match=message) as caught:
        prompt_of(directory, "cloze", "th")
    assert "wording 'odd', prompt, language th, item th-000" in caught.value.message


def test_a_template_cannot_fill_the_memory():
    doubling = "{{ question }}" * 50
    with pytest.raises(BadCard, match="makes"):
        render(doubling, {"question": "x" * (MAX_CHARACTERS // 20)}, "test")


def test_a_language_without_wording_says_which_key_lacks_it(build):
    directory = build.pack(wordings=[{"name": "plain", "prompt": {"th": "{{ question }}"}}])
    with pytest.raises(BadCard, match="wording 'plain' has no prompt for en"):
        prompt_of(directory, "cloze", "en")


def test_too_few_letters_are_refused(build):
    directory = build.pack(wordings=[{"name": "plain", "prompt": {"*": "x"}, "letters": {"*": "AB"}}])
    with pytest.raises(BadCard, match="2 different letters for en, and an item has 3 options"):
        prompt_of(directory, "letters")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("tr", "Isındı.", "ısındı."), ("tr", "İçti.", "içti."), ("en", "I left.", "I left."), ("en", "I'm here.", "I'm here."),
        ("en", "It rained.", "it rained."), ("en", "NATO met.", "NATO met."), ("el", "Έφυγε.", "έφυγε."), ("th", "ฝนตก", "ฝนตก"),
        ("en", "", ""), ("de", "A b", "a b"),
    ],
)  # fmt: skip
def test_lower_first_follows_the_language(language, text, expected):
    assert render("{{ text | lower_first }}", {"text": text, "language": language}, "test") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Rain fell. ", "Rain fell"), ("下雨了。", "下雨了"), ("बारिश हुई।", "बारिश हुई"), ("ไป", "ไป"), ("Why?!", "Why")],
)
def test_bare_takes_final_punctuation_away(text, expected):
    assert bare(text) == expected


# ------------------------------------------------------------------ shots and plan


def test_shots_are_the_same_for_every_call_and_language(build):
    pack = load_pack(build.pack())
    english, thai = draw_shots(pack, "en", 3, 7), draw_shots(pack, "th", 3, 7)
    assert english == draw_shots(load_pack(pack.root), "en", 3, 7)
    assert [item.id.removeprefix("en-") for item in english.items] == [
        item.id.removeprefix("th-") for item in thai.items
    ]
    assert draw_shots(pack, "en", 2, 7).items == english.items[:2]
    assert {draw_shots(pack, "en", 1, seed).items[0].id for seed in range(20)} != {english.items[0].id}


def test_shots_without_a_split_of_their_own_are_held_out_of_scoring(build):
    pack = load_pack(build.pack())
    shots = draw_shots(pack, "en", 3, 0)
    assert shots.held_out == {item.id for item in shots.items}
    scored = plan_items(pack, "en", None, 0, shots=shots)
    assert len(scored) == 7
    assert not shots.held_out & {item.id for item in scored}


def test_shots_of_a_split_hold_nothing_out(build):
    contents = {
        "items/en.jsonl": build.jsonl(*(build.item(n) for n in range(5))),
        "dev/en.jsonl": build.jsonl(*(build.item(n) for n in range(50, 53))),
    }
    pack = load_pack(
        build.pack(
            contents,
            languages=["en"],
            files={"test": "items/{language}.jsonl", "dev": "dev/{language}.jsonl"},
            shots_split="dev",
        )
    )
    shots = draw_shots(pack, "en", 2, 0)
    assert {item.id for item in shots.items} < {"en-050", "en-051", "en-052"}
    assert (shots.split, shots.held_out) == ("dev", frozenset())


def test_a_passage_that_a_shot_shows_is_not_asked_about(build):
    data = build.jsonl(*(build.item(n, group=f"passage-{n // 2}") for n in range(10)))
    pack = load_pack(build.one(data))
    shots = draw_shots(pack, "en", 1, 0)
    assert len(shots.held_out) == 2


def test_more_shots_than_items_are_refused(build):
    with pytest.raises(SpecError, match="11 shots are asked for and split 'test' of river-facts in en has 10 items"):
        draw_shots(load_pack(build.pack()), "en", 11, 0)


def test_shots_that_leave_nothing_to_score_are_refused(build):
    with pytest.raises(SpecError, match="would leave no item"):
        draw_shots(load_pack(build.pack()), "en", 10, 0)


def test_whole_sentences_take_no_shots(build):
    data = build.jsonl({"id": "1", "input": {}, "choices": ["a", "b"], "gold": 0})
    pack = load_pack(build.one(data, task="minimal_pairs", formulations=["cloze"]))
    assert draw_shots(pack, "en", 5, 0) == Shots("river-facts", "en", 0)


def test_a_limit_takes_from_a_permutation_and_keeps_the_files_order(build):
    pack = load_pack(build.pack())
    four = plan_items(pack, "en", 4, 1)
    assert len(four) == 4
    assert list(four) == sorted(four, key=lambda item: item.id)
    assert {i.id for i in plan_items(pack, "en", 2, 1)} <= {i.id for i in four}
    assert [item.id for item in plan_items(pack, "en", 4, 1, parity=True)] == ["en-000", "en-001", "en-002", "en-003"]
    assert len({tuple(item.id for item in plan_items(pack, "en", 4, seed)) for seed in range(5)}) > 1
    assert plan_items(pack, "en", 100, 1) == pack.items("en")
