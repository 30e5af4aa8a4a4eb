"""Bits per byte as a Hugging Face `evaluate` metric."""

from __future__ import annotations

import evaluate

from workbench.metrics.likelihood import bits_per_byte
from workbench.metrics.module_info import features, module_info


class BitsPerByte(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """See `workbench.metrics.bits_per_byte`."""

    def _info(self) -> evaluate.MetricInfo:
        return module_info(
            "bits_per_byte",
            features(predictions="number", references="text"),
            predictions="natural logarithm of the probability of each text",
            references="the texts",
        )

    def _compute(self, predictions: list[float], references: list[str]) -> dict[str, float]:
        return {"bits_per_byte": bits_per_byte(predictions, [len(text.encode("utf-8")) for text in references])}
