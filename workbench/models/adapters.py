"""LoRA/PEFT adapters: whether one fits its base, from headers alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import BadAdapter, PickleWeights
from workbench.models.layout import ADAPTER_CONFIG, ADAPTER_WEIGHTS, Layout, read_json
from workbench.models.safetensors import Tensor, read_header

LORA = re.compile(r"^base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])(?:\.[^.]+)?\.weight$")


@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter: its rank, how many parameters it adds, and the base it says it was trained on."""

    name: str
    path: Path
    rank: int
    parameters: int
    base: str | None


def read_adapter(path: Path) -> Adapter:
    """Read an adapter directory.

    Raises
    ------
    BadAdapter
        Not an adapter, or of a kind that is not LoRA.
    PickleWeights
        Its weights are a pickle.
    """
    if not (path / ADAPTER_CONFIG).is_file():
        raise BadAdapter("the directory has no adapter_config.json", where=path)
    config = read_json(path / ADAPTER_CONFIG)
    kind, rank = config.get("peft_type"), config.get("r")
    if kind != "LORA" or not isinstance(rank, int) or rank < 1:
        raise BadAdapter(f"an adapter of kind {kind!r} and rank {rank!r} is no LoRA", where=path / ADAPTER_CONFIG)
    if not (path / ADAPTER_WEIGHTS).is_file():
        pickle = next(iter(path.glob("adapter_model.bin")), None)
        if pickle is not None:
            raise PickleWeights("the adapter's weights are a pickle", where=pickle)
        raise BadAdapter(f"the adapter has no {ADAPTER_WEIGHTS}", where=path)
    tensors = read_header(path / ADAPTER_WEIGHTS)
    base = config.get("base_model_name_or_path")
    return Adapter(path.name, path, rank, sum(tensor.count for tensor in tensors.values()), base or None)


def check_adapter(adapter: Adapter, base: Layout) -> None:
    """Compare every LoRA pair with the weight of the base that it changes.

    Raises
    ------
    BadAdapter
        A module the base does not have, or of another shape.
    """
    weights: dict[str, Tensor] = {}
    for shard in base.shards if base.gguf is None else ():
        weights.update(read_header(shard))
    if not weights:
        raise BadAdapter("an adapter needs a base with safetensors weights", where=base.root)
    tensors = read_header(adapter.path / ADAPTER_WEIGHTS)
    where = adapter.path / ADAPTER_WEIGHTS
    found = 0
    for name, tensor in tensors.items():
        match = LORA.match(name)
        if match is None:
            continue
        found += 1
        target = _target(weights, match["module"])
        if target is None:
            raise BadAdapter(f"the base has no module {match['module']}", where=where)
        side = tensor.shape[1] if match["side"] == "A" else tensor.shape[0]
        if side not in target.shape:
            raise BadAdapter(f"{name} has shape {tensor.shape}, the base's weight {target.shape}", where=where)
    if not found:
        raise BadAdapter("the file holds no LoRA weights", where=where)


def _target(weights: Mapping[str, Tensor], module: str) -> Tensor | None:
    """Return the base's weight of a module; checkpoints differ in whether names begin with ``model.``."""
    for name in (f"{module}.weight", f"{module.removeprefix('model.')}.weight", f"model.{module}.weight"):
        if name in weights:
            return weights[name]
    return None
