"""M2: tokenised sentences with the edits that correct them, by annotator (grammatical error correction)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.benchmarks.readers.record import Location, Record, Report
from workbench.benchmarks.readers.text import lines_of
from workbench.errors import BadItem

NOTHING = "-NONE-"
NO_EDIT = "noop"
_FIELDS = 6
_MARK = re.compile(r"#\s*\d+")


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    kind: str
    correction: str
    annotator: str


def read_m2(text: str, location: Location, report: Report) -> Iterator[Record]:
    """Yield one record a sentence.

    A record holds `sentence` (tokens joined by spaces), `corrections` (one a annotator, equal ones once, in the order
    of the annotators), `edits` (how many the first made) and `mark`: ``yes`` where the "sentence" is only ``#`` and a
    number, by which some corpora name the document that follows; a recipe drops those.

    Reports
    -------
    BadItem
        A line that is neither sentence nor edit, an edit before any sentence, of another number of fields, outside the
        sentence, or crossing another one's.

    Notes
    -----
    Dahlmeier & Ng 2012, "Better Evaluation for Grammatical Error Correction". Several corrections of one edit are
    separated by ``||`` there; the first is taken.
    """
    number = 0
    sentence: tuple[int, str] | None = None
    edits: list[tuple[int, _Edit]] = []
    for line, content in enumerate([*lines_of(text), "S"], start=1):
        if content == "S" or content.startswith("S "):
            if sentence is not None:
                number += 1
                yield from _record(sentence, edits, number, location, report)
            sentence, edits = (line, content[2:]), []
        elif content.startswith("A ") and sentence is not None:
            edit = _edit(content[2:])
            if edit is None:
                report(BadItem("this edit does not have six fields and two numbers", where=f"{location.label}:{line}"))
            else:
                edits.append((line, edit))
        elif content.strip():
            message = (
                "an edit without a sentence" if content.startswith("A ") else "neither a sentence (S) nor an edit (A)"
            )
            report(BadItem(message, where=f"{location.label}:{line}"))


def _edit(content: str) -> _Edit | None:
    parts = content.split("|||")
    span = parts[0].split()
    if len(parts) < _FIELDS or len(span) != 2 or not all(re.fullmatch(r"-?\d{1,6}", each) for each in span):  # noqa: PLR2004
        return None
    return _Edit(int(span[0]), int(span[1]), parts[1], parts[2], parts[-1].strip())


def _record(
    sentence: tuple[int, str], edits: list[tuple[int, _Edit]], number: int, location: Location, report: Report
) -> Iterator[Record]:
    line, content = sentence
    where = f"{location.label}:{line}"
    if not content.strip():
        report(BadItem("the sentence is empty", where=where))
        return
    tokens = content.split(" ")
    corrections: dict[str, None] = {}
    first = 0
    for annotator in sorted({edit.annotator for _, edit in edits}) or ["0"]:
        own = [(at, edit) for at, edit in edits if edit.annotator == annotator and edit.kind != NO_EDIT]
        corrected = _corrected(tokens, own, location, report)
        if corrected is None:
            return
        first = first if corrections else len(own)
        corrections.setdefault(corrected)
    data = {
        "sentence": content,
        "corrections": list(corrections),
        "edits": first,
        "mark": "yes" if _MARK.fullmatch(content.strip()) else "no",
    }
    yield Record(data, number, where, line)


def _corrected(tokens: list[str], edits: list[tuple[int, _Edit]], location: Location, report: Report) -> str | None:
    done: list[str] = []
    at = 0
    for line, edit in sorted(edits, key=lambda pair: (pair[1].start, pair[1].end)):
        if not 0 <= edit.start <= edit.end <= len(tokens) or edit.start < at:
            crossing = "crosses another edit" if edit.start < at <= len(tokens) else "lies outside its sentence"
            report(
                BadItem(f"the edit of tokens {edit.start} to {edit.end} {crossing}", where=f"{location.label}:{line}")
            )
            return None
        done += tokens[at : edit.start]
        correction = edit.correction.split("||")[0]
        done += [] if correction in ("", NOTHING) else [correction]
        at = edit.end
    return " ".join([*done, *tokens[at:]])
