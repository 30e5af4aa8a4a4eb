"""Results and comparisons as views show them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from workbench.evaluation.comparing import Comparison
from workbench.evaluation.result import Result
from workbench.reports.blocks import blocks
from workbench.reports.caution import limits
from workbench.reports.scales import is_share, metric_title
from workbench.reports.tables import cell
from workbench.reports.words import words

LIMITS = 4


def result_state(result: Result) -> dict[str, Any]:
    """Return the headline scores with their intervals and verdicts, and the gravest limits."""
    said = words("en")
    found = blocks([result], said)
    scores = []
    for score in result.scores:
        if score.headline:
            shown, share = cell(score, said), is_share(score)
            scores.append(
                {
                    "language": score.language,
                    "label": said.label(score.language),
                    "pack": score.pack,
                    "metric": metric_title(score.metric, said),
                    "value": shown.value,
                    "interval": shown.interval,
                    "verdict": f"{shown.sign} {shown.verdict}".strip(),
                    "chance": said.score(score.chance, share=share),
                    "n": score.n,
                }
            )
    return {
        "run": result.run_id,
        "model": result.model.name,
        "scores": scores,
        "limits": list(limits([result], found, said)[:LIMITS]),
    }


def comparison_state(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON."""
    return asdict(comparison)
