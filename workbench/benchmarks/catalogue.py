"""Which packs and recipes there are: shipped with Workbench, added here, and readable from original files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from workbench.benchmarks.card import CARD_FILE, read_card
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.reading import Document
from workbench.benchmarks.records import Card
from workbench.errors import ErrorEnvelope, MissingSource, NotFound, WorkbenchError
from workbench.policy.home import benchmark_sources, home

_PACKAGE = Path(__file__).resolve().parent.parent
RECIPES = Path(__file__).resolve().parent / "recipes"


class Place(StrEnum):
    """Where a pack comes from."""

    SHIPPED = "shipped"
    """Written by this project, carried by its wheel."""
    HOME = "home"
    """Added to this machine's data directory."""
    RECIPE = "recipe"
    """A shipped card that reads somebody else's original files."""


@dataclass(frozen=True, slots=True)
class PackEntry:
    """One pack or recipe as a list shows it.

    Attributes
    ----------
    name
        To load it by; the card's name, or the folder's where the card cannot be read.
    card
        None where it cannot be read.
    languages
        Those whose files are on this machine.
    error
        Why it cannot be used now: a bad card, or a recipe whose original files are not here.
    """

    name: str
    place: Place
    path: Path
    card: Card | None
    languages: tuple[str, ...]
    error: ErrorEnvelope | None


def shipped_packs() -> Path:
    """Return the directory of this project's own packs: in the wheel, or beside the package in a source checkout."""
    installed = _PACKAGE / "_data" / "datasets"
    return installed if installed.is_dir() else _PACKAGE.parent / "datasets"


def card_places() -> Iterator[tuple[Place, Path]]:
    """Yield the card of every pack and recipe this machine knows, none of them read."""
    for place, directory in ((Place.SHIPPED, shipped_packs()), (Place.HOME, home().packs)):
        if directory.is_dir():
            for path in sorted(directory.glob(f"*/{CARD_FILE}")):
                if not path.parent.name.startswith("."):
                    yield place, path
    for path in sorted(RECIPES.glob("*.yaml")):
        yield Place.RECIPE, path


def find_packs() -> tuple[PackEntry, ...]:
    """Return every pack and recipe this machine knows, by name; what cannot be used is listed with the reason."""
    entries = [read_entry(place, path) for place, path in card_places()]
    return tuple(sorted(entries, key=lambda entry: entry.name))


def read_entry(place: Place, path: Path, read: Callable[[Path], Document] = read_card) -> PackEntry:
    """Return what a card says, or why it cannot be used; `read` reads it, for whoever keeps what was read."""
    name = path.stem if place is Place.RECIPE else path.parent.name
    card = None
    try:
        document = read(path)
        card, name = document.card, document.card.name
        pack = open_document(document)
    except WorkbenchError as error:
        return PackEntry(name, place, path, card, (), error.envelope())
    return PackEntry(name, place, path, card, pack.languages, None)


def open_document(document: Document) -> Pack:
    """Return the pack of a card, its directory found.

    Raises
    ------
    MissingSource
        A recipe's folder of original files, or every one of its files, is not on this machine.
    """
    root = document.path.parent
    if document.folder:
        sources = benchmark_sources()
        if sources is None:
            raise MissingSource(f"{document.card.name} reads original files, and WORKBENCH_BENCHMARKS is not set")
        root = sources / document.folder
        if not root.is_dir():
            raise MissingSource(f"the original files of {document.card.name} are not here", where=root)
    pack = Pack(document, root.resolve())
    if not pack.languages:
        first = pack.location(document.card.languages[0], document.card.scored_split)
        raise MissingSource(
            f"{document.card.name} has no items here: neither {first.name} nor any other language's file is there",
            where=root, remedy=None if document.recipe else "Write the items, or correct `files` in the card.",
        )  # fmt: skip
    return pack


def find_card(name_or_path: str | Path) -> Path:
    """Return the card of a pack: by name, else by the path of its directory or card.

    Raises
    ------
    NotFound
        No pack of that name, and no card at that path; near names are offered.
    """
    name = str(name_or_path)
    if not name.strip():  # the path of nothing is the current directory
        raise NotFound("no benchmark is named", remedy="`workbench benchmarks list` shows what there is.")
    known: dict[str, Path] = {}
    for place, path in card_places():
        known.setdefault(path.stem if place is Place.RECIPE else path.parent.name, path)
    if name in known:
        return known[name]
    path = Path(name_or_path).expanduser()
    if path.is_dir() and (path / CARD_FILE).is_file():
        return path / CARD_FILE
    if path.is_file() and path.suffix in (".yaml", ".yml"):
        return path
    if path.is_dir():
        raise NotFound(
            f"the directory holds no {CARD_FILE}", where=path,
            remedy="See docs/packs.md for how to write one, or name a pack of `workbench benchmarks list`.",
        )  # fmt: skip
    raise NotFound(f"no benchmark called {name!r}", remedy=_near(name, known))


def _near(name: str, known: dict[str, Path]) -> str:
    import difflib

    near = difflib.get_close_matches(name, known, n=3)
    hint = f"Did you mean {', '.join(near)}? " if near else ""
    return f"{hint}`workbench benchmarks list` shows what there is."


def load_pack(name_or_path: str | Path) -> Pack:
    """Load a pack or recipe.

    Parameters
    ----------
    name_or_path
        A name of `find_packs`, a directory with a `card.yaml`, or a recipe's own file.

    Raises
    ------
    NotFound
        Nothing of that name or at that path.
    BadCard, UnsafePath
        The card is wrong.
    MissingSource
        A recipe's original files are not on this machine.
    """
    return open_document(read_card(find_card(name_or_path).absolute()))
