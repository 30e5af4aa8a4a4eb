"""A user's own `evaluate` metric applied to judged items."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from workbench.errors import BadInput
from workbench.metrics.modules import load

if TYPE_CHECKING:
    from evaluate import EvaluationModule


class Answered(Protocol):
    """What is read of one item."""

    @property
    def gold(self) -> int | None: ...  # noqa: D102 — as in `workbench.metrics.summary.JudgedItem`
    @property
    def prediction(self) -> int | None: ...  # noqa: D102
    @property
    def references(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def answer(self) -> str: ...  # noqa: D102


def external_score(path: str | Path, items: Sequence[Answered]) -> float:
    """Return the score that an `evaluate` metric gives to some items.

    A metric whose predictions are numbers gets predicted and gold labels; one whose predictions are texts gets
    answers and references, all of an item's references when it takes a list and the first when it takes one.

    Raises
    ------
    NotFound, OfflineViolation, BadInput
        As `workbench.metrics.load`; also when the metric fails on the items, or its outcome is not one number.
    """
    module = load(path)
    predictions, references = _arguments(module, items)
    try:
        outcome = module.compute(predictions=predictions, references=references)
    except Exception as error:
        raise BadInput(f"the metric failed: {type(error).__name__}: {error}", where=path) from error
    return _one_number(outcome or {}, path)


def _arguments(module: EvaluationModule, items: Sequence[Answered]) -> tuple[list[Any], list[Any]]:
    features = module.features[0] if isinstance(module.features, list) else module.features
    kind = str(getattr(features.get("predictions"), "dtype", "string"))
    if kind.startswith(("int", "uint", "float")):
        # A label that nobody has stands for an item without an answer: it is wrong, and it is counted.
        return (
            [-1 if item.prediction is None else item.prediction for item in items],
            [-1 if item.gold is None else item.gold for item in items],
        )
    takes_one = getattr(features.get("references"), "dtype", None) is not None  # a list of texts has none
    answers = [item.answer for item in items]
    if takes_one:
        return answers, [item.references[0] if item.references else "" for item in items]
    return answers, [list(item.references) for item in items]


def _one_number(outcome: Mapping[str, Any], path: str | Path) -> float:
    named = Path(path).stem
    numbers = {key: float(value) for key, value in outcome.items() if isinstance(value, Real)}
    if named in numbers:
        score = numbers[named]
    elif len(numbers) == 1:
        score = next(iter(numbers.values()))
    else:
        raise BadInput(
            f"the metric returns {', '.join(outcome) or 'nothing'}, and which of it is the score cannot be told",
            where=path,
            remedy=f"Return one number, or name one {named!r}.",
        )
    if not math.isfinite(score):
        raise BadInput(f"the metric's outcome is {score}", where=path)
    return score
