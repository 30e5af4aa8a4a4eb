"""What small files written here are taken for: by content, under names that say nothing."""

from __future__ import annotations

import csv
import io
import json

import pytest

NAMES = [
    "river",
    "bridge",
    "market",
    "school",
    "garden",
    "window",
    "teacher",
    "doctor",
    "village",
    "harbour",
    "forest",
    "island",
]
VERBS = ["crosses", "remembers", "describes", "repairs", "visits", "paints", "follows", "protects"]


def sentence(number: int) -> str:
    one, two, three = NAMES[number % 12], NAMES[(number * 5 + 3) % 12], NAMES[(number * 7 + 1) % 12]
    return f"The old {one} near the {two} {VERBS[number % 8]} what the people of the {three} have known for years ({number})."


def jsonl(rows) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def table(rows, separator=",", header=()) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=separator, lineterminator="\n")
    writer.writerows([header, *rows] if header else rows)
    return out.getvalue().encode()


def keys(looked) -> list[str]:
    return [question.key for question in looked.proposal.questions]


def choices(number: int) -> list[str]:
    return [f"{NAMES[(number + place * 5) % 12]} of {VERBS[(number + place) % 8]}" for place in range(4)]


@pytest.mark.parametrize("base", [0, 1])
def test_choices_in_columns_and_a_number_from_zero_or_one(found, base):
    rows = [[f"q{n}", f"What is it that the {sentence(n)[4:30]}?", *choices(n), n % 4 + base] for n in range(60)]
    looked = found({"a": table(rows, header=["p", "q", "r", "s", "t", "u", "v"])})
    assert keys(looked) == []
    proposal = looked.proposal
    assert (proposal.kind, proposal.languages) == ("multiple_choice", ("en",))
    assert proposal.guess.choices == ("r", "s", "t", "u")
    assert (proposal.reading.gold.field, proposal.reading.gold.kind, proposal.reading.gold.base) == ("v", "index", base)
    assert proposal.reading.id == "p"
    assert looked.prompts[2].gold == 2


@pytest.mark.parametrize(
    "letters", ["ABCD", "abcd", "АБВГ", "กขคง", "ကခဂဃ", "অআইঈ", "①②③④", "甲乙丙丁", "אבגד", "가나다라"]
)
def test_gold_in_letters_of_many_scripts(found, letters):
    rows = [{"x": sentence(n), "y": choices(n), "z": letters[(n * 3) % 4]} for n in range(40)]
    looked = found({"a": jsonl(rows)})
    assert keys(looked) == []
    assert looked.proposal.kind == "multiple_choice"
    gold = looked.proposal.reading.gold
    assert (gold.kind, gold.letters["*"][:4]) == ("letter", letters)
    assert [prompt.gold for prompt in looked.prompts[:4]] == [0, 3, 2, 1]


def test_gold_in_native_digits(found):
    rows = [{"x": sentence(n), "y": choices(n), "z": "၁၂၃၄"[n % 4]} for n in range(40)]
    looked = found({"a": jsonl(rows)})
    assert keys(looked) == []
    assert (looked.proposal.reading.gold.kind, looked.proposal.reading.gold.base) == ("index", 1)
    assert looked.prompts[1].gold == 1


def test_a_first_number_that_cannot_be_told_is_asked(found):
    rows = [{"x": sentence(n), "y": choices(n), "z": 1 + n % 3} for n in range(40)]
    files = {"a": jsonl(rows)}
    assert keys(found(files)) == ["base"]
    assert found(files, "base=1").proposal.reading.gold.base == 1


def test_gold_as_the_text_of_a_choice(found):
    rows = [{"x": sentence(n), "y": choices(n), "z": choices(n)[n % 4]} for n in range(40)]
    looked = found({"a": jsonl(rows)})
    assert (looked.proposal.kind, looked.proposal.reading.gold.kind) == ("multiple_choice", "text")


