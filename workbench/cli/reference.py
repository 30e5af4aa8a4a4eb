"""`workbench reference`: the page `docs/cli.md`, written from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator

import click

from workbench.cli.app import COMMANDS, root

HEADER = """# Command line

Written by `workbench reference`; do not edit. `--json` prints records for programs wherever it is listed.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | internal error: please report |
| 2 | usage |
| 3 | bad input |
| 4 | interrupted and resumable |
| 5 | refused by policy |
| 6 | not comparable |
| 7 | this machine cannot |
"""


def commands(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Yield every command below `command` with the words that call it."""
    yield words, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            entry = command.get_command(context, name)
            if entry is not None and not entry.hidden:
                yield from commands(entry, (*words, name))


def cell(text: str) -> str:
    """Return `text` fit for a cell of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")


def section(words: tuple[str, ...], command: click.Command) -> Iterator[str]:
    """Yield the Markdown lines of one command."""
    context = click.Context(command, info_name=" ".join(words))
    arguments = [parameter for parameter in command.params if isinstance(parameter, click.Argument)]
    options = [entry for entry in command.params if isinstance(entry, click.Option) and not entry.hidden]
    yield f"## `{' '.join(words)}`\n"
    yield cell(command.get_short_help_str(limit=1000)) + "\n"
    if arguments:
        yield "Arguments: " + " ".join(f"`{argument.make_metavar(context)}`" for argument in arguments) + "\n"
    if options:
        yield "| option | meaning |\n|---|---|"
        for option in options:
            yield f"| `{cell(', '.join((*option.opts, *option.secondary_opts)))}` | {cell(option.help or '')} |"
        yield ""


def markdown() -> str:
    """Return the whole page."""
    parts = [HEADER]
    context = click.Context(root)
    for name in COMMANDS:
        entry = root.get_command(context, name)
        if entry is not None and not entry.hidden:
            for words, command in commands(entry, ("workbench", name)):
                parts.append("\n".join(section(words, command)))
    return "\n".join(parts).rstrip() + "\n"


@click.command("reference", hidden=True)
def command() -> None:
    """Print docs/cli.md."""
    click.echo(markdown(), nl=False)
