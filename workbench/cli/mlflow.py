"""`workbench mlflow`: the embedded store in MLflow's own interface."""

from __future__ import annotations

import click

from workbench.cli.output import emit, json_option
from workbench.policy.home import home


@click.command("mlflow")
@click.option("--port", type=click.IntRange(1, 65535), default=None, help="Port; 5000 or any free one unless said.")
@click.option("--no-browser", is_flag=True, help="Print the address only.")
@json_option
def command(port: int | None, *, no_browser: bool, as_json: bool) -> None:
    """Open the embedded MLflow store in MLflow's own interface.

    It listens on this machine only (127.0.0.1) and ends with this command. WORKBENCH_MLFLOW_HOST names another
    address; whoever can reach it can read and delete every run.
    """
    from workbench.tracking.interface import interface

    click.echo("Starting MLflow (about 20 seconds) …", err=True)
    with interface(home(), port=port) as found:
        if as_json:
            emit({"url": found.url, "host": found.host, "port": found.port, "store": str(home().mlflow_database)})
        else:
            click.echo(f"MLflow: {found.url}")
            click.echo("Ctrl-C ends it; the runs stay.")
        if not no_browser and not as_json:
            import webbrowser

            webbrowser.open(found.url)
        try:
            found.process.wait()
        except KeyboardInterrupt:
            click.echo("", err=True)
