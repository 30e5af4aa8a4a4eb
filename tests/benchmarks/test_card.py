"""What a card in order becomes."""

from __future__ import annotations

import pytest

from workbench.benchmarks import read_card
from workbench.benchmarks.card import examine_card
from workbench.benchmarks.card_yaml import read_yaml
from workbench.benchmarks.catalogue import RECIPES, shipped_packs
from workbench.benchmarks.records import DataOrigin, Formulation, TaskKind
from workbench.errors import BadCard


def test_a_card_becomes_a_frozen_record(build):
    document = read_card(build.pack() / "card.yaml")
    card = document.card
    assert (card.task, card.origin) == (TaskKind.MULTIPLE_CHOICE, DataOrigin.NATIVE)
    assert card.formulations == (Formulation.CLOZE, Formulation.LETTERS, Formulation.GENERATE)
    assert card.languages == ("en", "th")
    assert card.wordings[0].delimiter == {"*": " "}
    assert document.files == {"test": {"*": "items/{language}.jsonl"}}
    assert not document.recipe
    with pytest.raises(AttributeError):
        card.name = "other"


def test_every_problem_is_found_at_once_in_the_order_of_lines(build):
    path = build.pack(task="quiz", languages=["en", "eng"], surprise=1, files={"test": "../x"}) / "card.yaml"
    document, problems = examine_card(path)
    assert document is None
    messages = [problem.message for problem in problems]
    assert any("unknown key 'surprise'" in message for message in messages)
    assert any("'task'" in message for message in messages)
    assert any("leaves its directory" in message for message in messages)
    assert [problem.line for problem in problems] == sorted(problem.line for problem in problems)
    assert all(problem.remedy for problem in problems)


def test_norwegian_is_not_false_and_versions_stay_text(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text('no: yes\nversion: 1.0.0\ndate: 2026-11-23\ncount: 12\ntrue_one: true\nquoted: "12"\nempty:\n')
    assert read_yaml(path).data == {
        "no": "yes", "version": "1.0.0", "date": "2026-11-23", "count": 12, "true_one": True, "quoted": "12", "empty": None,
    }  # fmt: skip


def test_lines_are_those_of_the_keys(tmp_path):
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\nb:\n  - c: 2\n    d: 3\n")
    document = read_yaml(path)
    assert document.line(("b", 0, "d")) == 4
    assert document.line(("b", 0, "nothing")) == 3
    assert document.line(("nothing",)) == 1


def test_a_published_date_must_be_one(build):
    with pytest.raises(BadCard, match="is no date") as caught:
        read_card(build.pack(published="23.11.2026") / "card.yaml")
    assert caught.value.remedy == "Write it as YYYY-MM-DD."
    assert read_card(build.pack(published="2026-11-23") / "card.yaml").card.published == "2026-11-23"


@pytest.mark.parametrize("path", sorted(RECIPES.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_recipes_are_in_order(path):
    document = read_card(path)
    assert document.card.name == path.stem
    assert document.folder
    assert document.recipe
    assert document.card.wordings[0].name in ("native", "plain", "direct")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"wordings": [{"name": "a", "prompt": {"*": "x"}}, {"name": "a", "prompt": {"*": "y"}}]},
            "two wordings are called 'a'",
        ),
        ({"languages": ["en", "en"]}, "the language en is named twice"),
        ({"name": "River Facts"}, "the name 'River Facts' may hold"),
        ({"licence": " "}, "'licence' is empty"),
        ({"metrics": []}, "'metrics' is empty"),
        ({"folder": "../up"}, "'folder' is not a plain folder name"),
        ({"files": {}}, "'files' must say"),
        ({"files": {"test": 7}}, "'files.test' is not a path"),
        ({"schema": None}, "the key 'schema' is missing"),
        ({"wordings": [{"name": "a", "prompt": {"deu": "x"}}]}, "'deu' is not the usual tag"),
    ],
)
def test_contradictions_are_refused(build, changes, message):
    with pytest.raises(BadCard) as caught:
        read_card(build.pack({}, **changes) / "card.yaml")
    assert message in caught.value.message


def test_a_card_that_is_a_list_is_none(tmp_path):
    path = tmp_path / "card.yaml"
    path.write_text("- a\n")
    with pytest.raises(BadCard, match="not a mapping"):
        read_card(path)


@pytest.mark.parametrize(
    "path",
    [*sorted(RECIPES.glob("*.yaml")), *sorted(shipped_packs().glob("*/card.yaml"))],
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)
def test_metrics_of_shipped_cards_exist_and_suit_the_default_formulation(path):
    registry = pytest.importorskip("workbench.metrics.registry")
    card = read_card(path).card
    found = [registry.metric(name) for name in card.metrics]
    needs = {"cloze": "choices", "letters": "choices", "rolling": "rolling"}.get(card.formulations[0])
    if needs:
        assert found[0].needs == needs
