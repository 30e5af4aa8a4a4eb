"""Scoring that computes what requests share once: stems as kept keys and values, branches behind them.

Three ways, by what an architecture can take. `shared-prefix`: several branches of the trie stand in one row, explicit
positions say where each token is in its own sequence, and a mask lets it see its ancestors only. `expanded-cache`:
one row a sequence, the stem's keys and values seen by all of them, for models that know a token's place only from
where it stands (ALiBi). `expanded-states`: the same, with a copy of the stem's recurrent states for each row, for
layers that are no attention. Which of them a model can take is not known from its name; `proof` finds out at load.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from workbench.engines.transformers.attention import SMALLEST_PIECE, Parts, Piece, Reach, attending, joined
from workbench.engines.transformers.forward import Entry, Forward, TargetScore, score_states
from workbench.engines.transformers.states import StateStem
from workbench.engines.transformers.stems import Stem
from workbench.engines.transformers.trie import Path, Step, Trie, again, steps
from workbench.errors import OutOfMemory

if TYPE_CHECKING:
    import numpy as np
    import torch

Way = Literal["shared-prefix", "expanded-cache", "expanded-states"]
SLIDING = "sliding_attention"
ROW_CPU, ROW = 512, 4096
"""Tokens of one pass: enough to keep the device busy, few enough that masked attention stays cheap."""
STATES = 16
"""Rows of one pass at most where each has states of its own: they are as large as hundreds of tokens."""


@dataclass(slots=True)
class Sharing:
    """One model and its current stem.

    `kinds` are the kinds of attention for which the body wants a mask, `window` the reach of the sliding kind.
    """

    model: Any
    forward: Forward
    way: Way
    kinds: tuple[str, ...]
    window: int | None
    stem: Stem | StateStem = field(default_factory=Stem)
    smallest_piece: int = SMALLEST_PIECE

    def run(self, paths: Sequence[Path]) -> Iterator[list[TargetScore]]:
        """Yield the scores of each pass.

        Raises
        ------
        OutOfMemory
            A single sequence does not fit.
        """
        trie = Trie(paths)
        waiting = [steps(trie, self.row(), self._size)]
        while waiting:
            step = next(waiting[-1], None)
            if step is None:
                waiting.pop()
                continue
            scores = self._try(trie, step)
            if scores is not None:
                yield scores
                continue
            pieces = list(again(trie, step, self.row(), self._size))
            if pieces == [step]:
                length = len(trie.paths[step.low].ids)
                raise OutOfMemory(f"one sequence of {length} tokens does not fit on {self.forward.device}")
            waiting.append(iter(pieces))

    def states(self, trie: Trie, step: Step) -> tuple[torch.Tensor, list[Entry]]:
        """Compute one step: hidden states [positions, width], and which of them predict what."""
        self._grow(trie.paths[step.low].ids, step.depth)
        return self._packed(trie, step) if self.way == "shared-prefix" else self._expanded(trie, step)

    def row(self) -> int:
        """Return how many tokens one pass may compute."""
        return min(self.forward.budget, ROW_CPU if self.forward.device.type == "cpu" else ROW)

    def _size(self, trie: Trie, low: int, high: int, depth: int) -> int:
        if self.way == "shared-prefix":
            return trie.size(low, high, depth)
        lengths = [len(trie.paths[number].ids) - depth for number in _longest(trie, low, high)]
        least = 1 if self.way == "expanded-cache" else -(-self.row() // STATES)
        return len(lengths) * max(*lengths, least)

    def _try(self, trie: Trie, step: Step) -> list[TargetScore] | None:
        """Return the scores, or None after halving the budget because the device was full."""
        import torch

        try:
            with torch.inference_mode():
                states, entries = self.states(trie, step)
                return score_states(self.forward.head, states, entries)
        except torch.OutOfMemoryError:
            self.stem.cut([], 0)
        self.forward.shrink(self._size(trie, step.low, step.high, step.depth))
        return None

    def keeping(
        self, whole: Sequence[int], depth: int, row: PackedRow
    ) -> tuple[torch.Tensor, list[tuple[torch.Tensor, torch.Tensor]]]:
        """Compute a row behind the first `depth` tokens of `whole`.

        Returns
        -------
        Hidden states [length, width], and each layer's keys and values [1, heads, depth + length, size of a head].
        """
        self._grow(whole, depth)
        past = self.stem.cache(self._layers(), 1, keep=True)
        return self._row(row, past), [(layer.keys, layer.values) for layer in past.layers]

    def behind(
        self,
        past: Any,
        ids: torch.Tensor,
        positions: torch.Tensor,
        allowed: torch.Tensor,
        keys: torch.Tensor,
        *,
        pieces: Sequence[Piece] = (),
    ) -> torch.Tensor:
        """Return hidden states [1, length, width] of tokens that see `allowed` [length, columns] of a past.

        `positions` [1, length] and `keys` [columns] say where tokens and columns are in their own sequences; `pieces`
        are parts of the row that see all of the stem and themselves, where there are such.
        """
        from workbench.engines.transformers.heads import first_output

        masks = self._masks(allowed, positions[0], keys)
        parts = self._parts(masks, int(positions.max()), pieces) if pieces else None
        with attending(parts):
            output = self.model.base_model(
                input_ids=ids,
                position_ids=positions,
                attention_mask=masks if len(masks) > 1 else next(iter(masks.values())),
                past_key_values=past,
                use_cache=True,
            )
        self.forward.computed += ids.numel()
        return first_output(output)

    def _grow(self, ids: Sequence[int], depth: int) -> None:
        """Make the stem the first `depth` tokens of `ids`, keeping what it has of them, a piece at a time."""
        import numpy as np

        self.stem.cut(ids, depth)
        while (done := len(self.stem.ids)) < depth:
            new = list(ids[done : min(done + self.row(), self.stem.pause(depth))])
            past = self.stem.cache(self._layers(), 1, keep=True)
            if self.way == "shared-prefix":
                places = list(range(done, done + len(new)))
                self._row(PackedRow(new, places, np.tri(len(new), done + len(new), done, dtype=bool), [], [0]), past)
            else:
                self._rows([new], past)
            self.stem.take(past, new, depth)

    def _packed(self, trie: Trie, step: Step) -> tuple[torch.Tensor, list[Entry]]:
        row = lay_out(trie, step)
        return self._row(row, self.stem.cache(self._layers(), 1, keep=False)), row.entries

    def _expanded(self, trie: Trie, step: Step) -> tuple[torch.Tensor, list[Entry]]:
        numbers = list(_longest(trie, step.low, step.high))
        feeds = [trie.paths[number].ids[step.depth :] for number in numbers]
        width = max(map(len, feeds))
        # Padding stands on the right, where no real token looks.
        past = self.stem.cache(self._layers(), len(feeds), keep=False)
        states = self._rows([[*feed, *([0] * (width - len(feed)))] for feed in feeds], past)
        entries: list[Entry] = []
        row = 0
        for number in range(step.low, step.high):
            path = trie.paths[number]
            start = row * width + path.first - step.depth
            entries += ((start + offset, token, path.owner) for offset, token in enumerate(path.tokens))
            row += number == numbers[row]
        return states.flatten(0, 1), entries

    def _row(self, row: PackedRow, past: Any) -> torch.Tensor:
        """Return hidden states [length, width] of a packed row behind the stem."""
        import torch

        device = self.forward.device
        at = torch.tensor([row.positions], dtype=torch.long).to(device)
        keys = torch.cat([torch.arange(len(self.stem.ids), device=device), at[0]])
        pieces = joined(row.starts, len(row.ids), self.smallest_piece)
        ids, allowed = torch.tensor([row.ids], dtype=torch.long).to(device), torch.from_numpy(row.allowed).to(device)
        return self.behind(past, ids, at, allowed, keys, pieces=pieces)[0]

    def _rows(self, ids: list[list[int]], past: Any) -> torch.Tensor:
        """Return hidden states [rows, length, width] of `ids` behind the stem, a row for each sequence."""
        import torch

        from workbench.engines.transformers.heads import first_output

        fed = torch.tensor(ids, dtype=torch.long).to(self.forward.device)
        given: dict[str, Any] = {}
        if self.stem.ids and self.way == "expanded-cache":
            # From its width these models know where tokens stand.
            length = len(self.stem.ids) + len(ids[0])
            given = {"attention_mask": torch.ones(len(ids), length, dtype=torch.long, device=fed.device)}
        output = self.model.base_model(input_ids=fed, past_key_values=past, use_cache=True, **given)
        self.forward.computed += fed.numel()
        return first_output(output)

    def _layers(self) -> int:
        return int(self.model.config.get_text_config().num_hidden_layers)

    def _masks(self, allowed: torch.Tensor, positions: torch.Tensor, keys: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return for each kind of attention what the body adds to its scores."""
        import torch

        near = allowed
        if self.window and SLIDING in self.kinds:
            near = allowed & (positions[:, None] - keys[None] < self.window)

        def added(seen: torch.Tensor) -> torch.Tensor:
            zeros = torch.zeros(seen.shape, dtype=self.model.dtype, device=seen.device)
            return zeros.masked_fill_(~seen, torch.finfo(self.model.dtype).min)[None, None]

        return {kind: added(near if kind == SLIDING else allowed) for kind in self.kinds}

    def _parts(self, masks: dict[str, torch.Tensor], last: int, pieces: Sequence[Piece]) -> Parts:
        """Return the parts of a row whose furthest token is at place `last`."""
        depth = len(self.stem.ids)
        reach = {mask.data_ptr(): Reach(0, all=True) for mask in masks.values()}
        if self.window and SLIDING in masks and last >= self.window:
            reach[masks[SLIDING].data_ptr()] = Reach(max(0, depth + 1 - self.window), all=False)
        return Parts(depth, pieces, reach)


