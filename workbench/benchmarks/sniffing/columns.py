"""What each field of many records holds, whatever it is called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from workbench.benchmarks.fields import EVERY, text_of
from workbench.benchmarks.readers import Record

MAX_DEPTH = 6
MOST_RECORDS = 6000
MOST_COLUMNS = 200
FEW_VALUES = 40
REPEATED = 3.0
"""How often a value of few stands there on average."""
_CODE = re.compile(r"[a-z]{2,3}|[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})+|[A-Z]{2,4}")
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:([,.\u00a0\u202f ])\d{3})+(?:[.,]\d+)?|[+-]?\d+(?:[.,/]\d+)?")


@dataclass(frozen=True)
class Column:
    """One field of the records.

    Attributes
    ----------
    path
        As a recipe writes it: ``a.b``, ``a.0.b``, ``a.*.b``.
    many
        Whether a record holds several values there.
    values
        For each record its value as text, None where it has none; empty where `many`.
    lists
        For each record its values as texts; empty where not `many`.
    types
        How often each JSON type stands there.
    """

    path: str
    many: bool
    values: tuple[str | None, ...]
    lists: tuple[tuple[str, ...], ...]
    types: Counter[str]

    @cached_property
    def filled(self) -> tuple[str, ...]:
        """Every value that is there and not empty."""
        if self.many:
            return tuple(value for some in self.lists for value in some if value.strip())
        return tuple(value for value in self.values if value is not None and value.strip())

    @cached_property
    def share_filled(self) -> float:
        """Share of records with a value."""
        if self.many:
            return sum(bool(some) for some in self.lists) / len(self.lists)
        return len(self.filled) / len(self.values)

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each value stands there, white space at its ends left aside."""
        return Counter(value.strip() for value in self.filled)

    @cached_property
    def mean_length(self) -> float:
        """Mean number of characters of a value."""
        return sum(map(len, self.filled)) / len(self.filled) if self.filled else 0.0

    @cached_property
    def letters(self) -> float:
        """Share of letters among the characters that are not white space."""
        characters = [each for value in self.filled[:400] for each in value if not each.isspace()]
        return sum(each.isalpha() or not each.isascii() for each in characters) / len(characters) if characters else 0.0

    @cached_property
    def numeric(self) -> float:
        """Share of values that are numbers."""
        return sum(_is_number(value) for value in self.filled) / len(self.filled) if self.filled else 0.0

    @cached_property
    def few(self) -> bool:
        """Whether the same few values stand there again and again: a label, a category, a gold answer's number."""
        return 1 < len(self.counts) <= FEW_VALUES and len(self.filled) >= REPEATED * len(self.counts)

    @cached_property
    def constant(self) -> bool:
        """Whether nothing ever changes."""
        return len(self.counts) <= 1

    @cached_property
    def boolean(self) -> bool:
        """Whether JSON holds true and false there."""
        return self.types["bool"] > len(self.filled) / 2

    @cached_property
    def unique(self) -> bool:
        """Whether no two records share a value."""
        return not self.many and len(self.counts) == len(self.filled) == len(self.values)

    @cached_property
    def is_id(self) -> bool:
        """Whether it names records: every value its own, one word, and not what a language is made of."""
        if not self.unique or any(any(map(str.isspace, value.strip())) for value in self.filled[:200]):
            return False
        digits = sum(any(map(str.isdecimal, value)) for value in self.filled) / len(self.filled)
        return digits > 0.9 and self.mean_length <= 80  # noqa: PLR2004

    @cached_property
    def is_code(self) -> bool:
        """Whether its values are short codes in Latin letters, as of languages and countries."""
        codes = sum(bool(_CODE.fullmatch(value.strip())) for value in self.filled[:400])
        return codes > 0.9 * len(self.filled[:400])

    @cached_property
    def is_text(self) -> bool:
        """Whether it holds language: letters, many different values, no ids."""
        return (
            len(self.filled) > 0
            and not self.is_id
            and not self.boolean
            and self.numeric < 0.8  # noqa: PLR2004
            and self.letters > 0.5  # noqa: PLR2004
            and not self.is_written_data
            and (self.many or len(self.counts) > max(2, len(self.filled) / 20) or not self.few)
        )

    @cached_property
    def is_written_data(self) -> bool:
        """Whether values are lists or objects written as text, or addresses."""
        written = sum(value.strip()[:1] in ("[", "{") and value.strip()[-1:] in ("]", "}") for value in self.filled)
        links = sum(value.startswith(("http://", "https://")) for value in self.filled)
        return written + links > len(self.filled) / 2


