"""chrF++ and BLEU, by sacrebleu, with the counts a bootstrap needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput
from workbench.languages import language

if TYPE_CHECKING:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

Floats = NDArray[np.float64]


def bleu_tokenizer(tag: str) -> str:
    """Return the sacrebleu tokenizer used for a language.

    ``zh`` for Chinese, ``char`` for every other script without spaces (the MeCab tokenizers need a dictionary and
    the SentencePiece ones a download, which an offline machine has not), ``13a`` for the rest.
    """
    record = language(tag)
    if record.tag.split("-", 1)[0] in ("zh", "yue"):
        return "zh"
    return "13a" if record.writes_spaces else "char"


def _scorer(metric: str, tag: str) -> BLEU | CHRF:
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    if metric == "chrf":
        return CHRF(word_order=2)
    return BLEU(tokenize=bleu_tokenizer(tag), force=True)


def _paired(answers: Sequence[str], references: Sequence[Sequence[str]]) -> list[list[str | None]]:
    """Return references as sacrebleu wants them: one list a reference number, None where an item has fewer."""
    if len(answers) != len(references):
        raise BadInput(f"{len(answers)} translations but references for {len(references)}")
    if not answers:
        raise BadInput("there are no translations to score")
    for position, accepted in enumerate(references):
        if not any(text.strip() for text in accepted):
            raise BadInput(f"item {position} has no reference translation")
    most = max(map(len, references))
    return [[accepted[k] if k < len(accepted) else None for accepted in references] for k in range(most)]


def count_rows(metric: str, answers: Sequence[str], references: Sequence[Sequence[str]], tag: str) -> Floats:
    """Return the n-gram counts of each translation: [items, columns], additive.

    Parameters
    ----------
    metric
        ``chrf`` or ``bleu``.
    answers, references
        One translation an item, and its references (at least one).
    tag
        Language of the translations; decides BLEU's tokenizer.

    Raises
    ------
    BadInput
        When the lists do not pair up, are empty, or an item has no reference.
    """
    columns = _paired(answers, references)
    scorer: Any = _scorer(metric, tag)
    # sacrebleu's own bootstrap (sacrebleu.significance) is built on these two; it has no public way to cluster.
    return np.asarray(scorer._extract_corpus_statistics(list(answers), columns), dtype=np.float64)  # noqa: SLF001


def score_of_counts(metric: str, sums: Floats, tag: str) -> Floats:
    """Return the score of each row of summed counts: [resamples]."""
    scorer: Any = _scorer(metric, tag)
    whole = np.rint(sums).astype(np.int64)
    return np.array([scorer._compute_score_from_stats(row.tolist()).score for row in whole])  # noqa: SLF001 — as above


def chrf(answers: Sequence[str], references: Sequence[Sequence[str]], tag: str = "und") -> float:
    """Return chrF++ of translations, 0 to 100; parameters and errors as `count_rows`.

    Notes
    -----
    Popović 2017, "chrF++: words helping character n-grams", WMT.
    """
    rows = count_rows("chrf", answers, references, tag)
    return float(score_of_counts("chrf", rows.sum(axis=0, keepdims=True), tag)[0])


def bleu(answers: Sequence[str], references: Sequence[Sequence[str]], tag: str) -> float:
    """Return BLEU of translations, 0 to 100; parameters and errors as `count_rows`.

    Notes
    -----
    Papineni et al. 2002; tokenised as `bleu_tokenizer` says, exponential smoothing.
    """
    rows = count_rows("bleu", answers, references, tag)
    return float(score_of_counts("bleu", rows.sum(axis=0, keepdims=True), tag)[0])


def signature(metric: str, tag: str) -> str:
    """Return sacrebleu's signature of a metric in a language, e.g. ``…|tok:char|smooth:exp|version:2.6.0``."""
    scorer: Any = _scorer(metric, tag)
    scorer.num_refs = 1
    return str(scorer.get_signature())
