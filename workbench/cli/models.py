"""`workbench models`: what is on this machine, what it is, and whether it may be loaded."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click

from workbench.cli.output import emit, json_option, say, size, table
from workbench.errors import LicenceNotAccepted
from workbench.facts import Fact
from workbench.languages.hidden import make_visible
from workbench.models import LicenceRecord, Manifest, ModelStore, check, find_models, gate, make_manifest, verify
from workbench.models import inspect as read_facts
from workbench.models.facts import ModelFacts
from workbench.models.manifest import Progress
from workbench.models.model_card import licence_text
from workbench.policy.home import home

adapter_option = click.option(
    "--adapter", type=click.Path(path_type=Path, exists=True, file_okay=False), help="A LoRA adapter of this model."
)


@dataclass(frozen=True, slots=True)
class Freed:
    """What a removal gave back, in bytes."""

    name: str
    freed: int


def resolve(model: str) -> Path:
    """Return the path of a model by name or path."""
    return ModelStore(home()).resolve(model)


def hashing() -> Progress:
    """Return what shows which file is being hashed: in one line of a terminal, elsewhere once a file."""
    terminal = sys.stderr.isatty()
    said: set[str] = set()

    def report(name: str, done: int, total: int) -> None:
        text = f"hashing {make_visible(name)} ({size(done)} of {size(total)})"
        if terminal:  # the line is gone when all is read: what follows begins its own
            click.echo("\r\x1b[K" + (text if done < total else ""), nl=False, err=True)
        elif name not in said:
            said.add(name)
            click.echo(text, err=True)

    return report


@click.group("models")
def command() -> None:
    """Find, inspect, verify, add and remove models."""


@command.command("list")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, exists=True))
@json_option
def list_command(folders: tuple[Path, ...], *, as_json: bool) -> None:
    """List the models of the store, of the hub cache, and below FOLDERS."""
    found = find_models(home(), folders)
    if as_json:
        emit(found)
        return
    rows = [
        [
            model.name,
            model.place,
            shown(model.facts.family) if model.facts else "unknown",
            shown(model.facts.parameters) if model.facts else "unknown",
            size(model.facts.size) if model.facts else "unknown",
            "open" if model.refusal is None else f"refused: {model.refusal.message}",
        ]
        for model in found
    ]
    table(["model", "place", "family", "parameters", "size", "gate"], rows, right=(3, 4))
    if not found:
        say("No models yet: workbench models add PATH, or workbench demo.", err=True)


@command.command("inspect")
@click.argument("model")
@adapter_option
@click.option("--context", type=click.IntRange(1), help="Context length for the memory estimate, in tokens.")
@click.option("--batch", type=click.IntRange(1), default=1, show_default=True, help="Sequences at once.")
@click.option("--dtype", type=click.Choice(["auto", "float32", "bfloat16", "float16"]), default="auto", help="Type.")
@click.option("--digest", is_flag=True, help="Hash the files too.")
@json_option
def inspect_command(
    model: str, adapter: Path | None, context: int | None, batch: int, dtype: str, *, digest: bool, as_json: bool
) -> None:
    """Say what a model is, from its headers alone; each fact with how it is known."""
    facts = read_facts(
        resolve(model), adapter=adapter, digest=digest, context=context, batch=batch, dtype=dtype
    )  # fmt: skip
    if as_json:
        emit(facts)
        return
    table(["fact", "value", "origin", "source"], fact_rows(facts))
    memory = facts.memory
    say(f"\nmemory at {memory.context:,} tokens, batch {memory.batch}, {memory.dtype}: {size(memory.total)}")
    say(f"  {memory.formula}")


def fact_rows(facts: ModelFacts) -> list[list[str]]:
    """Return a row for each fact of a model."""
    named: list[tuple[str, Fact[object]]] = [
        ("family", facts.family),
        ("architecture", facts.architecture),
        ("parameters", facts.parameters),
        ("dtype", facts.dtype),
        ("quantisation", facts.quantisation),
        ("context length", facts.context_length),
        ("vocabulary", facts.vocabulary),
        ("chat template", facts.chat_template),
        ("licence", facts.licence),
        ("languages", facts.languages),
    ]
    rows = [[name, shown(fact), fact.origin.value, fact.source] for name, fact in named]
    tokens = facts.tokens
    begins = f"{tokens.bos} (id {tokens.bos_id})" if tokens.add_bos else "no BOS"
    rows.append(["sequences begin with", begins, "declared", tokens.source])
    if facts.digest:
        rows.append(["digest", facts.digest, "measured", "sha256 over the manifest of all files"])
    return rows


def shown(fact: Fact[object]) -> str:
    """Return a fact's value for people."""
    if fact.value is None:
        return "unknown"
    if isinstance(fact.value, int):
        return f"{fact.value:,}"
    return ", ".join(fact.value) if isinstance(fact.value, tuple) else str(fact.value)


