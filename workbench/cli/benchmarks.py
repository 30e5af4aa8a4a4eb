"""`workbench benchmarks`: what can be asked, and whether it can be asked as it stands."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import click

from workbench.benchmarks import (
    Card,
    Formulation,
    PackEntry,
    Prompt,
    ValidationReport,
    build_prompt,
    croissant,
    draw_shots,
    find_packs,
    find_wording,
    load_pack,
    plan_items,
    remove_pack,
    validate_path,
)
from workbench.benchmarks.by_language import is_asked_for
from workbench.benchmarks.card import read_card
from workbench.benchmarks.catalogue import find_card, open_document
from workbench.benchmarks.recipe_report import as_markdown, count_recipes
from workbench.cli.adding import add_command
from workbench.cli.output import emit, json_option, say, size, table
from workbench.errors import BadInput, NotFound
from workbench.languages import display_name, normalise_tag
from workbench.policy.storage import write_atomically

MANY_LANGUAGES = 8
PUBLIC_MODE = 0o644


@click.group("benchmarks", help="List, show, preview, validate, add and remove benchmarks.")
def command() -> None:
    """Group of the benchmark commands."""


def _tags(tags: tuple[str, ...]) -> str:
    shown = " ".join(tags[:MANY_LANGUAGES])
    return f"{shown} … ({len(tags)})" if len(tags) > MANY_LANGUAGES else shown


def _has(entry: PackEntry, wanted: tuple[str, ...]) -> bool:
    known = entry.languages or (entry.card.languages if entry.card is not None else ())
    return all(any(is_asked_for(tag, each) for tag in known) for each in wanted)


@command.command("list")
@click.option("--language", "languages", multiple=True, help="Only benchmarks with this language (BCP-47 tag).")
@click.option("--all", "everything", is_flag=True, help="Also what cannot be used here, with the reason.")
@json_option
def list_command(languages: tuple[str, ...], everything: bool, as_json: bool) -> None:
    """List benchmarks: shipped, added here, and recipes whose original files are here."""
    wanted = tuple(normalise_tag(code) for code in languages)
    entries = [entry for entry in find_packs() if _has(entry, wanted)]
    usable = [entry for entry in entries if entry.error is None]
    if as_json:
        emit(entries if everything else usable)
        return
    shown = entries if everything else usable
    rows = []
    for entry in shown:
        task = entry.card.task.value if entry.card else "unknown"
        state = "ready" if entry.error is None else f"{entry.error.code}: {entry.error.message}"
        rows.append([entry.name, entry.place.value, task, _tags(entry.languages), state])
    table(["name", "place", "task", "languages", "state"], rows)
    if hidden := len(entries) - len(shown):
        say(f"{hidden} more cannot be used here; --all shows them with the reason.", err=True)


@dataclass(frozen=True, slots=True)
class LanguageRow:
    """One language of a pack: how many items each of its splits has."""

    language: str
    name: str
    items: int
    shots_items: int


@dataclass(frozen=True, slots=True)
class Shown:
    """What `benchmarks show` prints."""

    card: Card
    path: Path
    digest: str | None
    size: int
    languages: tuple[LanguageRow, ...]
    unavailable: str


def _shown(name: str) -> Shown:
    path = find_card(name)
    document = read_card(path.absolute())
    try:
        pack = open_document(document)
    except BadInput as error:
        return Shown(document.card, path, None, 0, (), str(error))
    split = pack.card.shots_split
    rows = tuple(
        LanguageRow(
            tag,
            display_name(tag),
            len(pack.items(tag)),
            len(pack.items(tag, split)) if split and pack.present(tag, split) else 0,
        )
        for tag in pack.languages
    )
    return Shown(pack.card, path, pack.digest, sum(file.size for file in pack.files), rows, "")


@command.command("show")
@click.argument("pack")
@json_option
def show_command(pack: str, as_json: bool) -> None:
    """Show what a benchmark says of itself, and what of it is here."""
    shown = _shown(pack)
    if as_json:
        emit(shown)
        return
    card = shown.card
    facts = [
        ["name", f"{card.name} {card.version}"],
        ["title", card.title],
        ["description", card.description],
        ["task", f"{card.task}; asked as {', '.join(card.formulations)}; metrics {', '.join(card.metrics)}"],
        ["wordings", ", ".join(wording.name for wording in card.wordings)],
        ["origin", f"{card.origin}, {'reviewed' if card.reviewed else 'not reviewed'} by native speakers (declared)"],
        ["licence", card.licence],
        ["source", card.source],
        ["citation", card.citation],
        ["data rules", f"residency {card.residency}, transfer {card.transfer}, sensitivity {card.sensitivity}"],
        *[["note", note] for note in card.notes],
        ["card", str(shown.path)],
    ]
    facts += (
        [["digest", shown.digest], ["size", size(shown.size)]] if shown.digest else [["not here", shown.unavailable]]
    )
    table(["", ""], facts)
    if shown.languages:
        rows = [[row.language, row.name, str(row.items), str(row.shots_items or "—")] for row in shown.languages]
        say()
        table(["language", "name", "items", "for shots"], rows, right=(2, 3))


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One prompt as `benchmarks preview` prints it."""

    pack: str
    wording: str
    shots: int
    prompt: Prompt


