"""`workbench compare`: two finished runs, item by item."""

from __future__ import annotations

import click

from workbench.cli.output import emit, json_option, say, table
from workbench.evaluation.comparability import ALLOWABLE
from workbench.evaluation.comparing import Comparison, Pair, compare
from workbench.evaluation.finishing import load_result
from workbench.jobs.watching import find_run
from workbench.policy.home import home


@click.command("compare")
@click.argument("first")
@click.argument("second")
@click.option(
    "--allow-different", multiple=True, type=click.Choice(ALLOWABLE), help="Compare although this differs; repeatable."
)
@click.option("--explain", is_flag=True, help="Say what forbids the comparison instead of refusing it.")
@json_option
def command(first: str, second: str, allow_different: tuple[str, ...], *, explain: bool, as_json: bool) -> None:
    """Compare two finished runs, item by item.

    FIRST and SECOND are ids of runs. Where they do not answer the same question the comparison is refused, and
    every difference named.
    """
    ours, theirs = (load_result(find_run(home(), run)) for run in (first, second))
    found = compare(ours, theirs, allow_different=allow_different, explain=explain)
    if as_json:
        emit(found)
    else:
        _print(found)


def _print(found: Comparison) -> None:
    say(f"first: {found.first.model} (run {found.first.run})")
    say(f"second: {found.second.model} (run {found.second.run})")
    for entry in found.differences:
        say(f"{'allowed' if entry.what in found.allowed else 'not comparable'}: {entry.words}")
    for entry in found.shown:
        say(f"note: {entry.words}")
    columns = ["pack", "language", "metric", "n", "first", "second", "difference", "95 % interval", "p", "test"]
    table(columns, [_row(pair) for pair in found.pairs], right=(3, 4, 5, 6, 7, 8), whole=(7,))
    say(f"\n{found.total_flips} items that one got right and the other wrong")


def _row(pair: Pair) -> list[str]:
    interval = "—" if pair.low is None or pair.high is None else f"{pair.low:+.3f} to {pair.high:+.3f}"
    return [
        pair.pack, pair.language, pair.metric, str(pair.n), _number(pair.first), _number(pair.second),
        "—" if pair.difference is None else f"{pair.difference:+.3f}", interval, _number(pair.p_value), pair.method,
    ]  # fmt: skip


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3f}"
