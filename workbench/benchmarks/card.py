"""`card.yaml` → `Document`: checked key by key, every problem with its line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import TypeAdapter, ValidationError

from workbench.benchmarks.card_yaml import Path_, YamlDocument, read_yaml
from workbench.benchmarks.reading import OWN_ITEMS, SCHEMA, ByLanguage, Document, Drop, Gold, Instructions, Reading
from workbench.benchmarks.records import Card, Formulation, TaskKind, Wording
from workbench.errors import BadCard, NotFound, UnsafePath
from workbench.languages import normalise_tag

CARD_FILE = "card.yaml"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
PLACEHOLDERS = ("{language}", "{code}")
_OTHER_KEYS = ("schema", "files", "folder", "read")
_WITH_CHOICES = (TaskKind.MULTIPLE_CHOICE, TaskKind.CLASSIFICATION, TaskKind.MINIMAL_PAIRS)
ALLOWED = {
    TaskKind.MULTIPLE_CHOICE: (Formulation.CLOZE, Formulation.LETTERS, Formulation.GENERATE),
    TaskKind.CLASSIFICATION: (Formulation.CLOZE, Formulation.LETTERS, Formulation.GENERATE),
    TaskKind.MINIMAL_PAIRS: (Formulation.CLOZE, Formulation.LETTERS),
    TaskKind.EXTRACTIVE_QA: (Formulation.GENERATE,),
    TaskKind.OPEN_QA: (Formulation.GENERATE,),
    TaskKind.MATH: (Formulation.GENERATE,),
    TaskKind.TRANSLATION: (Formulation.GENERATE, Formulation.ROLLING),
    TaskKind.CORRECTION: (Formulation.GENERATE,),
    TaskKind.SUMMARISATION: (Formulation.GENERATE,),
    TaskKind.INSTRUCTIONS: (Formulation.GENERATE,),
    TaskKind.TEXT: (Formulation.ROLLING,),
}
"""Which formulations make sense for a kind of task."""


@dataclass(frozen=True, slots=True)
class CardProblem:
    """One thing wrong with a card: where, what, and what to do."""

    path: Path_
    line: int
    message: str
    remedy: str = BadCard.default_remedy
    unsafe: bool = False


def read_card(path: Path) -> Document:
    """Read a card.

    Parameters
    ----------
    path
        A `card.yaml` or a recipe's file.

    Raises
    ------
    BadCard
        Missing, not YAML, or wrong; the message names the first wrong key and says how many more there are.
    UnsafePath
        A path in `files` that is absolute or climbs out.
    """
    document, problems = examine_card(path)
    if document is not None:
        return document
    first = problems[0]
    more = f" (and {len(problems) - 1} more: `workbench benchmarks validate`)" if len(problems) > 1 else ""
    error = UnsafePath if first.unsafe else BadCard
    raise error(first.message + more, where=f"{path}:{first.line}", remedy=first.remedy)


def examine_card(path: Path) -> tuple[Document | None, tuple[CardProblem, ...]]:
    """Return the document, or None with everything that is wrong with it, in the order of the lines."""
    source = read_yaml(path)
    if not isinstance(source.data, dict):
        return None, (CardProblem((), 1, "the card is not a mapping of keys to values"),)
    problems = list(_unknown_keys(source))
    problems += _schema(source)
    problems += _files(source)
    card = _validated(source, Card, {key: value for key, value in source.data.items() if key not in _OTHER_KEYS}, ())
    reading: Reading | list[CardProblem] = OWN_ITEMS
    if "read" in source.data:
        reading = _validated(source, Reading, source.data["read"], ("read",))
    for part in (card, reading):
        problems += part if isinstance(part, list) else ()
    if isinstance(card, Card) and isinstance(reading, Reading):
        problems += _contradictions(source, card, reading)
    if problems or not isinstance(card, Card) or not isinstance(reading, Reading):
        unique = {(problem.path, problem.message): problem for problem in problems}
        return None, tuple(sorted(unique.values(), key=lambda problem: problem.line))
    files = {split: _by_language(pattern) for split, pattern in source.data["files"].items()}
    folder = source.data.get("folder", "")
    return Document(card=card, path=path, files=files, folder=folder, read=reading), ()


def _by_language(pattern: str | Mapping[str, str]) -> ByLanguage:
    return {"*": pattern} if isinstance(pattern, str) else dict(pattern)


def _unknown_keys(source: YamlDocument) -> Iterator[CardProblem]:
    """Yield a problem for every key nobody knows, with the nearest one that is known."""
    yield from _unknown_in(source, source.data, (), (*_names(Card), *_OTHER_KEYS))
    wordings = source.data.get("wordings")
    for index, wording in enumerate(wordings if isinstance(wordings, list) else ()):
        yield from _unknown_in(source, wording, ("wordings", index), _names(Wording))
    read = source.data.get("read")
    if isinstance(read, dict):
        yield from _unknown_in(source, read, ("read",), _names(Reading))
        yield from _unknown_in(source, read.get("gold"), ("read", "gold"), _names(Gold))
        yield from _unknown_in(source, read.get("instructions"), ("read", "instructions"), _names(Instructions))
        for index, drop in enumerate(read["drop"] if isinstance(read.get("drop"), list) else ()):
            yield from _unknown_in(source, drop, ("read", "drop", index), _names(Drop))


def _names(record: Any) -> tuple[str, ...]:
    return tuple(each.name for each in fields(record))


def _unknown_in(source: YamlDocument, value: object, here: Path_, known: tuple[str, ...]) -> Iterator[CardProblem]:
    for key in value if isinstance(value, dict) else ():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else f"Known here: {', '.join(sorted(known))}."
            place = ".".join(map(str, (*here, key)))
            yield CardProblem((*here, key), source.line((*here, key)), f"unknown key {place!r}", hint)


def _validated(source: YamlDocument, record: type[Any], value: object, here: Path_) -> Any:
    """Return `value` as a record, or the list of what is wrong with it."""
    try:
        return TypeAdapter(record).validate_python(value)
    except ValidationError as error:
        return [_explained(source, each, here) for each in error.errors(include_url=False)]


def _explained(source: YamlDocument, error: Any, here: Path_) -> CardProblem:
    path = (*here, *error["loc"])
    name = ".".join(map(str, path)) or "card"
    line = source.line(path)
    if error["type"] == "missing":
        return CardProblem(path, line, f"the key {name!r} is missing")
    found = error.get("input")
    if error["type"] == "string_type" and isinstance(found, int | float):
        return CardProblem(path, line, f"{name!r} is read as the number {found}", f'Write it in quotes: "{found}".')
    return CardProblem(path, line, f"{name!r}: {error['msg'][0].lower()}{error['msg'][1:]} (found {found!r:.80})")


def _schema(source: YamlDocument) -> Iterator[CardProblem]:
    schema = source.data.get("schema")
    if schema is None:
        yield CardProblem(("schema",), 1, "the key 'schema' is missing", f"Put `schema: {SCHEMA}` on the first line.")
    elif schema != SCHEMA:
        remedy = (
            "Update Workbench, or write the card anew." if isinstance(schema, int) else f"Write `schema: {SCHEMA}`."
        )
        message = f"schema {schema!r} is not known here; this version reads {SCHEMA}"
        yield CardProblem(("schema",), source.line(("schema",)), message, remedy)


def _files(source: YamlDocument) -> Iterator[CardProblem]:
    """Yield what is wrong with `files`, `folder` and the paths in `read`."""
    files = source.data.get("files")
    if not isinstance(files, dict) or not files:
        yield CardProblem(
            ("files",), source.line(("files",)), "'files' must say, for each split, where its items lie",
            'For example: files: {test: "items/{language}.jsonl"}',
        )  # fmt: skip
        files = {}
    folder = source.data.get("folder", "")
    if not isinstance(folder, str) or (folder and not NAME.fullmatch(folder)):
        yield CardProblem(("folder",), source.line(("folder",)), f"'folder' is not a plain folder name: {folder!r}")
    patterns: list[tuple[Path_, object]] = [(("files", split), value) for split, value in files.items()]
    read = source.data.get("read")
    parallel = read.get("parallel") if isinstance(read, dict) else None
    for name, value in parallel.items() if isinstance(parallel, dict) else ():
        patterns.append((("read", "parallel", name), value))
    for here, value in patterns:
        for tag, pattern in value.items() if isinstance(value, dict) else (("*", value),):
            path = (*here, tag) if isinstance(value, dict) else here
            yield from _pattern(source, path, pattern)


def _pattern(source: YamlDocument, path: Path_, pattern: object) -> Iterator[CardProblem]:
    name, line = ".".join(map(str, path)), source.line(path)
    if not isinstance(pattern, str) or not pattern:
        yield CardProblem(path, line, f"{name!r} is not a path")
        return
    pure = PurePosixPath(pattern)
    if pure.is_absolute() or ".." in pure.parts or "\\" in pattern or "\0" in pattern or pattern.startswith("~"):
        message = f"{name!r} leaves its directory: {pattern!r}"
        yield CardProblem(path, line, message, UnsafePath.default_remedy, unsafe=True)
    rest = pattern
    for placeholder in PLACEHOLDERS:
        rest = rest.replace(placeholder, "")
    if "{" in rest or "}" in rest:
        yield CardProblem(path, line, f"{name!r} has a placeholder other than {{language}} and {{code}}: {pattern!r}")


def _contradictions(source: YamlDocument, card: Card, read: Reading) -> Iterator[CardProblem]:
    """Yield what no single key shows."""
    for path, message, remedy in (*_empty(card), *_unusual(card), *_splits(source, card)):
        yield CardProblem(path, source.line(path), message, remedy or BadCard.default_remedy)
    yield from _languages(source, card, read)
    if read.format != "items":
        yield from _reading(source, card, read)


def _empty(card: Card) -> Iterator[tuple[Path_, str, str]]:
    for key in ("version", "title", "licence", "source", "residency", "transfer", "sensitivity"):
        if not getattr(card, key).strip():
            yield (key,), f"{key!r} is empty", "Write 'unknown' where it is not known."
    for key in ("languages", "formulations", "metrics", "wordings"):
        if not getattr(card, key):
            yield (key,), f"{key!r} is empty", ""


def _unusual(card: Card) -> Iterator[tuple[Path_, str, str]]:
    if not NAME.fullmatch(card.name):
        message = f"the name {card.name!r} may hold lower-case letters, digits and . _ - only, up to 64"
        yield ("name",), message, "For example: river-facts."
    if card.published and not _is_date(card.published):
        yield ("published",), f"'published' is no date: {card.published!r}", "Write it as YYYY-MM-DD."
    for formulation in card.formulations:
        if formulation not in ALLOWED[card.task]:
            allowed = ", ".join(ALLOWED[card.task])
            yield ("formulations",), f"{card.task} cannot be asked as {formulation}", f"Possible: {allowed}."
    names = [wording.name for wording in card.wordings]
    for index, name in enumerate(names):
        if names.index(name) != index:
            yield ("wordings", index, "name"), f"two wordings are called {name!r}", ""


def _splits(source: YamlDocument, card: Card) -> Iterator[tuple[Path_, str, str]]:
    splits = source.data.get("files")
    for key, split in (("scored_split", card.scored_split), ("shots_split", card.shots_split)):
        if split and isinstance(splits, dict) and splits and split not in splits:
            remedy = f"Name one of: {', '.join(splits)}."
            yield (key,), f"{key} is {split!r}, which 'files' does not name", remedy


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _languages(source: YamlDocument, card: Card, read: Reading) -> Iterator[CardProblem]:
    tagged: list[tuple[Path_, str]] = [(("languages", index), tag) for index, tag in enumerate(card.languages)]
    tagged += [(("read", "codes", code), tag) for code, tag in read.codes.items()]
    for index, wording in enumerate(card.wordings):
        for key in (
            "prompt",
            "choice",
            "labels",
            "delimiter",
            "answer_delimiter",
            "instruction",
            "answer",
            "terms",
            "letters",
        ):
            tagged += [(("wordings", index, key, tag), tag) for tag in getattr(wording, key) if tag != "*"]
    for path, tag in tagged:
        try:
            normal = normalise_tag(tag)
        except NotFound as error:
            yield CardProblem(path, source.line(path), error.message, error.remedy)
            continue
        if normal != tag:
            yield CardProblem(
                path, source.line(path), f"{tag!r} is not the usual tag of its language", f"Write {normal}."
            )
    for index, tag in enumerate(card.languages):
        if card.languages.index(tag) != index:
            path = ("languages", index)
            yield CardProblem(path, source.line(path), f"the language {tag} is named twice")


def _reading(source: YamlDocument, card: Card, read: Reading) -> Iterator[CardProblem]:
    """Yield what is wrong with how somebody else's files are read."""
    path: Path_ = ("read",)
    if card.task in _WITH_CHOICES:
        if sum(map(bool, (read.choices, read.names, read.options_in))) != 1:
            message = f"a {card.task} recipe says where its choices are (choices or options_in), or their names"
            yield CardProblem(path, source.line(path), message)
        if read.gold is None:
            yield CardProblem(path, source.line(path), f"a {card.task} recipe says which choice is gold")
    elif card.task is not TaskKind.TEXT and not read.references and read.instructions is None:
        yield CardProblem(path, source.line(path), f"a {card.task} recipe says where its references are")
    if read.gold is not None and (read.gold.kind == "label") != bool(read.gold.labels):
        here = (*path, "gold")
        yield CardProblem(here, source.line(here), "gold.labels is given exactly when gold.kind is label")
    yield from _drop_rules(source, read)
    if read.options_in and (read.gold is None or read.gold.kind != "letter"):
        yield CardProblem(path, source.line(path), "with options_in, gold.kind is letter: its letters mark the options")
    unused = [code for code, tag in read.codes.items() if tag not in card.languages]
    for code in unused:
        here = (*path, "codes", code)
        yield CardProblem(here, source.line(here), f"{code} is mapped to {read.codes[code]}, which 'languages' lacks")


def _drop_rules(source: YamlDocument, read: Reading) -> Iterator[CardProblem]:
    for index, drop in enumerate(read.drop):
        here: Path_ = ("read", "drop", index)
        if sum(map(bool, (drop.equals, drop.missing, drop.present))) != 1:
            message = "a drop rule has exactly one of 'equals', 'missing: true' and 'present: true'"
            yield CardProblem(here, source.line(here), message)
        if not drop.reason.strip():
            yield CardProblem(here, source.line(here), "a drop rule states its reason")
