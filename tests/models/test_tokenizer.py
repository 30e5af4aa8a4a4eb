"""The tokenizer of a model without torch."""

from __future__ import annotations

import subprocess
import sys

import pytest

from workbench.errors import NoTokenizer
from workbench.models import TextTokenizer


def test_text_to_ids_and_back(make_model):
    tokenizer = TextTokenizer.load(make_model())
    ids = tokenizer.encode("ab ba")
    assert tokenizer.tokens(ids) == ("a", "b", "Ġ", "b", "a")
    assert tokenizer.encode("ab", special=True) == (1, *tokenizer.encode("ab"))
    assert tokenizer.tokens(tokenizer.encode("<s>a")) == ("<s>", "a")
    assert tokenizer.policy.add_bos
    assert tokenizer.size == 30


@pytest.mark.real_model
@pytest.mark.parametrize("name", ["gemma-3-270m", "smollm2-135m-instruct"])
def test_ids_are_those_of_transformers(demo_models, name):
    from transformers import AutoTokenizer

    ours, theirs = TextTokenizer.load(demo_models[name]), AutoTokenizer.from_pretrained(demo_models[name])
    for text in ["Hello world", "  two  spaces\n", "สวัสดีครับ", "العربية", "नमस्ते दुनिया", "日本語", "12345 🙂"]:
        assert list(ours.encode(text)) == theirs(text, add_special_tokens=False).input_ids
        assert list(ours.encode(text, special=True)) == theirs(text).input_ids
        assert ours.decode(ours.encode(text)) == theirs.decode(theirs(text, add_special_tokens=False).input_ids)


def test_a_tokenizer_that_does_not_load(make_model):
    path = make_model()
    (path / "tokenizer.json").write_text('{"post_processor": null, "model": {"type": "Novel"}}')
    with pytest.raises(NoTokenizer, match="does not load"):
        TextTokenizer.load(path)


def test_a_gguf_is_left_to_the_engine(make_gguf):
    with pytest.raises(NoTokenizer, match="rebuilt by the engine"):
        TextTokenizer.load(make_gguf())


def test_importing_the_room_imports_no_library():
    code = (
        "import sys, workbench.models\n"
        "print(sorted({'pydantic', 'numpy', 'jinja2', 'yaml', 'gguf', 'tokenizers', 'picklescan'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_torch_is_imported(make_model):
    code = (
        "import sys; from pathlib import Path; from workbench.models import TextTokenizer, ChatTemplate, gate, inspect\n"
        "path = Path(sys.argv[1]); TextTokenizer.load(path).encode('a'); ChatTemplate.load(path); gate(path); inspect(path)\n"
        "print(sorted({'torch', 'transformers', 'pandas', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, make_model()], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
