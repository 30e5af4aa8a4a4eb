"""What a reader must know before quoting a number: worked out from the results, not from good intentions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.evaluation.result import Counts, Result, Score
from workbench.reports.blocks import Block, labels
from workbench.reports.words import Words

FEW = 100
LEVEL = 0.05
MOST = 8
FULL_PRECISION = "float32"
UNQUANTISED = frozenset({"none", "no", "f32", "f16", "bf16", "float32", "float16", "bfloat16"})


def limits(results: Sequence[Result], blocks: Sequence[Block], words: Words) -> tuple[str, ...]:
    """Return the limits of what `results` say, the gravest first, each a sentence."""
    found = [
        *_made_up(results, words),
        *_blanks(results, words),
        *_lost(results, words),
        *_weights(results, words),
        *_packs(blocks, words),
        *_few(results, words),
        *_answers(results, words),
        *_verdicts(results, words),
        words("limit.wording"),
        words("limit.seen"),
    ]
    return tuple(dict.fromkeys(found))


def _made_up(results: Sequence[Result], words: Words) -> Iterable[str]:
    for result, label in zip(results, labels(results), strict=True):
        if result.spec.engine == "fake":
            yield words("limit.fake", model=label)


def _blanks(results: Sequence[Result], words: Words) -> Iterable[str]:
    blanks = [score for score in _headlines(results) if score.value is None]
    if blanks:
        yield words("limit.blank", where=_some(blanks, words))


def _lost(results: Sequence[Result], words: Words) -> Iterable[str]:
    counts = [entry for result in results for entry in result.counts]
    failed = [entry for entry in counts if entry.failed]
    if failed:
        yield words(
            "limit.failed",
            n=words.number(sum(entry.failed for entry in failed)),
            planned=words.number(sum(entry.planned for entry in failed)),
            where=_some(failed, words),
        )


def _weights(results: Sequence[Result], words: Words) -> Iterable[str]:
    for result, label in zip(results, labels(results), strict=True):
        quantisation = result.model.quantisation.value
        if quantisation is None:
            if result.model.format == "gguf":
                yield words("limit.quantisation_unknown", model=label)
        elif quantisation.lower() not in UNQUANTISED:
            yield words("limit.quantised", model=label, quantisation=quantisation)
        if result.engine.dtype != FULL_PRECISION:
            yield words("limit.reduced", model=label, dtype=result.engine.dtype)
        if result.model.licence.value is None:
            yield words("limit.licence_unknown", what=label)


def _packs(blocks: Sequence[Block], words: Words) -> Iterable[str]:
    for block in blocks:
        pack = block.pack
        if pack.reviewed.value is None:
            yield words("limit.reviewed_unknown", pack=pack.title)
        elif not pack.reviewed.value:
            yield words("limit.unreviewed", pack=pack.title)
        if pack.origin.value is None:
            yield words("limit.origin_unknown", pack=pack.title)
        elif pack.origin.value != "native":
            yield words("limit.translated", pack=pack.title, origin=pack.origin.value)
        if pack.licence.value is None:
            yield words("limit.licence_unknown", what=pack.title)


def _few(results: Sequence[Result], words: Words) -> Iterable[str]:
    few = [score for score in _headlines(results) if score.value is not None and score.n < FEW]
    if few:
        yield words("limit.few", where=_some(few, words), n=min(score.n for score in few))
    for score in _headlines(results):
        if 0 < score.groups < score.n:
            numbers = {"n": words.number(score.n), "groups": words.number(score.groups)}
            yield words("limit.groups", where=_some([score], words), **numbers)
    for result in results:
        if result.spec.limit is not None:
            yield words("limit.sample", limit=words.number(result.spec.limit), seed=result.spec.seed)


def _answers(results: Sequence[Result], words: Words) -> Iterable[str]:
    counts = [entry for result in results for entry in result.counts]
    for key, field in (
        ("limit.truncated", "truncated"),
        ("limit.tied", "tied"),
        ("limit.fallback", "fallback"),
        ("limit.unread", "extraction_failed"),
    ):
        some = [entry for entry in counts if getattr(entry, field)]
        if some:
            total = words.number(sum(getattr(entry, field) for entry in some))
            yield words(key, n=total, where=_some(some, words))


def _verdicts(results: Sequence[Result], words: Words) -> Iterable[str]:
    tested = [score for score in _headlines(results) if score.value is not None and score.chance is not None]
    if len(tested) > 1:
        expected = words.decimal(len(tested) * LEVEL, 1)
        yield words("limit.many", n=words.number(len(tested)), expected=expected)


def _headlines(results: Sequence[Result]) -> list[Score]:
    return [score for result in results for score in result.scores if score.headline]


def _some(entries: Iterable[Score | Counts], words: Words) -> str:
    """Return where something was found: each pack with its languages, and how many more there are."""
    places: dict[str, dict[str, None]] = {}
    for entry in entries:
        places.setdefault(entry.pack, {})[words.language_name(entry.language)] = None
    return "; ".join(f"{pack}: {_few_names(list(languages))}" for pack, languages in places.items())


def _few_names(names: list[str]) -> str:
    rest = len(names) - MOST
    return ", ".join(names[:MOST]) + (f" +{rest}" if rest > 0 else "")
