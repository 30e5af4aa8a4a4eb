"""LoRA/PEFT adapters: whether one fits its base, from headers alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import BadAdapter, BadConfig, PickleWeights, RemoteCode, WorkbenchError
from workbench.models.layout import ADAPTER_CONFIG, ADAPTER_WEIGHTS, Layout, read_json
from workbench.models.safetensors import Tensor, read_header

LORA = re.compile(r"^base_model\.model\.(?P<module>.+)\.lora_(?P<side>[AB])(?:\.[^.]+)?\.weight$")
MATRIX = 2
PREFIXES = ("", "model.", "language_model.", "model.language_model.", "transformer.")
"""Checkpoints of one architecture differ in what stands before a module's name."""


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
    RemoteCode
        It names Python of its own.
    CorruptWeights, TruncatedShard
        Its weights are damaged.
    """
    config = _config(path)
    if not (path / ADAPTER_WEIGHTS).is_file():
        pickle = next(
            (path / name for name in ("adapter_model.bin", "adapter_model.pt") if (path / name).exists()), None
        )
        if pickle is not None:
            raise PickleWeights("the adapter's weights are a pickle", where=pickle)
        raise BadAdapter(f"the adapter has no {ADAPTER_WEIGHTS}", where=path)
    tensors = read_header(path / ADAPTER_WEIGHTS)
    base = config.get("base_model_name_or_path")
    name = path.absolute().name
    count = sum(tensor.count for tensor in tensors.values())
    return Adapter(name, path, config["r"], count, base if isinstance(base, str) and base else None)


def _config(path: Path) -> Mapping[str, Any]:
    file = path / ADAPTER_CONFIG
    if not file.is_file():
        raise BadAdapter("the directory has no adapter_config.json", where=path)
    try:
        config = read_json(file)
    except BadConfig as error:
        raise BadAdapter(error.message, where=file, remedy="Copy the adapter again.") from error
    mapping = config.get("auto_mapping")
    library = mapping.get("parent_library") if isinstance(mapping, dict) else None
    if config.get("auto_map") or (isinstance(library, str) and not library.startswith("transformers.")):
        raise RemoteCode(f"the adapter asks for Python of its own ({library or 'auto_map'})", where=file)
    kind, rank = config.get("peft_type"), config.get("r")
    if kind != "LORA" or not isinstance(rank, int) or isinstance(rank, bool) or rank < 1:
        raise BadAdapter(f"an adapter of kind {kind!r} and rank {rank!r} is no LoRA", where=file)
    return config


def check_adapter(adapter: Adapter, base: Layout) -> None:
    """Compare every LoRA pair with the weight of the base that it changes.

    Raises
    ------
    BadAdapter
        A module the base does not have, or of another shape; the first is named.
    """
    for problem in misfits(adapter, base):
        raise problem


def misfits(adapter: Adapter, base: Layout) -> Iterator[WorkbenchError]:
    """Yield everything about an adapter that does not fit its base."""
    if base.gguf is not None:
        yield BadAdapter("an adapter needs a base with safetensors weights", where=base.root)
        return
    weights: dict[str, Tensor] = {}
    for shard in base.shards:
        weights.update(read_header(shard))
    config = read_json(adapter.path / ADAPTER_CONFIG)
    tensors = read_header(adapter.path / ADAPTER_WEIGHTS)
    where = adapter.path / ADAPTER_WEIGHTS
    sides: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if (match := LORA.match(name)) is not None:
            sides.setdefault(match["module"], {})[match["side"]] = tensor
    if not sides:
        yield BadAdapter("the file holds no LoRA weights", where=where)
    transposed = config.get("fan_in_fan_out") is True
    for module, pair in sorted(sides.items()):
        if (problem := _misfit(module, pair, weights, transposed=transposed)) is not None:
            yield BadAdapter(problem, where=where)


def _misfit(module: str, pair: Mapping[str, Tensor], weights: Mapping[str, Tensor], *, transposed: bool) -> str | None:
    """Return why a pair does not fit, None when it does. A is rank × inputs, B is outputs × rank."""
    if len(pair) != len("AB"):
        return f"{module} has half a pair: only lora_{next(iter(pair))}"
    a, b = pair["A"].shape, pair["B"].shape
    if len(a) != MATRIX or len(b) != MATRIX or a[0] != b[1]:
        return f"{module}: lora_A is {a} and lora_B {b}, which cannot be multiplied"
    names = [f"{prefix}{bare}" for bare in _bare(module) for prefix in PREFIXES]
    if any(f"{name}.qweight" in weights or f"{name}.weight_packed" in weights for name in names):
        return None  # a packed weight's shape does not say what it stands for
    target = next((weights[f"{name}.weight"] for name in names if f"{name}.weight" in weights), None)
    if target is None:
        return f"the base has no module {module}"
    expected = (a[1], b[0]) if transposed else (b[0], a[1])
    if target.dtype != "U8" and target.shape != expected:
        return f"{module} is {target.shape} in the base, and the adapter is for {expected}"
    return None


def _bare(module: str) -> tuple[str, ...]:
    """Return a module's name as it stands and without each prefix it begins with."""
    return (module, *(module.removeprefix(prefix) for prefix in PREFIXES if prefix and module.startswith(prefix)))
