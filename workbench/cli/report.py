"""`workbench report`: what runs say, in a file to hand on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from workbench.cli.output import emit, json_option
from workbench.evaluation.result import Result
from workbench.policy.home import home


@dataclass(frozen=True, slots=True)
class Written:
    """Where a report lies, and what it is about."""

    path: Path
    bytes: int
    language: str
    runs: tuple[str, ...]
    models: tuple[str, ...]


@click.command("report")
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="Where to write; the suffix chooses the format: .html .md .json .csv .parquet",
)
@click.option("--language", default="en", show_default=True, help="Language of the report's own words (BCP-47).")
@click.option("--title", default=None, help="Heading of the report.")
@json_option
def command(runs: tuple[str, ...], output: Path, language: str, title: str | None, *, as_json: bool) -> None:
    """Write a report of one or more runs.

    RUN is a run's id (see `workbench runs list`), its directory, or the id of a series of checkpoints, which then
    has its curve. Several models stand side by side where they were asked the same questions.
    """
    from workbench.reports import write_report

    results = [result for run in runs for result in _results(run)]
    path = write_report(results, output, language=language, title=title)
    if as_json:
        emit(
            Written(
                path=path.absolute(),
                bytes=path.stat().st_size,
                language=language,
                runs=tuple(result.run_id for result in results),
                models=tuple(dict.fromkeys(result.model.name for result in results)),
            )
        )
    else:
        click.echo(f"{path} ({path.stat().st_size:,} bytes)")


def _results(run: str) -> list[Result]:
    """Return the result of a run named by id or directory, or all of a series.

    Raises
    ------
    NotFound
        None is there, or the run has not finished.
    """
    from workbench.evaluation.finishing import load_result
    from workbench.jobs.series import find_series
    from workbench.jobs.watching import find_run

    if run.startswith("series-"):
        return [member.result() for member in find_series(run, home())]
    is_path = "/" in run or run in (".", "..")
    return [load_result(Path(run).absolute() if is_path else find_run(home(), run))]
