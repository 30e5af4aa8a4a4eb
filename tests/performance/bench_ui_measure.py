"""What `make bench-ui` measures: a real Jupyter server, JupyterLab in chromium, and a result of 100,000 items."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from workbench.evaluation.journal import Journal, encode
from workbench.jobs.record import RunRecord, State, write_record
from workbench.policy.home import Home
from workbench.testing.lab import ServerProcess
from workbench.testing.panel import TOKEN
from workbench.testing.results import example_result, example_rows, write_example_run

RUN = "20260301-093000-abcdef"
VIEWPORT = {"width": 1400, "height": 900}
CHROMIUM = ("/usr/bin/chromium", "chromium", "google-chrome")
PAGES: tuple[dict[str, Any], ...] = (
    {},
    {"offset": 50_000},
    {"offset": 99_900},
    {"sort": "score", "order": "descending", "offset": 50_000},
    {"sort": "margin", "offset": 25_000},
    {"language": "th", "verdict": "wrong"},
    {"q": "99999"},
    {"q": "ไม่"},
)
"""What pages of the table are asked for: the first, the middle, the last, sorted, filtered, searched."""
RESTORED = """
window.__restored = new Promise(done => {
  const look = () => window.jupyterapp
    ? window.jupyterapp.restored.then(() => done(performance.now()))
    : setTimeout(look, 2);
  look();
});
"""
OPEN = """
async ([command, args, place]) => {
  const began = performance.now();
  void window.jupyterapp.commands.execute(command, args);
  const usable = () => [...document.querySelectorAll(place)].some(found =>
    found.offsetParent !== null
    && found.querySelector('button, input, select, a[href]')
    && ![...found.querySelectorAll('p, [role=gridcell]')].some(each => each.textContent === 'Loading…'));
  while (!usable()) {
    if (performance.now() - began > 20000) throw new Error(`${JSON.stringify(args)} is not usable`);
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - began;
}
"""
WATCH = """
() => {
  const grid = document.querySelector('.swb-grid');
  const seen = window.__frames = { frames: 0, blank: 0, loading: 0, longest: 0, on: true };
  let last = performance.now();
  const look = now => {
    if (!seen.on) return;
    seen.frames += 1;
    seen.longest = Math.max(seen.longest, now - last);
    last = now;
    const box = grid.getBoundingClientRect();
    const head = grid.querySelector('.swb-grid-head').getBoundingClientRect().height;
    let blank = false, loading = false;
    for (let y = box.top + head + 4; y < box.bottom - 20; y += 24) {
      const row = document.elementFromPoint(box.left + 40, y)?.closest('.swb-grid-row');
      if (!row) blank = true;
      else if (row.querySelector('[aria-colspan]')) loading = true;
    }
    seen.blank += blank;
    seen.loading += loading;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}
"""
FILLED = """
async place => {
  const grid = document.querySelector('.swb-grid');
  const began = performance.now();
  grid.scrollTop = place * (grid.scrollHeight - grid.clientHeight);
  await new Promise(requestAnimationFrame);
  await new Promise(requestAnimationFrame);
  while (grid.querySelector('.swb-grid-row [aria-colspan]') || !grid.querySelector('.swb-grid-row')) {
    if (performance.now() - began > 20000) throw new Error('the table stays empty');
    await new Promise(requestAnimationFrame);
  }
  return performance.now() - began;
}
"""


@dataclass(frozen=True, slots=True)
class Frames:
    """What was drawn while a table was scrolled.

    Attributes
    ----------
    frames
        Frames looked at, each as it was painted.
    blank
        Those in which a part of the table showed no row at all.
    loading
        Those in which a row was there whose item was not.
    longest
        Milliseconds between two frames, the most.
    """

    frames: int
    blank: int
    loading: int
    longest: float


def chromium() -> str:
    """Return the browser's path.

    Raises
    ------
    FileNotFoundError
        There is none.
    """
    for name in CHROMIUM:
        if found := shutil.which(name):
            return found
    raise FileNotFoundError("no chromium on this machine: install the system's package")


@contextmanager
def browser() -> Iterator[Any]:
    """Start chromium, without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # Root in a container may not use the sandbox; the pages are our own, on loopback.
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox", "--disable-gpu"])
        try:
            yield started
        finally:
            started.close()


def write_result(home: Home, items: int) -> str:
    """Write a finished run of so many items into a data directory, and return its id."""
    home.create()
    result = example_result(run_id=RUN, n=items, accuracy={"th": 0.61})
    directory = home.runs / RUN
    write_example_run(directory, result)
    rows = (
        replace(row, key=f"{number:064x}", item_id=f"item-{number}") for number, row in enumerate(example_rows(result))
    )
    with Journal(directory).items_path.open("wb") as file:
        for row in rows:
            file.write(encode(row))
    now = datetime.now(UTC)
    write_record(directory, RunRecord(RUN, 0, 0.0, "", result.spec.hash, "", State.DONE, now))
    return RUN


def page_times(server: ServerProcess, run: str, rounds: int) -> dict[str, list[float]]:
    """Return seconds that pages of the table took, by what was asked; the index is made before, and not counted."""
    client = server.client
    client.get(f"/runs/{run}/items")
    found: dict[str, list[float]] = {}
    for query in PAGES:
        name = ", ".join(f"{key}={value}" for key, value in query.items()) or "the first page"
        for _ in range(rounds):
            began = time.perf_counter()
            client.ask("GET", f"/runs/{run}/items", limit=100, **query)
            found.setdefault(name, []).append(time.perf_counter() - began)
    return found


@contextmanager
def opened_lab(started: Any, server: ServerProcess) -> Iterator[tuple[Any, float]]:
    """Open JupyterLab in a browser without memory; yield the page and the seconds until it had restored itself."""
    context = started.new_context(viewport=VIEWPORT)
    context.add_init_script(RESTORED)
    try:
        page = context.new_page()
        page.goto(f"{server.base}/lab/workspaces/bench-{time.monotonic_ns()}?token={TOKEN}")
        page.wait_for_function("window.__restored !== undefined")
        yield page, page.evaluate("window.__restored") / 1000
    finally:
        context.close()


def opening_times(page: Any, run: str) -> dict[str, float]:
    """Return seconds until the panel, and each of its documents, could be used after it was opened the first time."""
    found = {"side bar": page.evaluate(OPEN, ["workbench:show-panel", {}, "#sovereign-workbench-panel"]) / 1000}
    for view, runs in (
        ("models", []), ("benchmarks", []), ("new-run", []), ("runs", []), ("results", [run]), ("compare", []),
        ("report", []),
    ):  # fmt: skip
        name = "-".join((view, *runs))
        place = f"#sovereign-workbench-{name}"
        found[view] = page.evaluate(OPEN, ["workbench:open", {"view": view, "runs": runs}, place]) / 1000
    return found


def scrolled(page: Any, run: str, turns: int, *, step: int, pause: float) -> Frames:
    """Turn the wheel over the table `turns` times, and return what was drawn meanwhile."""
    show_items(page, run)
    page.evaluate("document.querySelector('.swb-grid').scrollTop = 0")
    box = page.locator(".swb-grid").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.evaluate(WATCH)
    for _ in range(turns):
        page.mouse.wheel(0, step)
        page.wait_for_timeout(pause * 1000)
    seen = page.evaluate("() => { window.__frames.on = false; return window.__frames; }")
    return Frames(seen["frames"], seen["blank"], seen["loading"], seen["longest"])


def jumped(page: Any, run: str, places: tuple[float, ...]) -> list[float]:
    """Return seconds until the table was whole again after its scroll bar was dragged to each of these places."""
    show_items(page, run)
    return [page.evaluate(FILLED, place) / 1000 for place in places]


def show_items(page: Any, run: str) -> None:
    """Have the table of the run's items before the eyes."""
    state = {"tab": "items"}
    page.evaluate(
        "args => window.jupyterapp.commands.execute('workbench:open', args)",
        {"view": "results", "runs": [run], "state": state},
    )
    page.wait_for_selector(".swb-grid .swb-grid-row:not(:has([aria-colspan]))")


def own_memory(server: ServerProcess) -> int:
    """Return the bytes of a server that are its own: what would come back if it ended."""
    return int(psutil.Process(server.process.pid).memory_full_info().uss)


def sides(root: Path, home: Home) -> tuple[ServerProcess, ServerProcess]:
    """Return the server with the extension and the one without, not started."""
    environment = {"WORKBENCH_HOME": str(home.root), "WORKBENCH_TRACKING": "off"}
    return (
        ServerProcess(root / "with", lab=True, environment=environment),
        ServerProcess(root / "without", lab=True, extension=False, environment=environment),
    )
