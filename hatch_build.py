"""Puts the built JupyterLab panel into wheels and source distributions, and builds it first when that is needed.

An editable install leaves it out: `make lab` builds it and links it into the environment, so that nothing is written
through that link. Without node 20 or newer, or with ``SKIP_JUPYTER_BUILDER=1``, everything else is built and the panel
is missing, which is said.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("extensions", "workbench-lab")
BUILT = SOURCE / "labextension"
INSTALLED = "share/jupyter/labextensions/sovereign-workbench-lab"
OLDEST_NODE = 20


class LabPanel(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the panel to what hatchling builds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the panel if its sources are newer than it is, and have it included."""
        if version == "editable":
            return
        if self._is_stale():
            self._build()
        if not (Path(self.root) / BUILT / "package.json").is_file():
            self.app.display_warning("The JupyterLab panel is not built and is left out; see CONTRIBUTING.md.")
        elif self.target_name == "wheel":
            build_data["shared_data"][str(BUILT)] = INSTALLED
            build_data["shared_data"][str(SOURCE / "install.json")] = f"{INSTALLED}/install.json"
        else:
            build_data["artifacts"].append(f"/{BUILT.as_posix()}")

    def _is_stale(self) -> bool:
        """Return whether a source is newer than what was built; in a source distribution all are of one time."""
        root = Path(self.root)
        built = root / BUILT / "package.json"
        if not (root / SOURCE / "src").is_dir():
            return False
        made = built.stat().st_mtime if built.is_file() else -1.0
        sources = [root / SOURCE / "package.json", root / SOURCE / "yarn.lock"]
        sources += [path for folder in ("src", "style") for path in (root / SOURCE / folder).rglob("*")]
        return any(path.stat().st_mtime > made for path in sources if path.is_file())

    def _build(self) -> None:
        jlpm = shutil.which("jlpm")
        if os.environ.get("SKIP_JUPYTER_BUILDER") or jlpm is None or not _node_is_new_enough():
            return
        folder = Path(self.root) / SOURCE
        fetched = subprocess.run([jlpm, "install", "--immutable"], cwd=folder, check=False)  # noqa: S603
        if fetched.returncode:
            self.app.display_warning("What the JupyterLab panel is built with could not be fetched.")
            return
        subprocess.run([jlpm, "build:prod"], cwd=folder, check=True)  # noqa: S603


def _node_is_new_enough() -> bool:
    node = shutil.which("node")
    if node is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    major = said.strip().removeprefix("v").partition(".")[0]
    return major.isdecimal() and int(major) >= OLDEST_NODE
