"""What every function here asks of the numbers it is given."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from workbench.errors import BadInput

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


def finite_values(values: ArrayLike, name: str = "values") -> Floats:
    """Return `values` as a one-dimensional float array.

    Raises
    ------
    BadInput
        When there is nothing in it, when it has more than one dimension, or when a value is NaN or infinite.
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or array.size == 0:
        raise BadInput(f"{name} must be a non-empty list of numbers, and has shape {array.shape}")
    bad = np.flatnonzero(~np.isfinite(array))
    if bad.size:
        raise BadInput(f"{name} holds {array[bad[0]]} at position {bad[0]}", remedy="Leave out items without a score.")
    return array


def same_length(first: Floats, second: Floats) -> None:
    """Raise `BadInput` unless two arrays pair up."""
    if first.shape != second.shape:
        raise BadInput(
            f"paired values must be as many on both sides, and are {first.size} and {second.size}",
            remedy="Compare the items that both runs scored, in the same order.",
        )


def group_indices(groups: Sequence[str] | None, n: int) -> Integers:
    """Return a group number for each of `n` items.

    An empty label is a group of its own, and so is every item when `groups` is None.

    Raises
    ------
    BadInput
        When there are not as many labels as items.
    """
    if groups is None:
        return np.arange(n)
    if len(groups) != n:
        raise BadInput(f"{n} items but {len(groups)} group labels")
    numbers: dict[str, int] = {}
    result = np.empty(n, dtype=np.int64)
    count = 0
    for position, label in enumerate(groups):
        if label and label in numbers:
            result[position] = numbers[label]
            continue
        if label:
            numbers[label] = count
        result[position] = count
        count += 1
    return result


def level_in_range(level: float) -> None:
    """Raise `BadInput` unless a confidence level lies strictly between 0 and 1."""
    if not 0 < level < 1:
        raise BadInput(f"a confidence level lies between 0 and 1, and {level} does not")
