"""Accuracy by log-likelihood per character as a Hugging Face `evaluate` metric."""

from __future__ import annotations

import evaluate

from workbench.metrics.means import normalised_accuracy
from workbench.metrics.module_info import features, module_info


class AccuracyNormChars(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """See `workbench.metrics.choose`."""

    def _info(self) -> evaluate.MetricInfo:
        return module_info(
            "accuracy_norm_chars",
            features(predictions="numbers", references="label"),
            predictions="log-likelihood of each choice",
            references="index of the right choice",
            more="    lengths (code points of each choice).",
        )

    def _compute(
        self, predictions: list[list[float]], references: list[int], lengths: list[list[int]]
    ) -> dict[str, float]:
        return {"accuracy_norm_chars": normalised_accuracy(predictions, references, lengths)}
