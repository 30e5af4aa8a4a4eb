"""Equal specs are equal bytes; a spec that cannot be run says why."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from workbench.errors import SpecError
from workbench.evaluation.spec import ModelRef, PackRef, RunSpec, checked, json_schema, spec_from_json

SPEC = RunSpec(model=ModelRef("/models/a", "d" * 64), packs=(PackRef("xcopa", "e" * 64),), languages=("th", "vi"))


def test_a_spec_survives_its_own_json_byte_for_byte():
    again = spec_from_json(SPEC.canonical())
    assert again == SPEC
    assert again.canonical() == SPEC.canonical()
    assert again.hash == SPEC.hash


def test_the_hash_of_a_spec_of_schema_1_never_changes():
    assert SPEC.hash == "5498c60c45635ec18f86cc72f94220eb9d7abcd971466a420f7b589980e9bc2a"


def test_the_order_of_fields_and_spelling_of_json_do_not_matter():
    fields = json.loads(SPEC.canonical())
    shuffled = json.dumps(dict(reversed(fields.items())), indent=3, ensure_ascii=True)
    assert spec_from_json(shuffled).hash == SPEC.hash


def test_defaults_need_not_be_written():
    fields = {"model": {"path": "/models/a", "digest": "d" * 64}, "packs": [{"name": "xcopa", "digest": "e" * 64}]}
    assert checked(fields).hash == replace(SPEC, languages=()).hash


@pytest.mark.parametrize(
    ("field", "value"),
    [("shots", 5), ("seed", 1), ("parity", True), ("limit", 3), ("languages", ("th",)), ("suite", "s"), ("seal", True)],
)
def test_another_value_is_another_hash(field, value):
    assert replace(SPEC, **{field: value}).hash != SPEC.hash


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"shotz": 5}, "unknown field shotz"),
        ({"shots": -1}, "shots"),
        ({"shots": 101}, "shots"),
        ({"limit": 0}, "limit"),
        ({"repeats": 0}, "repeats"),
        ({"temperature": -0.5}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"max_length": 2}, "max_length"),
        ({"seed": -1}, "seed"),
        ({"engine": "llama"}, "engine"),
        ({"dtype": "int3"}, "dtype"),
        ({"formulation": "essay"}, "formulation"),
        ({"chat_template": "maybe"}, "chat_template"),
        ({"packs": []}, "packs"),
        ({"model": None}, "model"),
        ({"model": {"path": "a", "digest": "b", "pickle": "c"}}, "model.pickle"),
        ({"packs": [{"name": "a", "digest": "b", "split": "c"}]}, "packs.0.split"),
        ({"schema": 2}, "schema 2 is newer"),
        ({"schema": "one"}, "schema"),
        ({"schema": 0}, "schema"),
    ],
)
def test_a_spec_that_cannot_be_run_names_the_field(change, words):
    with pytest.raises(SpecError) as failed:
        checked({**json.loads(SPEC.canonical()), **change}, "spec.json")
    assert words in failed.value.message
    assert failed.value.where == "spec.json"


def test_every_problem_is_named_at_once():
    with pytest.raises(SpecError, match=r"shots: .*; seed: "):
        checked({**json.loads(SPEC.canonical()), "shots": -1, "seed": -1})


@pytest.mark.parametrize("data", [b"{", b"", b"\xff\xfe", b"[]", b"null", b"3"])
def test_what_is_no_spec_is_refused(data):
    with pytest.raises(SpecError):
        spec_from_json(data, "spec.json")


def test_the_schema_for_forms_lists_every_field():
    assert set(json_schema()["properties"]) == set(RunSpec.__dataclass_fields__)
