"""``make bench-ui``: what the panel costs a JupyterLab, and how quick it is; docs/performance.md says how and what.

With and without the extension in turn, on the same machine, in the same minutes. ``--trial`` writes no document.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median

import bench_ui_measure as measure
from bench_table import line, table

from workbench.policy.home import Home
from workbench.policy.offline import switch_off
from workbench.testing.lab import ServerProcess

PAGE = Path(__file__).resolve().parents[2] / "docs" / "performance.md"
COMMAND = "make bench-ui"
HEADER = ("what", "measured", "must stay within", "of")
ITEMS = 100_000
MEBI = 1 << 20
IDLE_SECONDS = 5.0
"""Longer than it takes the extension to look for changed runs twice."""
IDLE_ROUNDS = 3
PAGE_ROUNDS = 40
JUMPS = (0.5, 0.1, 0.9, 0.3, 1.0, 0.7, 0.0)


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured: `value` in `unit` against `limit` (None: nothing is asked of it), and what it is the value of."""

    what: str
    value: float
    limit: float | None
    unit: str
    of: str

    @property
    def good(self) -> bool:
        """Whether what is asked of it is reached."""
        return self.limit is None or self.value <= self.limit

    def cells(self) -> tuple[str, ...]:
        """The row of the table; bold where it is missed."""
        shown = f"{self.value:,.0f} {self.unit}".strip()
        limit = "–" if self.limit is None else f"{self.limit:,.0f} {self.unit}".strip()
        return (self.what, shown if self.good else f"**{shown}**", limit, self.of)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def worst(times: Sequence[float], share: float = 0.95) -> float:
    """The value that `share` of the times do not exceed."""
    return sorted(times)[math.ceil(share * len(times)) - 1]


def paired(with_it: Sequence[float], without: Sequence[float]) -> float:
    """The median difference of pairs that were measured one after the other."""
    return median(ours - theirs for ours, theirs in zip(with_it, without, strict=True))


def spread(with_it: Sequence[float], without: Sequence[float], unit: float) -> str:
    """How the pairs differ: a machine that is not alone shows here."""
    differences = sorted((ours - theirs) / unit for ours, theirs in zip(with_it, without, strict=True))
    return f"median of {len(differences)} pairs, {differences[0]:,.0f} to {differences[-1]:,.0f}"


def in_turn(ours: ServerProcess, theirs: ServerProcess, rounds: int, *, warm: bool = True) -> Iterator[ServerProcess]:
    """Both servers, `rounds` times, whoever was second first; one more pair before warms the disk's cache."""
    for number in range(0 if warm else 1, rounds + 1):
        yield from (ours, theirs) if number % 2 else (theirs, ours)


def starting(ours: ServerProcess, theirs: ServerProcess, rounds: int) -> list[Row]:
    """The server's start, with and without in turn."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for server in in_turn(ours, theirs, rounds):
        times[server.extension].append(server.start())
        server.stop()
    with_it, without = times[True][1:], times[False][1:]
    of = f"{spread(with_it, without, 1e-3)}; without: {median(without) * 1000:,.0f} ms"
    return [Row("the server starts later by", paired(with_it, without) * 1000, None, "ms", of)]


def idling(ours: ServerProcess, theirs: ServerProcess, rounds: int) -> list[Row]:
    """Memory of a server that is left alone: after what an open JupyterLab asks, and after the panel was used."""
    without: list[int] = []
    idle: list[int] = []
    used: list[int] = []
    for server in in_turn(ours, theirs, rounds, warm=False):
        server.start()
        server.client.ask("GET", "//api/contents")
        if server.extension:
            for path in ("/runs", "/workers"):
                server.client.get(path)
        time.sleep(IDLE_SECONDS)
        (idle if server.extension else without).append(measure.own_memory(server))
        if server.extension:
            for path in ("/server", "/models", "/packs", "/schema", "/reports", "/suites"):
                server.client.get(path)
            used.append(measure.own_memory(server))
        server.stop()
    base = f"without: {median(without) / MEBI:,.0f} MiB"
    rows = []
    for what, sizes, limit in (("idle server", idle, 30), ("server whose panel was used", used, None)):
        of = f"{spread(sizes, without, MEBI)}; {base}"
        rows.append(Row(f"the {what} is larger by", paired(sizes, without) / MEBI, limit, "MiB", of))
    return rows


def page_start(started: object, ours: ServerProcess, theirs: ServerProcess, rounds: int) -> list[Row]:
    """JupyterLab's page until it has restored itself, with and without in turn, each in a browser without memory."""
    times: dict[bool, list[float]] = {True: [], False: []}
    for server in in_turn(ours, theirs, rounds):
        with measure.opened_lab(started, server) as (_, seconds):
            times[server.extension].append(seconds)
    with_it, without = times[True][1:], times[False][1:]
    of = f"{spread(with_it, without, 1e-3)}; without: {median(without) * 1000:,.0f} ms"
    return [Row("JupyterLab's page starts later by", paired(with_it, without) * 1000, None, "ms", of)]


