"""docs/packs.md names every field there is, and its example works."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import get_args

import pytest

from workbench.benchmarks import load_pack, validate
from workbench.benchmarks.card import ALLOWED
from workbench.benchmarks.items import OWN_KEYS
from workbench.benchmarks.reading import Drop, Format, Gold, Reading
from workbench.benchmarks.records import Card, DataOrigin, Wording


@pytest.fixture
def page(repository) -> str:
    return (repository / "docs" / "packs.md").read_text(encoding="utf-8")


def test_every_field_of_every_record_is_described(page):
    names = {entry.name for record in (Card, Wording, Reading, Gold, Drop) for entry in fields(record)}
    names |= {"schema", "files", "folder", "read", *OWN_KEYS, *get_args(Format), *DataOrigin, *ALLOWED}
    assert [name for name in sorted(names) if f"`{name}`" not in page and f"`{name}:" not in page] == []


def test_every_formulation_of_a_task_stands_in_its_row(page):
    table = page.split("| task | formulations |")[1].split("\n\n")[0].splitlines()[1:]
    for task, formulations in ALLOWED.items():
        (row,) = [line for line in table if f"`{task}`" in line.split("|", 2)[1]]
        assert all(f"`{formulation}`" in row for formulation in formulations), task


def test_the_example_is_a_pack_in_order(page, tmp_path):
    blocks = dict(re.findall(r"```(yaml|json)\n(schema: 1.*?|\{.*?)```", page, re.DOTALL))
    (tmp_path / "items").mkdir()
    (tmp_path / "card.yaml").write_text(blocks["yaml"], encoding="utf-8")
    example = json.loads(blocks["json"])
    english = example | {"id": "en-001", "input": dict.fromkeys(example["input"], "Which of the two is it?")}
    english |= {"choices": ["The first", "The second", "The third", "The fourth"][: len(example["choices"])]}
    for language, item in (("en", english), ("th", example)):
        (tmp_path / "items" / f"{language}.jsonl").write_text(json.dumps(item, ensure_ascii=False), encoding="utf-8")
    assert validate(load_pack(tmp_path)).findings == ()