@command.command("estimate")
@click.argument("model")
@click.option("--context", type=click.IntRange(1), help="Context length, in tokens.")
@click.option("--batch", type=click.IntRange(1), default=1, show_default=True, help="Sequences at once.")
@click.option("--dtype", type=click.Choice(["auto", "float32", "bfloat16", "float16"]), default="auto", help="Type.")
@json_option
def estimate_command(model: str, context: int | None, batch: int, dtype: str, *, as_json: bool) -> None:
    """Estimate the memory a model needs, in parts, with the arithmetic."""
    memory = read_facts(resolve(model), context=context, batch=batch, dtype=dtype).memory
    if as_json:
        emit(memory)
        return
    parts = [("weights", memory.weights), ("key-value cache", memory.kv_cache), ("overhead", memory.overhead)]
    table(["part", "memory"], [[name, size(amount)] for name, amount in [*parts, ("total", memory.total)]], right=(1,))
    say(memory.formula)


@command.command("gate")
@click.argument("model")
@adapter_option
@click.option("--digests", is_flag=True, help="Hash a stored model's files and compare them with its record.")
@json_option
def gate_command(model: str, adapter: Path | None, *, digests: bool, as_json: bool) -> None:
    """Say everything that keeps a model out; exit with the first refusal's code."""
    recorded = ModelStore(home()).get(model).files if digests else None
    report = gate(resolve(model), adapter=adapter, digests=recorded, progress=None if as_json else hashing())
    if as_json:
        emit({"open": report.open, "refusals": [e.envelope() for e in report.refusals], "notes": report.notes})
    else:
        for note in report.notes:
            say(f"note: {note}")
        for error in report.refusals:
            say(f"refused[{error.code}] {error}")
        if report.open:
            say("open: this model may be loaded")
    if report.refusals:
        raise click.exceptions.Exit(report.refusals[0].exit_code)


@command.command("manifest")
@click.argument("model")
def manifest_command(model: str) -> None:
    """Print the sha256 of every file of a model as JSON, to travel beside it; `verify --manifest` reads it."""
    click.echo(make_manifest(resolve(model), trust_cache=False).to_json().encode(), nl=False)


@command.command("verify")
@click.argument("model")
@click.option(
    "--manifest",
    "manifest_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Compare with this file instead of the store's own record.",
)
@json_option
def verify_command(model: str, manifest_file: Path | None, *, as_json: bool) -> None:
    """Hash a model again and compare it with what was recorded."""
    progress = None if as_json else hashing()
    if manifest_file is None:
        manifest = ModelStore(home()).verify(model, progress)
    else:
        manifest = verify(resolve(model), Manifest.from_json(manifest_file).files, progress)
    if as_json:
        emit({"name": model, "digest": manifest.digest, "files": len(manifest.files), "size": manifest.size})
    else:
        say(f"{model}: {len(manifest.files)} files, {size(manifest.size)}, unchanged: {manifest.digest}")


@command.command("add")
@click.argument("path", type=click.Path(path_type=Path, exists=True))
@click.option("--name", help="Its name in the store; the directory's unless said.")
@click.option("--source", default="", help="Where it came from, in your words.")
@click.option("--licence", "licence_id", default="", help="Id of the licence you accept, e.g. apache-2.0.")
@click.option(
    "--licence-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Its text; a licence that lies beside the weights is found without this.",
)
@click.option("--yes", is_flag=True, help="Accept the licence text without being asked.")
@json_option
def add_command(
    path: Path, name: str | None, source: str, licence_id: str, licence_file: Path | None, *, yes: bool, as_json: bool
) -> None:
    """Check a model at the gate, hash it, and copy it into the store."""
    check(path)
    licence = accepted_licence(licence_file or licence_text(path), licence_id, path, yes=yes, as_json=as_json)
    progress = None if as_json else hashing()
    stored = ModelStore(home()).add(path, name, origin=source, licence=licence, progress=progress)
    if as_json:
        emit(stored)
    else:
        say(f"{stored.name}: {size(stored.size)}, {stored.digest}")
        if licence is None:
            say("No licence text came with it; --licence-file records one.", err=True)


def accepted_licence(text: Path | None, named: str, model: Path, *, yes: bool, as_json: bool) -> LicenceRecord | None:
    """Show a licence and return the record of its acceptance; None where there is no text to show.

    Raises
    ------
    LicenceNotAccepted
        It was not accepted, or nobody is there to be asked.
    """
    if text is None:
        return None
    words = text.read_text(encoding="utf-8", errors="replace")
    if not as_json:
        click.echo_via_pager(make_visible(words)) if sys.stdin.isatty() else say(words)
    if not yes:
        if not sys.stdin.isatty():
            raise LicenceNotAccepted("nobody is here to accept the licence", where=text, remedy="Read it, pass --yes.")
        if not click.confirm("Do you accept this licence?", default=False):
            raise LicenceNotAccepted("the licence was not accepted", where=text)
    declared = read_facts(model).licence.value
    return LicenceRecord(named or declared or text.name, words, datetime.now(UTC))


@command.command("rm")
@click.argument("name")
@json_option
def rm_command(name: str, *, as_json: bool) -> None:
    """Remove a model from the store."""
    freed = ModelStore(home()).remove(name)
    if as_json:
        emit(Freed(name, freed))
    else:
        say(f"{name} removed, {size(freed)} freed")


@command.command("du")
@json_option
def du_command(*, as_json: bool) -> None:
    """Show what each stored model takes."""
    store = ModelStore(home())
    rows = [(name, store.size(name)) for name in store.names()]
    if as_json:
        emit([{"name": name, "size": amount} for name, amount in rows])
    else:
        table(["model", "size"], [[name, size(amount)] for name, amount in rows], right=(1,))
