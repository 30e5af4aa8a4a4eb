"""A stem for layers that remember: recurrent and convolution states beside keys and values, or alone (Falcon-H1).

Such a state cannot be cut back, only gone on from. It is therefore kept where sequences part, and cutting returns to
the last place kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.engines.transformers.trie import common_length

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class Kept:
    """What one layer remembers of a stem; each tensor has one row. Empty where the layer has none of the kind."""

    attention: tuple[torch.Tensor, torch.Tensor] | None
    convolutions: dict[int, torch.Tensor]
    recurrences: dict[int, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Place:
    """The layers after `depth` tokens; `parts` where sequences part here, so that it is come back to."""

    depth: int
    layers: list[Kept]
    parts: bool


@dataclass(slots=True)
class StateStem:
    """Tokens, and places among them at which what the layers remember is kept."""

    config: Any
    ids: list[int] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    fork: int = 0
    """Where the sequence that is grown next parts from the one before."""

    def cut(self, ids: Sequence[int], depth: int) -> None:
        """Go back to the last place kept among the first `depth` tokens of `ids`."""
        length = common_length(self.ids, ids[:depth])
        if length < len(self.ids):
            self.fork = length
            while self.places and self.places[-1].depth > length:
                self.places.pop()
            self.ids = self.ids[: self.places[-1].depth if self.places else 0]

    def pause(self, depth: int) -> int:
        """Return up to where to grow at most: to where sequences part, then to `depth`."""
        return self.fork if len(self.ids) < self.fork < depth else depth

    def cache(self, _: int, rows: int, *, keep: bool) -> Any:
        """Return what a model takes as its past, for `rows` rows; with `keep` it gathers the new."""
        from transformers.cache_utils import DynamicCache

        past: Any = DynamicCache(config=self.config)
        for layer, kept in zip(past.layers, self.places[-1].layers if self.places else (), strict=False):
            for index, state in kept.convolutions.items():
                layer.update_conv_state(state.expand(rows, *state.shape[1:]), index)
            for index, state in kept.recurrences.items():
                layer.update_recurrent_state(state.expand(rows, *state.shape[1:]), index)
            if kept.attention is not None:
                layer.update(*kept.attention)
                if not keep:
                    layer.update = partial(_behind, *kept.attention)
        return past

    def take(self, past: Any, ids: Sequence[int], depth: int) -> None:
        """Keep what a pass over `ids` with `keep` has gathered, on the way to `depth`."""
        if self.places and not self.places[-1].parts:
            self.places.pop()
        self.ids = [*self.ids, *ids]
        self.places.append(
            Place(len(self.ids), [_kept(layer) for layer in past.layers], len(self.ids) in {self.fork, depth})
        )


def _kept(layer: Any) -> Kept:
    """Return what a layer of a cache remembers.

    Raises
    ------
    ValueError
        It forgets keys outside a window.
    """
    if getattr(layer, "is_sliding", False):
        raise ValueError("a layer forgets keys outside a window")
    states = [
        {index: state for index, state in (getattr(layer, name, None) or {}).items() if state is not None}
        for name in ("conv_states", "recurrent_states")
    ]
    keys = getattr(layer, "keys", None)
    return Kept(None if keys is None else (keys, layer.values), *states)


def _behind(
    kept_keys: torch.Tensor, kept_values: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, *_: Any, **__: Any
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the keys and values of the stem and of what is new, which is forgotten with the layer."""
    import torch

    rows = (keys.shape[0], -1, -1, -1)
    return torch.cat([kept_keys.expand(rows), keys], dim=-2), torch.cat([kept_values.expand(rows), values], dim=-2)
