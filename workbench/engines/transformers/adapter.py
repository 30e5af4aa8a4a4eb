"""A LoRA/PEFT adapter on its base model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from workbench.errors import BadAdapter
from workbench.models.adapters import read_adapter


def attach_adapter(model: Any, directory: Path) -> Any:
    """Return the base model with the adapter's layers in place, unmerged.

    Raises
    ------
    BadAdapter
        The directory holds no adapter, or one of another base model, or of a kind that is not LoRA.
    PickleWeights
        Its weights are a pickle.
    """
    read_adapter(directory)
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
