"""Every family: the engine's numbers and answers are those of one sequence at a time; README's table says so."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


def helper():
    """The module beside this file; test folders are no packages."""
    spec = importlib.util.spec_from_file_location("workbench_test_families", Path(__file__).with_name("families.py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


families = helper()
NAMES = [family.name for family in families.FAMILIES]
DIFFERENCE = families.HEADER.index("max difference")


@pytest.fixture(scope="session")
def outcome(tmp_path_factory: pytest.TempPathFactory):
    """What the engine did with a family, by name; measured once a session."""
    by_name = {family.name: family for family in families.FAMILIES}
    measured: dict[str, families.Outcome] = {}

    def find(name: str):
        if name not in measured:
            directory = tmp_path_factory.mktemp("family")
            families.save(by_name[name], directory)
            measured[name] = families.measure(by_name[name], directory)
        return measured[name]

    return find


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


@pytest.mark.parametrize("name", NAMES)
def test_scores_and_answers_are_those_of_one_sequence_at_a_time(outcome, name: str):
    found = outcome(name)
    assert found.difference <= 1e-4
    assert found.same_text
    assert found.strategy


def test_the_requests_are_what_the_table_claims(tmp_path: Path):
    from transformers import AutoTokenizer

    families.save(families.FAMILIES[0], tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path)
    shared = len(tokenizer(families.SHOTS)["input_ids"])
    assert 3 * families.WINDOW < shared < 2 * families.BUDGET
    assert len(families.SCORED) == 12
    lengths = {len(tokenizer(choice)["input_ids"]) for choices in families.CHOICES for choice in choices}
    assert len(lengths) > 3
    longest = max(
        len(tokenizer(request.context + c)["input_ids"]) for request in families.SCORED for c in request.continuations
    )
    assert longest + families.NEW_TOKENS < families.CONTEXT


def test_readme_shows_what_was_measured(outcome, repository: Path):
    shown = families.shown((repository / "README.md").read_text(encoding="utf-8"))
    made = families.table([outcome(name) for name in NAMES])
    found, expected = ([cells(line) for line in text.splitlines()] for text in (shown, made))
    for number, row in enumerate(found):
        if number > 1:
            assert float(row[DIFFERENCE]) <= 1e-4, row
            # How the last bits fall depends on the machine.
            row[DIFFERENCE] = expected[number][DIFFERENCE] if number < len(expected) else ""
    assert found == expected, "run `make families`"
