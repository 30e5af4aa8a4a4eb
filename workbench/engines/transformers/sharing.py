"""Scoring that computes what requests share once: stems as kept keys and values, branches behind them.

Two ways, by what an architecture can take. `shared-prefix`: several branches of the trie stand in one row, explicit
positions say where each token is in its own sequence, and a mask lets it see its ancestors only. `expanded-cache`:
one row a sequence, the stem's keys and values seen by all of them, for models that know a token's place only from
where it stands (ALiBi). Which of them a model can take is not known from its name; `prove` finds out at load.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from workbench.engines.transformers.forward import Entry, Forward, TargetScore, score_states
from workbench.engines.transformers.stems import Stem
from workbench.engines.transformers.trie import Path, Step, Trie, again, steps
from workbench.errors import OutOfMemory

if TYPE_CHECKING:
    import numpy as np
    import torch

Way = Literal["shared-prefix", "expanded-cache"]
ROW_CPU, ROW = 512, 4096
"""Tokens of one pass: enough to keep the device busy, few enough that masked attention stays cheap."""


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
    stem: Stem = field(default_factory=Stem)

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
        return len(lengths) * max(lengths)

    def _try(self, trie: Trie, step: Step) -> list[TargetScore] | None:
        """Return the scores, or None after halving the budget because the device was full."""
        import torch

        try:
            with torch.inference_mode():
                states, entries = self.states(trie, step)
                return score_states(self.forward.head, states, entries)
        except torch.OutOfMemoryError:
            self.stem = Stem()
        self.forward.shrink(self._size(trie, step.low, step.high, step.depth))
        return None

    def keeping(
        self, whole: Sequence[int], depth: int, ids: list[int], positions: list[int], allowed: torch.Tensor
    ) -> tuple[torch.Tensor, list[tuple[torch.Tensor, torch.Tensor]]]:
        """Compute a row behind the first `depth` tokens of `whole`.

        Returns
        -------
        Hidden states [length, width], and each layer's keys and values [1, heads, depth + length, size of a head].
        """
        self._grow(whole, depth)
        past = self.stem.cache(self._layers(), 1, keep=True)
        states = self._body([ids], [positions], allowed, past)[0]
        return states, [(layer.keys, layer.values) for layer in past.layers]

    def behind(
        self, past: Any, ids: torch.Tensor, positions: torch.Tensor, allowed: torch.Tensor, keys: torch.Tensor
    ) -> torch.Tensor:
        """Return hidden states [1, length, width] of tokens that see `allowed` [length, columns] of a past.

        `positions` [1, length] and `keys` [columns] say where tokens and columns are in their own sequences.
        """
        from workbench.engines.transformers.heads import first_output

        mask = self._mask(allowed, positions[0], keys)
        output = self.model.base_model(
            input_ids=ids, position_ids=positions, attention_mask=mask, past_key_values=past, use_cache=True
        )
        self.forward.computed += ids.numel()
        return first_output(output)

    def _grow(self, ids: Sequence[int], depth: int) -> None:
        """Make the stem the first `depth` tokens of `ids`, keeping what it has of them, a piece at a time."""
        import torch

        self.stem.cut(ids, depth)
        while (done := len(self.stem.ids)) < depth:
            new = list(ids[done : min(done + self.row(), depth)])
            allowed = torch.ones(len(new), done + len(new), dtype=torch.bool).tril(done)
            past = self.stem.cache(self._layers(), 1, keep=True)
            self._body([new], [list(range(done, done + len(new)))], allowed, past)
            self.stem.take(past)
            self.stem.ids = [*self.stem.ids, *new]

    def _packed(self, trie: Trie, step: Step) -> tuple[torch.Tensor, list[Entry]]:
        import torch

        ids, positions, allowed, entries = lay_out(trie, step)
        past = self.stem.cache(self._layers(), 1, keep=False)
        return self._body([ids], [positions], torch.from_numpy(allowed), past)[0], entries

    def _expanded(self, trie: Trie, step: Step) -> tuple[torch.Tensor, list[Entry]]:
        numbers = list(_longest(trie, step.low, step.high))
        feeds = [trie.paths[number].ids[step.depth :] for number in numbers]
        width = max(map(len, feeds))
        # Padding stands on the right, where no real token looks.
        past = self.stem.cache(self._layers(), len(feeds), keep=False)
        states = self._body([[*feed, *([0] * (width - len(feed)))] for feed in feeds], None, None, past)
        entries: list[Entry] = []
        row = 0
        for number in range(step.low, step.high):
            path = trie.paths[number]
            start = row * width + path.first - step.depth
            entries += ((start + offset, token, path.owner) for offset, token in enumerate(path.tokens))
            row += number == numbers[row]
        return states.flatten(0, 1), entries

    def _body(
        self, ids: list[list[int]], positions: list[list[int]] | None, allowed: torch.Tensor | None, past: Any
    ) -> torch.Tensor:
        """Return hidden states [rows, length, width] of `ids` behind the stem; positions and mask for packed rows."""
        import torch

        from workbench.engines.transformers.heads import first_output

        device = self.forward.device
        fed = torch.tensor(ids, dtype=torch.long).to(device)
        if self.way == "shared-prefix" and positions is not None and allowed is not None:
            at = torch.tensor(positions, dtype=torch.long).to(device)
            keys = torch.cat([torch.arange(len(self.stem.ids), device=device), at[0]])
            return self.behind(past, fed, at, allowed.to(device), keys)
        given: dict[str, Any] = {}
        if self.stem.ids:
            length = len(self.stem.ids) + len(ids[0])
            given = {"attention_mask": torch.ones(len(ids), length, dtype=torch.long, device=device)}
        output = self.model.base_model(input_ids=fed, past_key_values=past, use_cache=True, **given)
        self.forward.computed += fed.numel()
        return first_output(output)

    def _layers(self) -> int:
        return int(self.model.config.get_text_config().num_hidden_layers)

    def _mask(self, allowed: torch.Tensor, positions: torch.Tensor, keys: torch.Tensor) -> Any:
        """Return what the body adds to attention scores: a tensor, or one for each kind of attention."""
        import torch

        near = allowed
        if self.window and "sliding_attention" in self.kinds:
            near = allowed & (positions[:, None] - keys[None] < self.window)

        def added(seen: torch.Tensor) -> torch.Tensor:
            zeros = torch.zeros(seen.shape, dtype=self.model.dtype, device=seen.device)
            return zeros.masked_fill_(~seen, torch.finfo(self.model.dtype).min)[None, None]

        made = {kind: added(near if kind == "sliding_attention" else allowed) for kind in self.kinds}
        return made if len(made) > 1 else next(iter(made.values()))


def lay_out(trie: Trie, step: Step) -> tuple[list[int], list[int], np.ndarray, list[Entry]]:
    """Put the paths of a step into one row.

    Returns
    -------
    Token ids [length], positions [length], what each token may see [length, depth + length] (booleans, the stem's
    columns first), and which position predicts what.
    """
    import numpy as np

    depth = step.depth
    length = trie.size(step.low, step.high, depth)
    allowed = np.zeros((length, depth + length), dtype=bool)
    allowed[:, :depth] = True
    at = np.zeros(max(len(path.ids) for path in trie.paths[step.low : step.high]) - depth, dtype=np.int64)
    ids: list[int] = []
    positions: list[int] = []
    entries: list[Entry] = []
    for number in range(step.low, step.high):
        path = trie.paths[number]
        known = depth if number == step.low else trie.shared[number]
        start, end = len(ids), len(ids) + len(path.ids) - known
        at[known - depth : len(path.ids) - depth] = np.arange(start, end)
        ids += path.ids[known:]
        positions += range(known, len(path.ids))
        allowed[start:end, depth + at[: known - depth]] = True
        allowed[start:end, depth + start : depth + end] = np.tri(end - start, dtype=bool)
        places = at[path.first - depth : path.first - depth + len(path.tokens)].tolist()
        entries += ((place, token, path.owner) for place, token in zip(places, path.tokens, strict=True))
    return ids, positions, allowed, entries


def _longest(trie: Trie, low: int, high: int) -> Iterator[int]:
    """Yield the paths of a range that no later one contains: one row each."""
    for number in range(low, high):
        if number + 1 == high or trie.shared[number + 1] < len(trie.paths[number].ids):
            yield number
