"""`workbench engines`: what can run a model on this machine."""

from __future__ import annotations

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
