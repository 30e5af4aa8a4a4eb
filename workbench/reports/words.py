"""A report's words and numbers in one language: a message catalogue, and CLDR's number formats."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from workbench.errors import NotFound, UsageError
from workbench.languages import display_name, language, native_name, normalise_tag
from workbench.languages.record import Direction
from workbench.reports.clean import line

if TYPE_CHECKING:
    from babel import Locale

CATALOGUES = "messages"
Message = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Words:
    """What a report says in `language`, and how it writes numbers."""

    language: str
    direction: Direction
    messages: Mapping[str, Message]

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the message `key` with `values` filled in; ``n`` chooses the plural where a message has several."""
        message = self.messages[key]
        if isinstance(message, str):
            return message.format(**values)
        number = values.get("n", 0)
        form = self.locale.plural_form(number if isinstance(number, int | float) else 0)
        shown = {**values, "n": self.number(number) if isinstance(number, int) else number}
        return message.get(form, message["other"]).format(**shown)

    def name(self, prefix: str, key: str) -> str:
        """Return the message ``prefix.key``, or `key` itself where the catalogue has none."""
        message = self.messages.get(f"{prefix}.{key}", key)
        return message if isinstance(message, str) else key

    @property
    def locale(self) -> Locale:
        """CLDR's locale of this language."""
        from babel import Locale

        return Locale.parse(self.language, sep="-")

    def number(self, value: int) -> str:
        """Return a whole number with the language's separators."""
        from babel.numbers import format_decimal

        return str(format_decimal(value, locale=self.locale))

    def decimal(self, value: float, places: int = 3) -> str:
        """Return `value` with a fixed number of decimal places."""
        from babel.numbers import format_decimal

        return str(format_decimal(value, format="#,##0." + "0" * places, locale=self.locale))

    def percent(self, value: float) -> str:
        """Return a share as a percentage with one decimal place."""
        from babel.numbers import format_percent

        pattern = re.sub(r"0(?=[^0]*$)", "0.0", self.locale.percent_formats[None].pattern)
        return str(format_percent(value, format=pattern, locale=self.locale))

    def score(self, value: float | None, *, share: bool) -> str:
        """Return a score as people read it, or the sign of a blank."""
        if value is None:
            return self("blank")
        return self.percent(value) if share else self.decimal(value)

    def interval(self, low: float | None, high: float | None, *, share: bool) -> str:
        """Return an interval, or the sign of a blank."""
        if low is None or high is None:
            return self("blank")
        return f"{self.score(low, share=share)} – {self.score(high, share=share)}"

    def date(self, at: datetime) -> str:
        """Return a date and time in UTC."""
        from babel.dates import format_datetime

        return f"{format_datetime(at, format='d MMMM y, HH:mm', locale=self.locale)} UTC"

    def size(self, count: int) -> str:
        """Return a number of bytes in decimal units."""
        value, unit = float(count), "B"
        for larger in ("kB", "MB", "GB", "TB"):
            if value < 1000:  # noqa: PLR2004  # SI units
                break
            value, unit = value / 1000, larger
        return f"{self.number(count)} B" if unit == "B" else f"{self.decimal(value, 1)} {unit}"

    def language_name(self, tag: str) -> str:
        """Return the name of a language in the report's language; the tag itself where nobody knows it."""
        try:
            return display_name(tag, self.language)
        except NotFound:
            return line(tag, 40)

    def label(self, tag: str) -> str:
        """Return a language as it stands in tables and plots: its name here, then what it calls itself."""
        try:
            own = native_name(tag)
        except NotFound:
            return line(tag, 40)
        name = self.language_name(tag)
        return name if own.casefold() == name.casefold() else f"{name} · {own}"


def direction(tag: str) -> Direction:
    """Return the direction a language is written in; left to right where nobody knows the language."""
    try:
        return language(tag).direction
    except NotFound:
        return "ltr"


def available() -> tuple[str, ...]:
    """Return the languages a report can be written in."""
    catalogues = files("workbench.reports").joinpath(CATALOGUES)
    return tuple(sorted(entry.name.removesuffix(".json") for entry in catalogues.iterdir() if entry.name[0] != "_"))


@lru_cache(maxsize=8)
def words(tag: str) -> Words:
    """Return the words of a report in the language `tag`.

    Raises
    ------
    UsageError
        There is no catalogue in this language.
    NotFound
        `tag` is no language.
    """
    wanted = normalise_tag(tag)
    if wanted not in available():
        raise UsageError(
            f"reports cannot be written in {tag!r} yet",
            remedy=f"Choose one of: {', '.join(available())}. Items are always shown in their own language.",
        )
    text = files("workbench.reports").joinpath(CATALOGUES, f"{wanted}.json").read_text(encoding="utf-8")
    return Words(wanted, language(wanted).direction, json.loads(text))
