"""Models are found in the store, in hub caches with their links, and below named folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.models import ModelStore, find_models, gate, inspect
from workbench.policy.home import home


@pytest.fixture
def hub(tmp_path, monkeypatch, make_model) -> Path:
    """A hub cache that holds one model, laid out as the hub's client does: links into ``blobs/``."""
    root = tmp_path / "hub"
    repository = root / "models--org--linked"
    snapshot = make_model("a" * 40, under=repository / "snapshots", shards=3)
    (repository / "blobs").mkdir()
    for number, file in enumerate(sorted(snapshot.iterdir())):
        file.rename(repository / "blobs" / f"{number:064x}")
        file.symlink_to(f"../../blobs/{number:064x}")
    monkeypatch.setenv("HF_HUB_CACHE", str(root))
    return snapshot


@pytest.fixture(autouse=True)
def no_real_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "no-cache"))
    monkeypatch.delenv("HF_HOME", raising=False)


def test_links_of_a_hub_cache_belong_to_the_model(hub):
    assert all(file.is_symlink() for file in hub.iterdir())
    assert gate(hub).refusals == ()
    facts = inspect(hub)
    assert facts.name == "org/linked"
    assert facts.files == len(list(hub.iterdir()))


def test_a_link_out_of_a_hub_cache_is_refused(hub, tmp_path):
    (tmp_path / "secret").write_text("x")
    (hub / "extra.txt").symlink_to("../../../../secret")
    assert [error.code for error in gate(hub).refusals] == ["refused_path"]


def test_every_place_is_looked_at_and_each_path_once(hub, make_model, make_gguf, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(hub.parents[2]))
    ModelStore(home()).add(make_model("stored"))
    make_model("deep", under=tmp_path / "folder" / "a" / "b")
    make_gguf("folder/file.gguf")
    make_model("hidden", under=tmp_path / "folder" / ".cache")
    found = find_models(home(), [tmp_path / "folder", tmp_path / "folder" / "a"])
    assert [(model.name, model.place) for model in found] == [
        ("stored", "store"),
        ("org/linked", "hub cache"),
        ("deep", "folder"),
        ("file", "folder"),
    ]
    assert all(model.refusal is None and model.facts.parameters.value for model in found)


@pytest.mark.parametrize("variable", ["HF_HOME", "XDG_CACHE_HOME"])
def test_a_cache_in_another_place(hub, tmp_path, monkeypatch, variable):
    monkeypatch.delenv("HF_HUB_CACHE")
    above = tmp_path / ("huggingface" if variable == "XDG_CACHE_HOME" else "home")
    above.mkdir()
    hub.parents[2].rename(above / "hub")
    monkeypatch.setenv(variable, str(tmp_path if variable == "XDG_CACHE_HOME" else above))
    assert [model.name for model in find_models(home())] == ["org/linked"]


def test_models_that_are_refused_are_listed_with_the_reason(make_model, tmp_path):
    path = make_model(under=tmp_path / "folder")
    (path / "model.safetensors").write_bytes(b"")
    (found,) = find_models(home(), [tmp_path / "folder"])
    assert found.facts is None
    assert found.refusal.code == "model_truncated_shard"
    assert found.name == "tiny-llama"


def test_a_refused_model_that_can_be_read_shows_its_facts(make_model, tmp_path):
    path = make_model(under=tmp_path / "folder")
    (path / "modeling_x.py").write_text("")
    (found,) = find_models(home(), [tmp_path / "folder"])
    assert found.facts.family.value == "Llama"
    assert found.refusal.code == "refused_remote_code"


def test_a_loop_of_links_ends(make_model, tmp_path):
    make_model(under=tmp_path / "folder")
    (tmp_path / "folder" / "again").symlink_to(tmp_path / "folder")
    assert [model.name for model in find_models(home(), [tmp_path / "folder"])] == ["tiny-llama"]


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    assert find_models(home(), [tmp_path / "nowhere"]) == ()
