"""A blank name, an unset variable's for instance, is never taken for an answer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.benchmarks.catalogue import load_pack
from workbench.errors import BadInput, NotFound, SpecError
from workbench.evaluation.build import build_spec
from workbench.models import ModelStore
from workbench.policy.home import home
from workbench.testing.checkpoints import write_checkpoint


@pytest.mark.parametrize("setting", ["languages", "metrics"])
@pytest.mark.parametrize("blank", ["", " ", ","])
def test_a_blank_list_is_not_every_language_or_metric(setting, blank):
    with pytest.raises(SpecError, match="is named"):
        build_spec("fake-a", "civics", engine="fake", **{setting: blank})


def test_names_in_one_text_are_a_list():
    said = build_spec("fake-a", "civics", engine="fake", languages="th, ar,", metrics="accuracy")
    assert (said.languages, said.metrics) == (("th", "ar"), ("accuracy",))
    assert said == build_spec("fake-a", "civics", engine="fake", languages=["th", "ar"], metrics=["accuracy"])


def test_a_list_that_is_left_out_or_empty_is_the_cards():
    assert build_spec("fake-a", "civics", engine="fake", languages=[], metrics=[]).languages == ()
    assert build_spec("fake-a", "civics", engine="fake", languages=None, metrics=None).metrics == ()


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_name_is_no_model_and_no_benchmark_here(blank, tmp_path, monkeypatch):
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "card.yaml").write_text("{}", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotFound, match="no model is named"):
        build_spec(blank, "civics", engine="fake")
    with pytest.raises(NotFound, match="no model is named"):
        ModelStore(home()).resolve(blank)
    with pytest.raises(NotFound, match="no benchmark is named"):
        load_pack(blank)


def test_a_path_that_is_no_utf_8_is_refused_by_its_name(tmp_path):
    path = write_checkpoint(tmp_path / "model").rename(tmp_path / os.fsdecode(b"caf\xe9"))
    for engine in ("fake", "transformers"):
        with pytest.raises(BadInput, match=r"caf.*xe9.* is not UTF-8"):
            build_spec(path, "civics", engine=engine)
    pack = Path(tmp_path / os.fsdecode(b"pack\xe9"))
    pack.symlink_to(load_pack("civics").root)
    assert build_spec("fake-a", pack, engine="fake").packs[0].name == "civics"