@command.command("preview")
@click.argument("pack")
@click.option("--language", required=True, help="BCP-47 tag.")
@click.option(
    "--shots", default=0, show_default=True, type=click.IntRange(0, 100), help="Examples before the question."
)
@click.option(
    "--formulation", type=click.Choice([each.value for each in Formulation]), help="Default: the card's first."
)
@click.option("--wording", default="", help="Default: the card's first.")
@click.option("--prompt-language", default="own", show_default=True, help="Language of the wording, or own.")
@click.option("--item", "item_id", help="Id of the item; default: the first that a run would ask.")
@click.option("--limit", default=1, show_default=True, type=click.IntRange(1), help="How many items.")
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Draws shots and items.")
@json_option
def preview_command(
    *,
    pack: str,
    language: str,
    shots: int,
    formulation: str | None,
    wording: str,
    prompt_language: str,
    item_id: str | None,
    limit: int,
    seed: int,
    as_json: bool,
) -> None:
    """Show the exact prompt before any model's chat template: context, continuations, gold."""
    loaded = load_pack(pack)
    (tag, *_) = loaded.resolve([language])
    drawn = draw_shots(loaded, tag, shots, seed)
    spoken = find_wording(loaded.card, wording)
    asked = Formulation(formulation) if formulation else loaded.card.formulations[0]
    items = plan_items(loaded, tag, limit, seed, shots=drawn)
    if item_id is not None:
        items = tuple(item for item in loaded.items(tag) if item.id == item_id)
        if not items:
            raise NotFound(f"{loaded.name} has no item {item_id!r} in {tag}", where=loaded.document.path)
    own = prompt_language if prompt_language == "own" else normalise_tag(prompt_language)
    rows = [
        PreviewRow(
            loaded.name, spoken.name, len(drawn.items), build_prompt(loaded.card, item, spoken, asked, drawn, own)
        )
        for item in items
    ]
    if as_json:
        emit(rows)
        return
    for row in rows:
        _print_prompt(row)


def _print_prompt(row: PreviewRow) -> None:
    prompt = row.prompt
    asked = (row.pack, prompt.language, prompt.item_id, prompt.formulation, row.wording, f"{row.shots} shots")
    say(f"── {' · '.join(asked)}")
    say(f"prompt hash {prompt.hash}")
    say("── context")
    say(prompt.context or "(empty)")
    if prompt.continuations:
        say("── continuations (the delimiter is part of each)")
    for index, text in enumerate(prompt.continuations):
        say(f"{'→' if index == prompt.gold else ' '} {index}: {text!r}")
    if not prompt.continuations:
        say(f"── the model writes at most {prompt.max_new_tokens} tokens, up to {list(prompt.stop)}")
    if not prompt.continuations and prompt.gold is not None:
        say(f"gold: {prompt.letters[prompt.gold]} ({prompt.choices[prompt.gold]})")
    if prompt.references:
        say(f"references: {list(prompt.references)}")


@command.command("validate")
@click.argument("packs", nargs=-1, required=True)
@click.option("--strict", is_flag=True, help="Warnings fail too.")
@json_option
def validate_command(packs: tuple[str, ...], strict: bool, as_json: bool) -> None:
    """List every problem of a benchmark at once: file, line, item, what to do."""
    reports = [validate_path(pack) for pack in packs]
    if as_json:
        emit(reports)
    for report in () if as_json else reports:
        _print_report(report)
    if any(not report.ok or (strict and report.findings) for report in reports):
        sys.exit(BadInput.exit_code)


def _print_report(report: ValidationReport) -> None:
    for finding in report.findings:
        item = f" item {finding.item}:" if finding.item else ""
        say(f"{finding.severity}[{finding.code}] {finding.where}:{item} {finding.message}")
        say(f"  → {finding.remedy}")
    items = sum(count.items for count in report.counts)
    languages = len({count.language for count in report.counts})
    dropped = sum(count.dropped for count in report.counts)
    left_out = f", {dropped} records left out by the card's rules" if dropped else ""
    say(
        f"{report.pack}: {items} items in {languages} languages{left_out}; "
        f"{len(report.errors)} errors, {len(report.warnings)} warnings"
    )


command.add_command(add_command)


@command.command("rm")
@click.argument("name")
@json_option
def rm_command(name: str, as_json: bool) -> None:
    """Remove a pack that was added."""
    freed = remove_pack(name)
    if as_json:
        emit({"removed": name, "bytes": freed})
        return
    say(f"removed {name}, {size(freed)} freed")


@command.command("croissant")
@click.argument("pack")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="File to write; default: print.")
def croissant_command(pack: str, output: Path | None) -> None:
    """Describe a pack in Croissant 1.1 (JSON-LD)."""
    described = croissant(load_pack(pack))
    if output is None:
        click.echo(described, nl=False)
        return
    write_atomically(output.absolute(), described, PUBLIC_MODE)
    say(f"wrote {output}", err=True)


@command.command("recipes")
@click.option("--markdown", is_flag=True, help="Print the page docs/recipes.md.")
@json_option
def recipes_command(markdown: bool, as_json: bool) -> None:
    """Count what each recipe reads against the manifest of the original files."""
    report = count_recipes()
    if as_json:
        emit(report)
    elif markdown:
        click.echo(as_markdown(report), nl=False)
    else:
        rows = [
            [
                count.recipe, count.language, count.split, str(count.items),
                str(sum(left for _, left in count.dropped)), str(count.declared), "yes" if count.accounted else "NO",
            ]
            for count in report.counts
        ]  # fmt: skip
        table(["recipe", "language", "split", "read", "left out", "declared", "accounted for"], rows, right=(3, 4, 5))
    if not all(count.accounted for count in report.counts):
        sys.exit(BadInput.exit_code)
