"""A training run's directory: checkpoints in order, the unusable ones named, nothing guessed."""

from __future__ import annotations

import json

import pytest

from workbench.errors import BadInput, NotFound
from workbench.models import find_checkpoints, make_manifest
from workbench.models.steps import training_step
from workbench.testing.checkpoints import truncate, write_checkpoint, write_tokenizer, write_training_run


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("checkpoint-500", ("step", 500)),
        ("checkpoint_7", ("step", 7)),
        ("step-12", ("step", 12)),
        ("step12", ("step", 12)),
        ("global_step300", ("step", 300)),
        ("iter_0001000", ("step", 1000)),
        ("epoch_3", ("epoch", 3)),
        ("ckpt-0", ("step", 0)),
        ("checkpoint", None),
        ("checkpoint-5-old", None),
        ("best", None),
        ("checkpoint-500.tmp", None),
        ("tmp-checkpoint-500", None),
        ("checkpoint--5", None),
        ("step-" + "9" * 16, None),
    ],
)
def test_names(name, expected):
    assert training_step(name) == expected


def test_numbers_make_the_order_not_letters(tmp_path):
    found = find_checkpoints(write_training_run(tmp_path, ("checkpoint-1000", "checkpoint-90", "checkpoint-200")))
    assert [(entry.name, entry.step) for entry in found.checkpoints] == [
        ("checkpoint-90", 90), ("checkpoint-200", 200), ("checkpoint-1000", 1000),
    ]  # fmt: skip
    assert (found.unit, found.skipped) == ("step", ())


def test_the_directory_itself_is_the_final_one(tmp_path):
    run = write_training_run(tmp_path / "run", ("checkpoint-10", "checkpoint-20"))
    write_checkpoint(run, seed=9)
    *_, last = find_checkpoints(run).checkpoints
    assert (last.name, last.path, last.step) == ("final", run, 21)
    (run / "trainer_state.json").write_text(json.dumps({"global_step": 25}))
    assert find_checkpoints(run).checkpoints[-1].step == 25
    (run / "trainer_state.json").write_text(json.dumps({"global_step": 20}))
    assert find_checkpoints(run).checkpoints[-1].step == 21


def test_a_model_is_not_made_of_the_checkpoints_below_it(tmp_path):
    run = write_checkpoint(tmp_path / "run", seed=9)
    alone = make_manifest(run).digest
    write_training_run(run)
    assert make_manifest(run).digest == alone
    (run / "assets").mkdir()
    (run / "assets" / "more.txt").write_text("x")
    assert make_manifest(run).digest != alone


def test_what_cannot_be_evaluated_is_named_with_its_reason(tmp_path):
    run = write_training_run(tmp_path, ("step-1", "step-2", "step-3", "step-4", "step-5"))
    truncate(run / "step-2")
    (run / "step-3" / "model.safetensors").unlink()
    (run / "step-3" / "optimizer.pt").write_bytes(b"x")
    (run / "step-4" / "tokenizer.json").unlink()
    for file in (run / "step-5").iterdir():
        file.unlink()
    write_checkpoint(run / "best")
    write_tokenizer(run)
    found = find_checkpoints(run)
    assert [entry.name for entry in found.checkpoints] == ["step-1"]
    reasons = {entry.name: (entry.code, entry.reason) for entry in found.skipped}
    assert set(reasons) == {"step-2", "step-3", "step-4", "step-5", "best"}
    assert reasons["step-2"][0] == "model_truncated_shard"
    assert reasons["step-2"][1].startswith("model.safetensors: ")
    assert "the only weights are pickles: optimizer.pt" in reasons["step-3"][1]
    assert f"it has no tokenizer of its own; {run.name} has one → Copy tokenizer" in reasons["step-4"][1]
    assert "holds no model" in reasons["step-5"][1]
    assert "which step" in reasons["best"][1]
    assert not any(str(tmp_path) in reason for _, reason in reasons.values())


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("checkpoint-5", "step-05"), "checkpoint-5 and step-05 are of the same step"),
        (("checkpoint-5", "epoch_1"), "some names count steps and others epochs"),
    ],
)
def test_what_has_no_order_is_refused(tmp_path, names, message):
    with pytest.raises(BadInput, match=message):
        find_checkpoints(write_training_run(tmp_path, names))


def test_nothing_there_is_refused(tmp_path):
    with pytest.raises(NotFound, match="no directory of checkpoints"):
        find_checkpoints(tmp_path / "none")
    write_checkpoint(tmp_path / "model")
    with pytest.raises(NotFound, match="holds no checkpoints"):
        find_checkpoints(tmp_path)
