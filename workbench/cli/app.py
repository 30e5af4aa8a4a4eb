"""`workbench`: finds the command, turns errors into messages and exit codes.

Each command lives in its own module and is imported when it is called, so that `workbench --help` stays quick.
"""

from __future__ import annotations

import importlib
import sys
import traceback
from pathlib import Path
from typing import Any

import click

from workbench._version import __version__
from workbench.cli.streams import abandon, prepare
from workbench.errors import Interrupted, UsageError, WorkbenchError
from workbench.policy.offline import switch_off
from workbench.policy.storage import disk_errors

COMMANDS: dict[str, tuple[str, str]] = {
    # name: (module under workbench.cli, first line of help)
    "models": ("models", "Find, inspect, verify, add and remove models."),
    "benchmarks": ("benchmarks", "List, show, preview, validate, add and remove benchmarks."),
    "evaluate": ("evaluate", "Evaluate a model on benchmarks, or run a suite."),
    "studio": ("studio", "List, check, probe and save items that are being written."),
    "draft": ("draft", "Check, cost, try and start a run described as JSON."),
    "runs": ("runs", "List, show, watch, pause, cancel, resume, requeue, sync and remove runs."),
    "compare": ("compare", "Compare two finished runs, item by item."),
    "rank": ("rank", "Rank the models of several finished runs."),
    "plan": ("plan", "Say how many items a question takes."),
    "tokenizers": ("tokenizers", "Count what the same texts cost in each language, in tokens."),
    "report": ("report", "Write a report of one or more runs."),
    "mlflow": ("mlflow", "Open the embedded MLflow store in MLflow's own interface."),
    "engines": ("engines", "List the engines and devices of this machine."),
    "serve": ("serve", "Serve a model to programs on this machine."),
    "workers": ("workers", "List, show and stop the models that are served."),
    "lm-eval": ("lm_eval", "Run lm-evaluation-harness on this project's engine."),
    "doctor": ("doctor", "Check this installation and machine."),
    "du": ("du", "Show what takes space."),
    "demo": ("demo", "Run the main job on two small real models."),
}
GOES_ON = "A run that was started goes on: `workbench runs list` shows it."
HIDDEN: dict[str, str] = {"reference": "reference"}


class ReaderLeft(Exception):  # noqa: N818 — no error: who reads (head, less) has seen enough
    """Nobody reads what is printed any more."""


class LazyCommands(click.Group):
    """A group whose commands are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of `COMMANDS`."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of `cmd_name` and return its `command`."""
        del ctx
        name = COMMANDS[cmd_name][0] if cmd_name in COMMANDS else HIDDEN.get(cmd_name)
        if name is None:
            return None
        module = importlib.import_module(f"workbench.cli.{name}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; click itself would end with 1 where the reader of what is printed has left."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderLeft from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=LazyCommands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="workbench")
def root() -> None:
    """Evaluate local open-weight models on national-language benchmarks, with evidence."""


def show(error: WorkbenchError, *, as_json: bool) -> None:
    """Print one error to standard error: what, where, what to do."""
    from workbench.cli.output import json_text, say

    if as_json:
        say(json_text({"error": error.envelope()}), err=True)
        return
    place = f"{error.where}: " if error.where else ""
    say(f"error[{error.code}] {place}{error.message}", err=True)
    say(f"  → {error.remedy}", err=True)


def unforeseen(error: Exception, *, as_json: bool) -> int:
    """Say an error that no command foresaw, and return its exit code; what is not the machine's fault is traced."""
    if isinstance(error, OSError):
        where = error.filename if isinstance(error.filename, str) else None
        said = WorkbenchError(error.strerror or type(error).__name__, where=where)
        try:
            with disk_errors(Path(where or "standard output")):
                raise error
        except WorkbenchError as found:
            said = found
        except OSError:
            pass
    else:
        said = WorkbenchError(f"{type(error).__name__}: {error}")
    if type(said) is WorkbenchError and not as_json:
        traceback.print_exception(error)
    show(said, as_json=as_json)
    if isinstance(error, OSError) and error.filename is None:
        abandon(sys.stdout)
    return said.exit_code


def main(arguments: list[str] | None = None) -> None:
    """Run `workbench` and exit with the code that the error's class says."""
    switch_off()
    prepare()
    words = sys.argv[1:] if arguments is None else arguments
    as_json = "--json" in words
    try:
        code = root.main(args=words, prog_name="workbench", standalone_mode=False)
    except click.Abort:
        show(Interrupted("interrupted", remedy=GOES_ON), as_json=as_json)
        sys.exit(Interrupted.exit_code)
    except click.ClickException as error:
        show(UsageError(error.format_message()), as_json=as_json)
        sys.exit(UsageError.exit_code)
    except WorkbenchError as error:
        show(error, as_json=as_json)
        sys.exit(error.exit_code)
    except ReaderLeft:
        abandon(sys.stdout, sys.stderr)
        sys.exit(0)
    except Exception as error:  # noqa: BLE001 — whatever it is, it has an exit code and a remedy
        sys.exit(unforeseen(error, as_json=as_json))
    # Outside its standalone mode click returns the code of an `Exit` that a command raised.
    if isinstance(code, int) and code:
        sys.exit(code)
