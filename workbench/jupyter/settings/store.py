"""What the user chose for the panel: ``panel/settings.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from workbench.errors import JournalError, NotFound, WorkbenchError
from workbench.jupyter.services import Services
from workbench.policy.storage import inside, private_directory, write_atomically

SCHEMA = 1
FILE = "settings.json"


@dataclass(frozen=True, slots=True)
class PanelSettings:
    """Choices of the user.

    Attributes
    ----------
    folders
        Searched for models; relative to the server's root, and never outside it.
    kernel
        Kernelspec of new runs; empty: the server's own Python.
    """

    folders: tuple[str, ...] = ()
    kernel: str = ""
    report_language: str = "en"
    page_size: int = 50
    schema: int = SCHEMA

    def resolved(self, root: Path) -> tuple[Path, ...]:
        """Return the folders that are there, each below `root`."""
        found = []
        for name in self.folders:
            try:
                path = folder(root, name)
            except WorkbenchError:
                continue  # removed, or replaced by a link that leads out, since it was chosen
            found.append(path)
        return tuple(found)


def folder(root: Path, name: str) -> Path:
    """Return a folder that a client names relative to the server's root.

    Raises
    ------
    UnsafePath
        It leads out.
    NotFound
        It is no folder.
    """
    path = root.resolve() if name in ("", ".") else inside(root, name)
    if not path.is_dir():
        raise NotFound("this is no folder of the server's root", where=name, remedy="Choose one in the file browser.")
    return path


@cache
def _settings() -> TypeAdapter[PanelSettings]:
    return TypeAdapter(PanelSettings)


def read_settings(services: Services) -> PanelSettings:
    """Return the user's choices, or the defaults.

    Raises
    ------
    JournalError
        The file is damaged or newer than this Workbench.
    """
    path = services.panel / FILE
    try:
        settings = _settings().validate_json(path.read_bytes())
    except FileNotFoundError:
        return PanelSettings()
    except (OSError, ValidationError) as error:
        raise JournalError("the panel's settings cannot be read", where=path, remedy="Remove the file.") from error
    if settings.schema > SCHEMA:
        raise JournalError(f"the settings have schema {settings.schema}; this Workbench knows {SCHEMA}", where=path)
    return settings


def change_settings(services: Services, changes: dict[str, Any]) -> PanelSettings:
    """Change some settings, and return all.

    Raises
    ------
    UnsafePath, NotFound
        A folder that is none, or outside the server's root; a kernelspec that is not there.
    """
    for name in changes.get("folders", ()):
        folder(services.root, name)
    kernel = changes.get("kernel", "")
    if kernel and kernel not in services.kernel_specs():
        raise NotFound("no kernelspec has this name", where=kernel, remedy="`jupyter kernelspec list` shows them.")
    if "report_language" in changes:
        from workbench.reports.words import words

        words(changes["report_language"])
    settings = replace(read_settings(services), **{name: _frozen(value) for name, value in changes.items()})
    private_directory(services.panel)
    write_atomically(services.panel / FILE, _settings().dump_json(settings, indent=1))
    return settings


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def shown_settings(services: Services, settings: PanelSettings) -> dict[str, Any]:
    """Return the settings as the contract has them."""
    import os

    from workbench import __version__
    from workbench.tracking.target import VARIABLE

    chosen = asdict(settings)
    del chosen["schema"]
    return {
        **chosen,
        "folders": list(settings.folders),
        "server": {
            "home": str(services.home.root),
            "version": __version__,
            "tracking": "server" if os.environ.get(VARIABLE) else "embedded",
            "keep_alive_hours": services.keep_alive_hours,
            "model_folders": list(map(str, services.model_folders)),
        },
    }
