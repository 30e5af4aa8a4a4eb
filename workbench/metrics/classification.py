"""Macro F1 and Matthews correlation, as functions of summed confusion matrices.

scikit-learn computes the same from lists of labels (the tests compare); a bootstrap needs them from sums, many
resamples at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.errors import BadInput

Floats = NDArray[np.float64]


def confusion_rows(predictions: Sequence[int | None], gold: Sequence[int], labels: int) -> Floats:
    """Return one flattened confusion matrix an item: shape [items, labels * (labels + 1)].

    Rows of the matrix are gold labels, columns predictions; the last column is for items without an answer.

    Raises
    ------
    BadInput
        When the lists do not pair up or are empty, or an index lies outside the labels.
    """
    if len(predictions) != len(gold):
        raise BadInput(f"{len(predictions)} predictions but {len(gold)} gold labels")
    if not gold:
        raise BadInput("there are no items to score")
    rows = np.zeros((len(gold), labels * (labels + 1)))
    for position, (guess, truth) in enumerate(zip(predictions, gold, strict=True)):
        if not 0 <= truth < labels:
            raise BadInput(f"item {position}: gold label {truth} lies outside the {labels} labels")
        if guess is not None and not 0 <= guess < labels:
            raise BadInput(f"item {position}: prediction {guess} lies outside the {labels} labels")
        rows[position, truth * (labels + 1) + (labels if guess is None else guess)] = 1
    return rows


def _matrices(sums: Floats) -> Floats:
    """Return [resamples, labels, labels + 1] of flattened sums; labels follows from the number of columns."""
    labels = round((np.sqrt(1 + 4 * sums.shape[1]) - 1) / 2)
    return sums.reshape(-1, labels, labels + 1)


def macro_f1_of_sums(sums: Floats) -> Floats:
    """Return macro F1 of each row of summed confusion matrices; labels that occur nowhere in it are left out."""
    matrices = _matrices(sums)
    right = np.einsum("bii->bi", matrices[:, :, :-1])
    seen = matrices.sum(axis=2) + matrices[:, :, :-1].sum(axis=1)
    f1 = np.divide(2 * right, seen, out=np.zeros_like(right), where=seen > 0)
    return np.asarray(f1.sum(axis=1) / np.maximum((seen > 0).sum(axis=1), 1))


def mcc_of_sums(sums: Floats) -> Floats:
    """Return the Matthews correlation of each row of summed confusion matrices; 0 where it is not defined."""
    matrices = _matrices(sums)
    total = matrices.sum(axis=(1, 2))
    right = np.einsum("bii->b", matrices[:, :, :-1])
    truth = np.concatenate([matrices.sum(axis=2), np.zeros((len(matrices), 1))], axis=1)
    guessed = matrices.sum(axis=1)
    covariance = right * total - (truth * guessed).sum(axis=1)
    spread = np.sqrt((total**2 - (guessed**2).sum(axis=1)) * (total**2 - (truth**2).sum(axis=1)))
    return np.asarray(np.divide(covariance, spread, out=np.zeros_like(covariance), where=spread > 0))


def _labels(predictions: Sequence[int | None], gold: Sequence[int]) -> int:
    return 1 + max((label for label in (*predictions, *gold) if label is not None), default=0)


def macro_f1(predictions: Sequence[int | None], gold: Sequence[int]) -> float:
    """Return the unweighted mean of each label's F1.

    Parameters
    ----------
    predictions, gold
        Label numbers; a prediction of None is an item without an answer.

    Raises
    ------
    BadInput
        When the lists do not pair up, are empty, or hold negative labels.

    Notes
    -----
    Lewis et al. 2004, RCV1, JMLR 5.
    """
    rows = confusion_rows(predictions, gold, _labels(predictions, gold))
    return float(macro_f1_of_sums(rows.sum(axis=0, keepdims=True))[0])


def mcc(predictions: Sequence[int | None], gold: Sequence[int]) -> float:
    """Return the Matthews correlation of predicted and gold labels; parameters and errors as `macro_f1`.

    Notes
    -----
    Matthews 1975, Biochimica et Biophysica Acta 405; for more than two labels Gorodkin 2004.
    """
    rows = confusion_rows(predictions, gold, _labels(predictions, gold))
    return float(mcc_of_sums(rows.sum(axis=0, keepdims=True))[0])
