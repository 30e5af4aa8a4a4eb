"""Matthews correlation as a Hugging Face `evaluate` metric."""

from __future__ import annotations

import evaluate

from workbench.metrics.classification import mcc
from workbench.metrics.module_info import features, module_info


class Mcc(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """See `workbench.metrics.mcc`."""

    def _info(self) -> evaluate.MetricInfo:
        return module_info(
            "mcc",
            features(predictions="label", references="label"),
            predictions="predicted label numbers",
            references="gold label numbers",
        )

    def _compute(self, predictions: list[int], references: list[int]) -> dict[str, float]:
        return {"mcc": mcc(predictions, references)}
