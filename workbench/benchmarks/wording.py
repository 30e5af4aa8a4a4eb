"""A wording in one language: which text each part has there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from workbench.benchmarks.by_language import look_up
from workbench.benchmarks.records import Card, Formulation, Item, Wording
from workbench.benchmarks.templates import render
from workbench.errors import BadCard, NotFound
from workbench.languages import display_name

OWN = "own"


def find_wording(card: Card, name: str = "") -> Wording:
    """Return the wording of that name; the card's first for an empty name.

    Raises
    ------
    NotFound
        The card has no such wording.
    """
    for wording in card.wordings:
        if name in ("", wording.name):
            return wording
    known = ", ".join(wording.name for wording in card.wordings)
    raise NotFound(f"{card.name} has no wording {name!r}", remedy=f"It has {known}.")


def check_spoken(wording: Wording, language: str) -> None:
    """Refuse a language of the prompt in which the wording has no words.

    Raises
    ------
    NotFound
        With the languages it has.
    """
    for part in (wording.prompt, wording.terms):
        if language != OWN and part and look_up(part, language) is None:
            raise NotFound(
                f"wording {wording.name!r} has no words in {language}", remedy=f"It has {', '.join(sorted(part))}."
            )


@dataclass(frozen=True, slots=True)
class Speaker:
    """A wording spoken in one language.

    Attributes
    ----------
    language
        Whose words are used: the item's own language, or the one asked for with `prompt_language`.
    """

    wording: Wording
    language: str
    formulation: Formulation

    def _text(self, key: str, mapping: Mapping[str, str]) -> str:
        found = look_up(mapping, self.language)
        if found is None:
            raise BadCard(
                f"wording {self.wording.name!r} has no {key} for {self.language}",
                remedy=f"Add {self.language} (or `*` for the rest) to `{key}` of this wording.",
            )
        return found

    def _render(self, key: str, mapping: Mapping[str, str], item: Item, **more: object) -> str:
        values: dict[str, object] = {
            **item.input,
            "terms": dict(look_up(self.wording.terms, self.language) or {}),
            "choices": self.words(item),
            "language": self.language,
            "language_name": display_name(item.language),
            "formulation": self.formulation.value,
            **more,
        }
        what = f"wording {self.wording.name!r}, {key}, language {self.language}, item {item.id}"
        return render(self._text(key, mapping), values, what)

    def words(self, item: Item) -> tuple[str, ...]:
        """Return the item's choices, label words put in where the wording has them."""
        labels = look_up(self.wording.labels, self.language) or {}
        return tuple(labels.get(choice, choice) for choice in item.choices)

    def prompt(self, item: Item) -> str:
        """Return the item's own question."""
        return self._render("prompt", self.wording.prompt, item)

    def choice(self, item: Item, index: int) -> str:
        """Return one choice as it is scored in the cloze formulation."""
        return self._render("choice", self.wording.choice, item, choice=self.words(item)[index])

    def answer(self, item: Item) -> str:
        """Return what introduces the answer in `letters` and `generate`."""
        return self._render("answer", self.wording.answer, item)

    @property
    def instruction(self) -> str:
        """Text before the first example; empty where the wording has none for this language."""
        return look_up(self.wording.instruction, self.language) or ""

    @property
    def no_answer(self) -> str:
        """What is to be written where a passage does not answer its question; empty where the wording has no term."""
        return (look_up(self.wording.terms, self.language) or {}).get("no_answer", "")

    @property
    def delimiter(self) -> str:
        """Text between the question and what answers it, in this formulation."""
        if self.formulation is not Formulation.CLOZE:
            found = look_up(self.wording.answer_delimiter, self.language)
            if found is not None:
                return found
        return self._text("delimiter", self.wording.delimiter)

    def letters(self, count: int) -> tuple[str, ...]:
        """Return the first `count` option letters.

        Raises
        ------
        BadCard
            Fewer letters than options, or a letter twice.
        """
        written = self._text("letters", self.wording.letters)
        letters = tuple(written.split()) if len(written.split()) > 1 else tuple(written.strip())
        if len(letters) < count or len(set(letters)) != len(letters):
            raise BadCard(
                f"wording {self.wording.name!r} has {len(set(letters))} different letters for {self.language}, and an "
                f"item has {count} options",
                remedy="Write as many different letters as there can be options.",
            )
        return letters[:count]
