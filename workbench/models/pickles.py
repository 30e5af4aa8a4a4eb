"""Pickles: telling one by its bytes, and saying what is inside without reading it in."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import PickleWeights
from workbench.models.safetensors import PICKLE_MAGIC

SHOWN = 5
LONGEST_MAGIC = max(map(len, PICKLE_MAGIC))


def looks_like_a_pickle(path: Path) -> bool:
    """Return whether a file begins as a pickle (protocol 2 and up) or a zip archive, which torch writes, does."""
    try:
        with path.open("rb") as file:
            return file.read(LONGEST_MAGIC).startswith(PICKLE_MAGIC)
    except OSError:
        return False


def explained(error: PickleWeights) -> PickleWeights:
    """Return a refusal with what picklescan finds inside the file; the file is disassembled, never run."""
    if error.where is None or not Path(error.where).is_file():
        return error
    return PickleWeights(f"{error.message}; {_scan(Path(error.where))}", where=error.where)


def _scan(path: Path) -> str:
    import logging

    from picklescan import scanner

    logger = logging.getLogger("picklescan")
    disabled, logger.disabled = logger.disabled, True  # what it finds goes into the message instead
    try:
        result = scanner.scan_file_path(str(path))
    except Exception as problem:  # noqa: BLE001 — the scanner fails in its own ways on damaged files; refused all the same
        return f"picklescan could not read it ({problem})"
    finally:
        logger.disabled = disabled
    names = sorted({f"{entry.module}.{entry.name}" for entry in result.globals})
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    inside = f"picklescan: it imports {', '.join(names[:SHOWN])}{more}" if names else "picklescan: it imports nothing"
    verdict = f"{result.issues_count} dangerous" if result.issues_count else "a clean scan does not unlock it"
    return f"{inside} ({verdict})"
