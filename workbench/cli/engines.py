"""`workbench engines`: what can run a model on this machine."""

from __future__ import annotations

import sys

import click

from workbench.cli.output import emit, json_option, size, table


@click.group("engines")
def command() -> None:
    """List the engines and devices of this machine."""


@command.command("list")
@json_option
def list_command(as_json: bool) -> None:
    """List the engines: whether each can run here, why not, and on which devices."""
    from workbench.engines import list_engines

    engines = list_engines()
    if as_json:
        emit(engines)
        return
    rows = []
    for engine in engines:
        state = "available" if engine.available else f"not available: {engine.reason}"
        devices = engine.devices or (None,)
        for index, device in enumerate(devices):
            first = index == 0
            rows.append(
                [
                    engine.name if first else "",
                    engine.version if first else "",
                    state if first else "",
                    "" if device is None else device.device,
                    "" if device is None else device.name,
                    "" if device is None or device.memory is None else size(device.memory),
                ]
            )
    table(["engine", "version", "state", "device", "name", "memory"], rows, right=(5,))


@command.command("install")
@click.argument("engine", type=click.Choice(["vllm"]))
@click.option("--yes", is_flag=True, help="Install without being asked.")
@click.option("--again", is_flag=True, help="Install anew; what is there stays until the new one runs.")
@json_option
def install_command(engine: str, yes: bool, again: bool, as_json: bool) -> None:
    """Install an engine into an environment of its own, below the data directory."""
    del engine  # there is one
    from workbench.engines.vllm.environment import COMPLETE, own_environment
    from workbench.engines.vllm.install import NEEDED_BYTES, install_vllm, requirement
    from workbench.errors import Interrupted, UsageError

    wanted = requirement()
    if not yes and (again or not (own_environment() / COMPLETE).exists()):
        if not sys.stdin.isatty():
            raise UsageError("nobody is here to confirm the installation", remedy="Pass --yes.")
        question = f"Install {wanted} (up to {size(NEEDED_BYTES[wanted])}) into {own_environment()}?"
        click.confirm(question, default=True, abort=True, err=True)
    try:
        made = install_vllm(lambda line: click.echo(line, err=True), again=again)
    except KeyboardInterrupt as interrupted:
        raise Interrupted(
            "the installation was interrupted", remedy="Start it again; it begins clean."
        ) from interrupted
    if as_json:
        emit(made)
        return
    took = f"installed in {made.seconds:.0f} s" if made.seconds else "was installed already"
    click.echo(f"vLLM {made.found.version} {took}: {size(made.size)} in {own_environment()}", err=True)
    table(["package", "version"], [[name, number] for name, number in made.found.versions])
