"""A key names a question for good; what is asked is what was submitted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from workbench.benchmarks.catalogue import load_pack
from workbench.errors import DigestMismatch, NotFound, SpecError
from workbench.evaluation.build import build_spec
from workbench.evaluation.fake_model import fake_model
from workbench.evaluation.plan import check_spec, make_plan
from workbench.evaluation.spec import ModelRef


def test_every_item_of_every_language_is_asked_once_in_order(plan_of):
    plan = plan_of()
    assert [(part.language, len(part.questions)) for part in plan.parts] == [("en", 12), ("th", 12)]
    assert [question.item.id for question in plan.parts[0].questions] == [f"en-{n}" for n in range(12)]
    assert len(set(plan.keys)) == 24
    assert plan.keys == plan_of().keys


@pytest.mark.parametrize(
    "change",
    [
        {"shots": 2},
        {"wording": "second"},
        {"formulation": "letters"},
        {"formulation": "generate"},
        {"chat_template": "always"},
        {"dtype": "bfloat16"},
        {"max_length": 512},
        {"temperature": 0.7},
        {"parity": True},
        {"model": fake_model("fake-b")},
        {"model": ModelRef("fake-a", fake_model("fake-a").digest, "lora", "a" * 64)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_key_changes_with_what_can_change_the_answer(plan_of, change):
    before, after = plan_of(), plan_of(**change) if "model" not in change else None
    if after is None:
        after = make_plan(replace(before.spec, **change), load_pack)
    assert not set(before.keys) & set(after.keys)


@pytest.mark.parametrize(
    "change",
    [
        {"device": "cuda"},
        {"token_budget": 64},
        {"seal": True},
        {"seed": 7},
        {"suite": "spring"},
        {"metrics": ("accuracy",)},
        {"interpreter": "/usr/bin/python3"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_key_does_not_change_with_what_cannot(plan_of, change):
    assert plan_of(**change).keys == plan_of().keys


def test_the_model_is_named_by_its_bytes_not_its_path(plan_of):
    plan = plan_of()
    moved = replace(plan.spec, model=replace(plan.spec.model, path="/elsewhere"))
    assert make_plan(moved, load_pack).keys == plan.keys


def test_the_seed_matters_to_sampled_answers_and_to_the_draw(plan_of):
    sampled = {"formulation": "generate", "temperature": 1.0}
    assert not set(plan_of(**sampled).keys) & set(plan_of(**sampled, seed=1).keys)
    assert plan_of(limit=4).keys != plan_of(limit=4, seed=1).keys


def test_fewer_items_have_the_keys_they_have_among_all(plan_of):
    assert set(plan_of(limit=4).keys) < set(plan_of().keys)
    assert set(plan_of(languages=("th",)).keys) < set(plan_of().keys)


def test_shots_are_held_out_of_scoring(plan_of):
    for part in plan_of(shots=3).parts:
        shown = {item.id for item in part.shots.items}
        asked = {question.item.id for question in part.questions}
        assert len(shown) == 3
        assert not shown & asked
        assert len(shown | asked) == 12


def test_only_written_answers_are_repeated(plan_of):
    assert [question.repeat for question in plan_of(formulation="generate", repeats=2, limit=1).parts[0].questions] == [
        0,
        1,
    ]
    assert len(plan_of(formulation="cloze", repeats=5).parts[0].questions) == 12


def test_a_pack_that_changed_is_refused(make_pack, spec_of):
    path = make_pack()
    spec = spec_of(path)
    with (Path(path) / "items" / "th.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id": "th-99", "input": {"text": "new"}, "choices": ["a", "b"], "gold": 0}\n')
    with pytest.raises(DigestMismatch, match="numbers"):
        make_plan(spec, load_pack)


def test_a_pack_named_twice_is_refused(make_pack, spec_of):
    path = make_pack()
    with pytest.raises(SpecError, match="two of the packs are called numbers"):
        check_spec(spec_of(path, path), load_pack)


def test_packs_whose_scores_could_not_be_told_apart_are_refused(make_pack, spec_of):
    path = Path(make_pack())
    other = path.rename(path.with_name("other"))
    make_pack(items={"en": [_item("en-0")]})
    with pytest.raises(SpecError, match="two of the packs are called numbers"):
        check_spec(spec_of(str(path), str(other)), load_pack)


def test_a_language_that_one_of_several_packs_lacks_is_asked_of_the_others(make_pack, spec_of):
    both, one = make_pack("both"), make_pack("one", items={"en": [_item("en-0")]})
    plan = make_plan(spec_of(both, one, languages=("th", "en")), load_pack)
    assert [(part.pack.name, part.language) for part in plan.parts] == [("both", "en"), ("both", "th"), ("one", "en")]


def test_a_language_that_no_pack_has_is_refused(make_pack, spec_of):
    both, one = make_pack("both"), make_pack("one", items={"en": [_item("en-0")]})
    with pytest.raises(SpecError, match="no pack has vi, xh"):
        make_plan(spec_of(both, one, languages=("vi", "en", "xh")), load_pack)
    with pytest.raises(NotFound, match="vi"):
        make_plan(spec_of(both, languages=("vi",)), load_pack)


def test_a_metric_that_does_not_exist_is_refused_before_anything_is_asked(plan_of):
    with pytest.raises(NotFound, match="acuracy"):
        plan_of(metrics=("acuracy",))


@pytest.mark.parametrize(("change", "words"), [({"shots": 12}, "shots"), ({"shots": 50}, "50 shots")])
def test_more_shots_than_items_are_refused(plan_of, change, words):
    with pytest.raises(SpecError, match=words):
        plan_of(**change)


def test_a_formulation_the_card_does_not_allow_is_refused(plan_of):
    with pytest.raises(SpecError, match="rolling"):
        plan_of(formulation="rolling")


def test_a_formulation_that_one_of_the_packs_does_not_allow_is_refused_before_a_run_starts(make_pack):
    letters, cloze = make_pack("letters", formulations="letters"), make_pack("cloze", formulations="cloze")
    with pytest.raises(SpecError, match=r"cloze \(multiple_choice\) is not asked as letters"):
        build_spec("fake-a", [letters, cloze], engine="fake", formulation="letters")


@pytest.mark.parametrize("tag", ["fr", "fra", "FR"])
def test_the_language_of_the_prompt_has_one_name(tag):
    spec = build_spec("fake-a", "civics", engine="fake", prompt_language=tag)
    assert spec.prompt_language == "fr"


@pytest.mark.parametrize(("tag", "words"), [("nope", "not the code of a language"), ("eo", "no words in eo")])
def test_a_language_that_no_prompt_can_be_in_is_refused_before_a_run_starts(tag, words):
    with pytest.raises(NotFound, match=words):
        build_spec("fake-a", "civics", engine="fake", prompt_language=tag)


def test_a_wording_that_is_not_there_is_refused(plan_of):
    with pytest.raises(NotFound, match="third"):
        plan_of(wording="third")


def _item(name: str) -> dict[str, object]:
    return {"id": name, "input": {"text": "What?"}, "choices": ["a", "b"], "gold": 0}
