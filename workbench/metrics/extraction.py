"""Answers taken out of what a model wrote, with the rule that found them and how sure it is.

``parsed``: the answer stands where an answer was asked for. ``fallback``: it was the only candidate, found
elsewhere. ``failed``: nothing could be told; the answer is empty and counts as wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from workbench.errors import BadInput
from workbench.languages import default_normaliser, language, numbers, script_of
from workbench.languages.script import script_writes_spaces
from workbench.metrics.answer_words import COPULA_PREFIXES, COPULAS, answer_words
from workbench.metrics.letters import LetterSet
from workbench.metrics.thinking import without_thinking

State = Literal["parsed", "fallback", "failed"]

_EDGES = " \t\r\n\"'“”‘’«»„‹›「」『』*_`#"
_BOXED = re.compile(r"\\boxed\{([^{}]*)\}")
_BEFORE_WORD = 12  # characters that may stand before an answer word that introduces the answer ("So the answer is")
_COLONS = ":：៖፡፥፦"  # Khmer and Ethiopic have their own
_AFTER_WORD = _COLONS + " \t=*_\"'“”‘’«»`،"


@dataclass(frozen=True, slots=True)
class Extraction:
    """What was taken out of a written answer.

    Attributes
    ----------
    answer
        The answer as written; empty when extraction failed.
    index
        Index of the choice it stands for; None for open answers and failures.
    state
        ``parsed``, ``fallback`` or ``failed``.
    rule
        Name of the rule that found it, or why nothing was found.
    """

    answer: str
    index: int | None
    state: State
    rule: str


def _failed(rule: str) -> Extraction:
    return Extraction("", None, "failed", rule)


def _body(text: str) -> str | Extraction:
    """Return the text after reasoning, or the failure that an unfinished or empty answer is."""
    remaining = without_thinking(text)
    if remaining is None:
        return _failed("unclosed-think-block")
    return remaining.strip() or _failed("empty")


def _first_line(body: str) -> str:
    return next((line for line in (raw.strip() for raw in body.splitlines()) if line.strip(_EDGES)), "")


def _marker(words: Sequence[str], tag: str) -> re.Pattern[str]:
    """Return the pattern of an answer word, whole where the language writes spaces."""
    edge = r"\b" if language(tag).writes_spaces else ""
    ordered = sorted(words, key=len, reverse=True)
    return re.compile("|".join(rf"{edge}{re.escape(word)}" for word in ordered), re.IGNORECASE)


def _rests_after_marker(body: str, tag: str, lead: str) -> list[tuple[str, bool]]:
    """Return what follows each answer word on its line (on the next when it ends its line), the last word first.

    The flag says whether a colon stood between.
    """
    rests = []
    for match in _marker(answer_words(tag, lead), tag).finditer(body):
        rest = body[match.end() :].lstrip("*_ ")
        line = rest.lstrip(_AFTER_WORD).lstrip().split("\n", 1)[0]
        rests.append((_without_copula(line), rest[:1] in tuple(_COLONS)))
    return rests[::-1]


def _without_copula(line: str) -> str:
    """Remove the small words (``is``, ``ist``, ``是``…) and marks that lead up to the answer."""
    while True:
        line = line.lstrip(_AFTER_WORD)
        word = re.match(r"\w+", line)
        joined = next((prefix for prefix in COPULA_PREFIXES if line.startswith(prefix)), "")
        length = word.end() if word and word[0].casefold() in COPULAS else len(joined)
        if not length or not line[length:].strip(_AFTER_WORD):
            return line
        line = line[length:]


def extract_choice(
    text: str, *, letters: Sequence[str], choices: Sequence[str], language: str, lead: str = ""
) -> Extraction:
    """Return which choice a written answer names, by letter or by its text.

    Tried in this order: the first line is a letter; begins with one (``B) …``); is a choice's text; a letter or a
    choice follows an answer word (``Answer: B``, ``答案是B``, the last one counts); the first line begins with a
    choice's text. Failing these, as a fallback: the only letter standing alone, or the only choice mentioned, in
    the first line, then in the whole answer; letters that look alike in Greek or Cyrillic come last.

    Parameters
    ----------
    text
        What the model wrote.
    letters
        The letter of each choice as the prompt showed it, in any script; empty when it showed none.
    choices
        Text of each choice (or label word).
    language
        Tag of the answer's language.
    lead
        What introduced the answer in the prompt, e.g. ``Answer:``.

    Raises
    ------
    BadInput
        Without choices, or with fewer letters than choices.
    """
    if not choices:
        raise BadInput("there are no choices to find in the answer")
    if letters and len(letters) < len(choices):
        raise BadInput(f"{len(choices)} choices but only {len(letters)} letters")
    body = _body(text)
    if isinstance(body, Extraction):
        return body
    finder = _ChoiceFinder(tuple(letters[: len(choices)]), tuple(choices), language)
    first = _first_line(body)
    rests = [rest.lstrip(" .-–—") for rest, _ in _rests_after_marker(body, language, lead)]
    return (
        finder.strict(first, "first-line")
        or next((found for rest in rests if (found := finder.strict(rest, "after-answer-word"))), None)
        or finder.beginning(first)
        or next((found for rest in rests if (found := finder.behind_word(rest))), None)
        or finder.loose(first, "first-line")
        or finder.loose(body, "whole-answer")
        or finder.lookalike(first)
        or _failed("no-choice-found")
    )


class _ChoiceFinder:
    """Finds one of some choices in a piece of text."""

    def __init__(self, letters: tuple[str, ...], choices: tuple[str, ...], tag: str) -> None:
        self._letters = LetterSet(letters)
        self._choices = choices
        self._normal = default_normaliser(tag)
        self._normal_choices = [self._normal(choice) for choice in choices]

    def _result(self, index: int, answer: str, state: State, rule: str) -> Extraction:
        return Extraction(answer, index, state, rule)

    def strict(self, line: str, where: str) -> Extraction | None:
        """Return a letter that is, or leads, the line; or the choice that the line is."""
        index = self._letters.alone(line)
        if index is not None:
            return self._result(index, line.strip(_EDGES), "parsed", f"letter-{where}")
        index = self._letters.leading(line, self._is_text_of)
        if index is not None:
            return self._result(index, line.strip(_EDGES), "parsed", f"letter-{where}")
        same = [i for i, choice in enumerate(self._normal_choices) if choice and choice == self._normal(line)]
        return self._result(same[0], line.strip(_EDGES), "parsed", f"choice-{where}") if len(same) == 1 else None

    def _is_text_of(self, index: int, rest: str) -> bool:
        normal = self._normal_choices[index]
        return bool(normal) and self._normal(rest).startswith(normal)

    def beginning(self, line: str) -> Extraction | None:
        """Return the choice that the line begins with, the longest if several, when it mentions no other."""
        normal = self._normal(line)
        starts = [
            index
            for index, choice in enumerate(self._normal_choices)
            if choice and normal.startswith(choice) and not _joined(normal, len(choice))
        ]
        if not starts:
            return None
        longest = max(starts, key=lambda index: len(self._normal_choices[index]))
        if self._mentioned(line) != {longest}:
            return None
        return self._result(longest, self._choices[longest], "parsed", "choice-begins-first-line")

    def behind_word(self, rest: str) -> Extraction | None:
        """Return the letter that follows an answer word, whatever comes after it; else as `loose`."""
        first = self._letters.beginning(rest)
        if first is None:
            return self.loose(rest, "after-answer-word")
        index, sure = first
        state: State = "parsed" if sure else "fallback"
        return self._result(index, self._letters.letters[index], state, "letter-after-answer-word")

    def loose(self, piece: str, where: str) -> Extraction | None:
        """Return the only letter standing alone in the piece, or the only choice mentioned."""
        found = self._letters.standing_alone(piece)
        if len(found) > 1:
            return None
        if found:
            index = found.pop()
            return self._result(index, self._letters.letters[index], "fallback", f"only-letter-{where}")
        mentioned = self._mentioned(piece)
        if len(mentioned) == 1:
            index = mentioned.pop()
            return self._result(index, self._choices[index], "fallback", f"only-choice-{where}")
        return None

    def _mentioned(self, piece: str) -> set[int]:
        """Return the choices whose text occurs; a choice inside a longer one that occurs does not count."""
        rest = self._normal(piece)
        found: set[int] = set()
        order = sorted(range(len(self._choices)), key=lambda index: -len(self._normal_choices[index]))
        for index in order:
            choice = self._normal_choices[index]
            start = rest.find(choice) if choice else -1
            while start >= 0:
                if not _joined(rest, start) and not _joined(rest, start + len(choice)):
                    found.update(i for i, other in enumerate(self._normal_choices) if other == choice)
                    rest = rest[:start] + "\n" * len(choice) + rest[start + len(choice) :]
                start = rest.find(choice, start + 1)
        return found

    def lookalike(self, line: str) -> Extraction | None:
        """Return the letter that the line shows in another script's look-alike (Cyrillic В for Latin B)."""
        index = self._letters.lookalike(line)
        return None if index is None else self._result(index, line.strip(_EDGES), "fallback", "look-alike-letter")