def _is_number(text: str) -> bool:
    stripped = text.strip()
    return bool(_NUMBER.fullmatch(stripped)) or stripped.removeprefix("-").isdecimal()


def number_separators(values: Sequence[str]) -> Counter[str]:
    """Return which signs stand between the thousands of numbers."""
    found = (_NUMBER.fullmatch(value.strip()) for value in values)
    return Counter(match.group(1) for match in found if match is not None and match.group(1))


def find_columns(records: Sequence[Record]) -> tuple[Column, ...]:
    """Return the fields of records, in the order they are first met."""
    step = max(1, -(-len(records) // MOST_RECORDS))
    sample = records[::step]
    single = _single_entries(sample)
    rows = [dict(_flat(record.data, "", single)) for record in sample]
    paths = dict.fromkeys(path for row in rows for path in row)
    columns = []
    for path in list(paths)[:MOST_COLUMNS]:
        found = [row.get(path) for row in rows]
        many = any(isinstance(value, list) for value in found)
        types = Counter(
            type(each).__name__ for value in found for each in (value if isinstance(value, list) else [value])
        )
        if many:
            lists = tuple(
                tuple(
                    text_of(each) or ""
                    for each in (value if isinstance(value, list) else [] if value is None else [value])
                )
                for value in found
            )
            columns.append(Column(path, many, (), lists, types))
        else:
            columns.append(Column(path, many, tuple(text_of(value) for value in found), (), types))
    return tuple(columns)


def _single_entries(records: Sequence[Record]) -> frozenset[str]:
    """Return the keys of lists that always hold exactly one object: only a wrapping, not several values."""
    sizes: dict[str, set[int]] = {}
    for record in records:
        for key, value in record.data.items():
            if isinstance(value, list):
                objects = bool(value) and all(isinstance(each, dict) for each in value)
                sizes.setdefault(key, set()).add(len(value) if objects else -1)
    return frozenset(key for key, found in sizes.items() if found == {1})


def _flat(value: Any, path: str, single: frozenset[str], depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield the path and value of each field; the values of a list together."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        for key, each in value.items():
            if path and ("." in key or key == EVERY):
                continue  # a path could not name it
            yield from _flat(each, f"{path}.{key}" if path else key, single, depth + 1)
    elif isinstance(value, list) and path in single and value:
        yield from _flat(value[0], f"{path}.0", single, depth + 1)
    elif isinstance(value, list):
        yield from _listed(value, path, depth)
    else:
        yield path, value


def _listed(value: list[Any], path: str, depth: int) -> Iterator[tuple[str, Any]]:
    if not any(isinstance(each, dict) for each in value):
        yield path, [each for each in value if not isinstance(each, list)]
        return
    below: dict[str, list[Any]] = {}
    for entry in value:
        for inner, found in _flat(entry, "", frozenset(), depth + 1) if isinstance(entry, dict) else ():
            below.setdefault(inner, []).extend(found if isinstance(found, list) else [found])
    for inner, found in below.items():
        yield f"{path}.{EVERY}.{inner}", found


def similarity(first: Column, second: Column, most: int = 300) -> float:
    """Return how much two fields of the same records share: the mean overlap of their character bigrams, 0 to 1."""
    total, count = 0.0, 0
    for one, other in zip(first.values, second.values, strict=True):
        if one and other:
            left, right = _bigrams(one), _bigrams(other)
            union = len(left | right)
            total, count = total + (len(left & right) / union if union else 0.0), count + 1
        if count >= most:
            break
    return total / count if count else 0.0


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[start : start + 2] for start in range(len(text) - 1))
