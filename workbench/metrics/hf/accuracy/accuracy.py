"""Accuracy as a Hugging Face `evaluate` metric."""

from __future__ import annotations

import evaluate

from workbench.metrics.means import label_accuracy
from workbench.metrics.module_info import features, module_info


class Accuracy(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """See `workbench.metrics.judge_prediction`."""

    def _info(self) -> evaluate.MetricInfo:
        return module_info(
            "accuracy",
            features(predictions="label", references="label"),
            predictions="predicted label numbers",
            references="gold label numbers",
        )

    def _compute(self, predictions: list[int], references: list[int]) -> dict[str, float]:
        return {"accuracy": label_accuracy(predictions, references)}
