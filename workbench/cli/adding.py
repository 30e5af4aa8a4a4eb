"""`workbench benchmarks add`: a pack, a recipe, or a folder, archive or file of somebody else's."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from workbench.benchmarks import Pack, Place, add_pack, find_packs
from workbench.benchmarks.card import CARD_FILE
from workbench.benchmarks.prompt import Prompt
from workbench.benchmarks.sniffing import (
    Answers,
    Look,
    Looked,
    Question,
    SetAside,
    open_questions,
    opened,
    read_answers,
)
from workbench.cli.output import emit, json_option, say, table
from workbench.errors import NotFound, UsageError

SHOWN_CHARACTERS = 600
SHOWN_LINES = 60
SHOWN_FAULTS = 20


@click.command("add")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Take the place of a pack of this name that was added before.")
@click.option(
    "--answer", "pairs", multiple=True, metavar="KEY=VALUE",
    help="Say what the files do not tell; the question names its key. Repeatable.",
)  # fmt: skip
@click.option("--yes", is_flag=True, help="Add what was found without asking; open questions still stop it.")
@click.option("--dry-run", is_flag=True, help="Show what would be added, and add nothing.")
@json_option
def add_command(
    *, source: Path, replace: bool, pairs: tuple[str, ...], yes: bool, dry_run: bool, as_json: bool
) -> None:
    """Add a benchmark: a pack (a directory with card.yaml), a recipe's card, or anybody's files as they are.

    A folder, an archive (zip, tar, gz) or a file without a card is read by its content: encoding, format, columns,
    kind of task, language, the right answers. What the content does not tell is asked.
    """
    if _has_card(source):
        if pairs:
            raise UsageError("a pack with a card answers every question itself", remedy="Leave --answer out.")
        _added(add_pack(source, replace=replace), as_json=as_json)
        return
    answers = read_answers(pairs)
    asking = not (yes or as_json or dry_run) and sys.stdin.isatty()
    with opened(source) as look:
        looked, answers = _answered(look, answers) if asking else (look.look(answers), answers)
        if as_json and (dry_run or looked.directory is None or not yes):
            emit(_record(looked))
        if not as_json:
            _show(looked)
        if looked.directory is None:
            raise open_questions(looked.proposal.questions)
        if looked.fault is not None:
            raise looked.fault
        if dry_run:
            return
        if not yes and not (asking and click.confirm("Add it?")):
            raise UsageError("nothing was added", remedy="Say --yes to add what is shown, or correct it with --answer.")
        _added(look.add(looked, replace=replace), as_json=as_json)


def _has_card(source: Path) -> bool:
    if not source.exists():
        raise NotFound("nothing is there", where=source, remedy="Check the path.")
    return (source / CARD_FILE).is_file() or (source.is_file() and source.suffix in (".yaml", ".yml"))


def _added(pack: Pack, *, as_json: bool) -> None:
    entry = next(each for each in find_packs() if each.name == pack.name and each.place is Place.HOME)
    if as_json:
        emit(entry)
        return
    say(f"added {pack.name} {pack.card.version} ({' '.join(pack.languages[:8])}) to {entry.path.parent}")


def _answered(look: Look, answers: Answers) -> tuple[Looked, Answers]:
    """Ask, look again, until nothing is open."""
    looked = look.look(answers)
    while looked.proposal.questions:
        question = looked.proposal.questions[0]
        say(question.text)
        choice = click.Choice(question.options) if _closed(question) else None
        value = click.prompt(
            question.key, type=choice, default=question.options[0] if len(question.options) == 1 else None
        )
        answers = Answers({**answers.values, question.key: str(value)})
        looked = look.look(answers)
    return looked, answers


def _closed(question: Question) -> bool:
    """Return whether nothing but the options makes sense; a language may be one that was not thought of."""
    return bool(question.options) and not question.key.startswith(
        ("language", "encoding", "splits", "input", "references")
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What `benchmarks add --json` prints before anything is added."""

    kind: str
    languages: tuple[str, ...]
    evidence: tuple[str, ...]
    questions: tuple[Question, ...]
    set_aside: tuple[SetAside, ...]
    faults: tuple[str, ...]
    card: Mapping[str, Any]
    prompts: tuple[Prompt, ...]


def _record(looked: Looked) -> Found:
    found = looked.proposal
    faults = tuple(map(str, found.faults[:SHOWN_FAULTS]))
    return Found(
        found.kind,
        found.languages,
        found.evidence,
        found.questions,
        found.set_aside,
        faults,
        looked.card,
        looked.prompts,
    )


def _show(looked: Looked) -> None:
    found = looked.proposal
    say(f"── {found.kind or 'kind of task open'} · {' '.join(found.languages)} · {len(found.files)} files")
    for line in found.evidence[:SHOWN_LINES]:
        say(f"  {_plain(line)}")
    if len(found.evidence) > SHOWN_LINES:
        say(f"  … and {len(found.evidence) - SHOWN_LINES} more lines")
    if found.set_aside:
        say("── not read")
        table(["file", "why"], [[_plain(each.name), _plain(each.reason)] for each in found.set_aside[:SHOWN_LINES]])
    for fault in found.faults[:SHOWN_FAULTS]:
        say(f"error {_plain(str(fault))}")
    for number, prompt in enumerate(looked.prompts, start=1):
        _show_item(number, prompt)
    if looked.card:
        read = {key: value for key, value in looked.card["read"].items() if key != "drop"}
        say(f"── card: {looked.card['name']}, task {looked.card['task']}, read {_plain(str(read))}")
    for question in found.questions:
        say(f"? {question.key}: {_plain(question.sentence())}")


def _show_item(number: int, prompt: Prompt) -> None:
    say(f"── item {number}: {prompt.item_id} · {prompt.language} · {prompt.formulation}")
    shown = prompt.context[-SHOWN_CHARACTERS:]
    if shown:
        say(("…" if len(shown) < len(prompt.context) else "") + _plain(shown, keep="\n"))
    for index, text in enumerate(prompt.choices):
        say(f"{'→' if index == prompt.gold else ' '} {_plain(text)}")
    if prompt.references:
        say(f"→ {' | '.join(map(_plain, prompt.references))}")


def _plain(text: str, keep: str = "") -> str:
    """Return text of a stranger's file without what commands a terminal."""
    return "".join(each if each.isprintable() or each in keep else "\ufffd" for each in text)
