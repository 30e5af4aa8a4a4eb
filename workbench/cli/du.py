"""`workbench du`: what takes space in the data directory."""

from __future__ import annotations

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
    if as_json:
        emit(parts)
        return
    rows = [[part.part, size(part.size), f"{part.files:,}", str(part.path)] for part in parts]
    rows.append(["total", size(sum(part.size for part in parts)), f"{sum(part.files for part in parts):,}", ""])
    table(["part", "size", "files", "where"], rows, right=(1, 2))
