"""Written answers against references: exact match, token F1, numeric match, and what each rule changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType

from workbench.errors import BadInput
from workbench.languages import RULES, Normaliser, default_normaliser, numbers, words
from workbench.metrics.rouge import rouge_l

SEGMENTATION = "segmentation"
"""Name under which the finding of words is listed among the rules."""

_LIGHT = ("nfkc", "casefold", "whitespace")


def _normal(text: str, normaliser: Normaliser) -> str:
    """Return the normalised text; lightly normalised where nothing would be left of it (``?``, ``The The``)."""
    return normaliser(text) or replace(normaliser, rules=tuple(r for r in _LIGHT if r in normaliser.rules))(text)


def _needs_references(references: Sequence[str]) -> None:
    if not references:
        raise BadInput("an answer needs at least one reference to be judged by")


def exact_match(answer: str, references: Sequence[str], language: str, normaliser: Normaliser | None = None) -> float:
    """Return 1 when the answer equals a reference after normalisation, else 0.

    Parameters
    ----------
    answer, references
        The extracted answer and every accepted one. An empty answer equals an empty reference only.
    language
        Tag; decides the rules.
    normaliser
        Instead of the language's default.

    Raises
    ------
    BadInput
        Without references.

    Notes
    -----
    Rajpurkar et al. 2016, SQuAD, arXiv 1606.05250.
    """
    _needs_references(references)
    chosen = normaliser or default_normaliser(language)
    given = _normal(answer, chosen)
    return float(any(given == _normal(reference, chosen) for reference in references))


def token_f1(
    answer: str,
    references: Sequence[str],
    language: str,
    normaliser: Normaliser | None = None,
    *,
    segment: bool = True,
) -> float:
    """Return the F1 of the words that answer and best reference share, after normalisation.

    Parameters
    ----------
    answer, references, language, normaliser
        As in `exact_match`.
    segment
        Find words by `workbench.languages.words`; False: split at spaces only.

    Raises
    ------
    BadInput
        Without references.

    Notes
    -----
    Rajpurkar et al. 2016, SQuAD; per-language rules after Lewis et al. 2020, MLQA, arXiv 1910.07475.
    """
    _needs_references(references)
    chosen = normaliser or default_normaliser(language)

    def bag(text: str) -> Counter[str]:
        normal = _normal(text, chosen)
        return Counter((words(normal, language) or (normal.split())) if segment else normal.split())

    given = bag(answer)
    return max(_overlap_f1(given, bag(reference)) for reference in references)


def _overlap_f1(given: Counter[str], expected: Counter[str]) -> float:
    if not given or not expected:
        return float(given == expected)
    shared = (given & expected).total()
    return 2 * shared / (given.total() + expected.total())


def numeric_match(answer: str, references: Sequence[str], language: str) -> float:
    """Return 1 when the last number of the answer equals the number of a reference, else 0.

    An answer is read by the language's own marks. A reference may also follow the English ones, because many
    benchmarks keep English notation in every language (MGSM's German file says ``2,125``).

    Raises
    ------
    BadInput
        Without references, or when a reference holds no number.

    Notes
    -----
    Shi et al. 2022, MGSM, arXiv 2210.03057.
    """
    _needs_references(references)
    accepted: set[Decimal] = set()
    for reference in references:
        readings = [numbers(reference, tag) for tag in (language, "en")]
        if not all(readings):
            raise BadInput(f"the reference {reference!r} holds no number")
        accepted.update(found[-1].value for found in readings)
    given = numbers(answer, language)
    return float(bool(given) and given[-1].value in accepted)


@dataclass(frozen=True, slots=True)
class RuleEffect:
    """How many scores changed when a rule was added to those before it: of them, how many rose and fell."""

    rule: str
    changed: int
    raised: int
    lowered: int


def rule_effects(
    judged: Sequence[tuple[str, Sequence[str], str]], metric: str = "exact_match"
) -> tuple[RuleEffect, ...]:
    """Return what each normalisation rule did to the scores of some answers.

    Parameters
    ----------
    judged
        Answer, references and language tag of each item.
    metric
        ``exact_match`` or ``token_f1``; the latter also lists `SEGMENTATION`.

    Returns
    -------
    tuple of RuleEffect
        In order of application; each compares with the rules before it, so the changes add up to the whole.

    Raises
    ------
    BadInput
        When the metric is another, or an item has no reference.
    """
    if metric not in ("exact_match", "token_f1"):
        raise BadInput(f"{metric} does not normalise text", remedy="Use exact_match or token_f1.")
    raised: Counter[str] = Counter()
    lowered: Counter[str] = Counter()
    used: set[str] = set()
    for answer, references, language in judged:
        full = default_normaliser(language)
        before: float | None = None
        for count in range(len(full.rules) + 1):
            partial = replace(full, rules=full.rules[:count])
            if metric == "exact_match":
                score = exact_match(answer, references, language, partial)
            else:
                score = token_f1(answer, references, language, partial, segment=False)
            if before is not None:
                _note(full.rules[count - 1], before, score, raised, lowered)
            before = score
        used.update(full.rules)
        if metric == "token_f1" and before is not None:
            _note(SEGMENTATION, before, token_f1(answer, references, language), raised, lowered)
            used.add(SEGMENTATION)
    names = [name for name in (*RULES, SEGMENTATION) if name in used]
    return tuple(RuleEffect(name, raised[name] + lowered[name], raised[name], lowered[name]) for name in names)


def _note(rule: str, before: float, after: float, raised: Counter[str], lowered: Counter[str]) -> None:
    raised[rule] += after > before
    lowered[rule] += after < before


ItemMetric = Callable[[str, Sequence[str], str], float]

ITEM_METRICS: Mapping[str, ItemMetric] = MappingProxyType(
    {"exact_match": exact_match, "token_f1": token_f1, "numeric_match": numeric_match, "rouge_l": rouge_l}
)
"""Metrics that score one written answer by itself: (answer, references, language) → score."""


def judge_text(
    answer: str, references: Sequence[str], language: str, metrics: Sequence[str]
) -> tuple[tuple[str, float], ...]:
    """Judge one written answer by those of `metrics` that score an item on its own.

    Corpus metrics (chrF++, BLEU) are left to `workbench.metrics.summarise`. `numeric_match` is left out where no
    reference holds a number: an item without that score cannot be summed up, and is named then.

    Raises
    ------
    BadInput
        Without references.
    """
    _needs_references(references)
    numeric = [reference for reference in references if numbers(reference, language)]
    scores: list[tuple[str, float]] = []
    for name in metrics:
        accepted = numeric if name == "numeric_match" else references
        if name in ITEM_METRICS and accepted:
            scores.append((name, ITEM_METRICS[name](answer, accepted, language)))
    return tuple(scores)
