"""``make test-ui``: a real JupyterLab on loopback with runs to look at, and Playwright's tests against it.

The data directory, the server's files and its settings lie in a temporary directory; the server ends with the tests.
Arguments go to Playwright; ``--check`` alone says whether there is a browser. The environment variable ``CHROMIUM`` names
another one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from workbench.evaluation.result import Conditions, Result
from workbench.evaluation.rows import ItemRow
from workbench.jobs.record import RunRecord, State, write_record
from workbench.jupyter.items.columns import LONGEST
from workbench.policy.home import Home
from workbench.policy.offline import switch_off
from workbench.testing.demo import demo_model_store
from workbench.testing.lab import server_process
from workbench.testing.panel import TOKEN
from workbench.testing.results import example_model, example_result, example_rows, write_example_run

HERE = Path(__file__).resolve().parent
PANEL = Path(sys.prefix, "share", "jupyter", "labextensions", "sovereign-workbench-lab", "package.json")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FIRST, SECOND, HOSTILE = "20260301-093000-aaaaaa", "20260301-103000-bbbbbb", "20260301-113000-cccccc"
"""Runs that every test finds: two that are comparable, and one whose texts mean harm."""
ATTACK = (
    '"><script>window.attacked = 1; alert(1)</script><img src=x onerror="window.attacked = 2"> '
    "[link](javascript:alert(1)) \u202eright\u2066 over\u2069 \x1b[31mred\x1b]8;;http://elsewhere.example\x07 a\0b "
    "{{ 7 * 7 }} ${alert(1)} %1 %2 half \ud83d "
)
FAKE_SECONDS = "0.05"
"""How long the fake engine takes for each request: long enough for a run to be seen as it goes."""


def chromium() -> str | None:
    """Return the browser's path; None where there is none."""
    wanted = os.environ.get("CHROMIUM")
    return shutil.which(wanted) if wanted else next(filter(None, map(shutil.which, BROWSERS)), None)


def write_run(home: Home, result: Result, rows: tuple[ItemRow, ...], started: datetime) -> None:
    """Write a finished run as its runner leaves it."""
    directory = home.runs / result.run_id
    write_example_run(directory, replace(result, directory=directory), rows)
    write_record(directory, RunRecord(result.run_id, 0, 0.0, "", result.spec.hash, "", State.DONE, started))


def write_runs(home: Home) -> None:
    """Write the runs that the tests look at."""
    home.create()
    now = datetime.now(UTC)
    accuracy = {"th": 0.61, "ar": 0.52, "hi": 0.41, "ja": 0.71}
    for number, run in enumerate((FIRST, SECOND)):
        model = example_model(f"example-{number + 1}b")
        values = {tag: value + 0.08 * number for tag, value in accuracy.items()}
        result = comparable(example_result(run_id=run, model=model, accuracy=values, n=60))
        write_run(home, result, example_rows(result), now - timedelta(hours=3 - number))
    model = example_model(ATTACK.replace("\ud83d", "").replace("\0", "").replace("/", "\u2044"))
    result = comparable(example_result(run_id=HOSTILE, model=model, n=8))
    rows = tuple(hostile(row, ATTACK * (4000 if index == 0 else 1)) for index, row in enumerate(example_rows(result)))
    write_run(home, result, rows, now)


def comparable(result: Result) -> Result:
    """The same result, asked under conditions that every other of its packs and languages was asked under too."""
    same = "0" * 64
    return replace(
        result,
        conditions=tuple(
            Conditions(pack.name, tag, same, same, same, pack.formulation, pack.wording, "", "")
            for pack in result.packs
            for tag in pack.languages
        ),
    )


def hostile(row: ItemRow, text: str) -> ItemRow:
    """The same row, all of whose texts are `text`."""
    short = text[:LONGEST]
    return replace(
        row, query=text, response=text, answer=text, item_id=f"{short[:200]} {row.item_id}", domain=short,
        culture=short, group=short, choices=(text, "two"), references=(text,),
    )  # fmt: skip


def settings(place: Path) -> Mapping[str, str]:
    """Write more of JupyterLab's configuration, what Galata asks it for; return the variables that name all of it."""
    import jupyterlab.galata

    helpers = str(Path(jupyterlab.galata.__file__).parent)
    (place / "jupyter_lab_config.json").write_text(
        json.dumps({"LabServerApp": {"extra_labextensions_path": [helpers]}}), encoding="utf-8"
    )
    return {"JUPYTER_CONFIG_PATH": str(place)}


def main(arguments: list[str]) -> int:
    """Serve, test, stop; return Playwright's exit code, or 2 where something is missing."""
    browser = chromium()
    if browser is None:
        sys.stderr.write(
            "There is no chromium: install your system's package, or name one with CHROMIUM=/path/to/it.\n"
        )
        return 2
    if arguments == ["--check"]:
        return 0
    if not PANEL.is_file():
        sys.stderr.write("The JupyterLab panel is not built: run `make lab`.\n")
        return 2
    if not demo_model_store().is_dir():
        sys.stderr.write("The demo models are not prepared: the story on real models is skipped. Run `make demo`.\n")
    switch_off()
    with tempfile.TemporaryDirectory(prefix="workbench-ui-") as temporary:
        place = Path(temporary)
        home = Home(place / "home")
        write_runs(home)
        (place / "more").mkdir()
        environment = {
            "WORKBENCH_HOME": str(home.root),
            "WORKBENCH_FAKE_DELAY": FAKE_SECONDS,
            **settings(place / "more"),
        }
        options = {"fake_models": ["fake-a", "fake-b"], "model_folders": [str(demo_model_store())], "watch_seconds": 1}
        with server_process(place / "jupyter", lab=True, settings=options, environment=environment) as server:
            return subprocess.run(
                [str(Path(sys.executable).with_name("jlpm")), "playwright", "test", *arguments],
                cwd=HERE,
                env={
                    **os.environ,
                    "CHROMIUM": browser,
                    "TARGET_URL": server.base,
                    "TARGET_TOKEN": TOKEN,
                    "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1",
                },
                check=False,
            ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
