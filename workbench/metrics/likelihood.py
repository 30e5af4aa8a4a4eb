"""Bits per byte."""

from __future__ import annotations

import math
from collections.abc import Sequence

from workbench.errors import BadInput


def bits_per_byte(log_likelihoods: Sequence[float], byte_counts: Sequence[int]) -> float:
    """Return how many bits a model needs for each byte of some texts.

    Parameters
    ----------
    log_likelihoods
        Natural logarithm of the probability of each whole text.
    byte_counts
        Length of each text in UTF-8 bytes.

    Raises
    ------
    BadInput
        When the lists do not pair up, a log-likelihood is not finite, or there is no byte.

    Notes
    -----
    A ratio of sums, so long texts weigh more: Gao et al. 2021, The Pile, arXiv 2101.00027, section 3.1.
    """
    if len(log_likelihoods) != len(byte_counts):
        raise BadInput(f"{len(log_likelihoods)} log-likelihoods but {len(byte_counts)} byte counts")
    for position, (value, size) in enumerate(zip(log_likelihoods, byte_counts, strict=True)):
        if not math.isfinite(value):
            raise BadInput(f"the log-likelihood of text {position} is {value}")
        if size < 1:
            raise BadInput(f"text {position} is empty")
    if not byte_counts:
        raise BadInput("there are no texts to score")
    return -math.fsum(log_likelihoods) / (math.log(2) * sum(byte_counts))


def judge_rolling(log_likelihood: float, byte_count: int) -> tuple[tuple[str, float], ...]:
    """Judge one whole text; the corpus's score is a ratio of sums, not the mean of these.

    Raises
    ------
    BadInput
        As `bits_per_byte`.
    """
    return (("bits_per_byte", bits_per_byte([log_likelihood], [byte_count])),)
