"""Facts from headers: what each says, where it is from, and how little is read for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from workbench.errors import WorkbenchError
from workbench.facts import Origin
from workbench.models import check, gate, inspect, make_manifest, read_adapter

COUNTING = """
import sys
from pathlib import Path
from workbench.models import inspect
def read():
    return int(next(line for line in open('/proc/self/io') if line.startswith('rchar')).split()[1])
path = Path(sys.argv[1])
inspect(path)  # imports
before, again = read(), read()
facts = inspect(path)
print(read() - again - (again - before), facts.parameters.value)
"""


def test_a_hundred_shards_are_read_by_their_headers_alone(make_model):
    weights = {f"model.layers.{n}.mlp.up_proj.weight": np.zeros((256, 128), np.float32) for n in range(200)}
    weights["model.embed_tokens.weight"] = np.zeros((30, 16), np.float32)
    path = make_model(weights=weights, shards=100)
    size = sum(file.stat().st_size for file in path.iterdir())
    done = subprocess.run([sys.executable, "-c", COUNTING, path], capture_output=True, text=True, check=True)
    read, parameters = map(int, done.stdout.split())
    assert parameters == 200 * 256 * 128 + 480
    assert size > 26_000_000
    # Python's buffer fetches 8 KiB or a header's length of each of the 100 shards; the rest are small JSON files.
    assert read < 1_500_000


def test_a_sharded_model_has_the_facts_of_a_whole_one(make_model):
    whole, parts = inspect(make_model("whole")), inspect(make_model("parts", shards=5))
    for name in ("family", "architecture", "parameters", "dtype", "context_length", "vocabulary", "tokens", "memory"):
        assert getattr(whole, name) == getattr(parts, name), name
    assert (whole.files, parts.files) == (4, 9)


def test_every_fact_says_how_it_is_known(make_model):
    facts = inspect(make_model())
    assert (facts.parameters.origin, facts.parameters.source) == (Origin.MEASURED, "tensor shapes")
    assert (facts.context_length.value, facts.context_length.origin) == (128, Origin.DECLARED)
    assert (facts.vocabulary.value, facts.vocabulary.source) == (30, "shape of model.embed_tokens.weight")
    assert facts.quantisation.value == "none"
    assert facts.chat_template.origin is Origin.UNKNOWN
    assert facts.licence.origin is Origin.UNKNOWN
    assert facts.languages.origin is Origin.UNKNOWN
    assert facts.size == sum(file.stat().st_size for file in Path(facts.path).iterdir())


def test_the_current_directory_has_a_name(make_model, monkeypatch):
    monkeypatch.chdir(make_model())
    assert inspect(Path()).name == "tiny-llama"


def test_a_context_nobody_states_is_unknown(make_model):
    facts = inspect(make_model(config={"model_type": "mpt", "architectures": ["MptForCausalLM"]}))
    assert facts.context_length.origin is Origin.UNKNOWN
    assert facts.memory.context == 4096


def test_padding_counts_as_vocabulary(make_model, tensors, words):
    padded = {**tensors, "model.embed_tokens.weight": np.zeros((64, 16), np.float32)}
    facts = inspect(make_model(weights=padded))
    assert facts.vocabulary.value == 64 > len(words)


# The model card


CARD = """---
license: {licence}
language: {language}
---
# A model
"""


@pytest.mark.parametrize(
    ("licence", "language", "expected", "languages"),
    [
        ("apache-2.0", "[en, th]", "apache-2.0", ("en", "th")),
        ("other\nlicense_name: falcon-llm", "ar", "falcon-llm", ("ar",)),
        ("[mit, cc-by-4.0]", "[no, nb]", "mit, cc-by-4.0", ("no", "nb")),
    ],
)
def test_the_card_declares_licence_and_languages(make_model, licence, language, expected, languages):
    path = make_model()
    (path / "README.md").write_text(CARD.format(licence=licence, language=language))
    facts = inspect(path)
    assert (facts.licence.value, facts.licence.origin) == (expected, Origin.DECLARED)
    assert (facts.languages.value, facts.languages.origin) == (languages, Origin.DECLARED)


@pytest.mark.parametrize(
    "text", ["", "# no front matter", "---\n: : :\n---\n", "---\n- a list\n---\n", "---\nx: 2024-99-99\n---"]
)
def test_a_card_that_declares_nothing(make_model, text):
    path = make_model()
    (path / "README.md").write_text(text)
    (path / "README.md").write_bytes((path / "README.md").read_bytes() + b"\xff")
    facts = inspect(path)
    assert facts.licence.origin is Origin.UNKNOWN
    assert facts.languages.origin is Origin.UNKNOWN


def test_a_licence_text_without_a_card(make_model):
    path = make_model()
    (path / "LICENSE").write_text("All rights granted.")
    assert inspect(path).licence.value == "see LICENSE"


def test_a_gguf_declares_licence_and_languages(make_gguf):
    facts = inspect(make_gguf(metadata={"general.license": "mit", "general.languages": ["en", "de"]}))
    assert (facts.licence.value, facts.languages.value) == ("mit", ("en", "de"))
    assert inspect(make_gguf("silent.gguf")).languages.origin is Origin.UNKNOWN


# Adapters


def test_an_adapter_joins_its_base(make_model, make_adapter):
    base, adapter = make_model(), make_adapter()
    facts = inspect(base, adapter=adapter, digest=True)
    assert (facts.adapter, facts.name) == ("lora", "tiny-llama+lora")
    assert facts.digest == make_manifest(base).digest
    assert facts.adapter_digest == make_manifest(adapter).digest
    assert inspect(base, adapter=adapter).adapter_digest is None
    found = read_adapter(adapter)
    assert (found.rank, found.parameters, found.base) == (4, 2 * (4 * 16 + 16 * 4), "tiny-llama")


def test_an_adapter_that_does_not_fit_is_no_fact(make_model, make_adapter):
    at = "base_model.model.model.layers.0.self_attn.q_proj"
    wide = {f"{at}.lora_A.weight": np.zeros((4, 99), np.float32), f"{at}.lora_B.weight": np.zeros((16, 4), np.float32)}
    base, adapter = make_model(), make_adapter(weights=wide)
    with pytest.raises(WorkbenchError) as one:
        inspect(base, adapter=adapter)
    with pytest.raises(WorkbenchError) as other:
        check(base, adapter=adapter)
    assert one.value.message == other.value.message
    assert "(16, 99)" in one.value.message


def test_an_adapter_for_transposed_weights(make_model, make_adapter):
    """GPT-2 stores its matrices inputs first."""
    at = "base_model.model.transformer.h.0.attn.c_attn"
    weights = {
        f"{at}.lora_A.weight": np.zeros((4, 8), np.float32),
        f"{at}.lora_B.weight": np.zeros((24, 4), np.float32),
    }
    adapter = make_adapter(weights=weights, config={"fan_in_fan_out": True})
    base = {"h.0.attn.c_attn.weight": np.zeros((8, 24), np.float32), "wte.weight": np.zeros((30, 8), np.float32)}
    assert gate(make_model(weights=base), adapter=adapter).open


def test_an_adapter_for_packed_weights(make_model, make_adapter, tensors):
    packed = {name: array for name, array in tensors.items() if "q_proj" not in name}
    packed |= {f"model.layers.{n}.self_attn.q_proj.qweight": np.zeros((2, 16), np.int32) for n in range(2)}
    config = {"model_type": "llama", "quantization_config": {"quant_method": "gptq", "bits": 4}}
    assert gate(make_model(config=config, weights=packed), adapter=make_adapter()).open
