"""One thing a validation found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.errors import WorkbenchError

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where, and what to do.

    Attributes
    ----------
    code
        Stable: an error's code, or the name of a check.
    file, line
        Relative to the pack where it lies in it; line 0 where there is none.
    item
        Id of the item, or empty.
    """

    severity: Severity
    code: str
    message: str
    file: str
    line: int
    item: str
    remedy: str

    @property
    def where(self) -> str:
        """Return ``file:line``."""
        return f"{self.file}:{self.line}" if self.line else self.file


def from_error(error: WorkbenchError, default: str = "") -> Finding:
    """Return an exception as a finding, its place taken apart."""
    where = error.where or default
    file, colon, line = where.rpartition(":")
    if colon and line.isdecimal():
        return Finding("error", error.code, error.message, file, int(line), "", error.remedy)
    return Finding("error", error.code, error.message, where, 0, "", error.remedy)
