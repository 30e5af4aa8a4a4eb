"""`workbench benchmarks` prints what the library knows."""

from __future__ import annotations

import json

import pytest

from workbench.cli.app import main

CARD = """schema: 1
name: river-facts
version: 1.0.0
title: River facts
description: Questions about rivers.
task: multiple_choice
formulations: [letters, cloze]
languages: [en, th]
origin: native
licence: CC0-1.0
source: Written for a test.
citation: None.
residency: unrestricted
transfer: unrestricted
sensitivity: public
canary: WORKBENCH-CANARY 00000000-0000-4000-8000-000000000001
metrics: [accuracy]
wordings:
  - name: plain
    prompt: {"*": "{{ question }}"}
files:
  test: "items/{language}.jsonl"
"""

QUESTIONS = {"en": "Which river is number {}?", "th": "แม่น้ำหมายเลข {} คือแม่น้ำใด"}


@pytest.fixture
def pack(tmp_path):
    directory = tmp_path / "rivers"
    (directory / "items").mkdir(parents=True)
    (directory / "card.yaml").write_text(CARD, encoding="utf-8")
    for language in ("en", "th"):
        rows = [
            {
                "id": f"{language}-{n}",
                "input": {"question": QUESTIONS[language].format(n)},
                "choices": [f"a{n}", f"b{n}"],
                "gold": n % 2,
            }
            for n in range(6)
        ]
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (directory / "items" / f"{language}.jsonl").write_text(text, encoding="utf-8")
    return directory


def call(capsys, *words: str) -> tuple[int, str, str]:
    code = 0
    try:
        main(["benchmarks", *words])
    except SystemExit as done:
        code = int(done.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_list_filters_by_language_and_gives_json(capsys, pack):
    assert call(capsys, "add", str(pack))[0] == 0
    _, out, _ = call(capsys, "list", "--language", "tha", "--json")
    found = {entry["name"]: entry for entry in json.loads(out)}
    assert found["river-facts"]["place"] == "home"
    assert found["river-facts"]["languages"] == ["en", "th"]
    _, out, _ = call(capsys, "list", "--language", "dz", "--json")
    assert "river-facts" not in out


def test_list_all_says_why_a_recipe_cannot_be_used(capsys, monkeypatch):
    monkeypatch.delenv("WORKBENCH_BENCHMARKS", raising=False)
    _, out, _ = call(capsys, "list", "--all", "--json")
    recipe = next(entry for entry in json.loads(out) if entry["name"] == "xcopa")
    assert recipe["error"]["code"] == "benchmark_source"
    code, out, err = call(capsys, "list")
    assert code == 0
    assert "xcopa" not in out
    assert "more cannot be used here" in err


def test_show_counts_items_by_language(capsys, pack):
    code, out, _ = call(capsys, "show", str(pack), "--json")
    shown = json.loads(out)
    assert code == 0
    assert [(row["language"], row["items"]) for row in shown["languages"]] == [("en", 6), ("th", 6)]
    assert len(shown["digest"]) == 64
    _, out, _ = call(capsys, "show", str(pack))
    assert "Thai" in out
    assert "CC0-1.0" in out


def test_show_of_a_recipe_without_files_still_shows_its_card(capsys, monkeypatch):
    monkeypatch.delenv("WORKBENCH_BENCHMARKS", raising=False)
    code, out, _ = call(capsys, "show", "xcopa")
    assert code == 0
    assert "WORKBENCH_BENCHMARKS is not set" in " ".join(out.split())


def test_preview_prints_context_continuations_and_gold(capsys, pack):
    code, out, _ = call(capsys, "preview", str(pack), "--language", "th", "--shots", "1", "--item", "th-3")
    assert code == 0
    assert "แม่น้ำหมายเลข 3 คือแม่น้ำใด\nA. a3\nB. b3\nAnswer:\n" in out
    assert "  0: ' A'\n→ 1: ' B'" in out
    _, out, _ = call(
        capsys, "preview", str(pack), "--language", "th", "--formulation", "cloze", "--limit", "2", "--json"
    )
    rows = json.loads(out)
    assert len(rows) == 2
    assert rows[0]["prompt"]["continuations"][0].startswith(" a")


def test_preview_of_an_item_that_is_not_there_exits_3(capsys, pack):
    code, _, err = call(capsys, "preview", str(pack), "--language", "th", "--item", "th-99")
    assert code == 3
    assert "has no item 'th-99'" in err


def test_validate_lists_every_problem_and_exits_3(capsys, pack):
    code, out, _ = call(capsys, "validate", str(pack))
    assert (code, out) == (0, "river-facts: 12 items in 2 languages; 0 errors, 0 warnings\n")
    with (pack / "items" / "th.jsonl").open("a") as file:
        file.write("{oops\n[]\n")
    code, out, _ = call(capsys, "validate", str(pack))
    assert code == 3
    assert "error[benchmark_item] items/th.jsonl:7:" in out
    assert "error[benchmark_item] items/th.jsonl:8:" in out
    code, out, _ = call(capsys, "validate", str(pack), "--json")
    assert len(json.loads(out)[0]["findings"]) == 2


def test_strict_validation_fails_on_warnings(capsys, pack):
    path = pack / "card.yaml"
    path.write_text(path.read_text().replace("WORKBENCH-CANARY 00000000-0000-4000-8000-000000000001", '""'))
    assert call(capsys, "validate", str(pack))[0] == 0
    assert call(capsys, "validate", "--strict", str(pack))[0] == 3


def test_add_and_remove(capsys, pack):
    code, out, _ = call(capsys, "add", str(pack))
    assert code == 0
    assert "added river-facts 1.0.0 (en th)" in " ".join(out.split())
    code, _, err = call(capsys, "add", str(pack))
    assert code == 2
    assert "was added before" in err
    code, out, _ = call(capsys, "rm", "river-facts", "--json")
    assert json.loads(out)["removed"] == "river-facts"
    assert call(capsys, "rm", "river-facts")[0] == 3


def test_croissant_is_written_or_printed(capsys, pack, tmp_path):
    code, out, _ = call(capsys, "croissant", str(pack))
    assert code == 0
    assert json.loads(out)["name"] == "river-facts"
    target = tmp_path / "croissant.json"
    assert call(capsys, "croissant", str(pack), "-o", str(target))[0] == 0
    assert target.read_text(encoding="utf-8") == out


def test_recipes_need_the_original_files(capsys, monkeypatch):
    monkeypatch.delenv("WORKBENCH_BENCHMARKS", raising=False)
    code, _, err = call(capsys, "recipes")
    assert code == 3
    assert "WORKBENCH_BENCHMARKS" in err


def test_recipes_are_counted(capsys, benchmark_files):
    del benchmark_files
    code, out, _ = call(capsys, "recipes", "--json")
    assert code == 0
    assert {count["recipe"] for count in json.loads(out)["counts"]} >= {"xcopa", "udhr"}
