"""Choices of one item share their context: it is computed once, and each choice hangs on it as a branch.

A row is the context followed by the branches, one after the other. Explicit positions say where each token stands
in its own sequence, and a mask lets it see its own branch and the context, never a sibling. Whether an architecture
takes positions and mask that way is not known from its name; it is proven at load, on random tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from workbench.engines.transformers.batches import Row, Target

if TYPE_CHECKING:
    import torch

TreeBackbone = Callable[["torch.Tensor", "torch.Tensor", "torch.Tensor"], "torch.Tensor"]
"""Token ids and positions [batch, length], and what each may see [batch, 1, length, length] → hidden states."""

PROOF_CONTEXT, PROOF_BRANCHES = 24, (5, 1, 9)
LONGEST_PROOF = 1100
"""Tokens; a sliding window up to about this long is crossed by the proof."""


def tree_row(number: int, context: Sequence[int], continuations: Sequence[Sequence[int]]) -> Row:
    """Return the one row that scores every continuation of request `number`.

    The last token of a continuation is predicted, never fed; a continuation of one token adds nothing to the row.
    """
    ids, positions = list(context), list(range(len(context)))
    row = Row(ids, [], positions, [])
    for index, tokens in enumerate(continuations):
        start = len(ids)
        ids += tokens[:-1]
        positions += range(len(context), len(context) + len(tokens) - 1)
        if len(ids) > start:
            row.branches.append((start, len(ids)))
        row.targets.append(Target((number, index), start, tokens, len(context) - 1))
    return row


def worthwhile(contexts: Sequence[list[int]], continuations: Sequence[list[int]]) -> bool:
    """Return whether sharing the context saves tokens: it is one context, and at least two feeds would repeat it."""
    return all(context == contexts[0] for context in contexts) and sum(len(tokens) > 1 for tokens in continuations) > 1


def visible(rows: Sequence[Row], width: int) -> torch.Tensor:
    """Return what each token may see: booleans [batch, 1, width, width], rows query and columns key."""
    import torch

    causal = torch.ones(width, width, dtype=torch.bool).tril()
    allowed = causal.expand(len(rows), 1, width, width).clone()
    for number, row in enumerate(rows):
        shared = row.branches[0][0] if row.branches else 0
        for start, end in row.branches:
            allowed[number, 0, start:end, shared:start] = False
    return allowed


def find_tree_backbone(model: Any, body: Any) -> TreeBackbone | None:
    """Return how `body` computes rows with branches, or None where it cannot be told apart from guessing."""
    import torch

    kinds = _kinds(model)
    if kinds is None:
        return None
    window = getattr(model.config.get_text_config(), "sliding_window", None)

    def backbone(ids: torch.Tensor, positions: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
        def mask(seen: torch.Tensor) -> torch.Tensor:
            blocked = torch.zeros(seen.shape, dtype=model.dtype, device=ids.device)
            return blocked.masked_fill_(~seen, torch.finfo(model.dtype).min)

        near = allowed
        if window:
            distance = positions[:, None, :, None] - positions[:, None, None, :]
            near = allowed & (distance < window)
        made = {kind: mask(near if kind == "sliding_attention" else allowed) for kind in kinds}
        given = made if len(kinds) > 1 else next(iter(made.values()))
        return _states(body(input_ids=ids, position_ids=positions, attention_mask=given, use_cache=False))

    return backbone if _proven(model, body, backbone) else None


def _kinds(model: Any) -> tuple[str, ...] | None:
    """Return the kinds of attention whose masks the body wants, or None for layers that are no attention."""
    config = model.config.get_text_config()
    kinds = tuple(dict.fromkeys(getattr(config, "layer_types", None) or ()))
    if not kinds:
        return ("sliding_attention",) if getattr(config, "sliding_window", None) else ("full_attention",)
    return kinds if set(kinds) <= {"full_attention", "sliding_attention"} else None


def _states(output: Any) -> torch.Tensor:
    found: torch.Tensor = output.logits if getattr(output, "logits", None) is not None else output[0]
    return found


def _proven(model: Any, body: Any, backbone: TreeBackbone) -> bool:
    """Return whether a row with branches gives what each of its sequences gives alone."""
    import torch

    from workbench.engines.transformers.heads import TOLERANCE

    vocabulary = int(model.get_input_embeddings().weight.shape[0])
    window = getattr(model.config.get_text_config(), "sliding_window", None) or 0
    shared = max(PROOF_CONTEXT, window) if window < LONGEST_PROOF else PROOF_CONTEXT
    generator = torch.Generator().manual_seed(1)
    drawn = torch.randint(vocabulary, (shared + sum(PROOF_BRANCHES),), generator=generator).tolist()
    context, rest = drawn[:shared], drawn[shared:]
    branches = [[rest.pop() for _ in range(length)] for length in PROOF_BRANCHES]
    row = tree_row(0, context, [[*branch, 0] for branch in branches])
    device = model.device
    with torch.inference_mode():
        ids, positions = (torch.tensor([values]).to(device) for values in (row.ids, row.positions))
        try:
            together = backbone(ids, positions, visible([row], len(row.ids)).to(device))[0].float()
        except (TypeError, ValueError, RuntimeError, IndexError, AttributeError, KeyError):
            return False
        for branch, (start, end) in zip(branches, row.branches, strict=True):
            alone = _states(body(input_ids=torch.tensor([[*context, *branch]]).to(device), use_cache=False))[0].float()
            found = torch.cat([together[:shared], together[start:end]])
            allowed = TOLERANCE.get(str(model.dtype).removeprefix("torch."), 0.0) * alone.abs().max()
            if found.shape != alone.shape or not bool((found - alone).abs().max() <= allowed):
                return False
    return True