@dataclass(frozen=True, slots=True)
class PackedRow:
    """Several branches in one row.

    Attributes
    ----------
    ids, positions
        Tokens, and the place of each in its own sequence [length].
    allowed
        What each token may see [length, depth + length]: booleans, the stem's columns first.
    entries
        Which position predicts what.
    starts
        Where parts begin that share nothing but the stem.
    """

    ids: list[int]
    positions: list[int]
    allowed: np.ndarray
    entries: list[Entry]
    starts: list[int]


def lay_out(trie: Trie, step: Step) -> PackedRow:
    """Put the paths of a step into one row."""
    import numpy as np

    depth = step.depth
    length = trie.size(step.low, step.high, depth)
    allowed = np.zeros((length, depth + length), dtype=bool)
    allowed[:, :depth] = True
    at = np.zeros(max(len(path.ids) for path in trie.paths[step.low : step.high]) - depth, dtype=np.int64)
    ids: list[int] = []
    positions: list[int] = []
    entries: list[Entry] = []
    starts: list[int] = []
    for number in range(step.low, step.high):
        path = trie.paths[number]
        known = depth if number == step.low else trie.shared[number]
        start, end = len(ids), len(ids) + len(path.ids) - known
        if known == depth:
            starts.append(start)
        at[known - depth : len(path.ids) - depth] = np.arange(start, end)
        ids += path.ids[known:]
        positions += range(known, len(path.ids))
        allowed[start:end, depth + at[: known - depth]] = True
        allowed[start:end, depth + start : depth + end] = np.tri(end - start, dtype=bool)
        places = at[path.first - depth : path.first - depth + len(path.tokens)].tolist()
        entries += ((place, token, path.owner) for place, token in zip(places, path.tokens, strict=True))
    return PackedRow(ids, positions, allowed, entries, starts)


def _longest(trie: Trie, low: int, high: int) -> Iterator[int]:
    """Yield the paths of a range that no later one contains: one row each."""
    for number in range(low, high):
        if number + 1 == high or trie.shared[number + 1] < len(trie.paths[number].ids):
            yield number
