"""Whether two results answer the same question, and if not, what differs, in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from workbench.errors import UsageError
from workbench.evaluation.result import Conditions, Result

SPEC_RULES: Mapping[str, tuple[str, Callable[[Result], object]]] = MappingProxyType(
    {
        "shots": ("examples before each question", lambda result: result.spec.shots),
        "prompt_language": ("the language of the prompt", lambda result: result.spec.prompt_language),
        "chat_template": ("when the chat template is used", lambda result: result.spec.chat_template),
        "repeats": ("how often each item was asked", lambda result: result.spec.repeats),
        "parity": (
            "whose rules cut, truncate and tie",
            lambda result: "lm-eval" if result.spec.parity else "Workbench",
        ),
    }
)
PART_RULES: Mapping[str, str] = MappingProxyType(
    {
        "item_set": "the items that were asked",
        "gold": "the right answers",
        "formulation": "how items were asked",
        "wording": "the wording",
        "prompts": "the prompts, before any chat template",
        "normaliser": "how written answers are normalised",
        "extraction": "what is read out of written answers",
    }
)
SHOWN: Mapping[str, tuple[str, Callable[[Result], object]]] = MappingProxyType(
    {
        "template_text": ("the text of the chat template", lambda result: result.model.chat_template.value),
        "dtype": ("the type that was computed in", lambda result: result.engine.dtype),
        "quantisation": ("the quantisation", lambda result: result.model.quantisation.value),
        "engine": ("the engine", lambda result: result.engine.engine),
        "device": ("the device", lambda result: result.engine.device),
    }
)
"""What differs and does not forbid a comparison; it is shown wherever the comparison is."""
ALLOWABLE = (*SPEC_RULES, *PART_RULES)
SHORT = 12
Place = tuple[str, str]
"""Name of a pack and tag of a language; empty where the whole run is meant."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs between two results; `pack` and `language` are empty where it is the whole run's."""

    what: str
    pack: str
    language: str
    first: str
    second: str
    words: str


def forbidding(first: Result, second: Result) -> tuple[Difference, ...]:
    """Return every difference that makes two results answers to different questions; none when they compare."""
    found = [
        _difference(what, words, read(first), read(second))
        for what, (words, read) in SPEC_RULES.items()
        if read(first) != read(second)
    ]
    ours, theirs = _parts(first), _parts(second)
    common = [place for place in ours if place in theirs]
    if not common:
        words = "the two runs have no benchmark and language in common"
        found.append(Difference("item_set", "", "", _listed(ours), _listed(theirs), words))
    for place in common:
        found += _of_part(ours[place], theirs[place])
    return tuple(found)


def shown(first: Result, second: Result) -> Iterator[Difference]:
    """Yield what differs and does not forbid comparing: how the models were run, and parts that only one was asked."""
    for what, (words, read) in SHOWN.items():
        if read(first) != read(second):
            yield _difference(what, words, read(first), read(second))
    ours, theirs = _parts(first), _parts(second)
    for pack, language in dict.fromkeys((*ours, *theirs)):
        if ((pack, language) in ours) != ((pack, language) in theirs):
            asked = ("asked", "not asked") if (pack, language) in ours else ("not asked", "asked")
            yield Difference("parts", pack, language, *asked, f"{pack} in {language} was asked in one of the runs only")


def check_allowed(names: tuple[str, ...]) -> None:
    """Raise unless every name is that of a difference which can be allowed.

    Raises
    ------
    UsageError
        It is not.
    """
    unknown = sorted(set(names) - set(ALLOWABLE))
    if unknown:
        remedy = f"Allow one of: {', '.join(ALLOWABLE)}."
        raise UsageError(f"{', '.join(unknown)} is nothing that can differ", where="allow_different", remedy=remedy)


def _parts(result: Result) -> dict[Place, Conditions]:
    return {(part.pack, part.language): part for part in result.conditions}


def _listed(parts: Mapping[Place, Conditions]) -> str:
    return ", ".join(f"{pack}/{language}" for pack, language in parts) or "nothing that was recorded"


def _of_part(first: Conditions, second: Conditions) -> Iterator[Difference]:
    for what, words in PART_RULES.items():
        ours, theirs = getattr(first, what), getattr(second, what)
        if ours != theirs:
            yield _difference(what, words, ours, theirs, (first.pack, first.language))


def _difference(what: str, words: str, first: object, second: object, place: Place = ("", "")) -> Difference:
    ours, theirs = _brief(first), _brief(second)
    where = " of {} in {}".format(*place) if any(place) else ""
    return Difference(what, *place, ours, theirs, f"{words}{where} differ: {ours} and {theirs}")


def _brief(value: object) -> str:
    """Return a value for people; of a digest the beginning."""
    text = "none" if value in (None, "") else str(value)
    is_digest = len(text) == 64 and set(text) <= set("0123456789abcdef")  # noqa: PLR2004 — hexadecimal digits of sha256
    return text[:SHORT] if is_digest else text
