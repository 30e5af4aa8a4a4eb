"""What lies at a model's path: which files are weights, tokenizer, configuration, and what else is there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import BadConfig, MissingShard, NotFound, NoWeights, PickleWeights, UnsafePath

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
TOKENIZER = "tokenizer.json"
PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
LARGEST_JSON = 64 << 20


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of one model.

    Attributes
    ----------
    root
        Directory, or the GGUF file itself.
    gguf
        The GGUF file; None for a Hugging Face directory.
    shards
        Weight files, in the order of their names.
    pickles, scripts
        Weights nobody will read, and Python nobody will run.
    """

    root: Path
    gguf: Path | None
    shards: tuple[Path, ...]
    pickles: tuple[Path, ...]
    scripts: tuple[Path, ...]

    def file(self, name: str) -> Path | None:
        """Return a file of the directory, or None when it is not there."""
        path = self.root / name
        return path if self.gguf is None and path.is_file() else None


def read_layout(path: Path) -> Layout:
    """Look at a model's path; only names and the index are read.

    Raises
    ------
    NotFound
        Nothing is there, or it is no model.
    UnsafePath, MissingShard, BadConfig
        The index leads out of the directory, names a file that is not there, or is damaged.
    NoWeights, PickleWeights
        There are no weights that may be read.
    """
    if path.is_file():
        if path.suffix == ".gguf":
            return Layout(path, path, (path,), (), ())
        raise NotFound("a model is a directory or a .gguf file", where=path)
    if not path.is_dir():
        raise NotFound("no model is there", where=path)
    names = sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    pickles = tuple(entry for entry in names if entry.suffix in PICKLE_SUFFIXES)
    scripts = tuple(entry for entry in names if entry.suffix == ".py")
    if (path / CONFIG).is_file() or any(entry.suffix == ".safetensors" for entry in names):
        return Layout(path, None, _shards(path, names, pickles), pickles, scripts)
    ggufs = [entry for entry in names if entry.suffix == ".gguf"]
    if len(ggufs) == 1:
        return Layout(ggufs[0], ggufs[0], (ggufs[0],), pickles, scripts)
    if ggufs:
        raise NotFound(f"the directory holds {len(ggufs)} GGUF files", where=path, remedy="Name one of them.")
    if pickles:
        raise PickleWeights(f"the only weights are pickles: {pickles[0].name}", where=pickles[0])
    raise NotFound("the directory holds no model (no config.json, no .gguf file)", where=path)


def _shards(root: Path, names: list[Path], pickles: tuple[Path, ...]) -> tuple[Path, ...]:
    if (root / INDEX).exists():
        return _indexed(root)
    if (root / SINGLE).exists():
        return (root / SINGLE,)
    loose = [entry for entry in names if entry.suffix == ".safetensors" and entry.name != ADAPTER_WEIGHTS]
    if len(loose) == 1:
        return (loose[0],)
    if loose:
        raise MissingShard(f"{len(loose)} weight files and no {INDEX} that joins them", where=root / INDEX)
    if pickles:
        raise PickleWeights(f"the only weights are pickles: {pickles[0].name}", where=pickles[0])
    raise NoWeights("the directory holds a config.json and no weights", where=root)


def _indexed(root: Path) -> tuple[Path, ...]:
    index = read_json(root / INDEX)
    table = index.get("weight_map")
    if not isinstance(table, dict) or not table or not all(isinstance(name, str) for name in table.values()):
        raise BadConfig("the index has no table of weights", where=root / INDEX)
    shards = []
    for name in sorted(set(table.values())):
        if Path(name).name != name or name.startswith("."):
            raise UnsafePath(f"the index names {name!r}, which is no file of this directory", where=root / INDEX)
        if not (root / name).is_file():
            raise MissingShard(f"the index names {name}, which is not there", where=root / name)
        shards.append(root / name)
    return tuple(shards)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    BadConfig
        Missing, too large, not UTF-8, not JSON, or no object.
    """
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise BadConfig(f"the file has more than {LARGEST_JSON:,} bytes", where=path)
        value = json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise BadConfig("the file is missing", where=path) from error
    except (OSError, ValueError, RecursionError) as error:
        raise BadConfig(f"the file cannot be read as JSON ({error})", where=path) from error
    if not isinstance(value, dict):
        raise BadConfig("the file holds no JSON object", where=path)
    return value


def text_config(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of a configuration that describes the language model (multimodal models nest it)."""
    inner = config.get("text_config")
    return {**config, **inner} if isinstance(inner, dict) else config


def outside_links(root: Path, files: tuple[Path, ...]) -> tuple[Path, ...]:
    """Return the links among `files` that lead out of the model.

    In a hub cache a snapshot's files are links into ``blobs/`` beside ``snapshots/``; those belong to it.
    """
    resolved = root.resolve()
    allowed = [resolved]
    if resolved.parent.name == "snapshots":
        allowed.append(resolved.parent.parent / "blobs")
    return tuple(
        file for file in files
        if file.is_symlink() and not any(file.resolve().is_relative_to(place) for place in allowed)
    )  # fmt: skip
