"""The panel and the item studio as views under a cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from workbench.errors import UsageError
from workbench.jobs.run import Run
from workbench.jobs.studio import Studio
from workbench.jobs.watching import run_directories
from workbench.policy.home import Home

TABS = ("runs", "models", "benchmarks")


@dataclass(frozen=True, slots=True)
class Panel:
    """Models, benchmarks and runs of a data directory; in a notebook's cell it shows itself.

    Attributes
    ----------
    tab
        ``runs``, ``models`` or ``benchmarks``: what it begins with.
    open
        A run that is open at once.
    """

    home: Home
    tab: str = "runs"
    open: str = ""


def make_panel(home: Home, what: object = "runs") -> Panel:
    """Return the panel, opened at one of its tabs, or at a run or result.

    Raises
    ------
    UsageError
        It has no such tab.
    """
    if isinstance(what, str):
        if what not in TABS:
            raise UsageError(f"the panel has no tab {what!r}", remedy=f"It has {', '.join(TABS)}.")
        return Panel(home, what)
    run = what.id if isinstance(what, Run) else getattr(what, "run_id", None)
    if not isinstance(run, str):
        raise UsageError(f"the panel shows no {type(what).__name__}", remedy="Name a tab, or give a run or a result.")
    return Panel(home, "runs", run)


def show_panel(panel: Panel, fake_models: tuple[str, ...] = ()) -> Any:
    """Show the panel under the cell, and return its view."""
    from workbench.jupyter.widgets.desk import Desk
    from workbench.jupyter.widgets.live import display_view
    from workbench.jupyter.widgets.twin import panel_twin
    from workbench.jupyter.widgets.view import View

    count = len(run_directories(panel.home))
    state = {"tab": panel.tab, "open": panel.open}
    plain = f"<Workbench panel: {count} runs>"
    return display_view(View("panel", state, Desk(panel.home, fake_models), lambda: panel_twin(count), plain))


def show_studio(studio: Studio, fake_models: tuple[str, ...] = ()) -> Any:
    """Show the item studio under the cell, and return its view."""
    from workbench.jupyter.studio.views import shown_draft
    from workbench.jupyter.widgets.live import display_view
    from workbench.jupyter.widgets.studio_desk import StudioDesk
    from workbench.jupyter.widgets.twin import studio_twin
    from workbench.jupyter.widgets.view import View

    state = shown_draft(studio.draft)
    plain = f"<Studio of {state['draft']['name']} in {state['draft']['language']}: {len(state['items'])} items>"
    return display_view(View("studio", state, StudioDesk(studio, fake_models), lambda: studio_twin(state), plain))
