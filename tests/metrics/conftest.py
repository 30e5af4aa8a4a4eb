"""Journal rows and metrics of a user's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.evaluation.rows import ItemRow


@pytest.fixture
def row() -> Callable[..., ItemRow]:
    """Make a journal row; what is not said is empty."""

    def make(item_id: str = "1", **fields) -> ItemRow:
        empty = dict.fromkeys(
            ("key", "pack", "group", "domain", "culture", "formulation", "prompt_hash", "rendered_hash", "query"), ""
        )
        defaults = {"language": "en", "repeat": 0, "choices": (), "gold": None, "references": ()}
        return ItemRow(item_id=item_id, **(empty | defaults | fields))

    return make


@pytest.fixture
def own_metric(tmp_path: Path) -> Callable[..., Path]:
    """Write an `evaluate` metric as a user would: a folder with a script of its name."""

    def write(
        body: str,
        *,
        name: str = "shout",
        imports: str = "",
        references: str = "datasets.Value('string')",
        predictions: str = "string",
    ) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.py").write_text(
            f"""import datasets
import evaluate
{imports}


class Own(evaluate.Metric):
    def _info(self):
        return evaluate.MetricInfo(
            description="own",
            citation="",
            inputs_description="",
            features=datasets.Features({{"predictions": datasets.Value("{predictions}"), "references": {references}}}),
        )

    def _compute(self, predictions, references):
        {body}
""",
            encoding="utf-8",
        )
        return folder

    return write
