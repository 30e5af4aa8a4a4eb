"""How much of a score's spread is items, how much wording, how much the sampling of answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from workbench.errors import BadInput
from workbench.statistics.arrays import Floats

Source = Literal["items", "wordings", "items by wordings", "sampling"]
_CUBE = 3  # dimensions


@dataclass(frozen=True, slots=True)
class Component:
    """One source of spread.

    Attributes
    ----------
    source
        ``items``; ``wordings`` (or shots, or prompts: whatever the second axis holds); ``items by wordings`` (a wording
        that suits some items and not others); ``sampling`` (repeats of the same question).
    variance
        Of a single answer, from this source; None where it cannot be told apart from another.
    share
        Of the variance of the mean score, from this source, 0 to 1; None likewise, and where nothing varies.
    clipped
        Whether the estimate came out negative and stands as 0: the source adds nothing that can be seen.
    """

    source: Source
    variance: float | None
    share: float | None
    clipped: bool


@dataclass(frozen=True, slots=True)
class Components:
    """A mean over items, wordings and repeats, and where its uncertainty comes from.

    Attributes
    ----------
    mean, error
        The mean score, and its standard error for other items, other wordings and other samples of these kinds.
    components
        In the order items, wordings, items by wordings, sampling.
    items, wordings, repeats
        How many of each.
    method
        How it was estimated.
    """

    mean: float
    error: float
    components: tuple[Component, ...]
    items: int
    wordings: int
    repeats: int
    method: str = "balanced two-way random effects, analysis of variance"


def variance_components(scores: ArrayLike) -> Components:
    """Return the variance components of scores under several wordings and repeats.

    Parameters
    ----------
    scores
        Shape [items, wordings, repeats], complete: every item under every wording as often. With one wording its
        component is None, with one repeat that of sampling: sampling then hides in ``items by wordings`` (in ``items``
        with one of each).

    Raises
    ------
    BadInput
        When the shape is another, a score is missing or not finite, or there are fewer than two items.

    Notes
    -----
    Expected mean squares of the balanced crossed design, solved for the variances, negative ones set to 0 (Searle,
    Casella & McCulloch 1992, *Variance Components*, section 4.4): with I items, W wordings, R repeats,
    sampling = MS_e, items by wordings = (MS_iw - MS_e)/R, items = (MS_i - MS_iw)/(WR), wordings = (MS_w - MS_iw)/(IR).
    """
    cube = np.asarray(scores, dtype=np.float64)
    if cube.ndim != _CUBE or cube.size == 0:
        raise BadInput(f"scores must have shape [items, wordings, repeats], and have {cube.shape}")
    if not np.isfinite(cube).all():
        place = [int(index) for index in np.argwhere(~np.isfinite(cube))[0]]
        raise BadInput(f"the score at {place} is no finite number", remedy="Keep the items that every wording scored.")
    items, wordings, repeats = cube.shape
    if items < 2:  # noqa: PLR2004 — one item shows no spread
        raise BadInput("variance among items needs at least two items")
    variances = _solved(cube)
    counts: dict[Source, int] = {
        "items": items,
        "wordings": wordings,
        "items by wordings": items * wordings,
        "sampling": cube.size,
    }
    parts = {source: _clip(value) / counts[source] for source, value in variances.items() if value is not None}
    total = sum(parts.values())
    return Components(
        mean=float(cube.mean()),
        error=math.sqrt(total),
        components=tuple(
            Component(
                source,
                None if value is None else _clip(value),
                None if value is None or total == 0 else parts[source] / total,
                value is not None and value < 0,
            )
            for source, value in variances.items()
        ),
        items=items,
        wordings=wordings,
        repeats=repeats,
    )


def mean_squares(cube: Floats) -> dict[Source, float | None]:
    """Return the mean squares of a complete [items, wordings, repeats] table; None where no degree of freedom is."""
    items, wordings, repeats = cube.shape
    cells = cube.mean(axis=2)
    by_item, by_wording, mean = cells.mean(axis=1), cells.mean(axis=0), cells.mean()
    apart = cells - by_item[:, None] - by_wording[None, :] + mean
    sums: dict[Source, tuple[float, int]] = {
        "items": (wordings * repeats * float(np.sum((by_item - mean) ** 2)), items - 1),
        "wordings": (items * repeats * float(np.sum((by_wording - mean) ** 2)), wordings - 1),
        "items by wordings": (repeats * float(np.sum(apart**2)), (items - 1) * (wordings - 1)),
        "sampling": (float(np.sum((cube - cells[:, :, None]) ** 2)), items * wordings * (repeats - 1)),
    }
    return {source: square / freedom if freedom else None for source, (square, freedom) in sums.items()}


def _solved(cube: Floats) -> dict[Source, float | None]:
    """Return the variances that the mean squares expect, negative ones as they are."""
    items, wordings, repeats = cube.shape
    squares = mean_squares(cube)
    sampling, both = squares["sampling"], squares["items by wordings"]
    within = both if both is not None else sampling  # what items are measured against
    by_item, by_wording = squares["items"] or 0.0, squares["wordings"]
    return {
        "items": (by_item - (within or 0.0)) / (wordings * repeats),
        "wordings": None if by_wording is None or both is None else (by_wording - both) / (items * repeats),
        "items by wordings": None if both is None else (both - (sampling or 0.0)) / repeats,
        "sampling": sampling,
    }


def _clip(value: float) -> float:
    return max(value, 0.0)
