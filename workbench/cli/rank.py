"""`workbench rank`: the models of several finished runs, in order."""

from __future__ import annotations

import click

from workbench.cli.output import emit, json_option, say, table
from workbench.errors import UsageError
from workbench.evaluation.comparability import ALLOWABLE
from workbench.evaluation.finishing import load_result
from workbench.evaluation.ranking import ModelRanking, rank
from workbench.jobs.watching import find_run
from workbench.policy.home import home
from workbench.statistics import Ranked


@click.command("rank")
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@click.option(
    "--weight", multiple=True, metavar="PACK[/LANGUAGE]=NUMBER", help="Of a pack; 1 if not given; repeatable."
)
@click.option(
    "--allow-different", multiple=True, type=click.Choice(ALLOWABLE), help="Rank although this differs; repeatable."
)
@click.option("--level", default=0.95, show_default=True, help="At which all possible ranks hold together.")
@json_option
def command(
    runs: tuple[str, ...], weight: tuple[str, ...], allow_different: tuple[str, ...], level: float, *, as_json: bool
) -> None:
    """Rank the models of finished runs on the items that all of them were asked.

    RUN is the id of a run. Scores are put on one scale, 0 for guessing and 1 for perfect, and added up over packs and
    languages. Beside each rank stand the ranks that the items leave possible, and the models it is tied with.
    """
    results = [load_result(find_run(home(), run)) for run in runs]
    found = rank(results, weights=dict(map(_weight, weight)), allow_different=allow_different, level=level)
    if as_json:
        emit(found)
    else:
        _print(found)


def _weight(text: str) -> tuple[str, float]:
    name, _, number = text.rpartition("=")
    try:
        return name, float(number)
    except ValueError:
        raise UsageError(
            f"{text!r} is no weight", where="--weight", remedy="Write PACK=2 or PACK/LANGUAGE=0.5."
        ) from None


def _print(found: ModelRanking) -> None:
    for entry in found.allowed:
        say(f"allowed: {entry.words}")
    for entry in found.shown:
        say(f"note: {entry.words}")
    for words in found.omitted:
        say(f"left out: {words}")
    ranking = found.ranking
    if ranking.note:
        say(f"ranks are not narrowed down: {ranking.note}")
    level = f"{100 * ranking.level:g} %"
    columns = ["rank", "possible", "model", "score", f"{level} interval", "tied with", "without one pack"]
    table(columns, [_row(entry) for entry in ranking.models], right=(0, 1, 3, 4), whole=(0, 1, 3, 4))
    say()
    columns = ["pack", "language", "metric", "items", "chance", "weight"]
    rows = [
        [part.pack, part.language, part.metric, str(part.items), f"{part.chance:.3f}", f"{part.weight:.3f}"]
        for part in found.parts
    ]
    table(columns, rows, right=(3, 4, 5))
    for without in ranking.left_out:
        if without.swaps:
            say(f"without {without.pack} {', '.join(without.leader)} leads, and {without.swaps} pairs turn round")


def _row(entry: Ranked) -> list[str]:
    interval = "—" if entry.low is None or entry.high is None else f"{entry.low:+.3f} to {entry.high:+.3f}"
    return [
        str(entry.rank), _span(entry.rank_low, entry.rank_high), entry.name, f"{entry.score:+.3f}", interval,
        ", ".join(entry.tied_with) or "—", _span(entry.left_out_low, entry.left_out_high),
    ]  # fmt: skip


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"
