"""Instructions followed, as a Hugging Face `evaluate` metric."""

from __future__ import annotations

import evaluate

from workbench.metrics.instructions import share_followed
from workbench.metrics.module_info import features, module_info


class EachInstruction(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """See `workbench.metrics.instructions.share_followed`."""

    def _info(self) -> evaluate.MetricInfo:
        return module_info(
            "each_instruction",
            features(predictions="text", references="texts"),
            predictions="answers",
            references="instructions of each, as JSON",
            more="    language (BCP-47 tag of the answers).",
        )

    def _compute(self, predictions: list[str], references: list[list[str]], language: str = "und") -> dict[str, float]:
        return {"each_instruction": share_followed(predictions, references, language)[1]}
