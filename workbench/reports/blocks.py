"""What may stand side by side: results of one pack that were asked the same question, grouped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.evaluation.result import Counts, PackFacts, Result, Score
from workbench.reports.clean import line
from workbench.reports.words import Words

NAME = 80


@dataclass(frozen=True, slots=True)
class Member:
    """One result within a block, under the label that tells its column from the others."""

    label: str
    result: Result
    pack: PackFacts


@dataclass(frozen=True, slots=True)
class Block:
    """One pack, asked one way, of one or several models.

    Attributes
    ----------
    pack
        As the first member's result describes it.
    members
        Results that answered the same question, in the order given.
    languages
        Tags, in the order the results have them.
    headline
        The metric the pack's card names first.
    apart
        What tells this block from others of the same pack, in words; empty when there is one block.
    """

    pack: PackFacts
    members: tuple[Member, ...]
    languages: tuple[str, ...]
    headline: str
    apart: str = ""

    def score(self, member: Member, language: str, metric: str | None = None) -> Score | None:
        """Return one score, the headline's by default, or None."""
        wanted = metric or self.headline
        return next(
            (
                score
                for score in member.result.scores
                if (score.pack, score.language, score.metric) == (self.pack.name, language, wanted)
            ),
            None,
        )

    def asked(self, member: Member, language: str) -> bool:
        """Return whether a member was asked in `language` at all; if so, a missing score is a blank."""
        asked = {score.language for score in self.scores(member)} | {entry.language for entry in self.counts(member)}
        return language in asked

    def scores(self, member: Member) -> tuple[Score, ...]:
        """Return every score a member has in this pack."""
        return tuple(score for score in member.result.scores if score.pack == self.pack.name)

    def counts(self, member: Member) -> tuple[Counts, ...]:
        """Return what happened to the items a member was asked."""
        return tuple(entry for entry in member.result.counts if entry.pack == self.pack.name)


Question = tuple[tuple[str, object], ...]


def labels(results: Sequence[Result]) -> tuple[str, ...]:
    """Return a name for each result: its model's, with the run's id where two runs are of one model."""
    # Names come from directories and cards that others made.
    names = [line(result.model.name, NAME) for result in results]
    times = Counter(names)
    return tuple(
        name if times[name] == 1 else f"{name} · {result.run_id}" for name, result in zip(names, results, strict=True)
    )


def blocks(results: Sequence[Result], words: Words) -> tuple[Block, ...]:
    """Group what `results` scored by pack and by question asked, in the order of first appearance."""
    grouped: dict[Question, list[Member]] = {}
    for result, label in zip(results, labels(results), strict=True):
        for pack in result.packs:
            grouped.setdefault(_question(result, pack), []).append(Member(label, result, pack))
    found = []
    for question, members in grouped.items():
        rivals = [other for other in grouped if other[0] == question[0]]
        apart = _apart(question, rivals, words) if len(rivals) > 1 else ""
        found.append(_block(tuple(members), apart))
    return tuple(found)


def _block(members: tuple[Member, ...], apart: str) -> Block:
    pack = members[0].pack
    tags: dict[str, None] = {}
    headlines: Counter[str] = Counter()
    for member in members:
        own = [score for score in member.result.scores if score.pack == pack.name]
        tags.update(dict.fromkeys(score.language for score in own))
        tags.update(dict.fromkeys(entry.language for entry in member.result.counts if entry.pack == pack.name))
        headlines.update(score.metric for score in own if score.headline)
        headlines.update({score.metric: 0 for score in own})
    headline = headlines.most_common(1)[0][0] if headlines else ""
    return Block(pack, members, tuple(tags), headline, apart)


def _question(result: Result, pack: PackFacts) -> Question:
    """Return all that must be equal before two scores may be compared."""
    spec = result.spec
    drawn = spec.shots > 0 or spec.limit is not None
    return (
        ("name", pack.name),
        ("digest", pack.digest),
        ("formulation", pack.formulation),
        ("wording", pack.wording),
        ("shots", spec.shots),
        ("prompt_language", spec.prompt_language),
        ("chat_template", spec.chat_template),
        ("limit", spec.limit),
        ("seed", spec.seed if drawn else None),
        ("parity", spec.parity),
        ("repeats", spec.repeats),
        ("temperature", spec.temperature),
    )


def _apart(question: Question, rivals: Sequence[Question], words: Words) -> str:
    differing = [
        (name, value) for index, (name, value) in enumerate(question) if len({rival[index] for rival in rivals}) > 1
    ]
    return ", ".join(words(f"apart.{name}", value=_plain(name, value, words)) for name, value in differing)


def _plain(name: str, value: object, words: Words) -> str:
    if value is None:
        return words("all")
    if isinstance(value, bool):
        return words("yes") if value else words("no")
    return str(value)[:12] if name == "digest" else str(value)
