"""`workbench du`: what takes space in the data directory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from workbench.cli.output import emit, json_option, size, table
from workbench.policy.home import home


@dataclass(frozen=True, slots=True)
class Usage:
    """Bytes and files of one part of the data directory."""

    part: str
    path: Path
    size: int
    files: int


def usage(part: str, path: Path) -> Usage:
    """Return what one file or directory takes."""
    files = [path] if path.is_file() else [entry for entry in path.rglob("*") if entry.is_file()]
    return Usage(part, path, sum(entry.lstat().st_size for entry in files), len(files))


def together(part: str, path: Path, parts: Sequence[Usage]) -> Usage:
    """Return several parts as one."""
    return Usage(part, path, sum(entry.size for entry in parts), sum(entry.files for entry in parts))


@click.command("du")
@json_option
def command(*, as_json: bool) -> None:
    """Show what takes space: models, runs, packs and the embedded MLflow store."""
    place = home()
    parts = [
        usage("models", place.models),
        usage("runs", place.runs),
        usage("packs", place.packs),
        usage("mlflow database", place.mlflow_database),
        usage("mlflow artifacts", place.mlflow_artifacts),
    ]
    known = {part.path for part in parts}
    others = [entry for entry in place.root.iterdir() if entry not in known] if place.root.is_dir() else []
    parts.append(together("everything else", place.root, [usage("", entry) for entry in others]))
    if as_json:
        emit(parts)
        return
    rows = [[part.part, size(part.size), f"{part.files:,}", str(part.path)] for part in parts]
    total = together("total", place.root, parts)
    rows.append([total.part, size(total.size), f"{total.files:,}", ""])
    table(["part", "size", "files", "where"], rows, right=(1, 2))
