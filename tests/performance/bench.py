"""``make bench``: our engine in parity mode beside lm-eval 0.4.13, case by case; docs/performance.md says how and what.

Every side of every round is a process of its own. A run with ``--items`` or other sizes of the growth curve is a trial and writes no document.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import bench_table as tables
from bench_arm import Job, Outcome
from bench_cases import CASES, MODELS, Case, requests_of
from bench_compare import Measured, measured

from workbench.policy.offline import switch_off
from workbench.testing.demo import demo_model_store

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "performance.md"
MOST_SECONDS = 180.0
MARGIN = 0.85
"""Part of `MOST_SECONDS` that is planned for: the probe's few items are not the case's average."""
QUICK_SECONDS = 30.0
QUICK_ROUNDS = 3
GROWTH = (100, 1_000, 5_000)


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def started(job: Job) -> Outcome:
    """Run one side in a process of its own.

    Raises
    ------
    RuntimeError
        It failed; the end of what it said is in the message.
    """
    with tempfile.TemporaryDirectory() as folder:
        told, found = Path(folder) / "job.json", Path(folder) / "result.json"
        told.write_text(json.dumps(asdict(job)), encoding="utf-8")
        command = [sys.executable, str(HERE / "bench_arm.py"), str(told), str(found)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{job} ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return Outcome(**json.loads(found.read_text(encoding="utf-8")))


def affordable(case: Case, model: Path, probe: Outcome, arguments: argparse.Namespace) -> int:
    """Items that lm-eval gets through in the time it has."""
    there = len(requests_of(case, model))
    fits = max(1, int(arguments.seconds * MARGIN / probe.seconds))
    return min(there, fits, arguments.items or there)


def compare(
    case: Case, name: str, dtype: str, arguments: argparse.Namespace
) -> tuple[Measured, tables.Whole | None, list[Outcome]]:
    model = demo_model_store(name)
    head = f"({case.key}) {name} {dtype}"
    probe = started(Job("probe", case.key, str(model), dtype))
    rates = ", ".join(f"{batch}: {rate:.0f}" for batch, rate in probe.probe.items())
    count = affordable(case, model, probe, arguments)
    expected = count * probe.seconds
    rounds = arguments.rounds or (QUICK_ROUNDS if expected < QUICK_SECONDS else 1)
    say(
        f"{head}: lm-eval's tokens/s by batch size {{{rates}}}; {count} items, {rounds} round(s), about {expected:.0f} s each"
    )
    found = []
    for number in range(rounds):
        outcome = []
        for side in ("ours", "lm-eval", "ours"):
            outcome.append(started(Job(side, case.key, str(model), dtype, count, probe.batch)))
            say(f"{head}: round {number + 1}, {side} {outcome[-1].seconds:.1f} s")
        before, theirs, after = outcome
        found += [(before, theirs), (after, theirs)]
    row = measured(case, name, dtype, found)
    say(tables.line(tables.speed_row(row)))
    say(tables.line(tables.beneath_row(row)))
    # Only what is asked before the items makes some of them a worse picture than all.
    whole = None if arguments.trial or not case.shots else all_items(case, model, row)
    sides = {id(side): side for pair in found for side in pair}
    return row, whole, [probe, *sides.values()]


def all_items(case: Case, model: Path, row: Measured) -> tables.Whole | None:
    """Our side on every item of the case, where lm-eval got through some of them only."""
    there = len(requests_of(case, model))
    if there == row.items or row.seconds / row.items * there > MOST_SECONDS:
        return None
    found = started(Job("ours", case.key, str(model), row.dtype, there))
    theirs = row.theirs / row.items * there
    whole = tables.Whole(case.key, case.title, row.model, row.dtype, there, found.seconds, theirs)
    say(tables.line(tables.whole_row(whole)))
    return whole


def growth(name: str, sizes: Sequence[int], key: str = "a") -> tuple[list[tables.Grown], list[Outcome]]:
    """Our engine alone on more and more items, each behind a context of its own."""
    rows: list[tables.Grown] = []
    outcomes = []
    for size in sizes:
        found = started(Job("growth", key, str(demo_model_store(name)), "float32", size))
        before = rows[-1].seconds if rows else None
        memory = found.peak - found.loaded
        rows.append(tables.Grown(key, name, size, found.seconds, memory, found.computed, found.distinct, before))
        outcomes.append(found)
        say(f"growth {name}: " + tables.line(tables.growth_row(rows[-1])))
    return rows, outcomes


def machine() -> str:
    """What it was measured on."""
    import torch

    names = ("lm-eval", "torch", "transformers")
    model = next(
        (
            text.split(":", 1)[1].strip()
            for text in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in text
        ),
        platform.processor(),
    )
    versions = ", ".join(f"{name} {version(name.replace('-', '_'))}" for name in names)
    return f"{datetime.now(UTC):%Y-%m-%d}: {model}, {os.cpu_count()} cores ({torch.get_num_threads()} threads); {versions}."


def written(page: str, rows: Sequence[Measured], wholes: Sequence[tables.Whole], curve: Sequence[tables.Grown]) -> str:
    """Return the page with these rows."""
    if rows:
        page = tables.merged(page, "speed", tables.SPEED, [tables.speed_row(row) for row in rows])
        page = tables.merged(page, "beneath", tables.BENEATH, [tables.beneath_row(row) for row in rows])
        ties = [entry for row in rows for entry in tables.tie_rows(row)]
        done = [tables.keyed(tables.line(tables.speed_row(row))) for row in rows]
        page = tables.merged(page, "near-ties", tables.TIES, ties, gone=done)
        page = tables.merged(page, "whole", tables.WHOLE, [tables.whole_row(whole) for whole in wholes], gone=done)
    if curve:
        page = tables.merged(page, "growth", tables.GROWTH, [tables.growth_row(row) for row in curve])
    about = f"case {', '.join(sorted({row.case for row in rows}))}" if rows else "growth"
    return tables.merged(page, "machine", ("run", "on"), [(about, machine())], cells=1)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    keys = [case.key for case in CASES]
    parser.add_argument("--case", default="", help=f"one or several of {' '.join(keys)} and growth, with commas")
    parser.add_argument("--model", default="", help="models whose name contains this")
    parser.add_argument("--dtype", default="", help="only this dtype")
    parser.add_argument("--items", type=int, help="at most so many: a trial, which writes no document")
    parser.add_argument("--rounds", type=int, help=f"default: {QUICK_ROUNDS} where lm-eval is quick, else 1")
    parser.add_argument("--seconds", type=float, default=MOST_SECONDS, help="lm-eval's time for a row at most")
    parser.add_argument("--growth", default=",".join(map(str, GROWTH)), help="sizes of the growth curve")
    parser.add_argument("--json", type=Path, help="where everything that was measured goes")
    arguments = parser.parse_args()
    wanted = set(arguments.case.split(",")) if arguments.case else {*keys, "growth"}
    if unknown := wanted - {*keys, "growth"}:
        parser.error(f"no case {', '.join(sorted(unknown))}")
    if not os.environ.get("WORKBENCH_BENCHMARKS"):
        parser.error("WORKBENCH_BENCHMARKS must name the directory of original benchmark files")
    arguments.cases = [case for case in CASES if case.key in wanted]
    arguments.curve = [int(size) for size in arguments.growth.split(",")] if "growth" in wanted else []
    arguments.trial = arguments.items is not None or arguments.growth != parser.get_default("growth")
    arguments.models = [name for name in MODELS if arguments.model in name]
    return arguments


def main() -> None:
    arguments = parsed()
    switch_off()
    began = time.monotonic()
    rows: list[Measured] = []
    wholes: list[tables.Whole] = []
    curve: list[tables.Grown] = []
    raw = []
    for case in arguments.cases:
        for name in arguments.models:
            for dtype in case.dtypes if not arguments.dtype else (arguments.dtype,):
                row, whole, outcomes = compare(case, name, dtype, arguments)
                rows.append(row)
                wholes += [whole] if whole is not None else []
                raw.append({"row": asdict(row), "outcomes": [asdict(outcome) for outcome in outcomes]})
    for name in arguments.models:
        points, outcomes = growth(name, arguments.curve)
        curve += points
        raw.append({"growth": [asdict(point) for point in points], "outcomes": [asdict(entry) for entry in outcomes]})
    if arguments.json is not None:
        arguments.json.write_text(json.dumps({"schema": 1, "measured": raw}, ensure_ascii=False), encoding="utf-8")
    show(rows, curve)
    if not arguments.trial:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8"), rows, wholes, curve), encoding="utf-8")
    say(f"\n{time.monotonic() - began:.0f} s; {'a trial' if arguments.trial else 'docs/performance.md written'}")


def show(rows: Sequence[Measured], curve: Sequence[tables.Grown]) -> None:
    if rows:
        say("\n" + tables.table(tables.SPEED, [tables.speed_row(row) for row in rows]))
        say("\n" + tables.table(tables.BENEATH, [tables.beneath_row(row) for row in rows]))
    if ties := [entry for row in rows for entry in tables.tie_rows(row)]:
        say("\n" + tables.table(tables.TIES, ties))
    if curve:
        say("\n" + tables.table(tables.GROWTH, [tables.growth_row(row) for row in curve]))


if __name__ == "__main__":
    main()
