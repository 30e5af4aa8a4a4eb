"""F0.5 of edits as a Hugging Face `evaluate` metric."""

from __future__ import annotations

import evaluate

from workbench.metrics.correction import edit_f05
from workbench.metrics.module_info import features, module_info


class EditF05(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """See `workbench.metrics.correction.edit_f05`."""

    def _info(self) -> evaluate.MetricInfo:
        return module_info(
            "edit_f05",
            features(predictions="text", references="texts"),
            predictions="answers",
            references="corrections of each, one an annotator",
            more="    sentences (the sentences that were to be corrected).",
        )

    def _compute(
        self, predictions: list[str], references: list[list[str]], sentences: list[str] | None = None
    ) -> dict[str, float]:
        return {"edit_f05": edit_f05(sentences or [], predictions, references)}
