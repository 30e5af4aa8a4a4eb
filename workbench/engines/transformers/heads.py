"""From hidden states to log-probabilities, without ever holding [tokens × vocabulary].

The head of a causal model is its last projection and whatever its family does to the logits after it (Gemma 2 caps
them, Cohere and Granite scale them). Calling it apart from the model saves the logits of every position that is not
scored, so it is done, after a proof at load: on random tokens it must give what the whole model gives.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.engines.transformers.linear import is_matrix, project

if TYPE_CHECKING:
    import torch

LOGITS_BYTES = 64 * 1024**2
"""Float32 logits held at once: a tile of the vocabulary for all scored positions of a pass."""
SMALLEST_TILE = 8192
"""Tokens of the vocabulary; narrower tiles are slower than what they save."""
PROOF_SHAPE = (2, 7)
TOLERANCE = {"float32": 1e-5, "bfloat16": 2e-2, "float16": 2e-3}
"""Largest difference between head and whole model, relative to the largest logit: a few units in the last place."""

Logits = Callable[["torch.Tensor"], "torch.Tensor"]
Tile = Callable[["torch.Tensor", int, int], "torch.Tensor"]


@dataclass(frozen=True, slots=True)
class Head:
    """How logits come about.

    `backbone` maps ids [batch, length] to hidden states [batch, length, width]. `tile` maps hidden states [n, width]
    and a range of the vocabulary to logits [n, end - start]. `apart` is False where the proof failed: then `backbone`
    is the whole model and its output already logits.
    """

    backbone: Logits
    tile: Tile
    vocabulary: int
    apart: bool

    def project(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return whole logits [n, vocabulary]."""
        return self.tile(hidden, 0, self.vocabulary)

    def log_probabilities(
        self, hidden: torch.Tensor, slots: Sequence[int], tokens: Sequence[int]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the log-probability of each entry's token, and whether it was the first choice.

        The vocabulary is gone through tile by tile with a running maximum and sum, so that neither memory nor the
        caches ever have to hold [tokens × vocabulary].

        Parameters
        ----------
        hidden
            [states, width]: states at the scored positions.
        slots, tokens
            Which state predicts the entry, and the token asked for.

        Returns
        -------
        Two tensors [entries]: natural log-probabilities in float32, and booleans.
        """
        import torch

        order = sorted(range(len(tokens)), key=tokens.__getitem__)
        asked = [tokens[at] for at in order]
        device = hidden.device
        slot = torch.tensor([slots[at] for at in order], dtype=torch.long).to(device)
        column = torch.tensor(asked, dtype=torch.long).to(device)
        best = torch.full((len(hidden),), -torch.inf, device=device)
        total = torch.zeros(len(hidden), device=device)
        picked = []
        step = max(SMALLEST_TILE, LOGITS_BYTES // (4 * len(hidden)))
        for start in range(0, self.vocabulary, step):
            end = min(start + step, self.vocabulary)
            logits = self.tile(hidden, start, end).float()
            first, last = bisect_left(asked, start), bisect_left(asked, end)
            picked.append(logits[slot[first:last], column[first:last] - start])
            higher = torch.maximum(best, logits.amax(dim=1))
            # NaN goes on into `total` and so into the answer, where it is noticed.
            total.mul_((best - higher).exp_()).add_(logits.sub_(higher[:, None]).exp_().sum(dim=1))
            best = higher
        found = torch.cat(picked)
        back = torch.empty(len(order), dtype=torch.long)
        back[torch.tensor(order, dtype=torch.long)] = torch.arange(len(order))
        back = back.to(device)
        return (found - (best + total.log())[slot])[back], (found >= best[slot])[back]


def find_head(model: Any) -> Head:
    """Return the model's head, apart from its body if that is proven to give the same logits."""
    import torch

    vocabulary = int(model.get_input_embeddings().weight.shape[0])
    output = model.get_output_embeddings()
    whole = Head(
        lambda ids: first_output(model(input_ids=ids, use_cache=False)),
        lambda logits, start, end: logits[:, start:end].clone(),
        vocabulary,
        apart=False,
    )
    if output is None or model.base_model is model:
        return whole
    body = model.base_model
    apart = Head(
        lambda ids: first_output(body(input_ids=ids, use_cache=False)),
        _tiles(output, _after_projection(model.config.get_text_config())),
        vocabulary,
        apart=True,
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


def _tiles(output: Any, after: Logits) -> Tile:
    """Return how a range of the vocabulary is projected; a projection that is no plain matrix is called whole."""
    if not is_matrix(output):
        return lambda hidden, start, end: after(output(hidden))[:, start:end]

    def tile(hidden: torch.Tensor, start: int, end: int) -> torch.Tensor:
        bias = None if output.bias is None else output.bias[start:end]
        return after(project(hidden, output.weight[start:end], bias))

    return tile


def first_output(output: Any) -> torch.Tensor:
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
