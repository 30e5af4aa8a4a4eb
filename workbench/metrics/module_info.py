"""What our `evaluate` modules say of themselves, from the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from workbench.metrics.registry import METRICS

if TYPE_CHECKING:
    from evaluate import MetricInfo

    from datasets import Features

Input = Literal["label", "number", "numbers", "text", "texts"]
_INPUTS = """
Args:
    predictions ({predictions}).
    references ({references}).
{more}"""


def features(*, predictions: Input, references: Input) -> Features:
    """Return the types of a metric's inputs."""
    import datasets

    kinds = {
        "label": datasets.Value("int64"),
        "number": datasets.Value("float64"),
        "numbers": datasets.Sequence(datasets.Value("float64")),
        "text": datasets.Value("string"),
        "texts": datasets.Sequence(datasets.Value("string")),
    }
    return datasets.Features({"predictions": kinds[predictions], "references": kinds[references]})


def module_info(
    name: str, accepted: Features | list[Features], *, predictions: str, references: str, more: str = ""
) -> MetricInfo:
    """Return the card of a metric: registry text, accepted inputs, and what each input is."""
    import evaluate

    metric = METRICS[name]
    return evaluate.MetricInfo(
        description=metric.description,
        citation=metric.source,
        inputs_description=_INPUTS.format(predictions=predictions, references=references, more=more),
        features=accepted,
    )
