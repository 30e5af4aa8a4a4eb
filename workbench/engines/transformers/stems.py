"""The keys and values of what many sequences begin with, kept once and read by every pass behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from workbench.engines.transformers.trie import common_length

if TYPE_CHECKING:
    import torch


@dataclass(slots=True)
class Stem:
    """Tokens, and each layer's keys and values of them: tensors [1, heads, tokens, size of a head]."""

    ids: list[int] = field(default_factory=list)
    layers: list[tuple[torch.Tensor, torch.Tensor]] = field(default_factory=list)

    def cut(self, ids: Sequence[int], depth: int) -> None:
        """Forget what is not among the first `depth` tokens of `ids`."""
        length = common_length(self.ids, ids[:depth])
        if length < len(self.ids):
            self.ids = self.ids[:length]
            # Copies: a view would keep the whole tensor alive.
            self.layers = (
                [(k[:, :, :length].clone(), v[:, :, :length].clone()) for k, v in self.layers] if length else []
            )

    def cache(self, count: int, rows: int, *, keep: bool) -> Any:
        """Return what a model of `count` layers takes as its past, for `rows` rows; with `keep` it gathers the new."""
        from transformers.cache_utils import Cache

        layer = _layer_class()
        past: list[Any] = list(self.layers) or [None] * count
        return Cache(layers=[layer(kept, rows, keep) for kept in past])

    def pause(self, depth: int) -> int:
        """Return up to where to grow at most: keys and values can be cut anywhere later."""
        return depth

    def take(self, past: Any, ids: Sequence[int], _: int) -> None:
        """Keep what a pass over `ids` with `keep` has gathered."""
        self.layers = [(layer.keys, layer.values) for layer in past.layers]
        self.ids = [*self.ids, *ids]


@cache
def _layer_class() -> Any:
    """Return the class of a cached layer; made on demand, because transformers takes seconds to import."""
    import torch
    from transformers.cache_utils import DynamicLayer

    base: Any = DynamicLayer  # untyped

    class StemLayer(base):  # type: ignore[misc]
        """One layer's past. Unless told to keep, it hands the new keys on and forgets them with the layer."""

        def __init__(self, kept: tuple[torch.Tensor, torch.Tensor] | None, rows: int, keep: bool) -> None:
            super().__init__()
            self.keep = keep
            if kept is not None:
                self.lazy_initialization(*kept)
                self.keys, self.values = (part.expand(rows, -1, -1, -1) for part in kept)

        def update(
            self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
        ) -> tuple[torch.Tensor, torch.Tensor]:
            """Return the keys and values of the stem and of what is new."""
            if not self.is_initialized:
                self.lazy_initialization(key_states, value_states)
            keys, values = key_states, value_states
            if self.keys.numel():
                keys, values = torch.cat([self.keys, keys], dim=-2), torch.cat([self.values, values], dim=-2)
            if self.keep:
                self.keys, self.values = keys, values
            return keys, values

    return StemLayer
