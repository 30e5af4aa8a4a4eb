"""Whether a way of sharing gives the numbers of one sequence at a time: found out at load, on random tokens."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from workbench.engines.transformers.attention import SMALLEST_PIECE, take_parts
from workbench.engines.transformers.forward import Forward
from workbench.engines.transformers.sharing import Sharing, Way
from workbench.engines.transformers.states import StateStem
from workbench.engines.transformers.stems import Stem
from workbench.engines.transformers.trie import Path, Step, Trie

if TYPE_CHECKING:
    import torch

STEM, CONTEXTS, BRANCHES = 24, (7, 12), ((6, 1), (3, 10))
"""Tokens: what all sequences share, what each item adds, what its choices add."""
LONGEST_PROOF = 1100
"""Tokens; a sliding window up to about this long is crossed by the proof."""
TOLERANCE = {"float32": 2e-5, "bfloat16": 5e-2, "float16": 5e-3}
"""Largest difference of hidden states allowed, relative to the largest state."""
NO_ATTENTION = "layers that are no attention"
"""Why only `expanded-states` is tried."""


def find_sharing(model: Any, forward: Forward) -> tuple[Sharing | None, str]:
    """Return the first way of sharing that a model is proven to take, and why the ones before it were not taken."""
    if not forward.head.apart:
        return None, "the head cannot be called apart from the body"
    take_parts(model)
    reasons: list[str] = []
    config = model.config.get_text_config()
    kinds = kinds_of_attention(model)
    ways: tuple[Way, ...] = ("shared-prefix", "expanded-cache") if kinds else ("expanded-states",)
    if not kinds:
        reasons.append(NO_ATTENTION)
    for way in ways:
        stem = StateStem(config) if way == "expanded-states" else Stem()
        sharing = Sharing(model, forward, way, kinds or (), getattr(config, "sliding_window", None), stem)
        problem = disagreement(sharing)
        if not problem:
            return sharing, "; ".join(reasons)
        reasons.append(f"{way}: {problem}")
    return None, "; ".join(reasons)


def kinds_of_attention(model: Any) -> tuple[str, ...] | None:
    """Return the kinds of attention whose masks the body wants, or None for layers that are no attention."""
    config = model.config.get_text_config()
    kinds = tuple(dict.fromkeys(getattr(config, "layer_types", None) or ()))
    if not kinds:
        return ("sliding_attention",) if getattr(config, "sliding_window", None) else ("full_attention",)
    return kinds if set(kinds) <= {"full_attention", "sliding_attention"} else None


def disagreement(sharing: Sharing) -> str:
    """Return how far sharing is from one sequence at a time, in words; empty when it is as good."""
    import torch

    trie = Trie(list(_sequences(sharing)))
    stem = trie.stem(0, len(trie.paths))
    middle = next(end for _, end in trie.branches(0, len(trie.paths)))
    computed = sharing.forward.computed
    sharing.smallest_piece = 1  # each item a piece, however short
    try:
        with torch.inference_mode():
            expected = _alone(sharing, trie)
            worst = max(
                _difference(sharing, trie, step, expected)
                for step in (Step(0, middle, stem), Step(middle, len(trie.paths), stem), Step(0, middle, stem + 2))
            )
    except (TypeError, ValueError, RuntimeError, IndexError, AttributeError, KeyError, AssertionError) as error:
        return f"not taken ({type(error).__name__})"
    finally:
        sharing.stem.cut([], 0)
        sharing.forward.computed = computed
        sharing.smallest_piece = SMALLEST_PIECE
    allowed = TOLERANCE.get(str(sharing.model.dtype).removeprefix("torch."), 0.0)
    return "" if worst <= allowed else f"states differ by {worst:.1e} of the largest"


def _sequences(sharing: Sharing) -> Iterator[Path]:
    drawn = random.Random(1)  # noqa: S311 — nothing secret; torch's generator stays untouched
    vocabulary = sharing.forward.head.vocabulary
    window = sharing.window or 0
    shared = max(STEM, window) if window < LONGEST_PROOF else STEM
    stem = [drawn.randrange(vocabulary) for _ in range(shared)]
    for item, (length, branches) in enumerate(zip(CONTEXTS, BRANCHES, strict=True)):
        # The second token is the items' own, so that a stem of all of one item's paths is longer than the common one.
        context = [*stem, item, *(drawn.randrange(vocabulary) for _ in range(length))]
        for choice, count in enumerate(branches):
            tokens = [drawn.randrange(vocabulary) for _ in range(count)]
            yield Path([*context, *tokens[:-1]], len(context) - 1, tokens, (item, choice))


def _alone(sharing: Sharing, trie: Trie) -> list[torch.Tensor]:
    """Return the hidden states of each path computed whole, a row for each; [length, width] in float32."""
    import torch

    width = max(len(path.ids) for path in trie.paths)
    # Padding stands on the right, where no real token looks.
    rows = [[*path.ids, *([0] * (width - len(path.ids)))] for path in trie.paths]
    states = sharing.forward.head.backbone(torch.tensor(rows).to(sharing.forward.device)).float()
    return [found[: len(path.ids)] for found, path in zip(states, trie.paths, strict=True)]


def _difference(sharing: Sharing, trie: Trie, step: Step, expected: Sequence[torch.Tensor]) -> float:
    """Return the largest difference of a scored state, relative to the largest state."""
    states, entries = sharing.states(trie, step)
    worst = 0.0
    for path, alone in zip(trie.paths[step.low : step.high], expected[step.low : step.high], strict=True):
        found = states[[place for place, _, owner in entries if owner == path.owner]].float()
        wanted = alone[path.first : path.first + len(path.tokens)]
        worst = max(worst, float((found - wanted).abs().max() / alone.abs().max()))
        if worst != worst:  # noqa: PLR0124 — NaN is no agreement
            return float("inf")
    return worst
