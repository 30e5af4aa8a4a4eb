"""A source and the answers so far → what it is taken for, why, and what is still open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from workbench.benchmarks.reading import Reading
from workbench.benchmarks.records import TaskKind
from workbench.benchmarks.sniffing.aligning import align
from workbench.benchmarks.sniffing.asking import Answers, Question
from workbench.benchmarks.sniffing.columns import find_columns
from workbench.benchmarks.sniffing.deciding import decide_together
from workbench.benchmarks.sniffing.grouping import Group, find_groups
from workbench.benchmarks.sniffing.kinds import Guess
from workbench.benchmarks.sniffing.opening import SetAside, Source
from workbench.benchmarks.sniffing.settling import left_out, settle
from workbench.benchmarks.sniffing.splitting import find_splits
from workbench.benchmarks.sniffing.tables import Table, read_tables
from workbench.benchmarks.sniffing.tagging import find_languages, language_questions
from workbench.errors import BenchmarkError, EmptyFile, NotFound, UsageError
from workbench.languages import normalise_tag
from workbench.languages.by_text import TextLanguage

ASIDE_SHARE = 0.05
"""Share of all records below which files of another shape are set aside; larger ones are asked about."""
TASKS: Mapping[str, TaskKind] = MappingProxyType({task.value: task for task in TaskKind})


@dataclass(frozen=True, slots=True)
class Placed:
    """One file of the benchmark: whose language, which split, and files aligned with it by field."""

    table: Table
    language: str
    split: str
    companions: Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a source is taken for.

    Attributes
    ----------
    kind
        As in `kinds.KINDS`; empty while it is open.
    reading
        How a recipe reads the files; None while the kind is open.
    evidence
        Why, line by line.
    questions
        What a person must say first; empty: the recipe can be written.
    faults
        What keeps records from being items, with file and line; no rule leaves these out.
    """

    kind: str
    files: tuple[Placed, ...]
    reading: Reading | None
    guess: Guess
    evidence: tuple[str, ...]
    questions: tuple[Question, ...]
    set_aside: tuple[SetAside, ...]
    faults: tuple[BenchmarkError, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """BCP-47 tags, in their order."""
        return tuple(sorted({file.language for file in self.files}))


def propose(source: Source, answers: Answers) -> Proposal:
    """Return what a source is taken for.

    Raises
    ------
    EmptyFile
        No file of it holds records.
    UsageError, NotFound
        An answer that fits nothing here.
    """
    tables, aside = read_tables(source.files, answers.by_file("encoding"))
    aside = [*source.set_aside, *aside]
    if not tables:
        why = "; ".join(f"{each.name}: {each.reason}" for each in aside[:3])
        raise EmptyFile(f"no file holds records that can be read ({why})", where=source.root)
    group, others, question = _choose(find_groups(tables), answers)
    aside += [SetAside(table.name, "of another shape than the rest") for each in others for table in each.tables]
    evidence = [f"{len(group.tables)} files: {group.main.shape.evidence}"]
    encodings = {table.shape.encoding.name: table.shape.encoding.evidence for table in group.tables}
    evidence += [f"encoding {name}: {why}" for name, why in encodings.items() if name != "utf-8"]
    questions = [question] if question else []
    questions += [
        Question(f"encoding.{table.name}", f"In which encoding is it? {told.evidence}", (told.name, *told.others))
        for table in group.tables if not (told := table.shape.encoding).sure
    ]  # fmt: skip
    return _of_group(group, answers, evidence, questions, aside)


def _choose(groups: Sequence[Group], answers: Answers) -> tuple[Group, list[Group], Question | None]:
    """Return the group that is meant, the others, and the question which one where several are large."""
    whole = sum(group.records for group in groups)
    large = [group for group in groups if group.records >= ASIDE_SHARE * whole]
    said = answers.get("part")
    if said:
        if not said.isdecimal() or not 1 <= int(said) <= len(large):
            raise UsageError(f"part is 1 to {len(large)}, not {said!r}")
        chosen = large[int(said) - 1]
        return chosen, [group for group in groups if group is not chosen], None
    question = None
    if len(large) > 1:
        shown = "; ".join(
            f"{number}: {len(group.tables)} files as {group.main.name}, {group.main.shape.evidence}"
            for number, group in enumerate(large, start=1)
        )
        text = f"Files of {len(large)} shapes: which are the benchmark? Add the others by themselves. [{shown}]"
        question = Question("part", text, tuple(map(str, range(1, len(large) + 1))))
    return groups[0], list(groups[1:]) if question is None else [], question


def _of_group(
    group: Group, answers: Answers, evidence: list[str], questions: list[Question], aside: list[SetAside]
) -> Proposal:
    companions: Mapping[str, Mapping[str, Table]] = {}
    tables = group.tables
    if group.aligned:
        languages = find_languages(tables, ("text",), answers)
        aligned = align(tables, languages, answers)
        guess, tables, companions = aligned.guess, aligned.texts, aligned.companions
        languages = {table.name: languages[table.name] for table in tables}
    else:
        guess = decide_together(group.tables, answers)
        languages = find_languages(tables, guess.spoken, answers)
        if group.main.shape.format == "tmx":
            languages = {table.name: _declared(table, languages[table.name]) for table in tables}
    tags = {name: found.tag or "und" for name, found in languages.items()}
    languages_open = language_questions(languages)
    splits, split_questions, why = find_splits(tables, tags, answers)
    if languages_open:
        split_questions = []  # which files are of one language is known once all languages are
    placed = [(table, tags[table.name]) for table in tables]
    guess = settle(guess, placed, answers)
    questions += [*guess.questions, *languages_open, *split_questions]
    evidence += [*guess.evidence, *_language_evidence(languages), *([why] if why else [])]
    files = tuple(
        Placed(
            table, tags[table.name], splits[table.name],
            {name: by_file[table.name] for name, by_file in companions.items() if table.name in by_file},
        )
        for table in tables
    )  # fmt: skip
    reading: Reading | None = None
    faults: tuple[BenchmarkError, ...] = ()
    if guess.kind and not any(question.key in ("kind", "part") for question in questions):
        reading, faults = _reading(guess, files, list(companions))
        evidence += [
            f"left out: records where {drop.field} is {_shown(drop.equals)}: {drop.reason}" for drop in reading.drop
        ]
    return Proposal(
        guess.kind, files, reading, guess, tuple(dict.fromkeys(evidence)), tuple(questions), tuple(aside), faults
    )


def _shown(values: Sequence[str]) -> str:
    return " or ".join(map(repr, values)) or "empty"


def _declared(table: Table, found: TextLanguage) -> TextLanguage:
    """Return the language that a translation memory says its target is, if the text does not clearly say another."""
    code = table.records[0].data.get("target_language")
    try:
        tag = normalise_tag(str(code))
    except NotFound:
        return found
    if found.sure and found.tag.partition("-")[0] != tag.partition("-")[0]:
        return replace(found, sure=False, evidence=f"{found.evidence}, but the file says {tag}")
    first = [replace(each, tag=tag) for each in found.candidates[:1]]
    return TextLanguage(tuple(first), sure=bool(first), evidence=f"the file says {tag}; {found.evidence}")


def _language_evidence(languages: Mapping[str, TextLanguage]) -> list[str]:
    few = list(languages.items())[:40]
    return [f"{name}: {found.tag or 'language unknown'} ({found.evidence})" for name, found in few]


def _reading(
    guess: Guess, files: Sequence[Placed], parallel: Sequence[str]
) -> tuple[Reading, tuple[BenchmarkError, ...]]:
    shape = files[0].table.shape.reading()
    reading = replace(
        shape, input=dict(guess.input), choices=guess.choices, names=guess.names, gold=guess.gold,
        references=guess.references, group=guess.group, thousands=guess.thousands, drop=guess.drop,
        id=_id(guess, files),
    )  # fmt: skip
    if parallel:
        # Companions are read beside the file only once they are placed; the faults of that reading are `validate`'s.
        return reading, ()
    drops, faults = left_out(guess, reading, TASKS[guess.kind], [(file.table, file.language) for file in files])
    problems = tuple(problem for file in files for problem in file.table.problems)
    return replace(reading, drop=drops), (*problems, *faults)


def _id(guess: Guess, files: Sequence[Placed]) -> str:
    """Return the path to an id that no two records of a language and split share; their number where there is none."""
    used = {*guess.input.values(), *guess.choices, *guess.references, guess.gold.field if guess.gold else ""}
    by_set: dict[tuple[str, str], list[Placed]] = {}
    for file in files:
        by_set.setdefault((file.language, file.split), []).append(file)
    several = any(len(some) > 1 for some in by_set.values())
    for column in find_columns(files[0].table.records) if not several else ():
        if column.path in used or column.many or not column.unique or column.path.startswith("@up"):
            continue
        if (column.is_id or column.numeric > 0.99) and all(_unique(file.table, column.path) for file in files):  # noqa: PLR2004
            return column.path
    return "@number"


def _unique(table: Table, path: str) -> bool:
    column = next((each for each in find_columns(table.records) if each.path == path), None)
    return column is not None and column.unique
