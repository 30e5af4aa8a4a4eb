"""From hidden states to log-probabilities, without ever holding [tokens × vocabulary].

The head of a causal model is its last projection and whatever its family does to the logits after it (Gemma 2 caps
them, Cohere and Granite scale them). Calling it apart from the model saves the logits of every position that is not
scored, so it is done, after a proof at load: on random tokens it must give what the whole model gives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.engines.transformers.trees import TreeBackbone, find_tree_backbone

if TYPE_CHECKING:
    import torch

LOGITS_BYTES = 128 * 1024**2
"""Float32 logits held at once."""
PROOF_SHAPE = (2, 7)
TOLERANCE = {"float32": 1e-5, "bfloat16": 2e-2, "float16": 2e-3}
"""Largest difference between head and whole model, relative to the largest logit: a few units in the last place."""

Logits = Callable[["torch.Tensor"], "torch.Tensor"]


@dataclass(frozen=True, slots=True)
class Head:
    """How logits come about.

    `backbone` maps ids [batch, length] to hidden states [batch, length, width]; `project` maps hidden states
    [n, width] to logits [n, vocabulary]. `apart` is False where the proof failed: then `backbone` is the whole
    model, its output already logits, and `project` changes nothing.
    """

    backbone: Logits
    project: Logits
    vocabulary: int
    apart: bool
    tree: TreeBackbone | None = None
    """How rows with branches are computed; None where that was not proven."""

    def log_probabilities(
        self, hidden: torch.Tensor, slots: torch.Tensor, tokens: torch.Tensor, bounds: list[tuple[int, int, int, int]]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the log-probability of each entry's token, and whether it was the first choice.

        Parameters
        ----------
        hidden
            [slots, width]: states at the scored positions.
        slots, tokens
            [entries]: which state predicts the entry, and the token asked for; ordered by slot.
        bounds
            Chunks as (first slot, end slot, first entry, end entry), from `chunks`.

        Returns
        -------
        Two tensors [entries]: natural log-probabilities in float32, and booleans.
        """
        import torch

        values, firsts = [], []
        for first, end, entry, last in bounds:
            logits = self.project(hidden[first:end]).float()
            local, asked = slots[entry:last] - first, tokens[entry:last]
            picked = logits[local, asked]
            best, where = logits.max(dim=-1)
            # log-softmax written out in place: what is left of the chunk is its sum of exponentials.
            normaliser = best + logits.sub_(best[:, None]).exp_().sum(dim=-1).log()
            values.append(picked - normaliser[local])
            firsts.append(where[local] == asked)
        return torch.cat(values), torch.cat(firsts)

    def chunks(self, slots: list[int]) -> list[tuple[int, int, int, int]]:
        """Return chunks of slots whose float32 logits stay below `LOGITS_BYTES`; `slots` is ordered, from 0 on."""
        from bisect import bisect_left

        step = max(1, LOGITS_BYTES // (4 * self.vocabulary))
        count = slots[-1] + 1
        return [
            (first, min(first + step, count), bisect_left(slots, first), bisect_left(slots, min(first + step, count)))
            for first in range(0, count, step)
        ]


def find_head(model: Any) -> Head:
    """Return the model's head, apart from its body if that is proven to give the same logits."""
    import torch

    vocabulary = int(model.get_input_embeddings().weight.shape[0])
    output = model.get_output_embeddings()
    whole = Head(
        lambda ids: _first(model(input_ids=ids, use_cache=False)), lambda logits: logits, vocabulary, apart=False
    )
    if output is None or model.base_model is model:
        return whole
    body, after = model.base_model, _after_projection(model.config.get_text_config())
    apart = Head(
        lambda ids: _first(body(input_ids=ids, use_cache=False)),
        lambda hidden: after(output(hidden)),
        vocabulary,
        apart=True,
        tree=find_tree_backbone(model, body),
    )
    generator = torch.Generator().manual_seed(0)
    ids = torch.randint(vocabulary, PROOF_SHAPE, generator=generator).to(model.device)
    with torch.inference_mode():
        expected = whole.backbone(ids)
        try:
            found = apart.project(apart.backbone(ids).flatten(0, 1)).view(*PROOF_SHAPE, -1)
        except (TypeError, RuntimeError, IndexError):
            return whole
        if found.shape != expected.shape:
            return whole
        difference = (found.float() - expected.float()).abs().max()
        allowed = TOLERANCE.get(str(found.dtype).removeprefix("torch."), 0.0) * expected.float().abs().max()
        return apart if bool(difference <= allowed) else whole


def _first(output: Any) -> torch.Tensor:
    """Return logits or last hidden state, whichever comes first in a model's output."""
    found: torch.Tensor = output.logits if getattr(output, "logits", None) is not None else output[0]
    return found


def _after_projection(config: Any) -> Logits:
    """Return what the family does to logits after the projection, as its configuration says."""
    import torch

    if cap := getattr(config, "final_logit_softcapping", None):  # Gemma 2
        return lambda logits: torch.tanh(logits / cap) * cap
    for name in ("logit_scale", "lm_head_multiplier"):  # Cohere; Falcon-H1
        scale = getattr(config, name, None)
        if isinstance(scale, int | float) and not isinstance(scale, bool):
            return lambda logits: logits * scale
    if scaling := getattr(config, "logits_scaling", None):  # Granite
        return lambda logits: logits / scaling
    return lambda logits: logits
