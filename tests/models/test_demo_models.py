"""`models inspect --json` and transformers agree about the two demo models."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest


@pytest.mark.real_model
@pytest.mark.parametrize("name", ["smollm2-135m-instruct", "gemma-3-270m"])
def test_inspection_agrees_with_transformers(demo_models: Mapping[str, Path], name: str):
    command = [sys.executable, "-m", "workbench.cli", "models", "inspect", str(demo_models[name]), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env={**os.environ})
    facts = json.loads(done.stdout)

    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    config = AutoConfig.from_pretrained(demo_models[name])
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(config)
    model.tie_weights()
    assert facts["parameters"]["value"] == model.num_parameters()
    assert facts["context_length"]["value"] == config.max_position_embeddings
    assert facts["vocabulary"]["value"] == config.vocab_size
    tokenizer = AutoTokenizer.from_pretrained(demo_models[name])
    begins = tokenizer("a").input_ids[0] == tokenizer.bos_token_id
    assert facts["tokens"]["add_bos"] == begins