def test_choices_as_objects_with_labels(found):
    rows = [
        {
            "x": {"y": sentence(n), "c": [{"l": "ABCD"[p], "t": text} for p, text in enumerate(choices(n))]},
            "k": "ABCD"[n % 4],
        }
        for n in range(40)
    ]
    looked = found({"a": jsonl(rows)})
    gold = looked.proposal.reading.gold
    assert (gold.kind, gold.field, gold.labels, looked.proposal.guess.choices) == (
        "label",
        "k",
        "x.c.*.l",
        ("x.c.*.t",),
    )


def test_two_numbers_that_could_both_be_gold_are_asked_about(found):
    rows = [{"x": sentence(n), "y": choices(n), "a": n % 4, "b": (n * 3) % 4} for n in range(40)]
    files = {"f": jsonl(rows)}
    assert keys(found(files)) == ["gold"]
    assert found(files, "gold=b").proposal.reading.gold.field == "b"


def test_labels_and_a_text(found):
    rows = [[sentence(n), ["good", "bad", "so-so"][n % 3]] for n in range(60)]
    looked = found({"a": table(rows, "\t", header=["m", "n"])})
    assert looked.proposal.kind == "classification"
    assert looked.proposal.reading.names == ("bad", "good", "so-so")
    assert looked.proposal.guess.input == {"text": "m"}


def test_two_fields_of_few_values_are_asked_about(found):
    rows = [[sentence(n), ["good", "bad"][n % 2], ["press", "radio", "net"][n % 3]] for n in range(60)]
    files = {"a": table(rows, header=["m", "n", "o"])}
    assert keys(found(files)) == ["gold"]
    assert found(files, "gold=n").proposal.reading.names == ("bad", "good")


def test_a_pair_and_known_labels(found):
    labels = ["entailment", "neutral", "contradiction"]
    rows = [
        {"a": sentence(n), "b": sentence(n * 3 + 1)[:40], "c": labels[n % 3], "d": ["x", "y"][n % 2]} for n in range(60)
    ]
    looked = found({"f": jsonl(rows)})
    assert looked.proposal.kind == "classification"
    assert looked.proposal.guess.input == {"premise": "a", "hypothesis": "b"}
    assert looked.proposal.reading.gold.field == "c"


def test_sentences_that_differ_in_a_word(found):
    rows = [{"a": sentence(n), "b": sentence(n).replace("have", "has")} for n in range(40)]
    files = {"f": jsonl(rows)}
    assert keys(found(files)) == ["right"]
    looked = found(files, "right=a")
    assert (looked.proposal.kind, looked.prompts[0].gold) == ("minimal_pairs", 0)


def test_a_passage_a_question_and_words_of_the_passage(found):
    rows = []
    for n in range(40):
        passage = " ".join(sentence(n + place) for place in range(4))
        start = passage.index("near")
        rows.append({"p": passage, "q": f"Where is number {n}?", "a": [{"t": passage[start : start + 15], "s": start}]})
    looked = found({"f": jsonl(rows)})
    assert keys(looked) == []
    assert looked.proposal.kind == "extractive_qa"
    assert looked.proposal.guess.input == {"context": "p", "question": "q"}


def test_questions_below_their_passages(found):
    articles = []
    for n in range(6):
        passage = " ".join(sentence(n + place) for place in range(4))
        asked = [
            {"i": f"id{n}-{k}", "q": f"Where is it, {NAMES[n + k]}?", "a": [{"t": passage[8:30], "s": 8}]}
            for k in range(5)
        ]
        articles.append({"t": f"title {n}", "ps": [{"c": passage, "qs": asked}]})
    looked = found({"f": json.dumps({"v": "1", "d": articles}).encode()})
    assert keys(looked) == []
    assert looked.proposal.reading.records == "d.*.ps.*.qs"
    assert looked.proposal.guess.input == {"context": "@up.c", "question": "q"}
    assert looked.proposal.reading.group == "@up.@place"


def test_numbers_as_answers(found):
    rows = [
        [f"{sentence(n)} If there are {n + 3} of them and {n} go, how many are left?", f"{(n * 137) % 5000:,}"]
        for n in range(60)
    ]
    looked = found({"f": table(rows, "\t")})
    assert looked.proposal.kind == "math"
    assert (looked.proposal.reading.header, looked.proposal.reading.thousands) == (False, ",")


