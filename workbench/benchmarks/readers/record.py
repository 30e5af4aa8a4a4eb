"""What every reader takes and yields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from workbench.errors import BenchmarkError


@dataclass(frozen=True, slots=True)
class Location:
    """One file to read.

    Attributes
    ----------
    path
        Where it lies, resolved and known to be inside its directory.
    name
        What messages call it: relative to the pack.
    member
        Name inside an archive; empty for a plain file.
    """

    path: Path
    name: str
    member: str = ""

    @property
    def label(self) -> str:
        """Return the name with the archive member behind it, as in ``dev.tar.gz!dev.jsonl``."""
        return f"{self.name}!{self.member}" if self.member else self.name


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file: its fields, its place from 1, where it stands for a person, and the file's name."""

    data: dict[str, Any]
    number: int
    where: str
    line: int = 0
    file: str = ""


Report: TypeAlias = Callable[[BenchmarkError], None]
"""Called with each problem; `strict` raises it, a validation collects it and reading goes on."""


def strict(error: BenchmarkError) -> None:
    """Raise the first problem: what happens when items are read to be used."""
    raise error
