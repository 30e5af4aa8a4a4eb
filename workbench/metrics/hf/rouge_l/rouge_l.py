"""ROUGE-L as a Hugging Face `evaluate` metric."""

from __future__ import annotations

import evaluate

from workbench.metrics.means import mean_text_score
from workbench.metrics.module_info import features, module_info


class RougeL(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """See `workbench.metrics.rouge.rouge_l`."""

    def _info(self) -> evaluate.MetricInfo:
        return module_info(
            "rouge_l",
            [
                features(predictions="text", references="texts"),
                features(predictions="text", references="text"),
            ],
            predictions="summaries",
            references="accepted summaries of each: a list, or one text",
            more="    language (BCP-47 tag of the summaries).",
        )

    def _compute(
        self, predictions: list[str], references: list[str] | list[list[str]], language: str = "und"
    ) -> dict[str, float]:
        return {"rouge_l": mean_text_score("rouge_l", predictions, references, language)}
