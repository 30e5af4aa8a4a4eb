"""Kernelspecs, and whether the Python of each has this Workbench."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench import __version__
from workbench.errors import NotFound, SpecError
from workbench.jupyter.services import Services
from workbench.policy.offline import offline_environment

ASK = "from importlib.metadata import version; print(version('sovereign-workbench'))"
SECONDS = 20


def shown_kernels(services: Services) -> list[dict[str, Any]]:
    """Return every kernelspec by name."""
    return [_shown(name, entry["spec"]) for name, entry in sorted(services.kernel_specs().items())]


def _shown(name: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    found, reason = _workbench(spec)
    return {
        "name": name,
        "display_name": str(spec.get("display_name", name)),
        "language": str(spec.get("language", "")),
        "workbench": found,
        "usable": found == __version__,
        "reason": reason if found is None or found == __version__ else f"has Workbench {found}, not {__version__}",
    }


def _workbench(spec: Mapping[str, Any]) -> tuple[str | None, str]:
    """Return the version of Workbench in a kernelspec's Python, and why there is none."""
    if str(spec.get("language", "")).lower() != "python":
        return None, "is no Python"
    interpreter = _interpreter(spec)
    if not interpreter.is_absolute() or not interpreter.exists():
        return None, "does not name its Python by a path that is here"
    version = _asked(str(interpreter), interpreter.stat().st_mtime_ns)
    return version, "" if version else "has no Workbench"


def _interpreter(spec: Mapping[str, Any]) -> Path:
    """Return the Python that a kernelspec starts: ``python`` alone is the server's own, as for Jupyter itself."""
    name = str((spec.get("argv") or [""])[0])
    own = {"python", f"python{sys.version_info.major}", f"python{sys.version_info.major}.{sys.version_info.minor}"}
    return Path(sys.executable if name in own else name)


@lru_cache(maxsize=64)
def _asked(interpreter: str, _changed: int) -> str | None:
    """Ask a Python for its Workbench, once for as long as its file does not change."""
    try:
        done = subprocess.run(  # noqa: S603 — the Python of a kernelspec, which this server runs anyway
            [interpreter, "-c", ASK],
            capture_output=True, text=True, check=True, timeout=SECONDS, env=offline_environment(),
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None


def interpreter_of(services: Services, kernel: str) -> str:
    """Return the Python of a kernelspec; empty for the server's own, so that a spec is the same with and without it.

    Raises
    ------
    NotFound
        There is no such kernelspec.
    SpecError
        Its Python cannot run a model.
    """
    if not kernel:
        return ""
    entry = services.kernel_specs().get(kernel)
    if entry is None:
        raise NotFound("no kernelspec has this name", where=kernel, remedy="`jupyter kernelspec list` shows them.")
    shown = _shown(kernel, entry["spec"])
    if not shown["usable"]:
        remedy = "Install the same version of sovereign-workbench there."
        raise SpecError(f"the kernelspec {shown['reason']}", where=kernel, remedy=remedy)
    found = _interpreter(entry["spec"])
    return "" if found == Path(sys.executable) else str(found)
