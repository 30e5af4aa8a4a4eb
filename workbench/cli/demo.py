"""`workbench demo`: the main job from end to end, on two small real models and this project's own packs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import click

from workbench.cli.output import size
from workbench.errors import WorkbenchError
from workbench.evaluation.result import Result
from workbench.jobs.record import State
from workbench.jobs.run import Run
from workbench.policy.home import home

PACKS = ("civics", "cause-effect", "minimal-pairs", "parallel-sentences")
LIMIT = 8
SUITE = "demo"
LICENCE_LINES = 12


@click.command("demo")
@click.option("--full", is_flag=True, help=f"All items, instead of {LIMIT} a pack and language.")
@click.option("--languages", default="", help="Only these, separated by commas; all of them unless said.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="Where the report goes.",
)
@click.option("--again", is_flag=True, help="Run even where a finished run asked the same questions.")
def command(languages: str, output: Path, *, full: bool, again: bool) -> None:
    """Run the main job on two small real models.

    Takes the models from installed packages, converts them once, evaluates both, tracks both in MLflow, and writes
    a report. Nothing is asked of the network. What was run before is not run again.
    """
    began = time.monotonic()
    names = [prepare(name) for name in demo_models()]
    results = [evaluated(name, languages=languages, limit=None if full else LIMIT, again=again) for name in names]
    from workbench import report

    path = report(results, output, title="Which of two small models speaks which language?")
    say(f"Report: {path.absolute()}")
    closing(results, time.monotonic() - began)


def say(text: str) -> None:
    """Print one step."""
    click.echo(f"── {text}")


def demo_models() -> tuple[str, ...]:
    """Return the names of the demo models."""
    from workbench.engines.demo_models import DEMO_MODELS

    return tuple(DEMO_MODELS)


def prepare(name: str) -> str:
    """Put a demo model into the store unless it is there, its licence text shown and recorded; return its name."""
    from workbench.engines.demo_models import DEMO_MODELS, licence_text
    from workbench.engines.demo_store import add_demo_model
    from workbench.models import ModelStore

    store = ModelStore(home().create())
    if name in store.names():
        say(f"{name} is in the model store ({size(store.get(name).size)})")
        return name
    say(f"{DEMO_MODELS[name].title}: licence {DEMO_MODELS[name].licence_id}; by going on you accept it. It begins:")
    shown = [line for line in licence_text(name).splitlines() if line.strip()][:LICENCE_LINES]
    click.echo("".join(f"   │ {line[:110]}\n" for line in shown), nl=False)
    stored = add_demo_model(store, name, lambda text: say(f"{name}: {text}"))
    say(f"{name}: {size(stored.size)} in the model store, digest {stored.digest[:16]}…")
    say(f"its whole licence: {store.path(name) / 'LICENSE'}")
    return name


def evaluated(name: str, *, languages: str, limit: int | None, again: bool) -> Result:
    """Return the result of one model: of a finished run that asked the same, else of a new one."""
    from workbench import start
    from workbench.evaluation.build import build_spec
    from workbench.reports.progress import progress_line

    spec = build_spec(name, PACKS, languages=languages, limit=limit, dtype="float32", suite=SUITE)
    run = None if again else earlier(spec.hash)
    if run is None:
        run = start(spec)
        say(f"{name}: run {run.id}")
    else:
        say(f"{name}: run {run.id} asked the same questions before")
        if run.status().state in (State.INTERRUPTED, State.FAILED):
            say("it was interrupted; going on where it stopped")
            run.resume()
    run.wait(progress_line(run.id))
    return run.result()


def earlier(spec_hash: str) -> Run | None:
    """Return a run of the same spec that is done, alive or resumable."""
    return next(iter(_runs(lambda run: _same(run, spec_hash))), None)


def _runs(fits: Callable[[Run], bool]) -> list[Run]:
    from workbench import runs

    return [run for run in runs() if fits(run)]


def _same(run: Run, spec_hash: str) -> bool:
    try:
        now = run.status()
    except WorkbenchError:
        return False
    return now.record.spec_hash == spec_hash and now.state is not State.CANCELLED


def closing(results: list[Result], seconds: float) -> None:
    """Print where everything is, and three commands to look further."""
    for result in results:
        heads = [score for score in result.scores if score.headline]
        above = sum(score.verdict.value == "above chance" for score in heads)
        with_chance = sum(score.chance is not None for score in heads)
        click.echo(f"   {result.model.name}: above guessing in {above} of {with_chance} pack × language scores")
    place = home()
    click.echo(f"   models {place.models}\n   runs   {place.runs}\n   MLflow {place.mlflow_database}")
    say(f"{seconds / 60:.1f} minutes. To look further:")
    click.echo(f"   .venv/bin/workbench runs show {results[-1].run_id}")
    click.echo("   .venv/bin/workbench benchmarks preview cause-effect --language th --shots 2")
    click.echo("   .venv/bin/workbench mlflow")
