"""Which choice a model prefers, what ties are worth, and the accuracies that follow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.errors import BadInput


@dataclass(frozen=True, slots=True)
class Choice:
    """The outcome of comparing choices.

    Attributes
    ----------
    prediction
        Index of the best choice, the first of those that tie.
    best
        Indices of all choices that share the highest score.
    choices
        How many there were.
    parity
        Whether the first of a tie wins, as in lm-evaluation-harness.
    """

    prediction: int
    best: tuple[int, ...]
    choices: int
    parity: bool = False

    @property
    def tied(self) -> int:
        """Return how many choices share the highest score; 1 means no tie."""
        return len(self.best)

    def credit(self, gold: int) -> float:
        """Return what the prediction earns: 1/k in a tie of k that holds the gold choice.

        Raises
        ------
        BadInput
            When `gold` is no index of a choice.
        """
        if not 0 <= gold < self.choices:
            raise BadInput(f"gold index {gold} lies outside the {self.choices} choices")
        if self.parity:
            return float(self.prediction == gold)
        return 1.0 / self.tied if gold in self.best else 0.0


@dataclass(frozen=True, slots=True)
class ChoiceJudgement:
    """A judged item: the preferred choice, how many tied with it, and its score by each accuracy."""

    prediction: int
    tied: int
    scores: tuple[tuple[str, float], ...]


def choose(log_likelihoods: Sequence[float], lengths: Sequence[int] | None = None, *, parity: bool = False) -> Choice:
    """Return the choice with the highest log-likelihood.

    Parameters
    ----------
    log_likelihoods
        Natural logarithms, one a choice. Minus infinity is a probability of zero.
    lengths
        Divide each by this (characters or bytes of the bare choice); None: compare them as they are.
    parity
        The first of a tie wins.

    Raises
    ------
    BadInput
        Without choices, with NaN or plus infinity, or when a length is missing or zero.
    """
    if not log_likelihoods:
        raise BadInput("there are no choices to compare")
    for index, value in enumerate(log_likelihoods):
        if math.isnan(value) or value == math.inf:
            raise BadInput(
                f"the log-likelihood of choice {index} is {value}",
                remedy="The model computed no probability: try --dtype float32, and check its weights.",
            )
    scores = list(log_likelihoods)
    if lengths is not None:
        if len(lengths) != len(scores):
            raise BadInput(f"{len(scores)} log-likelihoods but {len(lengths)} lengths")
        if min(lengths) < 1:
            raise BadInput(f"choice {list(lengths).index(min(lengths))} is empty and has no length to divide by")
        scores = [score / length for score, length in zip(scores, lengths, strict=True)]
    highest = max(scores)
    best = tuple(index for index, score in enumerate(scores) if score == highest)
    return Choice(best[0], best, len(scores), parity)


def judge_choice(
    log_likelihoods: Sequence[float],
    characters: Sequence[int],
    byte_counts: Sequence[int],
    gold: int,
    *,
    parity: bool = False,
) -> ChoiceJudgement:
    """Judge one item by the log-likelihoods of its choices.

    Parameters
    ----------
    log_likelihoods, characters, byte_counts
        One entry a choice: natural logarithm, code points and UTF-8 bytes of the bare choice.
    gold
        Index of the right choice.
    parity
        The first of a tie wins.

    Returns
    -------
    ChoiceJudgement
        Prediction and tie by the plain log-likelihoods; scores by `accuracy`, `accuracy_norm_chars` and
        `accuracy_norm_bytes`.

    Raises
    ------
    BadInput
        As `choose`, or when `gold` lies outside the choices.
    """
    plain = choose(log_likelihoods, parity=parity)
    return ChoiceJudgement(
        plain.prediction,
        plain.tied,
        (
            ("accuracy", plain.credit(gold)),
            ("accuracy_norm_chars", choose(log_likelihoods, characters, parity=parity).credit(gold)),
            ("accuracy_norm_bytes", choose(log_likelihoods, byte_counts, parity=parity).credit(gold)),
        ),
    )


def judge_prediction(prediction: int | None, gold: int, choices: int) -> tuple[tuple[str, float], ...]:
    """Judge a choice that was read from a written answer; None (nothing could be read) is wrong.

    Raises
    ------
    BadInput
        When gold or prediction lies outside the choices.
    """
    for name, index in (("gold", gold), ("prediction", prediction)):
        if index is not None and not 0 <= index < choices:
            raise BadInput(f"{name} index {index} lies outside the {choices} choices")
    return (("accuracy", float(prediction == gold)),)
