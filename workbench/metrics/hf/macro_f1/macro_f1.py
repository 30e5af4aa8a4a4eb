"""Macro F1 as a Hugging Face `evaluate` metric."""

from __future__ import annotations

import evaluate

from workbench.metrics.classification import macro_f1
from workbench.metrics.module_info import features, module_info


class MacroF1(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """See `workbench.metrics.macro_f1`."""

    def _info(self) -> evaluate.MetricInfo:
        return module_info(
            "macro_f1",
            features(predictions="label", references="label"),
            predictions="predicted label numbers",
            references="gold label numbers",
        )

    def _compute(self, predictions: list[int], references: list[int]) -> dict[str, float]:
        return {"macro_f1": macro_f1(predictions, references)}
