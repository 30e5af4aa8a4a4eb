"""Under which conditions a part of a run was asked, so that two results can be compared, or refused, later."""

from __future__ import annotations

from workbench.benchmarks.records import Formulation
from workbench.evaluation.judging import extraction_of
from workbench.evaluation.plan import Part
from workbench.evaluation.result import Conditions
from workbench.policy.digests import sha256_record


def conditions(part: Part) -> Conditions:
    """Return the conditions of one pack in one language."""
    asked = sorted({question.item.id: question.prompt for question in part.questions}.items())
    written = part.formulation is Formulation.GENERATE
    rules = sorted({extraction_of(part, question) for question in part.questions}) if written else []
    return Conditions(
        pack=part.pack.name,
        language=part.language,
        item_set=sha256_record([item for item, _ in asked]),
        gold=sha256_record([[item, prompt.choices, prompt.gold, prompt.references] for item, prompt in asked]),
        prompts=sha256_record([[item, prompt.hash] for item, prompt in asked]),
        formulation=part.formulation.value,
        wording=part.wording.name,
        normaliser=_normaliser(part.language) if set(rules) - {"choice"} else "",
        extraction="+".join(rules),
    )


def _normaliser(language: str) -> str:
    from workbench.languages import default_normaliser

    return default_normaliser(language).signature
