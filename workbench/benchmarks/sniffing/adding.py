"""From a stranger's folder to a benchmark of one's own: look, ask, show, then put it into the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from workbench.benchmarks.card import CARD_FILE, read_card
from workbench.benchmarks.catalogue import open_document
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.prompt import Prompt
from workbench.benchmarks.readers import Location
from workbench.benchmarks.readers.text import decode
from workbench.benchmarks.records import Item
from workbench.benchmarks.render import build_prompt
from workbench.benchmarks.sniffing.asking import Answers, Question
from workbench.benchmarks.sniffing.opening import SourceFile, open_source
from workbench.benchmarks.sniffing.proposal import Proposal, propose
from workbench.benchmarks.sniffing.recipe_card import card_data, extension, several, write_yaml
from workbench.benchmarks.sniffing.tables import Table
from workbench.benchmarks.store import add_pack
from workbench.errors import BenchmarkError, UsageError
from workbench.policy.digests import sha256_file
from workbench.policy.storage import inside

SHOWN = 10
UTF8 = "utf-8"


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at a source made of it.

    Attributes
    ----------
    proposal
        What it is taken for, why, and what is still open.
    directory
        Where the recipe and the files lie until they are added; None while something is open.
    prompts
        Ten items as a model would be asked, languages in turn.
    fault
        Why no item can be shown, where none can.
    """

    proposal: Proposal
    directory: Path | None
    card: Mapping[str, Any]
    prompts: tuple[Prompt, ...]
    fault: BenchmarkError | None = None


class Look:
    """A source that stays open while questions are asked and answered."""

    def __init__(self, path: Path, staging: Path) -> None:
        self.path = path
        self.staging = staging
        (staging / "members").mkdir()
        self.source = open_source(path, staging / "members")
        self.tries = 0

    def look(self, answers: Answers) -> Looked:
        """Return what the source is taken for, given the answers so far.

        Raises
        ------
        BenchmarkError, UsageError
            Nothing in it can be read; an answer that makes no sense.
        """
        proposal = propose(self.source, answers)
        if proposal.questions or proposal.reading is None:
            return Looked(proposal, None, {}, ())
        card = card_data(proposal, answers, self.path.name.split(".")[0])
        self.tries += 1
        directory = self.staging / f"pack{self.tries}"
        _lay_out(proposal, card, directory)
        try:
            pack = open_document(read_card(directory / CARD_FILE))
            return Looked(proposal, directory, card, tuple(_prompts(pack)))
        except BenchmarkError as error:
            return Looked(proposal, directory, card, (), error)

    def add(self, looked: Looked, *, replace: bool = False) -> Pack:
        """Put what was looked at into the store.

        Raises
        ------
        UsageError
            Questions are open, or the name is taken.
        BenchmarkError
            An item cannot be read; nothing was written.
        """
        if looked.directory is None:
            raise open_questions(looked.proposal.questions)
        return add_pack(looked.directory, replace=replace)


@contextmanager
def opened(path: Path) -> Iterator[Look]:
    """Open a source; what was unpacked is removed at the end.

    Raises
    ------
    BenchmarkError, UnsafePath, TooLarge
        As `open_source`.
    """
    with TemporaryDirectory(prefix="workbench-adding-") as directory:
        yield Look(path.absolute(), Path(directory))


def open_questions(questions: tuple[Question, ...]) -> UsageError:
    """Return the error that names every question nobody was there to answer."""
    asked = "; ".join(f"{question.key}: {question.sentence()}" for question in questions)
    keys = " ".join(f"--answer {question.key}=…" for question in questions[:SHOWN])
    return UsageError(f"the files do not tell {len(questions)} things: {asked}", remedy=f"Answer with {keys}")


def _lay_out(proposal: Proposal, card: dict[str, Any], directory: Path) -> None:
    """Write the card, a copy of each file under a name of our own, and which is which."""
    one_encoding = len({table.shape.encoding.name for table in _all_tables(proposal)}) == 1
    if not one_encoding:
        card["read"].pop("encoding", None)
    rows = []
    ending = extension(proposal)
    numbers: dict[tuple[str, str], int] = {}
    for file in proposal.files:
        key = (file.split, file.language)
        numbers[key] = numbers.get(key, 0) + 1
        name = f"{file.split}/{file.language}" + (f"/{numbers[key]:04}" if several(proposal) else "") + f".{ending}"
        rows.append(_copy(file.table, name, directory, as_it_is=one_encoding))
        for field, companion in file.companions.items():
            rows.append(_copy(companion, f"beside/{field}/{file.language}.txt", directory, as_it_is=one_encoding))
    (directory / CARD_FILE).write_bytes(write_yaml(card))
    (directory / "README.md").write_text(_readme(str(card["name"]), rows), encoding=UTF8)


def _all_tables(proposal: Proposal) -> list[Table]:
    return [table for file in proposal.files for table in (file.table, *file.companions.values())]


def _copy(table: Table, name: str, directory: Path, *, as_it_is: bool) -> tuple[str, SourceFile, str]:
    """Copy a file byte for byte, or as UTF-8 where the files of a benchmark differ in their encodings."""
    target = inside(directory, name) if directory.exists() else directory / name
    target.parent.mkdir(parents=True, exist_ok=True)
    data = table.file.path.read_bytes()
    encoding = table.shape.encoding.name
    if not as_it_is and encoding != UTF8:
        data = decode(data, encoding, Location(table.file.path, table.name)).text.encode()
    target.write_bytes(data)
    return name, table.file, encoding


def _readme(name: str, rows: list[tuple[str, SourceFile, str]]) -> str:
    lines = [f"# {name}", "", "| here | in the source | encoding there | sha256 there |", "|---|---|---|---|"]
    lines += [
        f"| {here} | {_cell(file.name)} | {encoding} | {sha256_file(file.path)} |" for here, file, encoding in rows
    ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return "".join(each if each.isprintable() and each not in "|`<>" else "\ufffd" for each in text)


def _prompts(pack: Pack) -> Iterator[Prompt]:
    """Yield ten items as they are asked, from as many languages as there are, the first items of each."""
    card = pack.card
    languages = pack.languages[:SHOWN]
    each = -(-SHOWN // max(len(languages), 1))
    left = SHOWN
    for tag in languages:
        items: tuple[Item, ...] = pack.items(tag)[: min(each, left)]
        left -= len(items)
        for item in items:
            yield build_prompt(card, item, card.wordings[0], card.formulations[0])
