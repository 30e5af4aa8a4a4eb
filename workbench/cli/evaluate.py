"""`workbench evaluate`: a model, or a whole suite, on benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_type_hints

import click
from click.core import ParameterSource

from workbench.cli.output import emit, json_option, say
from workbench.cli.scores import print_result
from workbench.cli.series import SeriesOutcome, announce, print_series
from workbench.cli.watching import hashing, watch
from workbench.errors import Interrupted, UsageError, WorkbenchError, from_envelope
from workbench.evaluation.result import Result
from workbench.evaluation.spec import RunSpec
from workbench.evaluation.suite import SUFFIXES, read_suite
from workbench.jobs.record import State
from workbench.jobs.run import Run

HINTS = get_type_hints(RunSpec)
WITH_SUITES = frozenset({"targets", "detach", "as_json"})


@click.command("evaluate")
@click.argument("targets", nargs=-1, required=True, metavar="MODEL PACK… | SUITE.yaml")
@click.option(
    "--checkpoints",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Evaluate each checkpoint of a training run in DIR, in place of MODEL: a series.",
)
@click.option("--languages", help="BCP-47 tags, separated by commas; default: every language of each pack.")
@click.option("--shots", type=int, help="Examples before each question; default: 0.")
@click.option("--limit", type=int, help="Items per pack and language; default: all.")
@click.option(
    "--formulation", type=click.Choice(get_args(HINTS["formulation"])), help="How to ask; default: each card's first."
)
@click.option("--wording", help="Name of a wording; default: each card's first.")
@click.option("--prompt-language", help="Language of the wording (BCP-47), or own: each item's. Default: own.")
@click.option(
    "--chat-template", type=click.Choice(get_args(HINTS["chat_template"])), help="Default: auto, for written answers."
)
@click.option("--metrics", help="Names, separated by commas; default: each card's.")
@click.option("--engine", type=click.Choice(get_args(HINTS["engine"])), help="Default: transformers.")
@click.option("--device", help="auto (default), cpu, cuda, cuda:1, mps, xpu …; several: cuda:0,cuda:1, cuda:all.")
@click.option("--tensor-parallel", type=int, help="Devices that one model is divided over (vLLM); default: 1.")
@click.option("--dtype", type=click.Choice(get_args(HINTS["dtype"])), help="Default: auto, the checkpoint's own.")
@click.option("--adapter", type=click.Path(path_type=Path), help="A LoRA adapter of the model.")
@click.option("--max-length", type=int, help="Tokens a sequence may have; default: the model's context.")
@click.option("--token-budget", type=int, help="Tokens in one forward pass; default: from the memory at hand.")
@click.option("--temperature", type=float, help="Of written answers; default: 0, the most likely words.")
@click.option("--repeats", type=int, help="How often each item is asked, when answers are written; default: 1.")
@click.option("--parity", is_flag=True, default=None, help="Cut, truncate, tie and order as lm-eval 0.4.13.")
@click.option("--seal", is_flag=True, default=None, help="Refuse the network for the whole run.")
@click.option("--seed", type=int, help="Draws shots and, with --limit, items; default: 0.")
@click.option("--suite-name", "suite", help="Name of the suite this run belongs to: the MLflow experiment.")
@click.option("--interpreter", help="Python that runs the model; default: this one.")
@click.option("--ray", metavar="auto|HOST:PORT|local:N", help="Spread the run over Ray actors; default: no Ray.")
@click.option("--detach", is_flag=True, help="Start the run and return at once.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    targets: tuple[str, ...],
    *,
    detach: bool,
    as_json: bool,
    checkpoints: Path | None,
    **settings: Any,
) -> None:
    """Evaluate a model on benchmarks, or run a suite, or a series of checkpoints.

    MODEL is a name in the store, a directory or a GGUF file; PACK a name or a directory. The run is a process of
    its own: Ctrl-C stops watching it, not the run.
    """
    if checkpoints is not None and not _is_suite(targets):
        series(checkpoints, targets, settings, detach=detach, as_json=as_json)
        return
    specs = _suite(ctx, targets) if _is_suite(targets) else [_spec(targets, settings)]
    runs = [_submit(spec) for spec in specs]
    if detach:
        _print_started(runs, as_json=as_json, suite=_is_suite(targets))
        return
    finish(runs, as_json=as_json, as_list=_is_suite(targets))


def _is_suite(targets: tuple[str, ...]) -> bool:
    return targets[0].endswith(SUFFIXES)


def _spec(targets: tuple[str, ...], settings: dict[str, Any]) -> RunSpec:
    from workbench.evaluation.build import build_spec

    if len(targets) == 1:
        raise UsageError(
            "no benchmark is named",
            remedy="`workbench evaluate MODEL PACK…`; `workbench benchmarks list` shows the packs.",
        )
    return build_spec(targets[0], targets[1:], progress=hashing(), **settings)


def _suite(ctx: click.Context, targets: tuple[str, ...]) -> list[RunSpec]:
    """Return every spec of a suite before any is started: a mistake in the last one costs nothing."""
    from workbench.evaluation.build import build_spec

    given = [name for name in ctx.params if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    wrong = [f"--{name.replace('_', '-')}" for name in given if name not in WITH_SUITES]
    if wrong or len(targets) > 1:
        raise UsageError(
            f"a suite says itself what is asked; {', '.join(wrong) or 'a second argument'} cannot be added",
            remedy="Write it into the suite's file.",
        )
    return [
        build_spec(run.model, run.packs, progress=hashing(), **run.settings)
        for run in read_suite(Path(targets[0])).runs
    ]


def _submit(spec: RunSpec) -> Run:
    from workbench import start

    return start(spec)


def _print_started(runs: list[Run], *, as_json: bool, suite: bool) -> None:
    records = [run.status().record for run in runs]
    if as_json:
        emit(records if suite else records[0])
        return
    for run in runs:
        say(run.id)
    say("`workbench runs watch RUN` shows it, `workbench runs cancel RUN` ends it.", err=True)


def finish(runs: list[Run], *, as_json: bool, as_list: bool = False) -> None:
    """Watch runs to their ends and print their results; the first that failed then gives the exit code.

    Raises
    ------
    WorkbenchError
        The error of the first run that has no result.
    """
    results, problems = gather(runs)
    if as_json and (as_list or results):
        emit(results if as_list else results[0])
    for result in () if as_json else results:
        print_result(result)
        say(f"\nreport: `workbench report {result.run_id}`", err=True)
    raise_first(problems)


def gather(runs: list[Run]) -> tuple[list[Result], list[WorkbenchError]]:
    """Watch runs to their ends and return their results, and the errors of those that have none.

    Raises
    ------
    Interrupted
        Ctrl-C: they are no longer watched, and go on.
    """
    results: list[Result] = []
    problems: list[WorkbenchError] = []
    for run in runs:
        try:
            results.append(result_of(run))
        except Interrupted as error:
            if isinstance(error.__cause__, KeyboardInterrupt):
                raise
            problems.append(error)
        except WorkbenchError as error:
            problems.append(error)
    return results, problems


def raise_first(problems: list[WorkbenchError]) -> None:
    """Raise the first of the errors, after the others were printed."""
    if problems:
        for other in problems[1:]:
            say(f"error[{other.code}] {other}", err=True)
        raise problems[0]


def series(directory: Path, packs: tuple[str, ...], settings: dict[str, Any], *, detach: bool, as_json: bool) -> None:
    """Evaluate the checkpoints below a directory and print them as a series.

    Raises
    ------
    WorkbenchError
        No checkpoint can be evaluated; or the error of the first run that has no result.
    """
    from workbench.evaluation.series import plan_series
    from workbench.jobs.series import submit_series
    from workbench.policy.home import home

    here = home()
    record = submit_series(plan_series(directory, packs, progress=hashing(), **settings), here)
    if not as_json:
        announce(record)
    results, problems = ([], []) if detach else gather([Run(member.run_id, here) for member in record.members])
    if as_json:
        emit(SeriesOutcome(record, tuple(results)))
    elif detach:
        say(record.id)
    else:
        print_series(record, results)
    raise_first(problems)


def result_of(run: Run) -> Result:
    """Watch a run to its end and return its result.

    Raises
    ------
    WorkbenchError
        It failed: the run's own error.
    Interrupted
        It was interrupted or cancelled, or is no longer watched.
    """
    ended = watch(run)
    if ended.record.error is not None:
        raise from_envelope(ended.record.error)
    if ended.state is State.CANCELLED:
        raise Interrupted("the run was cancelled", where=run.id, remedy="Start a new run.")
    result = run.result()
    if result.spec.seal:
        _deliver_from_outside(run)
    return result


def _deliver_from_outside(run: Run) -> None:
    """Bring a sealed run to an MLflow server that it could not reach; a server that is down costs a line, no more."""
    from workbench.tracking.sync import after_seal

    try:
        for delivery in after_seal(run.home, run.id):
            if delivery.problem:
                say(f"MLflow: {delivery.problem}", err=True)
    except WorkbenchError as error:
        say(f"MLflow: {error}", err=True)
