"""The browser is killed in mid-run, then the server, then the run; the page is reloaded at each step: the view comes back."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from workbench.jobs.record import State
from workbench.jobs.watching import status
from workbench.testing.lab import ServerProcess, server_process
from workbench.testing.panel import TOKEN
from workbench.testing.runs import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
PANEL = Path(sys.prefix, "share", "jupyter", "labextensions", "sovereign-workbench-lab", "package.json")
SECONDS = 30_000
"""Milliseconds that anything in the page may take here, where a run computes beside it."""


@contextmanager
def browser(playwright: Any, place: Path) -> Iterator[tuple[Any, subprocess.Popen[bytes]]]:
    """Start chromium as a process group of its own, so that it can be killed whole; yield a page, and its leader."""
    port = place / "DevToolsActivePort"
    port.unlink(missing_ok=True)
    process = subprocess.Popen(
        [
            shutil.which("chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--remote-debugging-port=0", f"--user-data-dir={place}", "about:blank",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        until(lambda: port.is_file() and len(port.read_text().splitlines()) == 2, 60, "the browser")
        connected = playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{port.read_text().splitlines()[0]}")
        page = connected.contexts[0].pages[0]
        page.set_default_timeout(SECONDS)
        yield page, process
    finally:
        kill(process)


def kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def go(page: Any, server: ServerProcess) -> None:
    page.goto(f"{server.base}/lab/workspaces/recovery?token={TOKEN}")
    page.wait_for_function("window.jupyterapp !== undefined")
    page.evaluate("window.jupyterapp.restored.then(() => undefined)")


def shown(page: Any, run: str, word: str) -> None:
    """Wait until the run's document is there and says `word`, as people read it."""
    page.wait_for_selector(f"#sovereign-workbench-results-{run} h2")
    page.wait_for_function(
        "([id, word]) => document.getElementById(id)?.innerText.toLowerCase().includes(word)",
        arg=[f"sovereign-workbench-results-{run}", word],
    )


def test_the_view_comes_back_whatever_is_killed(disturbed, whole, tmp_path):
    playwright = pytest.importorskip("playwright.sync_api")
    if shutil.which("chromium") is None:
        pytest.skip("no chromium on this machine")
    if not PANEL.is_file():
        pytest.skip("the JupyterLab panel is not built here: make lab")
    (tmp_path / "profile").mkdir()
    directory = disturbed.start(delay="0.6")
    run = directory.name
    with server_process(tmp_path / "jupyter", lab=True) as server, playwright.sync_playwright() as started:
        with browser(started, tmp_path / "profile") as (page, process):
            go(page, server)
            page.evaluate(
                "run => window.jupyterapp.commands.execute('workbench:open', {view: 'results', runs: [run]})", run
            )
            shown(page, run, "running")
            kept = tmp_path / "jupyter" / "workspaces"
            until(lambda: any(run in path.read_text() for path in kept.glob("recovery*")), 30, "the workspace")
            page.reload()
            shown(page, run, "running")
            kill(process)
        before = status(directory)
        assert before.state is State.RUNNING
        until(lambda: status(directory).rows > before.rows, what="another answer, with no browser there")
        with browser(started, tmp_path / "profile") as (page, _):
            go(page, server)
            shown(page, run, "running")
            server.kill()
            assert status(directory).state is State.RUNNING
            server.start()
            page.reload()
            shown(page, run, "running")
            disturbed.kill(directory)
            shown(page, run, "interrupted")
            page.reload()
            shown(page, run, "interrupted")
            disturbed.resume(directory)
            disturbed.finish(directory)
            shown(page, run, "done")
    assert disturbed.table(directory) == whole