def _joined(text: str, position: int) -> bool:
    """Return whether a word of a script with spaces runs across `position`."""
    if not 0 < position < len(text):
        return False
    before, after = text[position - 1], text[position]
    script = script_of(after)
    return before.isalnum() and after.isalnum() and script_of(before) == script and script_writes_spaces(script)


def extract_answer(text: str, *, language: str, lead: str = "") -> Extraction:
    """Return a short answer: the first line, without the words that introduce it, quotation marks or emphasis.

    When the first line only introduces (it ends with a colon), the next line is taken, as a fallback.

    Parameters
    ----------
    text
        What the model wrote.
    language
        Tag of the answer's language.
    lead
        What introduced the answer in the prompt; a model that repeats it is not punished.
    """
    body = _body(text)
    if isinstance(body, Extraction):
        return body
    lines = [line.strip() for line in body.splitlines() if line.strip(_EDGES)]
    if not lines:
        return _failed("empty")
    first, state, rule = lines[0], "parsed", "first-line"
    marker = _marker(answer_words(language, lead), language).search(first)
    if marker and marker.start() <= _BEFORE_WORD:
        rest = first[marker.end() :].lstrip("*_ ")
        without = _without_copula(rest)
        if rest[:1] in tuple(_COLONS) or without != rest.lstrip(_AFTER_WORD):
            first, rule = without, "after-answer-word"
    if not first.strip(_EDGES + _COLONS) or first.rstrip("*_ ").endswith(tuple(_COLONS)):
        if len(lines) == 1:
            first = first.rstrip("*_ ").rstrip(_COLONS)
        else:
            first, state, rule = lines[1], "fallback", "second-line"
    answer = first.strip(_EDGES)
    return (
        Extraction(answer, None, "fallback" if state == "fallback" else "parsed", rule) if answer else _failed("empty")
    )


