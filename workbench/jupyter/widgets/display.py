"""Makes IPython show results, comparisons, runs, the panel and the item studio; called by the facade's verbs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench.jupyter.widgets.kernel import in_notebook, shell

if TYPE_CHECKING:
    from workbench.evaluation.comparing import Comparison
    from workbench.evaluation.result import Result
    from workbench.jobs.run import Run
    from workbench.jobs.studio import Studio
    from workbench.jupyter.widgets.panel import Panel

RESULT = ("workbench.evaluation.result", "Result")
COMPARISON = ("workbench.evaluation.comparing", "Comparison")
RUN = ("workbench.jobs.run", "Run")
STUDIO = ("workbench.jobs.studio", "Studio")
PANEL = ("workbench.jupyter.widgets.panel", "Panel")


def register() -> bool:
    """Make IPython show what Workbench returns; return whether there is an IPython. Imports nothing.

    What is finished is shown as static HTML, which a notebook keeps without a kernel; what goes on, or is written in,
    as a widget with that beside it.
    """
    found = shell()
    if found is None:
        return False
    from workbench.reports.notebook import register as register_results

    register_results()
    formatters = found.display_formatter.formatters
    formatters["text/html"].for_type_by_name(*RESULT, _result)
    formatters["text/html"].for_type_by_name(*COMPARISON, _comparison)
    for name, line in ((COMPARISON, _comparison_line), (RUN, _run_line), (STUDIO, _studio_line)):
        formatters["text/plain"].for_type_by_name(*name, line)
    if in_notebook():
        shown: tuple[tuple[tuple[str, str], Callable[[Any], None]], ...] = (
            (RUN, _run), (STUDIO, _studio), (PANEL, _panel),
        )  # fmt: skip
        for name, function in shown:
            found.display_formatter.ipython_display_formatter.for_type_by_name(*name, function)
    return True


def _result(result: Result) -> str:
    from workbench.jupyter.widgets.twin import result_twin

    return result_twin(result)


def _comparison(comparison: Comparison) -> str:
    from workbench.jupyter.widgets.twin import comparison_twin

    return comparison_twin(comparison)


def _run(run: Run) -> None:
    from workbench.jupyter.widgets.live import LiveRun

    LiveRun(run).show()


def _studio(studio: Studio) -> None:
    from workbench.jupyter.widgets.panel import show_studio

    show_studio(studio)


def _panel(panel: Panel) -> None:
    from workbench.jupyter.widgets.panel import show_panel

    show_panel(panel)


def _comparison_line(comparison: Comparison, printer: Any, cycle: object) -> None:
    del cycle
    sides = f"{comparison.first.model} and {comparison.second.model}"
    printer.text(f"<Comparison of {sides}: {len(comparison.pairs)} differences, {comparison.total_flips} flips>")


def _run_line(run: Run, printer: Any, cycle: object) -> None:
    del cycle
    from workbench.reports.progress import sentence

    printer.text(f"<Run {run.id}: {sentence(run.status())}>")


def _studio_line(studio: Studio, printer: Any, cycle: object) -> None:
    del cycle
    draft = studio.draft
    printer.text(f"<Studio of {draft.pack} in {draft.language}: {len(draft.items)} items in draft {draft.id}>")
