"""What lies at a model's path: which files are weights, tokenizer, configuration, and what else is there."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.errors import (
    BadAdapter,
    BadConfig,
    MissingShard,
    NotFound,
    NoWeights,
    PickleWeights,
    UnsafePath,
    WorkbenchError,
)

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
TOKENIZER = "tokenizer.json"
PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
LARGEST_JSON = 64 << 20
"""Bytes; the largest tokenizer.json in use has about 35 MB."""
PART = re.compile(r"-\d{5}-of-(\d{5})\.safetensors$")


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


@dataclass(frozen=True, slots=True)
class Index:
    """What ``model.safetensors.index.json`` says.

    Attributes
    ----------
    shards
        Files it names that are there.
    weights
        Tensor names and the file each should be in.
    problems
        What is wrong with it, unsafe paths first.
    """

    shards: tuple[Path, ...]
    weights: Mapping[str, str]
    problems: tuple[WorkbenchError, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """A layout as far as it can be made out, and everything that is wrong with it."""

    layout: Layout
    problems: tuple[WorkbenchError, ...]


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
    BadAdapter
        It is an adapter, which needs its base model.
    """
    found = survey(path)
    if found.problems:
        raise found.problems[0]
    return found.layout


def survey(path: Path) -> Survey:
    """Look at a model's path as `read_layout` does, and collect what is wrong instead of stopping at the first.

    Raises
    ------
    NotFound, PickleWeights, BadAdapter
        There is nothing that could be looked at further.
    """
    if path.is_file():
        return Survey(_single(path), ())
    names = _names(path)
    pickles = tuple(entry for entry in names if entry.suffix in PICKLE_SUFFIXES)
    scripts = tuple(entry for entry in names if entry.suffix == ".py")
    if not (path / CONFIG).is_file() and (path / ADAPTER_CONFIG).is_file():
        raise _only_an_adapter(path)
    if (path / CONFIG).is_file() or any(entry.suffix == ".safetensors" for entry in names):
        shards, problems = _shards(path, names, pickles)
        return Survey(Layout(path, None, shards, pickles, scripts), problems)
    ggufs = [entry for entry in names if entry.suffix == ".gguf"]
    if len(ggufs) == 1:
        return Survey(Layout(ggufs[0], ggufs[0], (ggufs[0],), pickles, scripts), ())
    if ggufs:
        raise NotFound(f"the directory holds {len(ggufs)} GGUF files", where=path, remedy="Name one of them.")
    if pickles:
        raise _only_pickles(pickles)
    raise NotFound("the directory holds no model (no config.json, no .gguf file)", where=path)


def _single(path: Path) -> Layout:
    if path.suffix == ".gguf":
        return Layout(path, path, (path,), (), ())
    if path.suffix in PICKLE_SUFFIXES:
        raise PickleWeights("a weight file in pickle's format", where=path)
    raise NotFound("a model is a directory or a .gguf file", where=path)


def _names(path: Path) -> list[Path]:
    try:
        if not path.is_dir():
            raise NotFound("no model is there", where=path)
        return sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise NotFound(f"the directory cannot be read ({error.strerror})", where=path) from error


def _only_pickles(pickles: tuple[Path, ...]) -> PickleWeights:
    names = ", ".join(file.name for file in pickles[:3]) + (", …" if len(pickles) > 3 else "")  # noqa: PLR2004 — shown
    return PickleWeights(f"the only weights are pickles: {names}", where=pickles[0])


def _only_an_adapter(path: Path) -> BadAdapter:
    return BadAdapter(
        "this is an adapter, not a model", where=path, remedy="Name its base model, and this directory with --adapter."
    )


def _shards(
    root: Path, names: list[Path], pickles: tuple[Path, ...]
) -> tuple[tuple[Path, ...], tuple[WorkbenchError, ...]]:
    if (root / INDEX).exists():
        index = read_index(root)
        return index.shards, index.problems
    if (root / SINGLE).exists():
        return (root / SINGLE,), ()
    loose = tuple(entry for entry in names if entry.suffix == ".safetensors" and entry.name != ADAPTER_WEIGHTS)
    problem: WorkbenchError | None = None
    if len(loose) > 1 or any(PART.search(entry.name) for entry in loose):
        stated = max((int(found[1]) for entry in loose if (found := PART.search(entry.name))), default=len(loose))
        problem = MissingShard(
            f"{len(loose)} of {stated} weight files, and no {INDEX} that joins them", where=root / INDEX
        )
    elif not loose:
        problem = _no_weights(root, pickles)
    return loose, () if problem is None else (problem,)


def _no_weights(root: Path, pickles: tuple[Path, ...]) -> WorkbenchError:
    if pickles:
        return _only_pickles(pickles)
    if (root / ADAPTER_WEIGHTS).is_file():
        return _only_an_adapter(root)
    return NoWeights("the directory holds a config.json and no weights", where=root)


def read_index(root: Path) -> Index:
    """Read the table that joins the shards of a directory; nothing outside the directory is looked at."""
    try:
        table = read_json(root / INDEX).get("weight_map")
    except BadConfig as error:
        return Index((), {}, (error,))
    if not isinstance(table, dict) or not table or not all(isinstance(name, str) for name in table.values()):
        return Index((), {}, (BadConfig("the index has no table of weights", where=root / INDEX),))
    shards: list[Path] = []
    unsafe: list[WorkbenchError] = []
    missing: list[WorkbenchError] = []
    for name in sorted(set(table.values())):
        if Path(name).name != name or name.startswith(".") or not name.isprintable():
            unsafe.append(UnsafePath(f"the index names {name!r}, no file of this directory", where=root / INDEX))
        elif not _is_file(root / name):
            missing.append(MissingShard(f"the index names {name}, which is not there", where=root / name))
        else:
            shards.append(root / name)
    return Index(tuple(shards), table, (*unsafe, *missing))


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name longer than the file system allows
        return False


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises
    ------
    BadConfig
        Missing, no regular file, too large, not UTF-8, not JSON, or no object.
    """
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):  # a pipe would be waited for, and a device may never end
            raise BadConfig("this is no file", where=path)
        if found.st_size > LARGEST_JSON:
            raise BadConfig(f"the file has more than {LARGEST_JSON:,} bytes", where=path)
        value = json.loads(path.read_bytes().decode("utf-8-sig"))
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


def outside_links(root: Path) -> tuple[Path, ...]:
    """Return the links below `root` that lead out of the model, whether or not something is at their end.

    In a hub cache a snapshot's files are links into ``blobs/`` beside ``snapshots/``; those belong to it.
    """
    resolved = root.resolve()
    allowed = [resolved]
    if resolved.parent.name == "snapshots":
        allowed.append(resolved.parent.parent / "blobs")
    return tuple(
        entry for entry in sorted(root.rglob("*"))
        if entry.is_symlink() and not any(_target(entry).is_relative_to(place) for place in allowed)
    )  # fmt: skip


def _target(link: Path) -> Path:
    try:
        return link.resolve()
    except (OSError, RuntimeError):  # a link to itself
        return Path("/")


def model_name(layout: Layout) -> str:
    """Return a model's name: its directory's or file's; in a hub cache, the repository's."""
    root = layout.root.absolute()
    if root.parent.name == "snapshots":
        return root.parent.parent.name.removeprefix("models--").replace("--", "/")
    return root.stem if layout.gguf else root.name or root.resolve().name