def using(started: object, server: ServerProcess, run: str, rounds: int) -> list[Row]:
    """The panel opened, its table scrolled."""
    opened: dict[str, list[float]] = {}
    rows = []
    for _ in range(rounds):
        with measure.opened_lab(started, server) as (page, _restored):
            for view, seconds in measure.opening_times(page, run).items():
                opened.setdefault(view, []).append(seconds)
    for view, times in opened.items():
        of = f"slowest of {rounds}, each the first in its page; median {median(times) * 1000:,.0f} ms"
        rows.append(Row(f"{view} usable after", max(times) * 1000, 1000, "ms", of))
        say(line(rows[-1].cells()))
    with measure.opened_lab(started, server) as (page, _restored):
        for name, step, pause in (("read, a page a second", 120, 0.15), ("flicked, 2,400 pixels a second", 240, 0.1)):
            seen = measure.scrolled(page, run, 60, step=step, pause=pause)
            of = f"{seen.frames} frames, the longest {seen.longest:.0f} ms"
            rows.append(Row(f"blank frames while the table is {name}", seen.blank, 0, "", of))
            rows.append(Row(f"frames with a row still loading while it is {name}", seen.loading, 0, "", of))
        jumps = measure.jumped(page, run, JUMPS)
        of = f"slowest of {len(jumps)}; median {median(jumps) * 1000:,.0f} ms"
        rows.append(Row("the table is whole after a jump of its scroll bar", max(jumps) * 1000, 500, "ms", of))
    return rows


def pages(server: ServerProcess, run: str, rounds: int) -> list[Row]:
    """Pages of the table as the server makes them."""
    found = measure.page_times(server, run, rounds)
    for name, times in found.items():
        say(f"page ({name}): median {median(times) * 1000:.0f} ms, 95 % within {worst(times) * 1000:.0f} ms")
    slowest = max(found, key=lambda name: worst(found[name]))
    of = f"95 % of {rounds}, the slowest of {len(found)} questions ({slowest}); median {median(found[slowest]) * 1000:.0f} ms"
    return [Row(f"a page of 100 of {ITEMS:,} items", worst(found[slowest]) * 1000, 200, "ms", of)]


def machine() -> str:
    """What it was measured on."""
    names = ("jupyterlab", "jupyter-server", "playwright")
    model = next(
        text.split(":", 1)[1].strip()
        for text in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        if "model name" in text
    )
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return f"{datetime.now(UTC):%Y-%m-%d}: {model}, {os.cpu_count()} cores; {versions}; chromium without a window."


def whole_start(rows: Sequence[Row]) -> Row:
    """The requirement on JupyterLab's start: its server and its page together."""
    parts = [row.value for row in rows if row.what.endswith("starts later by")]
    return Row("JupyterLab starts later by, in all", sum(parts), 300, "ms", "the sum of the two")


def written(page: str, rows: Sequence[Row], about: str) -> str:
    """Return the document with these rows in place of older ones."""
    begin, end = f"<!-- bench ui: written by `{COMMAND}` -->", "<!-- /bench ui -->"
    before, _, rest = page.partition(begin)
    _, found, after = rest.partition(end)
    if not found:
        raise ValueError(f"{PAGE} has no markers for {COMMAND}")
    return f"{before}{begin}\n\n{table(HEADER, [row.cells() for row in rows])}\n\n{about}\n\n{end}{after}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="pairs of starts; of pages twice as many")
    parser.add_argument("--items", type=int, default=ITEMS, help="fewer: a trial")
    parser.add_argument("--only", default="", help="start, page, using or pages, with commas: a trial")
    parser.add_argument("--trial", action="store_true", help="write no document")
    arguments = parser.parse_args()
    switch_off()
    wanted = set(arguments.only.split(",")) if arguments.only else {"start", "page", "using", "pages"}
    began = time.monotonic()
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        run = measure.write_result(home, arguments.items)
        ours, theirs = measure.sides(Path(folder), home)
        if "start" in wanted:
            rows += starting(ours, theirs, arguments.rounds)
            rows += idling(ours, theirs, IDLE_ROUNDS)
        try:
            ours.start()
            if "pages" in wanted:
                rows += pages(ours, run, PAGE_ROUNDS)
            if wanted & {"page", "using"}:
                theirs.start()
                with measure.browser() as started:
                    if "page" in wanted:
                        rows += page_start(started, ours, theirs, 2 * arguments.rounds)
                    if "using" in wanted:
                        rows += using(started, ours, run, 3)
        finally:
            ours.stop()
            theirs.stop()
    if {"start", "page"} <= wanted:
        rows.append(whole_start(rows))
    say("\n" + table(HEADER, [row.cells() for row in rows]))
    if not (arguments.trial or arguments.only or arguments.items != ITEMS):
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), rows, machine()), encoding="utf-8")
        say("docs/performance.md written")
    say(f"\n{time.monotonic() - began:.0f} s")
    return 0 if all(row.good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
