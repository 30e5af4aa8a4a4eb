"""Everything wrong with a pack, at once, with its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.benchmarks.card import examine_card
from workbench.benchmarks.catalogue import find_card, open_document
from workbench.benchmarks.finding import Finding, Severity, from_error
from workbench.benchmarks.item_checks import check_items
from workbench.benchmarks.items import ReadItems
from workbench.benchmarks.packs import Pack
from workbench.benchmarks.prompt import Prompt
from workbench.benchmarks.readers import Location
from workbench.benchmarks.records import Formulation, Item, Wording
from workbench.benchmarks.render import build_prompt
from workbench.benchmarks.shots import Shots
from workbench.benchmarks.validate_gold import check_gold, check_written_gold
from workbench.benchmarks.validate_repeats import check_near, check_other_packs, check_shots
from workbench.benchmarks.validate_text import check_texts
from workbench.errors import BadCard, BenchmarkError, MissingSource, RefusedByPolicy, UnsafePath, WorkbenchError


@dataclass(frozen=True, slots=True)
class LanguageCount:
    """How many items one language and split has, and how many records its drop rules left out."""

    language: str
    split: str
    items: int
    dropped: int


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """What a validation found; `ok` when nothing of it is an error."""

    pack: str
    findings: tuple[Finding, ...]
    counts: tuple[LanguageCount, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Findings that keep the pack from being used."""
        return tuple(finding for finding in self.findings if finding.severity == "error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings that make a score mean less than it seems."""
        return tuple(finding for finding in self.findings if finding.severity == "warning")

    @property
    def ok(self) -> bool:
        """Whether the pack can be used."""
        return not self.errors


def validate_path(name_or_path: str | Path) -> ValidationReport:
    """Validate a pack that may not even load: every problem of its card, or of its items.

    Raises
    ------
    NotFound
        Nothing of that name or at that path.
    """
    path = find_card(name_or_path).absolute()
    try:
        document, problems = examine_card(path)
    except WorkbenchError as error:
        return ValidationReport(path.stem, (from_error(error),), ())
    if document is None:
        findings = tuple(
            Finding(
                "error", UnsafePath.code if problem.unsafe else BadCard.code, problem.message, str(path), problem.line,
                "", problem.remedy,
            )
            for problem in problems
        )  # fmt: skip
        return ValidationReport(path.stem, findings, ())
    try:
        return validate(open_document(document), beside_others=True)
    except (BenchmarkError, RefusedByPolicy) as error:
        return ValidationReport(document.card.name, (from_error(error),), ())


def validate(pack: Pack, *, beside_others: bool = False) -> ValidationReport:
    """Read every file of a pack and report every problem.

    Parameters
    ----------
    beside_others
        Also look for its items in the other benchmarks of this machine, which are then read as well.

    Notes
    -----
    Errors keep items from being asked or judged. In a pack's own items, what its author can correct (repeated
    questions, equal choices) is an error too; in somebody else's original files it is a warning.
    """
    findings: list[Finding] = []
    counts: list[LanguageCount] = []
    for split in pack.document.files:
        for language in pack.card.languages:
            try:
                if not pack.present(language, split):
                    findings += _absent(pack, language, split)
                    continue
                read, found = _read(pack, language, split)
            except RefusedByPolicy as error:
                findings.append(from_error(error))
                continue
            findings += found
            counts.append(LanguageCount(language, split, len(read.items), sum(read.dropped)))
            findings += _together(pack, language, split, read.items)
            if beside_others and split == pack.card.scored_split:
                findings += check_other_packs(pack, language, read.items)
            if split == pack.card.scored_split and read.items:
                findings += _wordings(pack, language, read)
    findings += _card_warnings(pack)
    return ValidationReport(pack.name, tuple(dict.fromkeys(findings)), tuple(counts))


def _together(pack: Pack, language: str, split: str, items: Sequence[Item]) -> Iterator[Finding]:
    """Yield what the items of one language and split show together."""
    yield from check_items(pack, language, split, items)
    yield from check_texts(pack, language, items)
    yield from check_gold(pack, language, split, items)
    yield from check_written_gold(pack, language, split)
    yield from check_near(items)
    if split == pack.card.scored_split:
        yield from check_shots(pack, language, items)


def _absent(pack: Pack, language: str, split: str) -> Iterator[Finding]:
    name = pack.location(language, split).name
    severity: Severity = "warning" if pack.document.recipe or split != pack.card.scored_split else "error"
    message = f"the card declares {language}, and its {split} file is not there"
    remedy = "Copy the file here, or take the language out of the card."
    yield Finding(severity, MissingSource.code, message, name, 0, "", remedy)


def _read(pack: Pack, language: str, split: str) -> tuple[ReadItems, list[Finding]]:
    findings: list[Finding] = []

    def marked(location: Location) -> None:
        message = "the file starts with a byte order mark"
        findings.append(
            Finding(
                "warning",
                "byte_order_mark",
                message,
                location.label,
                1,
                "",
                "Harmless here; save as UTF-8 without one.",
            )
        )

    def report(error: BenchmarkError) -> None:
        findings.append(from_error(error))

    read = pack.read(language, split, report, marked)
    return read, findings


def _kinds(items: Sequence[Item]) -> Iterator[Item]:
    """Yield the longest item of each kind: of those with the same input fields and as many choices."""
    longest: dict[tuple[object, ...], Item] = {}
    for item in items:
        kind = (*sorted(item.input), len(item.choices))
        known = longest.setdefault(kind, item)
        if len(str(item.input)) > len(str(known.input)):
            longest[kind] = item
    yield from longest.values()


def _wordings(pack: Pack, language: str, read: ReadItems) -> Iterator[Finding]:
    """Render an item of each kind in every wording and formulation, with one example."""
    shots = Shots(pack.name, language, 0, read.items[:1])
    for item in _kinds(read.items):
        for wording in pack.card.wordings:
            for formulation in pack.card.formulations:
                try:
                    prompt = build_prompt(pack.card, item, wording, formulation, shots)
                except WorkbenchError as error:
                    yield from_error(error, default=str(pack.document.path))
                else:
                    yield from _odd(pack, wording, prompt)


def _odd(pack: Pack, wording: Wording, prompt: Prompt) -> Iterator[Finding]:
    """Yield what is odd about a prompt that renders."""
    path = str(pack.document.path)
    if prompt.query != prompt.query.rstrip() and prompt.continuations:
        yield Finding(
            "warning", "trailing_space",
            f"wording {wording.name!r} in {prompt.language} ends its {prompt.formulation} prompt with white space, "
            "which most tokenizers put with the answer", path, 0, prompt.item_id,
            "Take the space out of the template; `delimiter` adds it to the answer.",
        )  # fmt: skip
    # Equal choices of the item itself are a finding of their own.
    equal = len(set(prompt.continuations)) < len(prompt.continuations)
    if prompt.formulation is Formulation.CLOZE and equal and wording.labels:
        yield Finding(
            "warning", "equal_continuations",
            f"wording {wording.name!r} makes the same text of two choices in {prompt.language}",
            path, 0, prompt.item_id, "Make the label words or the choice template differ.",
        )  # fmt: skip


def _card_warnings(pack: Pack) -> Iterator[Finding]:
    card, path = pack.card, str(pack.document.path)
    if not card.canary and not pack.document.recipe:
        message = "the card has no canary: nobody can later tell whether a model was trained on the pack"
        yield Finding("warning", "canary", message, path, 0, "", "Add `canary: WORKBENCH-CANARY <a new GUID>`.")
