"""A benchmark on disk: its card, its files, its digest, and its items by language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from workbench.benchmarks.by_language import is_asked_for, look_up
from workbench.benchmarks.items import ReadItems, build_items
from workbench.benchmarks.readers import Location, Record, Report, read_records, strict
from workbench.benchmarks.readers.dispatch import OnMark
from workbench.benchmarks.reading import Document
from workbench.benchmarks.records import Card, Item
from workbench.errors import BenchmarkError, EmptyFile, MissingSource, NotFound
from workbench.languages import normalise_tag
from workbench.policy.digests import sha256_file, sha256_record
from workbench.policy.storage import inside

DIGEST_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class PackFile:
    """One file a pack reads: name relative to the pack, sha256, size in bytes."""

    name: str
    path: Path
    sha256: str
    size: int


@dataclass(frozen=True)
class Pack:
    """A benchmark on disk.

    Attributes
    ----------
    document
        The card and how its files are read.
    root
        Directory that holds the files: the card's own, or a recipe's folder below ``WORKBENCH_BENCHMARKS``.
    """

    document: Document
    root: Path
    _read: dict[tuple[str, str], ReadItems] = field(default_factory=dict, repr=False, compare=False)

    @property
    def card(self) -> Card:
        """What the pack says of itself."""
        return self.document.card

    @property
    def name(self) -> str:
        """The card's name."""
        return self.document.card.name

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Languages of the card whose scored split is on this machine."""
        return tuple(tag for tag in self.card.languages if self.present(tag, self.card.scored_split))

    @cached_property
    def files(self) -> tuple[PackFile, ...]:
        """Every file the pack reads, in the order of their names; each was hashed once."""
        locations = [
            location
            for split in self.document.files
            for tag in self.card.languages
            if self.present(tag, split)
            for location in (*self.locations(tag, split), *self.companions(tag).values())
        ]
        paths: dict[str, Path] = {}
        for location in locations:
            below = (
                sorted(path for path in location.path.rglob("*") if path.is_file()) if location.path.is_dir() else ()
            )
            for path in below:
                paths[f"{location.name}/{path.relative_to(location.path).as_posix()}"] = path
            if not location.path.is_dir():
                paths[location.name] = location.path
        return tuple(
            PackFile(name, path, sha256_file(path), path.stat().st_size) for name, path in sorted(paths.items())
        )

    @cached_property
    def digest(self) -> str:
        """Sha256 over the card's bytes and the sorted manifest of the files the pack reads."""
        return sha256_record(
            {
                "schema": DIGEST_SCHEMA,
                "card": sha256_file(self.document.path),
                "files": {file.name: file.sha256 for file in self.files},
            }
        )

    def location(self, language: str, split: str) -> Location:
        """Return where a language's items of a split lie, whether or not they are there.

        Raises
        ------
        NotFound
            The pack has no such split.
        UnsafePath
            The path leaves the pack.
        """
        patterns = self.document.files.get(split)
        if patterns is None:
            known = ", ".join(self.document.files)
            raise NotFound(f"{self.name} has no split {split!r}; it has {known}", where=self.document.path)
        pattern = look_up(patterns, language)
        if pattern is None:
            raise NotFound(f"{self.name} names no file for {language} in split {split!r}", where=self.document.path)
        return self._located(language, pattern, self._filled(self.document.read.member, language))

    def locations(self, language: str, split: str) -> tuple[Location, ...]:
        """Return the files of a language and split: one, or all that a pattern with ``*`` fits, by their names.

        Raises
        ------
        NotFound, UnsafePath
            As `location`.
        """
        pattern = self.location(language, split)
        if "*" not in pattern.name or pattern.path.exists():
            return (pattern,)
        root = self.root.resolve()
        names = sorted(path.relative_to(root).as_posix() for path in root.glob(pattern.name))
        return tuple(Location(inside(self.root, name), name, pattern.member) for name in names)

    def companions(self, language: str) -> Mapping[str, Location]:
        """Return the line-aligned companions of a language's file by field name."""
        found = {}
        for name, patterns in self.document.read.parallel.items():
            pattern = look_up(patterns, language)
            if pattern is not None:
                found[name] = self._located(language, pattern)
        return found

    def _filled(self, pattern: str, language: str) -> str:
        code = self.document.read.code(language)
        return pattern.replace("{language}", language).replace("{code}", code)

    def _located(self, language: str, pattern: str, member: str = "") -> Location:
        name = self._filled(pattern, language)
        path = self.root.resolve() if name == "." else inside(self.root, name)
        return Location(path, name, member)

    def present(self, language: str, split: str) -> bool:
        """Return whether the file (or dataset directory) of a language and split is on this machine."""
        return any(location.path.exists() for location in self.locations(language, split))

    def resolve(self, wanted: Sequence[str]) -> tuple[str, ...]:
        """Return the pack's languages that a request means, in the card's order; all of them for an empty request.

        A tag means itself where the pack has it, and otherwise everything more special: ``pt`` means ``pt-PT`` and
        ``pt-BR`` in a pack that has only these.

        Raises
        ------
        NotFound
            A language asked for that the pack does not have here.
        """
        if not wanted:
            return self.languages
        chosen = set()
        for code in wanted:
            tag = normalise_tag(code)
            fitting = [tag] if tag in self.languages else [each for each in self.languages if is_asked_for(each, tag)]
            if not fitting:
                raise NotFound(
                    f"{self.name} has no {tag} here; it has {', '.join(self.languages)}",
                    where=self.document.path, remedy="Ask for one of these, or copy the missing files.",
                )  # fmt: skip
            chosen.update(fitting)
        return tuple(tag for tag in self.languages if tag in chosen)

    def read(
        self, language: str, split: str = "", report: Report = strict, on_byte_order_mark: OnMark | None = None
    ) -> ReadItems:
        """Read one language of a split (the scored one unless said), with what was left out by which rule.

        Parameters
        ----------
        report
            Called with each problem; raises the first one unless said.
        on_byte_order_mark
            Called when a byte order mark was skipped.

        Raises
        ------
        NotFound
            A language or split the pack does not have.
        MissingSource
            The file is not on this machine.
        BenchmarkError
            The first problem found in it, unless `report` does something else.
        """
        split = split or self.card.scored_split
        if language not in self.card.languages:
            raise NotFound(
                f"{self.name} has no language {language!r}; it has {', '.join(self.card.languages)}",
                where=self.document.path,
            )
        locations = self.locations(language, split)
        if not any(location.path.exists() for location in locations):
            name = self.location(language, split).name
            raise MissingSource(f"{self.name} has no {language} here: {name} is not there", where=self.root)
        reading = self.document.read
        problems = 0

        def counted(error: BenchmarkError) -> None:
            nonlocal problems
            problems += 1
            report(error)

        def every() -> Iterator[Record]:
            before = 0
            for location in locations:
                last = 0
                for record in read_records(
                    location, reading, split, counted,
                    parallel=self.companions(language), config=self._filled(reading.config, language),
                    on_byte_order_mark=on_byte_order_mark,
                ):  # fmt: skip
                    last = record.number
                    yield replace(record, number=before + last, file=location.name)
                before += last

        records = every()
        read = build_items(records, reading, self.card.task, language, counted)
        if not read.records and not problems:
            report(EmptyFile("the file holds no items", where=locations[0].label))
        return read

    def items(self, language: str, split: str = "") -> tuple[Item, ...]:
        """Return the items of one language and split (the scored one unless said), in the order of the file.

        They are read once and kept.

        Raises
        ------
        NotFound, MissingSource, BenchmarkError
            As `read`.
        """
        key = (language, split or self.card.scored_split)
        if key not in self._read:
            self._read[key] = self.read(*key)
        return self._read[key].items

    def dropped(self, language: str, split: str = "") -> tuple[int, ...]:
        """Return how many records each drop rule of the card left out of a language."""
        self.items(language, split)
        return self._read[(language, split or self.card.scored_split)].dropped