def test_short_answers(found):
    rows = [
        {
            "q": f"Which thing {VERBS[n % 8]} the {NAMES[n % 12]} number {n}?",
            "a": [NAMES[n % 12], f"the {NAMES[(n + 1) % 12]}"],
        }
        for n in range(40)
    ]
    looked = found({"f": jsonl(rows)})
    assert looked.proposal.kind == "open_qa"
    assert looked.proposal.reading.references == ("a",)


def test_nothing_but_text(found):
    looked = found({"f": "\n".join(sentence(n) for n in range(30)).encode()})
    assert looked.proposal.kind == "text"
    assert looked.proposal.reading.format == "lines"


def test_what_cannot_be_told_is_asked_and_never_guessed(found):
    rows = [{"a": sentence(n), "b": sentence(n + 7), "c": sentence(n + 11)} for n in range(40)]
    looked = found({"f": jsonl(rows)})
    assert "kind" in keys(looked)
    assert looked.proposal.reading is None
    assert looked.directory is None


def test_several_shapes_are_asked_about(found):
    labels = [{"a": sentence(n), "b": ["good", "bad"][n % 2]} for n in range(40)]
    others = [{"x": sentence(n), "y": choices(n), "z": n % 4} for n in range(40)]
    files = {"f": jsonl(labels), "g": jsonl(others)}
    assert keys(found(files))[0] == "part"
    kinds = {found(files, f"part={part}").proposal.kind for part in (1, 2)}
    assert kinds == {"classification", "multiple_choice"}


def test_files_of_one_language_are_splits_or_parts(found):
    rows = [{"a": sentence(n), "b": ["good", "bad"][n % 2]} for n in range(60)]
    files = {"f": jsonl(rows[:40]), "g": jsonl(rows[40:])}
    assert keys(found(files)) == ["splits"]
    looked = found(files, "splits=test,train")
    assert looked.card["files"] == {"test": "test/{language}.jsonl", "train": "train/{language}.jsonl"}
    assert looked.card["shots_split"] == "train"
    together = found(files, "splits=together")
    assert together.card["files"] == {"test": "test/{language}/*.jsonl"}
    assert len(together.prompts) == 10
    named = found({"x/train.q": jsonl(rows[:20]), "x/test.q": jsonl(rows[20:])})
    assert keys(named) == []
    assert {file.split for file in named.proposal.files} == {"train", "test"}


def test_a_legacy_encoding_a_semicolon_and_a_language_by_its_text(found):
    lines = [
        "Река течёт через большой город, и люди гуляют по её берегам", "Вчера шёл дождь, поэтому улицы были пустыми",
        "Дети учатся читать и писать в новой школе возле парка", "Мой брат работает врачом в старой больнице",
    ]  # fmt: skip
    rows = [[f"{lines[n % 4]} {n}", ["да", "нет"][n % 2]] for n in range(40)]
    looked = found({"f": table(rows, ";").decode().encode("cp1251")})
    assert keys(looked) == []
    assert looked.proposal.languages == ("ru",)
    assert (looked.proposal.reading.encoding, looked.proposal.reading.delimiter) == ("cp1251", ";")
    assert "река" in looked.prompts[0].context.lower()


def test_odd_column_names_are_given_plain_ones(found):
    rows = [[n, sentence(n), ["good", "bad"][n % 2]] for n in range(40)]
    looked = found({"f": table(rows, header=["", "@line", "@line"])})
    assert looked.proposal.kind == "classification"
    assert looked.proposal.reading.columns == ("column1", "column2", "column3")
    assert len(looked.prompts) == 10


def test_few_records_that_are_no_items_are_left_out_by_a_stated_rule(found):
    rows = [{"x": sentence(n), "y": choices(n), "z": "ABCD"[n % 4]} for n in range(60)]
    rows[7]["z"], rows[9]["x"] = "@", None
    looked = found({"f": jsonl(rows)})
    reasons = {drop.reason for drop in looked.proposal.reading.drop}
    assert reasons == {"The source's answer '@' is none of the options.", "This field is empty in the source."}
    assert looked.proposal.faults == ()