def extract_whole(text: str) -> Extraction:
    """Return all that was written, thinking taken out: for summaries and for instructions on how to write."""
    body = _body(text)
    if isinstance(body, Extraction):
        return body
    return Extraction(body.strip(), None, "parsed", "whole") if body.strip() else _failed("empty")


def extract_number(text: str, *, language: str, lead: str = "") -> Extraction:
    r"""Return a number as it was written.

    Tried in this order: the last ``\boxed{…}``; what follows the last ``####``; the last answer word that a
    number follows at once or behind a colon; the only number of the answer. Failing these, as a fallback, the last
    number.

    Parameters
    ----------
    text
        What the model wrote.
    language
        Tag of the answer's language, whose marks the number is read by.
    lead
        What introduced the answer in the prompt.
    """
    body = _body(text)
    if isinstance(body, Extraction):
        return body
    marked = [(match[1], "boxed") for match in _BOXED.finditer(body)][-1:]
    if "####" in body:
        marked.append((body.rsplit("####", 1)[1].strip().split("\n", 1)[0], "after-hashes"))
    for piece, rule in marked:
        found = numbers(piece, language)
        if found:
            return Extraction(found[-1].written, None, "parsed", rule)
    for rest, colon in _rests_after_marker(body, language, lead):
        found = numbers(rest, language)
        if found and (colon or not any(character.isalnum() for character in rest[: found[0].start])):
            return Extraction(found[0].written, None, "parsed", "after-answer-word")
    found = numbers(body, language)
    if not found:
        return _failed("no-number")
    alone = len(found) == 1
    return Extraction(
        found[-1].written, None, "parsed" if alone else "fallback", "only-number" if alone else "last-number"
    )
