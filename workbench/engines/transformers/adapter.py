"""A LoRA/PEFT adapter on its base model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from workbench.errors import BadAdapter, PickleWeights

CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
PROMPT_LEARNING = frozenset({"PROMPT_TUNING", "PREFIX_TUNING", "P_TUNING", "MULTITASK_PROMPT_TUNING", "CPT"})


def attach_adapter(model: Any, directory: Path) -> Any:
    """Return the base model with the adapter's layers in place, unmerged.

    Raises
    ------
    BadAdapter
        The directory holds no adapter, or one of another base model, or of a kind that adds tokens to the input.
    PickleWeights
        Its weights are a pickle.
    """
    kind = _kind(directory)
    if kind in PROMPT_LEARNING:
        raise BadAdapter(
            f"an adapter of type {kind} puts its own vectors before the text, which no score here accounts for",
            where=directory,
            remedy="Use a LoRA adapter, or merge this one into its base model.",
        )
    from peft import PeftConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
    from peft.utils import load_peft_weights

    try:
        config = PeftConfig.from_pretrained(str(directory), local_files_only=True)
        config.inference_mode = True
        # Where the base model lay when the adapter was trained says nothing here; whether it fits is checked below.
        config.base_model_name_or_path = model.name_or_path
        adapted = get_peft_model(model, config, autocast_adapter_dtype=False)
        weights = load_peft_weights(str(directory), device="cpu", local_files_only=True)
        wanted = set(get_peft_model_state_dict(adapted))
        if wanted != set(weights):
            odd = sorted(wanted ^ set(weights))
            raise BadAdapter(
                f"adapter and base model disagree on {len(odd)} tensors, such as {odd[0]}", where=directory
            )
        set_peft_model_state_dict(adapted, weights)
    except (ValueError, KeyError, TypeError, RuntimeError, OSError) as error:
        raise BadAdapter(f"it does not fit its base model: {error}", where=directory) from error
    return adapted.get_base_model()


def _kind(directory: Path) -> str:
    path = directory / CONFIG
    try:
        kind = json.loads(path.read_text(encoding="utf-8"))["peft_type"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadAdapter(
            f"{CONFIG} cannot be read: {error}", where=path, remedy="Name the directory of a PEFT adapter."
        ) from error
    if not (directory / WEIGHTS).is_file():
        if list(directory.glob("*.bin")):
            raise PickleWeights("the adapter's weights are a pickle", where=directory)
        raise BadAdapter(f"there is no {WEIGHTS}", where=directory, remedy="Copy the adapter's weights into it.")
    return str(kind)
