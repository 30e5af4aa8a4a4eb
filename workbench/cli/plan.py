"""`workbench plan`: how many items a question takes."""

from __future__ import annotations

from typing import Any

import click

from workbench.cli.output import emit, json_option, table
from workbench.comparison_verbs import plan
from workbench.evaluation.finishing import load_result
from workbench.evaluation.sizing import Sizing
from workbench.jobs.watching import find_run
from workbench.policy.home import home

BLANK = "—"


@click.command("plan")
@click.argument("runs", nargs=-1, metavar="[RUN…]")
@click.option("--half-width", type=float, help="How far the interval may reach to either side, e.g. 0.02.")
@click.option("--difference", type=float, help="Between two models, that is to be seen, e.g. 0.05.")
@click.option("--accuracy", default=0.5, show_default=True, help="Expected, without runs.")
@click.option("--differing", type=float, help="Share of items on which the two models part, if known.")
@click.option(
    "--design-effect", default=1.0, show_default=True, help="By how much grouped items say less, without runs."
)
@click.option("--power", default=0.8, show_default=True, help="Probability of seeing the difference.")
@click.option("--level", default=0.95, show_default=True, help="Confidence level.")
@click.option("--of", type=int, help="Items the benchmark holds, when a half-width is wanted of it alone.")
@json_option
def command(runs: tuple[str, ...], *, as_json: bool, **question: Any) -> None:
    """Say how many items an interval of some width, or a difference of some size, takes.

    With ids of finished RUNs the plan follows from their accuracy and groups, by pack and language, and says whether
    what they were asked suffices.
    """
    found = plan([load_result(find_run(home(), run)) for run in runs], **question)
    if as_json:
        emit(found)
        return
    columns = ["question", "pack", "language", "accuracy", "design effect", "items needed", "asked", "enough"]
    table(columns, [_row(entry) for entry in found], right=(3, 4, 5, 6))


def _row(entry: Sizing) -> list[str]:
    sign = "± " if entry.question == "half-width" else ""
    enough = BLANK if entry.enough is None else ("yes" if entry.enough else "no")
    return [
        f"{entry.question} {sign}{entry.size:g}", entry.pack or BLANK, entry.language or BLANK, f"{entry.accuracy:.3f}",
        f"{entry.design_effect:.2f}", f"{entry.items:,}", BLANK if entry.asked is None else f"{entry.asked:,}", enough,
    ]  # fmt: skip
