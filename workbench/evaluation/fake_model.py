"""The model behind the fake engine: no files, and facts that say so."""

from __future__ import annotations

from workbench.evaluation.spec import ModelRef
from workbench.facts import unknown
from workbench.models.facts import MemoryEstimate, ModelFacts, TokenPolicy
from workbench.policy.digests import sha256_bytes

SOURCE = "the fake engine has no model"


def fake_model(name: str) -> ModelRef:
    """Return the reference of a fake model; another name gives other answers."""
    return ModelRef(path=name, digest=sha256_bytes(f"fake:{name}".encode()))


def fake_model_facts(model: ModelRef) -> ModelFacts:
    """Return facts of which nothing is known but the name."""
    return ModelFacts(
        path=model.path,
        name=model.path,
        format="safetensors",
        family=unknown(SOURCE),
        architecture=unknown(SOURCE),
        parameters=unknown(SOURCE),
        dtype=unknown(SOURCE),
        quantisation=unknown(SOURCE),
        context_length=unknown(SOURCE),
        vocabulary=unknown(SOURCE),
        tokens=TokenPolicy(None, None, (), add_bos=False, add_eos=False, source=SOURCE),
        chat_template=unknown(SOURCE),
        licence=unknown(SOURCE),
        languages=unknown(SOURCE),
        memory=MemoryEstimate(0, 0, 0, 0, 0, "none", SOURCE),
        files=0,
        size=0,
        digest=model.digest,
        adapter=None,
    )
