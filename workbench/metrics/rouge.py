"""ROUGE-L with the words of each language."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import BadInput
from workbench.languages import default_normaliser, words


def rouge_l(answer: str, references: Sequence[str], language: str) -> float:
    """Return the F1 of the longest common subsequence of words of answer and best reference.

    Parameters
    ----------
    answer, references
        A summary and those accepted; all go through the language's normaliser.
    language
        BCP-47 tag: decides normalisation, and how words are found where a script writes no spaces.

    Raises
    ------
    BadInput
        Without references.

    Notes
    -----
    Lin 2004, "ROUGE: A Package for Automatic Evaluation of Summaries", with F1; in English, without stemming, what
    `rouge_score`'s ``rougeL`` gives for texts of letters and digits.
    """
    if not references:
        raise BadInput("an answer needs at least one reference to be judged by")
    normaliser = default_normaliser(language)
    given = words(normaliser(answer), language)
    return max(_f1(given, words(normaliser(reference), language)) for reference in references)


def _f1(given: Sequence[str], expected: Sequence[str]) -> float:
    if not given or not expected:
        return 0.0
    return 2 * common_subsequence(given, expected) / (len(given) + len(expected))


def common_subsequence(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the length of the longest common subsequence, in len(first) × len(second) steps and one row of memory."""
    row = [0] * (len(second) + 1)
    for word in first:
        corner = 0
        for index, other in enumerate(second, start=1):
            above = row[index]
            row[index] = corner + 1 if word == other else max(above, row[index - 1])
            corner = above
    return row[-1]
