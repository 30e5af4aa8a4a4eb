"""Instructions that can be checked: so many words, no commas, these keywords, in this language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import regex

from workbench.errors import BadInput
from workbench.languages import default_normaliser, language, sentences, words

COUNTS = ("instructions_followed", "instructions_given")
COMMAS = ",،、，﹐﹑︐︑፣"
"""Commas of all scripts."""
_QUOTES = ('""', "“”", "„“", "„”", "«»", "»«", "「」", "『』", "‹›")
_BULLET = re.compile(r"^\s*(?:[*•‣-])\s+\S", re.MULTILINE)
_HIGHLIGHT = re.compile(r"(?<!\*)\*{1,2}(?!\s|\*)[^\n*]+?(?<!\s)\*{1,2}(?!\*)")
_TITLE = re.compile(r"<<[^\n<>]*\S[^\n<>]*>>")
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]+\]")
_DIVIDER = re.compile(r"^\s*\*{3}\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: its name as IFEval writes it (``length_constraints:number_words``) and its settings."""

    name: str
    settings: Mapping[str, Any]


def read_instruction(text: str) -> Instruction:
    """Read one instruction from JSON: ``{"id": "keywords:existence", "keywords": ["แม่น้ำ"]}``.

    Raises
    ------
    BadInput
        No JSON object, an instruction that is not known here, or a setting missing or of the wrong kind.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise BadInput(f"an instruction is a JSON object; this is none: {text!r:.80}") from error
    if not isinstance(data, dict) or not isinstance(data.get("id"), str):
        raise BadInput(f"an instruction has an `id`; this has none: {text!r:.80}")
    name = data.pop("id")
    if name not in CHECKS:
        raise BadInput(
            f"the instruction {name!r} cannot be checked here",
            remedy=f"Known: {', '.join(CHECKS)}. Leave the item out by a drop rule.",
        )
    instruction = Instruction(name, MappingProxyType({key: value for key, value in data.items() if value is not None}))
    follows(instruction, "", "und")  # a setting that is missing is found before any model is asked
    return instruction


def follows(instruction: Instruction, answer: str, tag: str) -> bool:
    """Return whether an answer follows an instruction. An empty answer follows none.

    Parameters
    ----------
    answer
        All that the model wrote, thinking taken out.
    tag
        BCP-47 tag of the language it should be in: decides what a word and a sentence is.

    Raises
    ------
    BadInput
        A setting that is missing or of the wrong kind.
    """
    try:
        followed = CHECKS[instruction.name](answer, instruction.settings, tag)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise BadInput(f"the settings of {instruction.name} are not in order: {error!r}") from error
    return bool(answer.strip()) and followed


def judge_instructions(answer: str, instructions: Sequence[str], tag: str) -> tuple[tuple[str, float], ...]:
    """Return `all_instructions` (1 where each was followed) and how many of how many, for `summarise`.

    Raises
    ------
    BadInput
        Without instructions, or one that cannot be checked.

    Notes
    -----
    Zhou et al. 2023, "Instruction-Following Evaluation for Large Language Models", arXiv 2311.07911: the strict
    accuracies, of prompts and of instructions.
    """
    if not instructions:
        raise BadInput("there is no instruction to follow")
    followed = [follows(read_instruction(each), answer, tag) for each in instructions]
    return (
        ("all_instructions", float(all(followed))),
        *zip(COUNTS, (float(sum(followed)), float(len(followed))), strict=True),
    )


def share_followed(answers: Sequence[str], instructions: Sequence[Sequence[str]], tag: str) -> tuple[float, float]:
    """Return the share of answers that follow all of their instructions, and of instructions that were followed.

    Raises
    ------
    BadInput
        Lists of different lengths, or none; an instruction that cannot be checked.
    """
    if len(answers) != len(instructions) or not answers:
        raise BadInput(f"{len(answers)} answers and instructions for {len(instructions)}")
    rows = [dict(judge_instructions(*each, tag)) for each in zip(answers, instructions, strict=True)]
    given = sum(row[COUNTS[1]] for row in rows)
    return sum(row["all_instructions"] for row in rows) / len(rows), sum(row[COUNTS[0]] for row in rows) / given


def _compared(count: int, wanted: Any, relation: Any) -> bool:
    number = int(wanted)
    match relation:
        case "at least":
            return count >= number
        case "less than":
            return count < number
        case "at most":
            return count <= number
        case "exactly":
            return count == number
    raise ValueError(f"relation {relation!r}")


def _found(text: str, keyword: str, tag: str) -> int:
    """Return how often a keyword stands in a text: as words, or as it is where words have no spaces."""
    normaliser = default_normaliser(tag)
    within, wanted = normaliser(text), normaliser(keyword)
    if not wanted:
        raise ValueError("an empty keyword")
    if not language(tag).writes_spaces:
        return within.count(wanted)
    return len(regex.findall(rf"(?<![\w\p{{M}}]){regex.escape(wanted)}(?![\w\p{{M}}])", within))


def _texts(value: Any) -> list[str]:
    if isinstance(value, str) or not all(isinstance(each, str) for each in value):
        raise TypeError("a list of texts is needed")
    return list(value)


def _paragraphs(text: str) -> list[str]:
    return [part for part in re.split(r"\n\s*\n", text.strip()) if part.strip()]


def _no_case(text: str, other: str) -> bool:
    # Scripts without upper and lower case are the same in both.
    return text == other and any(character.isalpha() for character in text)


def _json(text: str) -> bool:
    bare = re.sub(r"^```(?:json)?\s*|\s*```$", "", text.strip(), flags=re.IGNORECASE)
    try:
        json.loads(bare)
    except (ValueError, RecursionError):
        return False
    return True


def _quoted(text: str) -> bool:
    bare = text.strip()
    return len(bare) > 1 and bare[0] + bare[-1] in _QUOTES


def _in_language(text: str, wanted: str) -> bool:
    from workbench.languages.by_text import identify_texts

    return identify_texts([text]).tag.split("-", 1)[0] == wanted.split("-", 1)[0]


def _ends(text: str, end: str) -> bool:
    return text.strip().strip('"').casefold().endswith(str(end).strip().casefold())


Check = Callable[[str, Mapping[str, Any], str], bool]
CHECKS: Mapping[str, Check] = MappingProxyType(
    {
        "keywords:existence": lambda text, has, tag: (
            min(_found(text, each, tag) for each in _texts(has["keywords"])) > 0
        ),
        "keywords:forbidden_words": lambda text, has, tag: (
            not sum(_found(text, each, tag) for each in _texts(has["forbidden_words"]))
        ),
        "keywords:frequency": lambda text, has, tag: _compared(
            _found(text, has["keyword"], tag), has["frequency"], has["relation"]
        ),
        "keywords:letter_frequency": lambda text, has, _: _compared(
            text.casefold().count(has["letter"].casefold()), has["let_frequency"], has["let_relation"]
        ),
        "language:response_language": lambda text, has, _: _in_language(text, has["language"].lower()),
        "length_constraints:number_words": lambda text, has, tag: _compared(
            len(words(text, tag)), has["num_words"], has["relation"]
        ),
        "length_constraints:number_sentences": lambda text, has, tag: _compared(
            len(sentences(text, tag)), has["num_sentences"], has["relation"]
        ),
        "length_constraints:number_paragraphs": lambda text, has, _: (
            len([part for part in _DIVIDER.split(text) if part.strip()]) == int(has["num_paragraphs"])
        ),
        "length_constraints:nth_paragraph_first_word": lambda text, has, tag: (
            len(_paragraphs(text)) == int(has["num_paragraphs"])
            and words(default_normaliser(tag)(_paragraphs(text)[int(has["nth_paragraph"]) - 1]), tag)[:1]
            == words(default_normaliser(tag)(has["first_word"]), tag)[:1]
        ),
        "detectable_content:number_placeholders": lambda text, has, _: (
            len(_PLACEHOLDER.findall(text)) >= int(has["num_placeholders"])
        ),
        "detectable_content:postscript": lambda text, has, _: has["postscript_marker"].casefold() in text.casefold(),
        "detectable_format:number_bullet_lists": lambda text, has, _: (
            len(_BULLET.findall(text)) == int(has["num_bullets"])
        ),
        "detectable_format:number_highlighted_sections": lambda text, has, _: (
            len(_HIGHLIGHT.findall(text)) >= int(has["num_highlights"])
        ),
        "detectable_format:multiple_sections": lambda text, has, _: (
            len(re.findall(rf"{re.escape(has['section_spliter'].strip())}\s*\d+", text)) >= int(has["num_sections"])
        ),
        "detectable_format:json_format": lambda text, *_: _json(text),
        "detectable_format:title": lambda text, *_: bool(_TITLE.search(text)),
        "combination:two_responses": lambda text, *_: (
            len({part.strip() for part in text.split("******") if part.strip()}) == len(text.split("******")) == 2  # noqa: PLR2004
        ),
        "combination:repeat_prompt": lambda text, has, _: (
            text.strip().casefold().startswith(has["prompt_to_repeat"].strip().casefold())
        ),
        "startend:end_checker": lambda text, has, _: _ends(text, has["end_phrase"]),
        "startend:quotation": lambda text, *_: _quoted(text),
        "change_case:english_capital": lambda text, *_: _no_case(text, text.upper()),
        "change_case:english_lowercase": lambda text, *_: _no_case(text, text.lower()),
        "change_case:capital_word_frequency": lambda text, has, tag: _compared(
            sum(word.isupper() for word in words(text, tag)), has["capital_frequency"], has["capital_relation"]
        ),
        "punctuation:no_comma": lambda text, *_: not any(comma in text for comma in COMMAS),
    }
)
"""What can be checked, by the names IFEval gives them: (answer, settings, language tag) → followed."""
