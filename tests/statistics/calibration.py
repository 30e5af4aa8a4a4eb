"""Do the statistics keep their word: `make calibration` simulates it and writes docs/statistics.md.

Every number comes from the public functions of `workbench.statistics`, called on simulated scores whose truth is
known, beside the naive version of the same thing on the same scores.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from calibration_intervals import bootstrap_cases, mean_cases, wilson_rows
from calibration_rows import Row, markdown
from calibration_tests import many_rows, rank_rows, stopping_rows, test_cases

from workbench.statistics import stop_when_decided, stop_when_precise

PAGE = Path(__file__).resolve().parents[2] / "docs" / "statistics.md"
BEGIN, END = "<!-- calibration: written by `make calibration` -->", "<!-- /calibration -->"
SIZES = (50, 100, 200, 500, 1000, 2000, 5000)
REPLICATIONS = 2000
CHEAP = 5  # times as many where a replication takes well under a millisecond
SAVINGS = 100


def jobs(replications: int, sizes: Sequence[int] = SIZES) -> list[Callable[[], list[Row]]]:
    """Return the simulations, each a call that another process can make."""
    found: list[Callable[[], list[Row]]] = [Job("wilson", 0, 0, tuple(sizes))]
    found += [Job("means", place, CHEAP * replications) for place in range(len(mean_cases()))]
    found += [Job("bootstrap", place, replications) for place in range(len(bootstrap_cases()))]
    found += [
        Job("tests", place, replications * (2 if case.costly else CHEAP)) for place, case in enumerate(test_cases())
    ]
    found += [Job("many", 0, CHEAP * replications), Job("stopping", 0, CHEAP * replications)]
    return [*found, Job("ranks", 0, replications)]


class Job:
    """One simulation, by the name of its list and its place there, so that it crosses to another process."""

    def __init__(self, what: str, place: int, replications: int, sizes: tuple[int, ...] = ()) -> None:
        self.what, self.place, self.replications, self.sizes = what, place, replications, sizes

    def __call__(self) -> list[Row]:
        """Run it; the seed follows from the place alone, so that the table can be had again."""
        seed = 1000 * len(self.what) + self.place
        if self.what == "wilson":
            return wilson_rows(self.sizes)
        lists = {"means": mean_cases, "bootstrap": bootstrap_cases, "tests": test_cases}
        if self.what in lists:
            return [lists[self.what]()[self.place].row(self.replications, seed)]
        return {"many": many_rows, "stopping": stopping_rows, "ranks": rank_rows}[self.what](self.replications, seed)


def savings(replications: int) -> str:
    """Return what stopping saves, as a table: share of items not asked, mean over random orders."""
    generator = np.random.default_rng(1)
    lines = [
        "### What stopping saves",
        "",
        "| question | items | orders | stopped early | items saved, mean |",
        "|---|---|---|---|---|",
    ]
    for n, first, second in (
        (1000, 0.25, 0.1),
        (1000, 0.2, 0.1),
        (1000, 0.18, 0.12),
        (3000, 0.18, 0.12),
        (1000, 0.15, 0.15),
    ):
        values = np.zeros(n)
        values[: int(first * n)], values[int(first * n) : int((first + second) * n)] = 1, -1
        stops = [stop_when_decided(generator.permutation(values), of=n) for _ in range(replications)]
        lines.append(_saved(f"which of two is better; {100 * (first - second):.0f} points apart", n, stops))
    for n, half in ((1000, 0.05), (5000, 0.02)):
        right = (np.arange(n) < 0.7 * n).astype(float)
        found = [stop_when_precise(generator.permutation(right), half, of=n) for _ in range(replications)]
        lines.append(_saved(f"accuracy (70 %) to ± {100 * half:g} points", n, found))
    return "\n".join([*lines, ""])


def _saved(question: str, n: int, stops: Sequence) -> str:
    early = 100 * np.mean([stop.saved > 0 for stop in stops])
    mean, error = np.mean([stop.saved for stop in stops]), np.std([stop.saved for stop in stops]) / len(stops) ** 0.5
    return f"| {question} | {n:,} | {len(stops)} | {early:.0f} % | {100 * mean:.0f} % ± {100 * error:.1f} |"


def written(page: str, made: str) -> str:
    """Return the page with `made` between its markers.

    Raises
    ------
    ValueError
        A marker is missing.
    """
    if BEGIN not in page or END not in page:
        raise ValueError(f"docs/statistics.md has no markers {BEGIN} … {END}")
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n\n{made}\n{END}{rest.partition(END)[2]}"


def main() -> int:
    """Simulate, print the tables, write them with --write; 1 when something of ours does not keep its word."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replications", type=int, default=REPLICATIONS)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the tables between the markers in docs/statistics.md")
    given = parser.parse_args()
    if given.write and given.replications < REPLICATIONS:
        parser.error(f"a trial of {given.replications} replications is not written; {REPLICATIONS} or more are")
    start = time.monotonic()
    with ProcessPoolExecutor(given.workers) as pool:
        waiting = [pool.submit(job) for job in jobs(given.replications)]
        saved = pool.submit(savings, min(SAVINGS, given.replications))
        rows = [row for entry in waiting for row in entry.result()]
        table = f"{markdown(rows)}\n{saved.result()}"
    sys.stdout.write(f"{table}\n{time.monotonic() - start:.0f} s\n")
    if given.write:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), table), encoding="utf-8")
    broken = [row for row in rows if not row.holds]
    for row in broken:
        sys.stdout.write(f"does not hold: {row.ours}, {row.setting}: {row.found.text()}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
