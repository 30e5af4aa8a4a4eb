"""The verdict in words: what each score says about a model, grouped so that the answer comes first."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.evaluation.result import Score, Verdict
from workbench.reports.blocks import Block, Member
from workbench.reports.scales import is_share, metric_title
from workbench.reports.words import Words

TONES = {
    Verdict.ABOVE_CHANCE: "above",
    Verdict.NOT_DISTINGUISHABLE: "indistinct",
    Verdict.BELOW_CHANCE: "below",
    Verdict.NO_CHANCE_LEVEL: "none",
    Verdict.NOT_SCORED: "blank",
}
MANY = 12
ORDER = ("above", "indistinct", "below", "none", "blank")
SIGNS = {"above": "▲", "indistinct": "○", "below": "▼", "none": "·", "blank": "–"}


@dataclass(frozen=True, slots=True)
class VerdictLine:
    """One language: its name, and the sentence about it.

    `sentence` is complete and starts in lower case; `short` is for long lists, whose numbers stand in the table.
    """

    tag: str
    language: str
    tone: str
    sentence: str
    short: str


@dataclass(frozen=True, slots=True)
class VerdictGroup:
    """The languages of one verdict."""

    tone: str
    sign: str
    title: str
    extent: str
    lines: tuple[VerdictLine, ...]

    @property
    def many(self) -> bool:
        """Whether a sentence a language would bury the answer."""
        return len(self.lines) > MANY


@dataclass(frozen=True, slots=True)
class ModelVerdict:
    """One model on one pack."""

    title: str
    groups: tuple[VerdictGroup, ...]


def tone(score: Score | None) -> str:
    """Return the kind of verdict; a score that is not there, or has no value, is a blank and never a pass."""
    if score is None or score.value is None:
        return "blank"
    return TONES[score.verdict]


def verdict_word(score: Score | None, words: Words) -> str:
    """Return a verdict as a few words, for a table's cell."""
    return words(f"verdict.{tone(score)}")


def model_verdicts(block: Block, words: Words) -> tuple[ModelVerdict, ...]:
    """Return the verdicts of every model of a block."""
    return tuple(_of_member(block, member, words) for member in block.members)


def verdict_line(block: Block, member: Member, tag: str, words: Words) -> VerdictLine:
    """Return what one model's headline score in one language says."""
    score = block.score(member, tag)
    language, kind = words.language_name(tag), tone(score)
    if score is None or score.value is None:
        counted = next((entry for entry in block.counts(member) if entry.language == tag), None)
        planned, failed = (counted.planned, counted.failed) if counted else (0, 0)
        sentence = words(
            "verdict.line.blank", language=language, failed=words.number(failed), planned=words.number(planned)
        )
        return VerdictLine(tag, language, kind, sentence, language)
    share = is_share(score)
    numbers = {
        "language": language,
        "metric": metric_title(score.metric, words),
        "value": words.score(score.value, share=share),
        "low": words.score(score.low, share=share),
        "high": words.score(score.high, share=share),
        "chance": words.score(score.chance, share=share),
    }
    bounded = score.low is not None and score.high is not None
    if kind == "none":
        sentence = words("verdict.line.none" if bounded else "verdict.line.none.bare", **numbers)
    elif bounded:
        sentence = words(f"verdict.line.{kind}", **numbers)
    else:
        sentence = words("verdict.line.bare", verdict=score.verdict.value, **numbers)
    short = words("verdict.short", **numbers)
    if kind == "above" and score.majority is not None and score.low is not None and score.low <= score.majority:
        majority = words("verdict.majority", majority=words.score(score.majority, share=share))
        sentence, short = f"{sentence}; {majority}", words("verdict.short.majority", **numbers)
    return VerdictLine(tag, language, kind, sentence, short)


def _of_member(block: Block, member: Member, words: Words) -> ModelVerdict:
    lines = [verdict_line(block, member, tag, words) for tag in block.languages if block.asked(member, tag)]
    groups = []
    for kind in ORDER:
        some = tuple(sorted((line for line in lines if line.tone == kind), key=lambda line: line.language))
        if not some:
            continue
        every = len(some) == len(lines) and len(lines) > 1
        counted = {"n": words.number(len(some)), "total": words.number(len(lines))}
        extent = words("verdict.all" if every else "verdict.some", **counted) if len(lines) > 1 else ""
        groups.append(VerdictGroup(kind, SIGNS[kind], words(f"verdict.{kind}"), extent, some))
    key = "verdict.of.apart" if block.apart else "verdict.of"
    return ModelVerdict(words(key, model=member.label, pack=block.pack.title, apart=block.apart), tuple(groups))
