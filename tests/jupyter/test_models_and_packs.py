"""What the Models and Benchmarks views are told."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import save_file
from tokenizers import Tokenizer, models, pre_tokenizers

from workbench.models import ModelStore
from workbench.policy.home import home

SHAPES = {
    "model.embed_tokens.weight": (64, 8),
    "model.norm.weight": (8,),
    **{
        f"model.layers.0.{name}.weight": shape
        for name, shape in {
            "self_attn.q_proj": (8, 8),
            "self_attn.k_proj": (8, 8),
            "self_attn.v_proj": (8, 8),
            "self_attn.o_proj": (8, 8),
            "mlp.gate_proj": (16, 8),
            "mlp.up_proj": (16, 8),
            "mlp.down_proj": (8, 16),
            "input_layernorm": (8,),
            "post_attention_layernorm": (8,),
        }.items()
    },
}
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "vocab_size": 64,
    "tie_word_embeddings": True,
    "torch_dtype": "float32",
}


@pytest.fixture
def small(tmp_path):
    """A model as its publisher would write it."""
    path = tmp_path / "small-llama"
    path.mkdir()
    save_file({name: np.zeros(shape, np.float32) for name, shape in SHAPES.items()}, path / "model.safetensors")
    (path / "config.json").write_text(json.dumps(CONFIG))
    vocabulary = {token: number for number, token in enumerate(["<unk>", *map(chr, range(33, 96))])}
    tokenizer = Tokenizer(models.BPE(vocabulary, [], unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(path / "tokenizer.json"))
    (path / "tokenizer_config.json").write_text("{}")
    (path / "README.md").write_text("---\nlicense: apache-2.0\nlanguage: [th]\n---\n")
    return path


def by_name(panel):
    return {model["name"]: model for model in panel.get("/models")["models"]}


def test_a_stored_model_has_facts_gate_and_memory_in_parts(panel, small):
    ModelStore(home()).add(small, "small")
    model = by_name(panel)["small"]
    assert (model["place"], model["format"], model["refusal"], model["used_by"]) == ("store", "safetensors", None, [])
    assert model["licence"] == {"value": "apache-2.0", "origin": "declared", "source": model["licence"]["source"]}
    assert model["languages"]["value"] == ["th"]
    assert model["memory"]["total"] == sum(model["memory"][part] for part in ("weights", "kv_cache", "overhead"))
    detail = panel.get(f"/models/{model['id']}")
    assert detail["model"] == model
    assert detail["gate"] == {"open": True, "refusals": [], "notes": detail["gate"]["notes"]}
    assert (detail["context_length"]["value"], detail["measured"]) == (512, [])
    little = panel.get(f"/models/{model['id']}/estimate", context=16, batch=2, dtype="bfloat16")
    assert (little["context"], little["batch"], little["dtype"]) == (16, 2, "bfloat16")
    assert little["weights"] * 2 == model["memory"]["weights"]


def test_a_refused_model_is_listed_with_the_reason(panel, small):
    ModelStore(home()).add(small, "small")
    (home().models / "small" / "model.safetensors").write_bytes(b"short")
    model = by_name(panel)["small"]
    assert model["refusal"]["code"].startswith("model")
    detail = panel.get(f"/models/{model['id']}")
    assert not detail["gate"]["open"]
    assert detail["gate"]["refusals"][0] == model["refusal"]


def test_preview_to_the_token(panel, small):
    ModelStore(home()).add(small, "small")
    asked = {"language": "en", "limit": 1, "model": by_name(panel)["small"]["id"], "shots": 1}
    pack = panel.get("/packs", language="en", task="multiple_choice", usable=True)["packs"][0]
    preview = panel.task(f"/packs/{pack['id']}/preview", asked)
    (item,) = preview["items"]
    tokens = item["tokens"]
    assert tokens["text"] == item["context"]
    assert len(tokens["continuations"]) == len(item["continuations"])
    assert len(tokens["context"]["token_ids"]) == len(tokens["context"]["pieces"])
    assert item["shots"] == 1
    read = panel.task(f"/models/{asked['model']}/tokens", {"text": item["context"]})
    assert (read["templated"], read["bos"]) == (False, None)
    assert read["tokens"]["token_ids"][: len(tokens["context"]["token_ids"])] == tokens["context"]["token_ids"]
    said = panel.ask(
        "POST", f"/models/{asked['model']}/tokens", {"messages": [{"role": "user", "content": "x"}]}, wait=20
    )
    assert (said.status, said.body["error"]["code"]) == (422, "model_chat_template")
    plan = panel.task("/plans", {"model": asked["model"], "packs": [pack["id"]], "settings": {"languages": ["en"]}})
    assert plan["tokens"] > 0
    assert plan["memory"]["total"] > 0
    assert plan["fits"] is True


def test_models_of_a_chosen_folder(panel, small):
    assert panel.get("/settings")["server"]["model_folders"] == []
    shutil.copytree(small, panel.root / "mine" / "llama")
    panel.send("PATCH", "/settings", {"folders": ["mine"]})
    model = by_name(panel)["llama"]
    assert model["place"] == "folder"
    assert panel.get(f"/models/{model['id']}")["model"]["name"] == "llama"
    panel.send("PATCH", "/settings", {"folders": []})
    assert "llama" not in by_name(panel)
    assert panel.ask("GET", f"/models/{model['id']}").status == 404
    shutil.rmtree(panel.root / "mine")


def test_a_model_says_who_uses_it(panel, monkeypatch):
    from workbench.jobs.launcher import submit
    from workbench.testing.runs import fake_spec, until

    monkeypatch.setenv("WORKBENCH_FAKE_DELAY", "0.2")
    run = submit(fake_spec(), home()).run_id
    assert by_name(panel)["fake-a"]["used_by"] == [run]
    assert by_name(panel)["fake-b"]["used_by"] == []
    panel.send("POST", f"/runs/{run}/cancel", {"outcome": "discard"})
    until(lambda: by_name(panel)["fake-a"]["used_by"] == [], what="the end of the run")


def test_packs_are_filtered(panel):
    whole = panel.get("/packs")
    assert whole["total"] == len(whole["packs"])
    found = {pack["name"]: pack for pack in whole["packs"]}
    assert found["civics"]["error"] is None
    thai = panel.get("/packs", language="th", usable=True)["packs"]
    assert thai
    assert all("th" in pack["languages"] for pack in thai)
    assert {pack["name"] for pack in panel.get("/packs", script="Thai")["packs"]} >= {pack["name"] for pack in thai}
    assert {pack["name"] for pack in panel.get("/packs", country="TH")["packs"]} >= {pack["name"] for pack in thai}
    assert [pack["name"] for pack in panel.get("/packs", q="CIVICS")["packs"]] == ["civics"]
    licence = found["civics"]["licence"]
    assert all(pack["licence"] == licence for pack in panel.get("/packs", licence=licence)["packs"])
    assert {pack["place"] for pack in panel.get("/packs", place="recipe")["packs"]} == {"recipe"}
    assert panel.get("/packs", task="translation", origin="native", language="th")["total"] == whole["total"]
    for facet in whole["facets"]["tasks"][:3]:
        assert len(panel.get("/packs", task=facet["value"])["packs"]) == facet["count"]
    assert panel.ask("GET", "/packs", language="zzzz").status == 404


def test_names_come_in_the_language_that_is_asked(panel, ids):
    facets = panel.get("/packs", names="fr")["facets"]
    assert {"value": "th", "label": "thaï"}.items() <= next(
        entry for entry in facets["languages"] if entry["value"] == "th"
    ).items()
    languages = panel.get(f"/packs/{ids.packs['civics']}", names="ar")["languages"]
    arabic = next(entry for entry in languages if entry["tag"] == "ar")
    assert (arabic["name"], arabic["direction"], arabic["script"]) == ("العربية", "rtl", "Arab")


def test_preview_pages_and_names_one_item(panel, ids):
    pack = ids.packs["civics"]
    first = panel.task(f"/packs/{pack}/preview", {"language": "th", "limit": 3})
    assert (len(first["items"]), first["total"]) == (3, 24)
    assert first["items"][0]["direction"] == "ltr"
    last = panel.task(f"/packs/{pack}/preview", {"language": "ar", "offset": 23, "limit": 3})
    assert [item["direction"] for item in last["items"]] == ["rtl"]
    one = panel.task(f"/packs/{pack}/preview", {"language": "th", "item": "th-009", "formulation": "letters"})
    assert [item["item_id"] for item in one["items"]] == ["th-009"]
    assert one["items"][0]["letters"]
    answer = panel.ask("POST", f"/packs/{pack}/preview", {"language": "th", "item": "--help"}, wait=20)
    assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")


def test_validation_lists_every_problem(panel, ids):
    source = home().packs / "broken"
    source.mkdir(parents=True)
    (source / "card.yaml").write_text("name: broken\nnonsense: 1\n", encoding="utf-8")
    packs = {pack["name"]: pack for pack in panel.get("/packs")["packs"]}
    assert packs["broken"]["error"]["code"] == "benchmark_card"
    assert panel.ask("GET", f"/packs/{packs['broken']['id']}").status == 422
    report = panel.task(f"/packs/{packs['broken']['id']}/validate")
    assert not report["ok"]
    assert {finding["line"] for finding in report["findings"]} >= {2}
    good = panel.task(f"/packs/{ids.packs['civics']}/validate")
    assert good["ok"]
    assert sum(count["items"] for count in good["counts"]) > 0
