"""The language of each file: by its text; by what else it says of itself where the text leaves two or three."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from workbench.benchmarks.fields import every, text_of
from workbench.benchmarks.sniffing.asking import Answers, Question
from workbench.benchmarks.sniffing.tables import Table
from workbench.errors import NotFound
from workbench.languages import normalise_tag, primary_subtag
from workbench.languages.by_text import Candidate, TextLanguage, identify_texts

SAMPLE = 600
NEAR = 0.15
"""Nats a trigram by which a short text may be likelier in another language than in that of the rest."""
_WORD = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?")
_HTML_LANGUAGE = re.compile(r"<html[^>]*\slang=[\"']?([A-Za-z-]{2,20})", re.IGNORECASE)


def find_languages(tables: Iterable[Table], paths: Sequence[str], answers: Answers) -> dict[str, TextLanguage]:
    """Return the language of each table's texts, by its name.

    Parameters
    ----------
    paths
        Where texts in the items' language stand.
    """
    said = answers.by_file("language")
    found = {}
    for table in tables:
        answer = said.get(table.name) or said.get("*")
        guess = identify_texts(_texts(table, paths))
        if answer:
            found[table.name] = TextLanguage(
                (Candidate(normalise_tag(answer), 0.0),), sure=True, evidence="as answered"
            )
        else:
            found[table.name] = guess if guess.sure else _hinted(guess, table)
    return _as_most(found)


def _as_most(found: dict[str, TextLanguage]) -> dict[str, TextLanguage]:
    """Take files that are too short to tell for the language of most others, if it is among their likeliest."""
    sure = Counter(each.tag for each in found.values() if each.sure)
    if not sure or sure.most_common(1)[0][1] <= len(found) / 2:
        return found
    tag = sure.most_common(1)[0][0]
    for name, each in found.items():
        near = next((one for one in each.candidates if one.tag == tag), None)
        if not each.sure and near is not None and near.score >= each.candidates[0].score - NEAR:
            evidence = f"{each.evidence}; most files are {tag}"
            found[name] = TextLanguage((near,), sure=True, evidence=evidence)
    return found


def _texts(table: Table, paths: Sequence[str]) -> Iterator[str]:
    step = max(1, len(table.records) // SAMPLE)
    for record in table.records[::step]:
        for path in paths:
            for value in every(record.data, path):
                text = text_of(value)
                if text:
                    yield text


def _hinted(guess: TextLanguage, table: Table) -> TextLanguage:
    """Decide between the likeliest languages by a code in the file or its name: it must be one of them."""
    by_primary = {primary_subtag(each.tag): each for each in reversed(guess.candidates)}
    for hint, where in _hints(table):
        try:
            tag = normalise_tag(hint)
        except NotFound:
            continue
        known = by_primary.get(tag.partition("-")[0])
        if known is not None:
            evidence = f"{guess.evidence}; {where} says {hint}"
            others = tuple(each for each in guess.candidates if each is not known)
            return TextLanguage((known, *others), sure=True, evidence=evidence)
    return guess


def _hints(table: Table) -> Iterator[tuple[str, str]]:
    if table.shape.format == "html":
        found = _HTML_LANGUAGE.search(table.file.path.read_bytes()[:4000].decode("latin-1"))
        if found:
            yield found.group(1), "the page"
    first = table.records[0].data
    for key, value in _constants(first):
        if all(dict(_constants(record.data)).get(key) == value for record in table.records[:50]):
            yield value, key
    for word in _WORD.findall(table.name):
        yield word, "its name"


def _constants(data: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    for key, value in data.items():
        if isinstance(value, str) and _WORD.fullmatch(value):
            yield key, value
        elif isinstance(value, dict):
            yield from (
                (f"{key}.{inner}", each)
                for inner, each in value.items()
                if isinstance(each, str) and _WORD.fullmatch(each)
            )


def language_questions(languages: Mapping[str, TextLanguage]) -> list[Question]:
    """Return a question for each file whose language its text does not tell."""
    alone = len(languages) == 1
    questions = []
    for name, found in languages.items():
        if found.sure:
            continue
        key = "language" if alone else f"language.{name}"
        options = tuple(each.tag for each in found.candidates)
        questions.append(Question(key, f"Which language is {name} in? By its text: {found.evidence}", options))
    return questions
