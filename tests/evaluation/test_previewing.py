"""A preview refuses what a run would refuse, and names languages as a run does."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench.errors import NotFound, SpecError
from workbench.testing.checkpoints import write_checkpoint


@pytest.fixture
def model(tmp_path):
    return write_checkpoint(tmp_path / "tiny")


@pytest.mark.parametrize("wrong", [{"shots": -1}, {"formulation": "quiz"}, {"chat_template": "maybe"}, {"seed": -1}])
def test_a_setting_that_no_run_could_have_is_refused(model, wrong):
    with pytest.raises(SpecError, match=next(iter(wrong))):
        wb.preview(model, "civics", language="th", **wrong)


def test_the_language_of_the_prompt_is_a_language_with_words(model):
    said = wb.preview(model, "civics", language="th", prompt_language="fra").text
    assert said == wb.preview(model, "civics", language="th", prompt_language="fr").text
    assert said.startswith("Question :")
    for tag, words in (("nope", "not the code"), ("eo", "no words in eo")):
        with pytest.raises(NotFound, match=words):
            wb.preview(model, "civics", language="th", prompt_language=tag)


def test_a_preview_is_the_items_prompt(model):
    made = wb.preview(model, "civics", language="th", item_id="th-002", shots=1)
    assert made.prompt.item_id == "th-002"
    assert made.text == made.prompt.context
    assert len(made.continuations) == len(made.prompt.continuations) == 4
