"""Recipes of benchmarks that a team expects by name, each on a few records in the shape its makers document."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from workbench.benchmarks import build_prompt, draw_shots, load_pack, plan_items, validate
from workbench.benchmarks.card import read_card
from workbench.benchmarks.catalogue import RECIPES

Record = dict[str, Any]


@dataclass(frozen=True)
class Example:
    """Files below the recipe's folder, and what the second record of one language becomes.

    `answer` is the text of the right choice, or the references of an open task.
    """

    files: dict[str, str]
    language: str
    count: int
    shown: str
    answer: str | tuple[str, ...]
    choices: int = 0


def lines(*records: Record) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def table(*records: Record) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def tabs(*records: Record) -> str:
    rows = (list(records[0]), *(record.values() for record in records))
    return "".join("\t".join(map(str, row)) + "\n" for row in rows)


def dataset(config: str, split: str, content: str, ending: str = "jsonl") -> dict[str, str]:
    """A snapshot of a hub's data set with one configuration."""
    path = f"{config}/{split}.{ending}"
    card = f"---\nconfigs:\n- config_name: {config}\n  data_files:\n  - split: {split}\n    path: {path}\n---\n"
    return {"README.md": card, path: content}


def squad(*questions: tuple[str, str, str, str]) -> str:
    paragraphs = [
        {
            "context": context,
            "qas": [{"id": key, "question": asked, "answers": [{"text": said, "answer_start": context.index(said)}]}],
        }
        for key, context, asked, said in questions
    ]
    return json.dumps({"version": "1.1", "data": [{"title": "t", "paragraphs": paragraphs}]}, ensure_ascii=False)


