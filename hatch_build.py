"""Puts the built JupyterLab panel into wheels and source distributions, and builds it first when that is needed.

An editable install leaves it out: `make lab` builds it and links it into the environment, so that nothing is written
through that link. Without node 20 or newer, or with ``SKIP_JUPYTER_BUILDER=1``, everything else is built and the panel
is missing, which is said. A panel that is older than its sources is never put in: it is built anew, left out because
that was asked for, or nothing is built.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = Path("extensions", "workbench-lab")
BUILT = SOURCE / "labextension"
INSTALLED = "share/jupyter/labextensions/sovereign-workbench-lab"
OLDEST_NODE = 20
SKIP = "SKIP_JUPYTER_BUILDER"


class LabPanel(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the panel to what hatchling builds."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the panel if its sources are newer than it is, and have it included."""
        if version == "editable":
            return
        newer = self._newer()
        if newer is not None and not self._build():
            self._left_out_or_refused(newer)
            return
        if not (Path(self.root) / BUILT / "package.json").is_file():
            self.app.display_warning("The JupyterLab panel is not built and is left out; see CONTRIBUTING.md.")
        elif self.target_name == "wheel":
            build_data["shared_data"][str(BUILT)] = INSTALLED
            build_data["shared_data"][str(SOURCE / "install.json")] = f"{INSTALLED}/install.json"
        else:
            build_data["artifacts"].append(f"/{BUILT.as_posix()}")

    def _newer(self) -> Path | None:
        """Return a source that is newer than what was built; in a source distribution there is none.

        A folder counts too: its time is that of the last file that was added to it or removed from it.
        """
        root = Path(self.root)
        built = root / BUILT / "package.json"
        if (root / "PKG-INFO").is_file() or not (root / SOURCE / "src").is_dir():
            return None
        made = built.stat().st_mtime if built.is_file() else -1.0
        return next((path for path in _sources(root / SOURCE) if path.stat().st_mtime > made), None)

    def _left_out_or_refused(self, newer: Path) -> None:
        """Leave the panel out where there is none, or where that was asked for; refuse to ship an old one.

        Raises
        ------
        RuntimeError
            There is a panel that is older than its sources.
        """
        stale = (Path(self.root) / BUILT / "package.json").is_file()
        if stale and not os.environ.get(SKIP):
            raise RuntimeError(
                f"the built JupyterLab panel is older than {newer.relative_to(self.root)} and cannot be built here: "
                f"run `make lab` where node {OLDEST_NODE} is, or set {SKIP}=1 to leave the panel out"
            )
        self.app.display_warning("The JupyterLab panel is left out; see CONTRIBUTING.md.")

    def _build(self) -> bool:
        """Build the panel; return whether that could be done here."""
        jlpm = shutil.which("jlpm")
        if os.environ.get(SKIP) or jlpm is None or not _node_is_new_enough():
            return False
        folder = Path(self.root) / SOURCE
        fetched = subprocess.run([jlpm, "install", "--immutable"], cwd=folder, check=False)  # noqa: S603
        if fetched.returncode:
            self.app.display_warning("What the JupyterLab panel is built with could not be fetched.")
            return False
        subprocess.run([jlpm, "build:prod"], cwd=folder, check=True)  # noqa: S603
        return True


def _sources(folder: Path) -> Iterator[Path]:
    yield from (path for path in map(folder.joinpath, ("package.json", "yarn.lock", "tsconfig.json")) if path.is_file())
    for name in ("src", "style"):
        yield folder / name
        yield from (folder / name).rglob("*")


def _node_is_new_enough() -> bool:
    node = shutil.which("node")
    if node is None:
        return False
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    major = said.strip().removeprefix("v").partition(".")[0]
    return major.isdecimal() and int(major) >= OLDEST_NODE
