"""`workbench models …` and `workbench du`, as a terminal runs them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from workbench.cli.app import main


@pytest.fixture
def run(capsys):
    """A function that runs a command and returns its exit code, output and errors."""

    def call(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            main([str(word) for word in words])
            code = 0
        except SystemExit as done:
            code = int(done.code or 0)
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return call


@pytest.fixture
def model(tmp_path) -> Path:
    """A one-matrix model that the gate lets through."""
    path = tmp_path / "one-matrix"
    path.mkdir()
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_hidden_layers": 1, "num_attention_heads": 1,
        "hidden_size": 8, "max_position_embeddings": 64,
    }  # fmt: skip
    (path / "config.json").write_text(json.dumps(config))
    save_file({"model.embed_tokens.weight": np.zeros((10, 8), np.float32)}, path / "model.safetensors")
    (path / "tokenizer.json").write_text('{"added_tokens": [], "post_processor": null, "model": {"type": "BPE"}}')
    (path / "LICENSE").write_text("Do what you like.")
    (path / "README.md").write_text("---\nlicense: mit\nlanguage: [en, th]\n---\n")
    return path


@pytest.fixture
def stored(run, model) -> str:
    code, _, errors = run("models", "add", model, "--yes", "--json")
    assert code == 0, errors
    return model.name


def test_nothing_stored_yet(run, monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "none"))
    code, out, errors = run("models", "list")
    assert code == 0
    assert "models add PATH" in errors
    assert json.loads(run("models", "list", "--json")[1]) == []
    assert "model" in out


@pytest.mark.usefixtures("stored")
def test_list_shows_open_and_refused_models(run, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "none"))
    bad = tmp_path / "folder" / "bad"
    bad.mkdir(parents=True)
    (bad / "config.json").write_text("{}")
    _, out, _ = run("models", "list", tmp_path / "folder")
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert any(line.startswith("one-matrix store Llama 80 ") and line.endswith("open") for line in lines)
    assert any(line.startswith("bad folder unknown") and "refused: the directory holds" in line for line in lines)
    found = json.loads(run("models", "list", tmp_path / "folder", "--json")[1])
    assert [entry["refusal"] and entry["refusal"]["code"] for entry in found] == [None, "model_no_weights"]


def test_inspect(run, stored, model):
    facts = json.loads(run("models", "inspect", stored, "--digest", "--json")[1])
    assert facts["parameters"] == {"value": 80, "origin": "measured", "source": "tensor shapes"}
    assert facts["languages"]["value"] == ["en", "th"]
    assert len(facts["digest"]) == 64
    code, out, _ = run("models", "inspect", model, "--context", "32", "--batch", "2", "--dtype", "bfloat16")
    assert code == 0
    for words in ("Llama", "context length", "64", "declared", "mit", "memory at 32 tokens, batch 2, bfloat16"):
        assert words in out


def test_estimate(run, model):
    code, out, _ = run("models", "estimate", model, "--context", "64")
    assert code == 0
    for words in ("weights", "key-value cache", "overhead", "total", "together"):
        assert words in out
    memory = json.loads(run("models", "estimate", model, "--context", "64", "--json")[1])
    assert (memory["weights"], memory["kv_cache"]) == (320, 64 * 16 * 4)


def test_the_gate(run, model):
    assert run("models", "gate", model)[1] == "open: this model may be loaded\n"
    (model / "modeling_x.py").write_text("")
    (model / "tokenizer.json").unlink()
    code, out, _ = run("models", "gate", model)
    assert code == 5
    assert [line.split("]")[0] for line in out.splitlines()] == [
        "refused[refused_remote_code",
        "refused[model_no_tokenizer",
    ]
    code, out, _ = run("models", "gate", model, "--json")
    report = json.loads(out)
    assert (code, report["open"], len(report["refusals"])) == (5, False, 2)
    assert all(entry["remedy"] for entry in report["refusals"])


def test_the_gate_with_digests(run, stored, workbench_home):
    assert run("models", "gate", stored, "--digests", "--json")[0] == 0
    (workbench_home / "models" / stored / "README.md").write_text("changed")
    code, out, _ = run("models", "gate", stored, "--digests", "--json")
    assert code == 3
    assert [entry["code"] for entry in json.loads(out)["refusals"]] == ["model_digest"]


def test_adding_shows_the_licence_and_needs_it_accepted(run, model):
    code, out, errors = run("models", "add", model)
    assert code == 5
    assert "Do what you like." in out
    assert "error[refused_licence]" in errors
    code, out, _ = run("models", "add", model, "--yes", "--source", "a disk", "--json")
    record = json.loads(out)
    assert code == 0
    assert (record["licence"]["id"], record["licence"]["text"], record["source"]) == (
        "mit",
        "Do what you like.",
        "a disk",
    )


def test_adding_without_a_licence_text_says_so(run, model):
    (model / "LICENSE").unlink()
    code, out, errors = run("models", "add", model, "--name", "other")
    assert code == 0
    assert "other: " in out
    assert "No licence text came with it" in errors
    assert json.loads(run("models", "du", "--json")[1])[0]["name"] == "other"


def test_a_refused_model_is_not_added_and_no_licence_is_asked(run, model):
    (model / "tokenizer.json").unlink()
    code, out, errors = run("models", "add", model)
    assert (code, out) == (3, "")
    assert "error[model_no_tokenizer]" in errors


def test_verify_a_stored_model(run, stored, workbench_home):
    code, out, errors = run("models", "verify", stored)
    assert code == 0
    assert "6 files" not in out
    assert "5 files" in out
    assert errors.count("hashing model.safetensors") == 1
    assert all(line.startswith("hashing ") for line in errors.splitlines())
    (workbench_home / "models" / stored / "LICENSE").write_text("Other words.")
    code, _, errors = run("models", "verify", stored, "--json")
    assert code == 3
    assert json.loads(errors)["error"]["code"] == "model_digest"


def test_verify_a_directory_against_a_manifest(run, model, tmp_path):
    code, out, _ = run("models", "manifest", model)
    assert code == 0
    manifest = tmp_path / "manifest.json"
    manifest.write_text(out)
    assert json.loads(run("models", "verify", model, "--manifest", manifest, "--json")[1])["files"] == 5
    (model / "README.md").write_text("changed")
    assert run("models", "verify", model, "--manifest", manifest)[0] == 3


def test_removal(run, stored):
    code, out, _ = run("models", "rm", stored)
    assert code == 0
    assert "freed" in out
    code, _, errors = run("models", "rm", stored)
    assert code == 3
    assert "error[not_found]" in errors


@pytest.mark.usefixtures("stored")
def test_du_counts_every_part_and_the_rest(run, workbench_home):
    (workbench_home / "notes.txt").write_bytes(bytes(1000))
    parts = {entry["part"]: entry for entry in json.loads(run("du", "--json")[1])}
    assert parts["models"]["files"] == 6
    assert parts["runs"]["size"] == 0
    everything = [file for file in workbench_home.rglob("*") if file.is_file()]
    assert sum(entry["files"] for entry in parts.values()) == len(everything)
    assert sum(entry["size"] for entry in parts.values()) == sum(file.stat().st_size for file in everything)
    assert parts["everything else"]["size"] >= 1000
    code, out, _ = run("du")
    assert code == 0
    assert "total" in out


def test_du_of_a_home_that_is_not_there(run, monkeypatch, tmp_path):
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "none"))
    assert all(entry["size"] == 0 for entry in json.loads(run("du", "--json")[1]))
