"""BLEU as a Hugging Face `evaluate` metric."""

from __future__ import annotations

import evaluate

from workbench.metrics.means import as_lists
from workbench.metrics.module_info import features, module_info
from workbench.metrics.translation import bleu


class Bleu(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """See `workbench.metrics.bleu`."""

    def _info(self) -> evaluate.MetricInfo:
        return module_info(
            "bleu",
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
        return {"bleu": bleu(predictions, as_lists(references), language)}
