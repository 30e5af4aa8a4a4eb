"""Grammatical error correction: the edits that make a sentence its correction, and how many a model gets right."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput

Floats = NDArray[np.float64]
Edit: TypeAlias = tuple[int, int, tuple[str, ...]]
"""First token that is replaced, first one that is not, what stands there instead."""
BETA = 0.5
"""Precision counts twice as much as recall: a wrong correction is worse than a missed one."""
COUNTS = ("edits_right", "edits_wrong", "edits_missed")
_TOKEN = re.compile(r"\w+(?:[’'ʼ\-]\w+)*|[^\w\s]")


def tokens(text: str) -> list[str]:
    """Return words and punctuation marks: ``no , no`` and ``no, no`` are the same tokens."""
    return _TOKEN.findall(text)


def edits(sentence: str, corrected: str) -> Counter[Edit]:
    """Return the edits that turn one text into the other, by the longest common runs of their tokens."""
    before, after = tokens(sentence), tokens(corrected)
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    return Counter(
        (start, end, tuple(after[first:last]))
        for kind, start, end, first, last in matcher.get_opcodes()
        if kind != "equal"
    )


def edit_counts(sentence: str, answer: str, corrections: Sequence[str]) -> tuple[int, int, int]:
    """Return how many edits of an answer are right, wrong and missing, held against the annotator who fits it best.

    Parameters
    ----------
    sentence
        The sentence as it was asked.
    answer
        What the model made of it; the empty text, where nothing could be read out, changes nothing.
    corrections
        The sentence as each annotator left it.

    Raises
    ------
    BadInput
        Without a correction.

    Notes
    -----
    As the M2 scorer (Dahlmeier & Ng 2012, "Better Evaluation for Grammatical Error Correction"), with two differences:
    edits are found in answer and corrections in the same way instead of being read from the annotation, and the
    annotator is chosen for each sentence by itself, so that the counts of sentences add up.
    """
    if not corrections:
        raise BadInput("there is no correction to compare with")
    own = edits(sentence, answer or sentence)
    found = []
    for correction in corrections:
        gold = edits(sentence, correction)
        right = (own & gold).total()
        found.append((right, own.total() - right, gold.total() - right))
    return max(found, key=lambda counts: (_f(*counts), counts[0], -counts[1], -counts[2]))


def edit_f05(sentences: Sequence[str], answers: Sequence[str], corrections: Sequence[Sequence[str]]) -> float:
    """Return F0.5 over all sentences, 0 to 1; 1 where there was nothing to correct and nothing was changed.

    Raises
    ------
    BadInput
        Lists of different lengths, or none.
    """
    if not len(sentences) == len(answers) == len(corrections):
        raise BadInput(f"{len(sentences)} sentences, {len(answers)} answers and {len(corrections)} corrections")
    if not sentences:
        raise BadInput("there are no sentences to score")
    rows = [edit_counts(*each) for each in zip(sentences, answers, corrections, strict=True)]
    return float(f_of_sums(np.array(rows, dtype=np.float64).sum(axis=0, keepdims=True))[0])


def f_of_sums(sums: Floats) -> Floats:
    """Return F0.5 of each row of summed counts, shape [resamples, 3] in the order of `COUNTS`."""
    return np.array([_f(*row) for row in sums.tolist()])


def _f(right: float, wrong: float, missed: float) -> float:
    if not right + wrong + missed:
        return 1.0
    return (1 + BETA**2) * right / ((1 + BETA**2) * right + wrong + BETA**2 * missed)


def judge_correction(sentence: str, answer: str, corrections: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """Return the counts of one answer as scores by name, for `workbench.metrics.summarise`."""
    return tuple(zip(COUNTS, map(float, edit_counts(sentence, answer, corrections)), strict=True))