ABCD = {"A": "ماء", "B": "نار", "C": "هواء", "D": "تراب"}
NLI = [("Es regnet.", "Es ist nass.", 0), ("Es regnet.", "Es ist trocken.", 2), ("Es regnet.", "Es ist kalt.", 1)]
MULTIPLE: dict[str, Example] = {
    "belebele": Example(
        {
            "data/tha_Thai.jsonl": lines(
                *(
                    {
                        "link": "https://example.org/a", "question_number": number, "flores_passage": "แม่น้ำไหลลงทะเล",
                        "question": f"แม่น้ำไหลไปไหน {number}", "mc_answer1": "ภูเขา", "mc_answer2": "ทะเล",
                        "mc_answer3": "ป่า", "mc_answer4": "เมือง", "correct_answer_num": "2", "dialect": "tha_Thai",
                        "ds": "2023-05-03",
                    }
                    for number in (1, 2)
                )
            )
        },
        "th", 2, "แม่น้ำไหลไปไหน 2", "ทะเล", 4,
    ),
    "global-mmlu": Example(
        dataset(
            "sw", "test",
            lines(
                *(
                    {
                        "sample_id": f"anatomy/test/{number}", "subject": "anatomy", "question": f"Moyo uko wapi {number}?",
                        "option_a": "kifuani", "option_b": "kichwani", "option_c": "mguuni", "option_d": "mkononi",
                        "answer": "A", "cultural_sensitivity_label": "CA",
                    }
                    for number in (0, 1)
                )
            ),
        ),
        "sw", 2, "Moyo uko wapi 1?", "kifuani", 4,
    ),
    "mmmlu": Example(
        {
            "test/mmlu_AR-XY.csv": table(
                {"": 0, "Question": "أولا؟", **ABCD, "Answer": "A", "Subject": "anatomy"},
                {"": 1, "Question": "ما الرطب؟", **ABCD, "Answer": "D", "Subject": "anatomy"},
            )
        },
        "ar", 2, "ما الرطب؟", "تراب", 4,
    ),
    "include": Example(
        dataset(
            "Greek", "test",
            lines(
                *(
                    {
                        "question": f"Ποιος ποταμός {number};", "option_a": "Αξιός", "option_b": "Νέστος",
                        "option_c": "Έβρος", "option_d": "Στρυμόνας", "answer": 2, "domain": "Social Science",
                        "regional_feature": "region explicit",
                    }
                    for number in (1, 2)
                )
            ),
        ),
        "el", 2, "Ποιος ποταμός 2;", "Έβρος", 4,
    ),
    "xstorycloze": Example(
        {
            "spring2016.val.eu.tsv.split_20_80_eval.tsv": tabs(
                *(
                    {
                        "InputStoryid": f"id-{number}", "InputSentence1": "Ibaia hotza zen.", "InputSentence2": "Ane heldu zen.",
                        "InputSentence3": "Uretara sartu zen.", "InputSentence4": f"Hotz egin zion {number}.",
                        "RandomFifthSentenceQuiz1": "Beroa sentitu zuen.", "RandomFifthSentenceQuiz2": "Atera egin zen.",
                        "AnswerRightEnding": 2,
                    }
                    for number in (1, 2)
                )
            )
        },
        "eu", 2, "Hotz egin zion 2.", "Atera egin zen.", 2,
    ),
    "afrimmlu": Example(
        dataset(
            "yor", "test",
            tabs(
                *(
                    {
                        "subject": "elementary_mathematics", "question": f"Kí ni 2 + {number}?",
                        "choices": "['1', '2', '3', '4']", "answer": letter,
                    }
                    for number, letter in ((1, "C"), (2, "D"))
                )
            ),
            "tsv",
        ),
        "yo", 2, "Kí ni 2 + 2?", "4", 4,
    ),
    "arabicmmlu": Example(
        {
            "ArabicMMLU.csv": table(
                *(
                    {
                        "ID": number, "Source": "s", "Country": "Jordan", "Group": "STEM", "Subject": "Biology", "Level": "High",
                        "Question": f"أين القلب {number}؟", "Context": context, "Answer Key": "B", "Option 1": "الرأس",
                        "Option 2": "الصدر", "Option 3": "القدم", "Option 4": "", "Option 5": "",
                    }
                    for number, context in ((1, ""), (2, "نص عن الجسم."))
                )
            )
        },
        "ar", 2, "نص عن الجسم.", "الصدر", 3,
    ),
    "cmmlu": Example(
        {
            f"test/{subject}.csv": table(
                {"": 0, "Question": f"{subject}：水是什么？", "A": "液体", "B": "火", "C": "石头", "D": "风", "Answer": "A"}
            )
            for subject in ("agronomy", "anatomy")
        },
        "zh", 2, "anatomy：水是什么？", "液体", 4,
    ),
    "ceval": Example(
        {
            f"val/{subject}_val.csv": table(
                {"id": 0, "question": f"{subject}：下列____正确。", "A": "甲", "B": "乙", "C": "丙", "D": "丁", "answer": "C"}
            )
            for subject in ("accountant", "law")
        },
        "zh", 2, "law：下列____正确。", "丙", 4,
    ),
    "turkishmmlu": Example(
        dataset(
            "All", "test",
            lines(
                *(
                    {
                        "question": f"Hangi nehir {number}?", "choices": ["Kızılırmak", "Fırat", "Dicle", "Gediz", "Aras"],
                        "answer": "E", "subject": "Geography",
                    }
                    for number in (1, 2)
                )
            ),
        ),
        "tr", 2, "Hangi nehir 2?", "Aras", 5,
    ),
    "kmmlu": Example(
        {
            "data/Law-test.csv": table(
                *(
                    {
                        "question": f"강은 어디로 흐르는가 {number}?", "answer": 4, "A": "산", "B": "하늘", "C": "도시", "D": "바다",
                        "Category": "Law", "Human Accuracy": 0.7,
                    }
                    for number in (1, 2)
                )
            )
        },
        "ko", 2, "강은 어디로 흐르는가 2?", "바다", 4,
    ),
    "m3exam": Example(
        {
            "text-question/thai-questions-test.json": json.dumps(
                [
                    {
                        "question_text": f"แม่น้ำใดยาวที่สุด {number}", "background_description": described,
                        "answer_text": "3", "options": ["(1) ปิง", "(2) วัง", "(3) โขง", "(4) น่าน"],
                        "need_image": "no", "language": "thai", "level": "mid", "subject": "social",
                    }
                    for number, described in ((1, []), (2, ["อ่านข้อความนี้"]))
                ],
                ensure_ascii=False,
            )
        },
        "th", 2, "อ่านข้อความนี้", "โขง", 4,
    ),
    "hellaswag-xx": Example(
        {
            "uk/val.jsonl": lines(
                *(
                    {
                        "ind": number, "activity_label": "Swimming", "ctx": f"Дівчина пливе {number}.",
                        "endings": ["Вона летить.", "Вона виходить з води.", "Вона горить.", "Вона їсть камінь."],
                        "label": "1",
                    }
                    for number in (1, 2)
                )
            )
        },
        "uk", 2, "Дівчина пливе 2.", "Вона виходить з води.", 4,
    ),
    "arc-xx": Example(
        {
            "vi/test.jsonl": lines(
                *(
                    {
                        "id": f"Mercury_{number}", "instruction": f"Nước sôi ở bao nhiêu độ {number}?", "option_a": "50",
                        "option_b": "100", "option_c": "200", "option_d": "300", "option_e": None, "answer": "B",
                    }
                    for number in (1, 2)
                )
            )
        },
        "vi", 2, "Nước sôi ở bao nhiêu độ 2?", "100", 4,
    ),
    "truthfulqa-xx": Example(
        {
            "hy/val.jsonl": lines(
                *(
                    {
                        "category": "Myths", "question": f"Ի՞նչ կլինի {number}",
                        "mc1_targets": {"choices": ["Ոչինչ", "Անձրև"], "labels": [0, 1]},
                    }
                    for number in (1, 2)
                )
            )
        },
        "hy", 2, "Ի՞նչ կլինի 2", "Անձրև", 2,
    ),
    "multiblimp": Example(
        {"ukr/data.tsv": tabs(*({"sen": f"Річки течуть {n}.", "wrong_sen": f"Річки тече {n}.", "phenomenon": "SV-#"} for n in (1, 2)))},
        "uk", 2, "Річки течуть 2.", "Річки течуть 2.", 2,
    ),
}  # fmt: skip
LABELLED: dict[str, Example] = {
    "xnli": Example(
        dataset("de", "test", lines(*({"premise": p, "hypothesis": h, "label": number} for p, h, number in NLI))),
        "de", 3, "Es ist trocken.", "2", 3,
    ),
    "indicxnli": Example(
        {
            "forward/test/xnli_ta.json": json.dumps(
                [{"premise": "மழை பெய்கிறது.", "hypothesis": f"ஈரம் {number}.", "label": number} for number in (0, 1)],
                ensure_ascii=False,
            )
        },
        "ta", 2, "ஈரம் 1.", "1", 3,
    ),
    "afrixnli": Example(
        {
            "data/zul/test.tsv": tabs(
                {"premise": "Kuyana.", "hypothesis": 'Kumanzi "kakhulu', "label": "entailment"},
                {"premise": "Kuyana.", "hypothesis": "Komile.", "label": "contradiction"},
            )
        },
        "zu", 2, "Komile.", "contradiction", 3,
    ),
    "masakhanews": Example(
        {
            "data/som/test.tsv": tabs(
                *({"category": "health", "headline": f"Cudurka {n}", "text": "…", "url": "u"} for n in (1, 2))
            )
        },
        "so", 2, "Cudurka 2", "health", 7,
    ),
    "paws-x": Example(
        {
            "x-final/ja/test_2k.tsv": tabs(
                {"id": 1, "sentence1": "川は北へ流れる。", "sentence2": "北へ川は流れる。", "label": 1},
                {"id": 2, "sentence1": "AはBを見た。", "sentence2": "BはAを見た。", "label": 0},
            )
        },
        "ja", 2, "BはAを見た。", "0", 2,
    ),
}  # fmt: skip
OPEN: dict[str, Example] = {
    "mlqa": Example(
        {
            "MLQA_V1/test/test-context-hi-question-hi.json": squad(
                ("1", "गंगा भारत में है।", "गंगा कहाँ है?", "भारत"), ("2", "सिंधु लंबी है।", "कौन लंबी है?", "सिंधु")
            )
        },
        "hi", 2, "कौन लंबी है?", ("सिंधु",),
    ),
    "tydiqa": Example(
        {
            "tydiqa-goldp-v1.1-dev/tydiqa-goldp-dev-finnish.json": squad(
                ("a", "Kemijoki on pitkä.", "Mikä joki?", "Kemijoki"), ("b", "Turku on vanha.", "Mikä on vanha?", "Turku")
            )
        },
        "fi", 2, "Mikä on vanha?", ("Turku",),
    ),
    "flores-plus": Example(
        {"devtest/devtest.khm_Khmr": "ទន្លេ\nសមុទ្រ\n", "devtest/devtest.eng_Latn": "River\nSea\n"},
        "km", 2, "Sea", ("សមុទ្រ",),
    ),
    "ifeval-xx": Example(
        {
            "th.jsonl": lines(
                {"key": 1, "prompt": "เขียน", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]},
                {
                    "key": 2, "prompt": "เขียนสามคำ", "instruction_id_list": ["length_constraints:number_words"],
                    "kwargs": [{"num_words": 3, "relation": "at least", "keywords": None}],
                },
            )
        },
        "th", 2, "เขียนสามคำ", ('{"id": "length_constraints:number_words", "num_words": 3, "relation": "at least"}',),
    ),
}  # fmt: skip
EXAMPLES = MULTIPLE | LABELLED | OPEN
AT_HAND = frozenset(
    {
        "afrisenti", "blend", "exams", "gaokao-bench", "global-mmlu-lite", "heq", "hucola", "jcommonsenseqa", "jnli",
        "jsquad", "klue-nli", "mgsm", "ntrex-128", "nusax-senti", "rublimp", "sib200", "tatoeba",
        "tatoeba-into-english", "tico-19", "ua-gec", "udhr", "wisesight", "xcopa", "xquad",
    }
)  # fmt: skip
"""Recipes that `test_recipes.py` reads the real files of."""


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Write a recipe's example where recipes look for original files; return the pack."""

    def write(name: str):
        folder = read_card(RECIPES / f"{name}.yaml").folder
        for path, content in EXAMPLES[name].files.items():
            place = tmp_path / folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content, encoding="utf-8")
        monkeypatch.setenv("WORKBENCH_BENCHMARKS", str(tmp_path))
        return load_pack(name)

    return write


