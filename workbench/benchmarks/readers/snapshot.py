"""A Hugging Face dataset on disk: written by `save_to_disk`, or a snapshot of a hub repository."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.errors import BadCard, BadItem, BenchmarkError, MissingSource, UnsafePath

README = "README.md"
READABLE = (".parquet", ".jsonl", ".json", ".csv", ".tsv", ".jsonl.gz", ".csv.gz")
_SPLIT_NAMES = {"validation": ("validation", "valid", "val", "dev"), "train": ("train",), "test": ("test", "eval")}


def is_saved(directory: Path) -> bool:
    """Return whether `datasets.Dataset.save_to_disk` (or `DatasetDict`'s) wrote this directory."""
    return (directory / "dataset_dict.json").is_file() or (directory / "state.json").is_file()


def read_saved(location: Location, split: str, report: Report) -> Iterator[Record]:
    """Yield the rows of one split of a directory that `save_to_disk` wrote; class labels by their names.

    Reports
    -------
    BadItem
        The directory does not load.
    MissingSource
        It has no such split.
    """
    # By name, because type checkers take this repository's folder of packs for the library.
    library: Any = import_module("datasets")

    try:
        loaded: Any = library.load_from_disk(str(location.path))
    except (OSError, ValueError, KeyError, TypeError) as error:
        report(BadItem(f"the saved dataset does not load: {error}", where=location.label))
        return
    if isinstance(loaded, library.DatasetDict):
        if split not in loaded:
            message = f"the saved dataset has no split {split!r}; it has {', '.join(loaded)}"
            report(MissingSource(message, where=location.label, remedy="Name one of these in the card's `files`."))
            return
        loaded = loaded[split]
    named = {name: feature for name, feature in loaded.features.items() if isinstance(feature, library.ClassLabel)}
    for number, row in enumerate(loaded, start=1):
        data = {name: _label(named[name], value) if name in named else value for name, value in row.items()}
        yield Record(data, number, f"{location.label}/{split}#{number}")


def _label(feature: Any, value: int | None) -> str | None:
    return None if value is None or value < 0 else str(feature.int2str(value))


def snapshot_files(location: Location, config: str, split: str) -> tuple[Location, ...]:
    """Return the data files of one configuration and split of a hub snapshot.

    The README's `configs` decide; where there are none, files whose path holds the configuration's and the split's
    names do. Links into the hub cache's `blobs` are followed, others that leave the directory are not.

    Raises
    ------
    BadCard
        The README's front matter is not YAML, or it has several configurations and the card names none of them.
    MissingSource
        No file of that split in a format read here.
    UnsafePath
        A pattern or a link that leaves the snapshot.
    """
    patterns = _declared(location, config, split)
    everything = sorted(path for path in location.path.rglob("*") if path.is_file() and path.name.endswith(READABLE))
    names = {path: path.relative_to(location.path).as_posix() for path in everything}
    if patterns:
        chosen = [path for path in everything if any(_matches(names[path], pattern) for pattern in patterns)]
    else:
        chosen = [path for path in everything if _guessed(names[path], config, split)]
    if not chosen:
        what = f"split {split!r}" + (f" of configuration {config!r}" if config else "")
        raise MissingSource(f"no data file of {what} in a format read here", where=location.label)
    boundary = _boundary(location.path)
    for path in chosen:
        if not path.resolve().is_relative_to(boundary):
            raise UnsafePath(f"the link {names[path]} leaves the snapshot", where=location.label)
    return tuple(Location(path, f"{location.name}/{names[path]}") for path in chosen)


def _boundary(directory: Path) -> Path:
    """Return the directory that links may lead to: the hub cache's repository folder, else the snapshot itself."""
    resolved = directory.resolve()
    for parent in resolved.parents:
        if parent.name == "snapshots" and (parent.parent / "blobs").is_dir():
            return parent.parent
    return resolved


def _declared(location: Location, config: str, split: str) -> tuple[str, ...]:
    """Return the file patterns that the README's front matter gives; empty when it gives none."""
    configs = _front_matter(location).get("configs")
    if not isinstance(configs, list) or not configs:
        return ()
    by_name = {str(each.get("config_name", "default")): each for each in configs if isinstance(each, dict)}
    chosen = by_name.get(config) if config else next(iter(by_name.values())) if len(by_name) == 1 else None
    chosen = chosen or (by_name.get("default") if not config else None)
    if chosen is None:
        raise BadCard(
            f"configuration {config!r} is not among those of the dataset" if config else "which configuration?",
            where=f"{location.label}/{README}", remedy=f"Set `config` in the card to one of: {', '.join(by_name)}.",
        )  # fmt: skip
    files = chosen.get("data_files")
    root = str(chosen.get("data_dir") or "")
    patterns: list[str] = []
    if isinstance(files, str):
        patterns = [files]
    for entry in files if isinstance(files, list) else ():
        if isinstance(entry, str):
            patterns.append(entry)
        elif isinstance(entry, dict) and entry.get("split") == split:
            path = entry.get("path")
            patterns += [path] if isinstance(path, str) else [each for each in path or () if isinstance(each, str)]
    for pattern in patterns:
        if pattern.startswith("/") or ".." in Path(pattern).parts or "://" in pattern:
            raise UnsafePath(f"the data file {pattern!r} lies outside", where=f"{location.label}/{README}")
    return tuple(f"{root}/{pattern}" if root else pattern for pattern in patterns)


def _front_matter(location: Location) -> dict[str, Any]:
    readme = location.path / README
    if not readme.is_file():
        return {}
    try:
        text = readme.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BenchmarkError(f"the README cannot be read: {error}", where=f"{location.label}/{README}") from error
    if not text.startswith("---"):
        return {}
    head = text[3:].split("\n---", 1)[0]
    try:
        found = yaml.safe_load(head)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "not YAML"
        raise BadCard(f"the front matter is not YAML: {problem}", where=f"{location.label}/{README}") from error
    return found if isinstance(found, dict) else {}


def _matches(name: str, pattern: str) -> bool:
    """Return whether a path fits a glob pattern in which ``**`` stands for any folders."""
    pattern = pattern.removeprefix("./")
    return fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(name, pattern.replace("**/", ""))


def _guessed(name: str, config: str, split: str) -> bool:
    """Return whether a path looks like a file of the split: ``data/test-00000-of-00001.parquet``, ``th/test.jsonl``."""
    *folders, file = name.split("/")
    wanted = _SPLIT_NAMES.get(split, (split,))
    stem = file.split(".", 1)[0]
    of_split = any(stem == each or stem.startswith((f"{each}-", f"{each}_")) or each in folders for each in wanted)
    return of_split and (not config or config in folders or stem.startswith(f"{config}-"))
