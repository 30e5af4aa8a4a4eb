"""Which of several languages a text is most like, by the letters that follow each other in it."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

LONGEST = 3
"""Characters in the longest sequence that is counted."""
SMOOTHING = 0.5
FEWEST_SEQUENCES = 400
"""A language with less text than this is not guessed."""


@dataclass(frozen=True, slots=True)
class Guess:
    """The likeliest language, and by how many nats it is likelier than the one asked about."""

    language: str
    lead: float


@dataclass(frozen=True, slots=True)
class Profiles:
    """How often each sequence of letters stands in sample texts of each language.

    Notes
    -----
    A naive Bayes model of character sequences, after Dunning 1994, "Statistical identification of language"; it tells
    apart only languages that it has samples of.
    """

    counts: Mapping[str, Mapping[str, int]]
    totals: Mapping[str, int]
    distinct: int

    @classmethod
    def of(cls, samples: Mapping[str, Iterable[str]]) -> Profiles:
        """Count the sequences in `samples`, texts by language."""
        counted = {tag: Counter(each for text in texts for each in sequences(text)) for tag, texts in samples.items()}
        kept = {tag: counts for tag, counts in counted.items() if counts.total() >= FEWEST_SEQUENCES}
        distinct = len(set().union(*kept.values())) if kept else 0
        totals = {tag: counts.total() for tag, counts in kept.items()}
        return cls(MappingProxyType(kept), MappingProxyType(totals), distinct)

    def guess(self, text: str, declared: str) -> Guess | None:
        """Return the likeliest language of `text`, with its lead over `declared`; None where nothing can be said."""
        if declared not in self.counts:
            return None
        found = Counter(sequences(text))
        if not found:
            return None
        likelihoods = {tag: self._likelihood(found, tag) for tag in self.counts}
        best = max(likelihoods, key=lambda tag: likelihoods[tag])
        return Guess(best, likelihoods[best] - likelihoods[declared])

    def _likelihood(self, found: Counter[str], tag: str) -> float:
        counts, total = self.counts[tag], self.totals[tag] + SMOOTHING * self.distinct
        return sum(
            number * math.log((counts.get(sequence, 0) + SMOOTHING) / total) for sequence, number in found.items()
        )


def sequences(text: str) -> list[str]:
    """Return the sequences of up to `LONGEST` letters in `text`, a space standing for whatever is between words."""
    import regex  # `re` takes the vowel signs of many scripts for punctuation

    folded = unicodedata.normalize("NFC", text).casefold()
    letters = regex.sub(r"[^\p{L}\p{M}]+", " ", folded).strip()
    padded = f" {letters} "
    return [
        padded[start : start + length]
        for length in range(1, LONGEST + 1)
        for start in range(len(padded) - length + 1)
        if padded[start : start + length].strip()
    ]
