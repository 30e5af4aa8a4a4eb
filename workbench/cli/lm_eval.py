"""`workbench lm-eval`: lm-evaluation-harness with this project's engine as its model."""

from __future__ import annotations

import sys

import click

from workbench.errors import EngineUnavailable


@click.command("lm-eval", context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Run lm-evaluation-harness offline; its own options, with `--model workbench` unless they say another."""
    try:
        from lm_eval.__main__ import cli_evaluate

        from workbench.lm_eval_models import register
    except ImportError as error:
        raise EngineUnavailable(
            f"lm-evaluation-harness is not installed ({error.name or error})",
            remedy='Install it: pip install "sovereign-workbench[lm-eval]".',
        ) from error
    register()
    sys.argv = ["lm_eval", *with_model(arguments)]
    cli_evaluate()


def with_model(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Return the harness' arguments with our model named, where a run of some model is asked for and none is."""
    runs = bool(arguments) and (arguments[0] == "run" or arguments[0].startswith("-"))
    named = any(word in {"--model", "-M", "--config", "-C", "-h", "--help"} for word in arguments)
    named = named or any(word.startswith(("--model=", "--config=")) for word in arguments)
    return (*arguments, "--model", "workbench") if runs and not named else arguments
