"""From a prompt to what the engine is asked: the chat template goes around it here, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from workbench.benchmarks.prompt import Prompt, Turn
from workbench.benchmarks.records import Formulation
from workbench.engines.protocol import GenerateRequest, RollingRequest, ScoreRequest
from workbench.errors import ChatTemplateError
from workbench.evaluation.plan import Question
from workbench.evaluation.spec import ChatPolicy, RunSpec
from workbench.policy.digests import sha256_record

Request = ScoreRequest | RollingRequest | GenerateRequest


class Template(Protocol):
    """A model's chat template (`workbench.models.ChatTemplate`)."""

    def render(self, turns: tuple[Turn, ...], *, add_generation_prompt: bool = True) -> str:
        """Return the conversation as the model reads it, ending where its answer begins."""
        ...


@dataclass(frozen=True, slots=True)
class Asked:
    """A request and the digest of its exact text."""

    request: Request
    rendered_hash: str


def uses_template(policy: ChatPolicy, formulation: Formulation, template: Template | None) -> bool:
    """Return whether the model's chat template goes around a prompt.

    ``auto``: when the model has one and writes its answer. Whole texts (`rolling`) never have one.

    Raises
    ------
    ChatTemplateError
        ``always``, and the model brings none.
    """
    if formulation is Formulation.ROLLING or policy == "never":
        return False
    if policy == "always":
        if template is None:
            raise ChatTemplateError("the chat template is asked for and the model brings none")
        return True
    return template is not None and formulation is Formulation.GENERATE


def ask(question: Question, spec: RunSpec, template: Template | None) -> Asked:
    """Return what the engine is asked for one question; its id is the question's key.

    Raises
    ------
    ChatTemplateError
        The template is missing where it must be used, or does not render.
    """
    prompt = question.prompt
    if prompt.formulation is Formulation.ROLLING:
        return _asked(RollingRequest(question.key, prompt.continuations[0]), prompt.continuations)
    templated = bool(prompt.turns) and uses_template(spec.chat_template, prompt.formulation, template)
    context = template.render(prompt.turns, add_generation_prompt=True) if templated and template else prompt.context
    if prompt.formulation is Formulation.GENERATE:
        request = GenerateRequest(
            question.key, context, prompt.stop, prompt.max_new_tokens, spec.temperature, templated=templated
        )
        return _asked(request, (context,))
    continuations = scored_texts(prompt, templated=templated)
    return _asked(ScoreRequest(question.key, context, continuations, templated), (context, *continuations))


def scored_texts(prompt: Prompt, *, templated: bool) -> tuple[str, ...]:
    """Return the texts that are scored: without the delimiter behind a chat template, which ends with its own."""
    return prompt.chat_continuations if templated else prompt.continuations


def _asked(request: Request, texts: tuple[str, ...]) -> Asked:
    return Asked(request, sha256_record(texts))
