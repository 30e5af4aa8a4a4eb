"""Many tests at once: what is left of their p-values."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import BadInput
from workbench.statistics.arrays import Floats


def holm(p_values: ArrayLike) -> Floats:
    """Return Holm's adjusted p-values, in the order given: below 0.05, the chance of any false find is at most 5 %.

    Holds whatever the tests have to do with one another. No p-values in, none out.

    Parameters
    ----------
    p_values
        Shape [tests], each 0 to 1.

    Raises
    ------
    BadInput
        When the shape is another, or one is missing or lies outside 0…1.

    Notes
    -----
    Holm 1979, Scandinavian Journal of Statistics 6: the k-th smallest of m times (m - k + 1), not below the one before.
    """
    array = _p_values(p_values)
    order = np.argsort(array, kind="stable")
    raised = array[order] * np.arange(array.size, 0, -1)
    return _back(np.minimum(np.maximum.accumulate(raised), 1.0), order)


def benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """Return Benjamini and Hochberg's adjusted p-values: below 0.05, at most 5 % of the finds are false on average.

    Holds for tests that are independent or move together, as those of one pair of models over languages do.

    Parameters
    ----------
    p_values
        Shape [tests], each 0 to 1.

    Raises
    ------
    BadInput
        When the shape is another, or one is missing or lies outside 0…1.

    Notes
    -----
    Benjamini & Hochberg 1995, JRSS B 57: the k-th smallest of m times m/k, never above the one after it.
    """
    array = _p_values(p_values)
    order = np.argsort(array, kind="stable")
    raised = array[order] * array.size / np.arange(1, array.size + 1)
    return _back(np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0), order)


def _p_values(values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise BadInput(f"p-values must be a list, and have shape {array.shape}")
    bad = np.flatnonzero(~((array >= 0) & (array <= 1)))
    if bad.size:
        raise BadInput(
            f"p-value {bad[0]} is {array[bad[0]]}, and a p-value lies between 0 and 1",
            remedy="Leave out comparisons that could not be tested, and say how many they were.",
        )
    return array


def _back(ordered: Floats, order: NDArray[np.intp]) -> Floats:
    result = np.empty_like(ordered)
    result[order] = ordered
    return result
