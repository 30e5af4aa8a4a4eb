"""Models as a line of a list."""

from __future__ import annotations

from typing import Any

from workbench.models.finding import find_models
from workbench.policy.home import Home
from workbench.reports.words import words


def model_states(home: Home) -> list[dict[str, Any]]:
    """Return what is known of each model of this machine, sizes as people read them."""
    said = words("en")
    shown = []
    for found in find_models(home):
        facts = found.facts
        shown.append(
            {
                "reference": found.name if found.place == "store" else str(found.path),
                "name": found.name,
                "place": found.place,
                "family": facts.family.value if facts else None,
                "parameters": facts.parameters.value if facts else None,
                "licence": facts.licence.value if facts else None,
                "memory": said.size(facts.memory.total) if facts else said("blank"),
                "refusal": None
                if found.refusal is None
                else {"message": found.refusal.message, "remedy": found.refusal.remedy},
            }
        )
    return shown