def test_every_recipe_is_tried_on_something():
    assert {path.stem for path in RECIPES.glob("*.yaml")} == AT_HAND | set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_records_become_items(files, name):
    example = EXAMPLES[name]
    pack = files(name)
    assert example.language in pack.languages
    items = pack.items(example.language)
    assert len(items) == example.count
    item = items[1]
    assert example.shown in (*item.input.values(), *item.choices)
    if isinstance(example.answer, tuple):
        assert item.references == example.answer
    else:
        assert len(item.choices) == example.choices
        assert item.choices[item.gold] == example.answer


@pytest.mark.parametrize("name", EXAMPLES)
def test_items_are_asked_in_every_wording_and_formulation(files, name):
    example = EXAMPLES[name]
    pack = files(name)
    shots = draw_shots(pack, example.language, 0, 0)
    (item,) = plan_items(pack, example.language, 1, 0, shots=shots)
    for wording in pack.card.wordings:
        for formulation in pack.card.formulations:
            prompt = build_prompt(pack.card, item, wording, formulation, shots)
            assert prompt.context or prompt.continuations
            assert "{{" not in prompt.context


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_recipe_finds_nothing_wrong_with_its_example(files, name):
    # The snapshot of one language, which a hub has not: every other is missing.
    missing = "is not among those of the dataset"
    assert [error for error in validate(files(name)).errors if missing not in error.message] == []
