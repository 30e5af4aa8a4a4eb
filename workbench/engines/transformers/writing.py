"""Greedy or sampled writing of many answers at once, in one row, behind one stem.

What prompts share is computed and kept once. Every prompt's own tokens, and all that is written, stand in one arena
of keys and values; a mask lets each token see its own prompt and answer. Nothing is padded, and an answer that has
ended takes no further part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from workbench.engines.transformers.sharing import Sharing, lay_out
from workbench.engines.transformers.trie import WORTH, Path, Step, Trie

if TYPE_CHECKING:
    import torch

Choose = Callable[["torch.Tensor", Sequence[int]], "torch.Tensor"]
"""(logits [n, vocabulary], numbers of the prompts) → next tokens [n]."""
Ended = Callable[[int, Sequence[int]], bool]
"""(number of the prompt, what it has written) → whether it is done."""


@dataclass(slots=True)
class Arena:
    """Keys and values of everything, and who sees what.

    Attributes
    ----------
    layers
        For each layer keys and values [1, heads, room, size of a head]; the first `used` columns are filled.
    positions
        Place of each column's token in its own sequence [room].
    seen
        Whether prompt i sees a column [prompts, room].
    """

    layers: list[tuple[torch.Tensor, torch.Tensor]]
    positions: torch.Tensor
    seen: torch.Tensor
    used: int


def write(
    sharing: Sharing, prompts: Sequence[Sequence[int]], most: int, choose: Choose, ended: Ended
) -> list[list[int]]:
    """Return what follows each prompt (token ids), at most `most` tokens, the token that ended it included.

    Raises
    ------
    torch.OutOfMemoryError
        The device has no room for all of them.
    """
    import torch

    trie = Trie([Path(ids, len(ids) - 1, (0,), (number, 0)) for number, ids in enumerate(prompts)])
    numbers = [path.owner[0] for path in trie.paths]
    written: list[list[int]] = [[] for _ in prompts]
    with torch.inference_mode():
        arena, states = _read(sharing, trie, most)
        active = list(range(len(numbers)))
        for _ in range(most):
            logits = sharing.forward.head.project(states)
            tokens: list[int] = choose(logits, [numbers[row] for row in active]).tolist()
            for row, token in zip(active, tokens, strict=True):
                written[numbers[row]].append(token)
            going = [row for row in active if not ended(numbers[row], written[numbers[row]])]
            active = [row for row in going if len(written[numbers[row]]) < most]
            if not active:
                break
            fed = [written[numbers[row]][-1] for row in active]
            at = [len(trie.paths[row].ids) + len(written[numbers[row]]) - 1 for row in active]
            states = _advance(sharing, arena, active, fed, at)
    return written


def _read(sharing: Sharing, trie: Trie, most: int) -> tuple[Arena, torch.Tensor]:
    """Compute all prompts; return the arena and the state [prompts, width] that ends each."""
    import torch

    device, count = sharing.forward.device, len(trie.paths)
    depth = trie.stem(0, count)
    depth = depth if depth * (count - 1) >= WORTH else 0
    rows = list(_rows(sharing, trie, depth))
    used = depth + sum(trie.size(row.low, row.high, depth) for row in rows)
    room = used + count * (most - 1)
    positions = torch.arange(room, device=device)
    seen = torch.zeros(count, room, dtype=torch.bool, device=device)
    seen[:, :depth] = True
    states: list[torch.Tensor] = []
    layers: list[tuple[torch.Tensor, torch.Tensor]] = []
    start = depth
    for row in rows:
        packed = lay_out(trie, row)
        found, gathered = sharing.keeping(trie.paths[row.low].ids, depth, packed)
        places = [place for place, _, _ in packed.entries]
        states.append(found[places])
        end = start + len(packed.ids)
        seen[row.low : row.high, start:end] = torch.from_numpy(packed.allowed[places, depth:]).to(device)
        positions[start:end] = torch.tensor(packed.positions, device=device)
        if not layers:
            layers = [(_roomy(keys, room, start), _roomy(values, room, start)) for keys, values in gathered]
        for (keys, values), (new_keys, new_values) in zip(layers, gathered, strict=True):
            keys[:, :, start:end], values[:, :, start:end] = new_keys[:, :, depth:], new_values[:, :, depth:]
        start = end
    return Arena(layers, positions, seen, used), torch.cat(states)


def _rows(sharing: Sharing, trie: Trie, depth: int) -> Iterator[Step]:
    """Yield prompts in rows, as many as one pass may hold."""
    low = 0
    for high in range(1, len(trie.paths) + 1):
        if high == len(trie.paths) or trie.size(low, high + 1, depth) > sharing.row():
            yield Step(low, high, depth)
            low = high


def _roomy(kept: torch.Tensor, room: int, filled: int) -> torch.Tensor:
    made = kept.new_empty((1, kept.shape[1], room, kept.shape[3]))
    made[:, :, :filled] = kept[:, :, :filled]
    return made


def _advance(sharing: Sharing, arena: Arena, active: list[int], fed: list[int], at: list[int]) -> torch.Tensor:
    """Compute one more token of each active answer; return their states [active, width]."""
    import torch
    from transformers.cache_utils import Cache

    device = sharing.forward.device
    rows = torch.tensor(active, device=device)
    positions = torch.tensor(at, device=device)
    end = arena.used + len(active)
    arena.positions[arena.used : end] = positions
    arena.seen[rows, torch.arange(arena.used, end, device=device)] = True
    layer = _layer_class()
    past = Cache(layers=[layer(keys, values, arena.used) for keys, values in arena.layers])
    allowed, keys = arena.seen[rows, :end], arena.positions[:end]
    states = sharing.behind(past, torch.tensor([fed], device=device), positions[None], allowed, keys)
    arena.used = end
    return states[0]


@cache
def _layer_class() -> Any:
    """Return the class of a layer whose past lies in an arena, made on demand: the import takes seconds."""
    from transformers.cache_utils import DynamicLayer

    base: Any = DynamicLayer  # untyped

    class ArenaLayer(base):  # type: ignore[misc]
        """One layer's past, which new keys and values join in place."""

        def __init__(self, keys: torch.Tensor, values: torch.Tensor, used: int) -> None:
            super().__init__()
            self.lazy_initialization(keys, values)
            self.room = (keys, values)
            self.keys, self.values = keys[:, :, :used], values[:, :, :used]

        def update(
            self, key_states: torch.Tensor, value_states: torch.Tensor, *_: Any, **__: Any
        ) -> tuple[torch.Tensor, torch.Tensor]:
            """Write what is new behind what is there; return all of it."""
            begin, end = self.keys.shape[2], self.keys.shape[2] + key_states.shape[2]
            keys, values = self.room
            keys[:, :, begin:end], values[:, :, begin:end] = key_states, value_states
            self.keys, self.values = keys[:, :, :end], values[:, :, :end]
            return self.keys, self.values

    return ArenaLayer
