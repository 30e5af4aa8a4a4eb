"""Adding packs to this machine's data directory, and taking them away."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from workbench.benchmarks.card import CARD_FILE, NAME, read_card
from workbench.benchmarks.catalogue import Place, find_card, find_packs, open_document
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.validate import validate
from workbench.errors import BadItem, NotFound, UsageError
from workbench.policy.home import home
from workbench.policy.storage import (
    DIRECTORY_MODE,
    FILE_MODE,
    disk_errors,
    inside,
    private_directory,
    sync_directory,
    write_atomically,
)

COMPANIONS = ("README.md", "LICENSE", "CHANGELOG.md", "croissant.json")
"""Copied along where they lie beside the card."""


def add_pack(source: Path, *, replace: bool = False) -> Pack:
    """Copy a pack (its card and the files it reads) into the data directory.

    A recipe that reads a folder below ``WORKBENCH_BENCHMARKS`` is only a card; its files stay where they are.

    Parameters
    ----------
    source
        A directory with a `card.yaml`, or a recipe's file.
    replace
        Take the place of a pack of the same name that was added before.

    Raises
    ------
    UsageError
        The name is taken.
    BadItem
        The pack has errors; the first is named, `validate` lists all.
    BadCard, UnsafePath, MissingSource, DiskFull
        As `load_pack` and writing.
    """
    path = find_card(source.absolute())
    document = read_card(path)
    _check_name(document.card.name, replace=replace)
    pack = open_document(document)
    errors = validate(pack).errors
    if errors:
        first = errors[0]
        raise BadItem(
            f"the pack has {len(errors)} errors; the first: {first.message}", where=first.where,
            remedy=f"`workbench benchmarks validate {path.parent}` lists them all.",
        )  # fmt: skip
    store = private_directory(home().packs)
    with disk_errors(store):
        temporary = Path(tempfile.mkdtemp(prefix=".adding-", dir=store))
        try:
            _copy(pack, temporary)
            _put(temporary, inside(store, document.card.name))
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return open_document(read_card(home().packs / document.card.name / CARD_FILE))


def _check_name(name: str, *, replace: bool) -> None:
    for entry in find_packs():
        if entry.name == name and entry.place is not Place.HOME:
            raise UsageError(
                f"{name} is the name of a {entry.place} benchmark", where=entry.path,
                remedy="Give the pack another name: in its card, or with --answer name=…",
            )  # fmt: skip
    if not replace and (home().packs / name).exists():
        raise UsageError(f"a pack called {name} was added before", remedy="Remove it first, or pass --replace.")


def _copy(pack: Pack, directory: Path) -> None:
    write_atomically(directory / CARD_FILE, pack.document.path.read_bytes())
    root = pack.document.path.parent
    extra = {name: inside(root, name) for name in COMPANIONS if (root / name).is_symlink() or (root / name).exists()}
    wanted = {} if pack.document.folder else {file.name: file.path for file in pack.files}
    wanted.update({name: path for name, path in extra.items() if path.is_file()})
    for name, path in wanted.items():
        target = inside(directory, name)
        target.parent.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        target.chmod(FILE_MODE)


def _put(temporary: Path, target: Path) -> None:
    """Rename the finished copy into place, an older one aside first."""
    if target.exists():
        aside = temporary.with_name(f"{temporary.name}-old")
        target.rename(aside)
        temporary.rename(target)
        shutil.rmtree(aside)
    else:
        temporary.rename(target)
    sync_directory(target.parent)


def remove_pack(name: str) -> int:
    """Remove a pack that was added, and return how many bytes that frees.

    Raises
    ------
    NotFound
        No added pack of that name; those that ship with Workbench and original files cannot be removed.
    """
    directory = home().packs / name
    if not NAME.fullmatch(name) or not (directory / CARD_FILE).is_file():
        raise NotFound(f"no pack called {name!r} was added here", remedy="`workbench benchmarks list` shows what was.")
    target = inside(home().packs, name)
    freed = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    with disk_errors(target):
        shutil.rmtree(target)
    return freed
