"""Exact match as a Hugging Face `evaluate` metric."""

from __future__ import annotations

import evaluate

from workbench.metrics.means import mean_text_score
from workbench.metrics.module_info import features, module_info


class ExactMatch(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """See `workbench.metrics.exact_match`."""

    def _info(self) -> evaluate.MetricInfo:
        return module_info(
            "exact_match",
            [
                features(predictions="text", references="texts"),
                features(predictions="text", references="text"),
            ],
            predictions="answers",
            references="accepted answers of each: a list, or one text",
            more="    language (BCP-47 tag of the answers).",
        )

    def _compute(
        self, predictions: list[str], references: list[str] | list[list[str]], language: str = "und"
    ) -> dict[str, float]:
        return {"exact_match": mean_text_score("exact_match", predictions, references, language)}
