"""One forward pass: a batch of rows in, the log-likelihood of every target out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.engines.transformers.batches import Row, pack
from workbench.engines.transformers.devices import empty_cache
from workbench.engines.transformers.heads import Head
from workbench.engines.transformers.trie import Owner
from workbench.errors import OutOfMemory

if TYPE_CHECKING:
    import torch

WHOLE_LOGITS_BYTES = 1 << 30
"""Logits of a whole batch at once, where a model's head cannot be called apart."""
SLOTS = 2048
"""Scored positions whose logits are computed together, a tile of the vocabulary at a time."""

BATCH_CPU = 2048
"""Tokens of one batch: more gain a CPU nothing, and rows of less alike lengths are padded more."""

Entry = tuple[int, int, Owner]
"""A scored token: position (flat) of the state that predicts it, the token, whose it is."""


@dataclass(frozen=True, slots=True)
class TargetScore:
    """The log-likelihood of one target: sum over its tokens, and whether each was the first choice."""

    owner: Owner
    log_likelihood: float
    tokens: int
    greedy: bool


@dataclass(slots=True)
class Forward:
    """Feeds rows to a model in batches within `budget` tokens, and halves the budget when the device is full."""

    head: Head
    device: torch.device
    budget: int
    computed: int = 0
    """Tokens computed so far, padding included."""
    halved: int = 0

    def run(self, rows: Sequence[Row]) -> Iterator[list[TargetScore]]:
        """Yield the scores of each batch, longest rows first.

        Raises
        ------
        OutOfMemory
            A single row does not fit.
        """
        lengths = [len(row.ids) for row in rows]
        waiting = list(pack(lengths, self._budget()))[::-1]
        while waiting:
            group = waiting.pop()
            if len(group) > 1 and len(group) * lengths[group[0]] > self._budget():
                waiting += [group[half::2] for half in (0, 1)]
                continue
            scores = self._try([rows[index] for index in group])
            if scores is None:
                waiting += [group[half::2] for half in (0, 1)]
            else:
                yield scores

    def shrink(self, used: int) -> None:
        """Halve the budget after a pass of `used` tokens for which the device had no room."""
        self.budget = max(1, min(self.budget, used) // 2)
        self.halved += 1
        empty_cache(self.device)

    def _budget(self) -> int:
        if self.head.apart:
            return min(self.budget, BATCH_CPU) if self.device.type == "cpu" else self.budget
        return min(self.budget, max(1, WHOLE_LOGITS_BYTES // (4 * self.head.vocabulary)))

    def _try(self, rows: list[Row]) -> list[TargetScore] | None:
        """Return the scores, or None after halving the budget because the device was full."""
        import torch

        try:
            return self._compute(rows)
        except torch.OutOfMemoryError as error:
            if len(rows) == 1:
                raise OutOfMemory(f"one sequence of {len(rows[0].ids)} tokens does not fit on {self.device}") from error
        self.shrink(len(rows) * max(len(row.ids) for row in rows))
        return None

    def _compute(self, rows: list[Row]) -> list[TargetScore]:
        import torch

        width = max(len(row.ids) for row in rows)
        entries = [
            (number * width + target.start + offset - 1, token, target.owner)
            for number, row in enumerate(rows)
            for target in row.targets
            for offset, token in enumerate(target.tokens)
        ]
        with torch.inference_mode():
            # Padding stands on the right, where no real token looks; its id is of no consequence.
            padded = [[*row.ids, *([0] * (width - len(row.ids)))] for row in rows]
            ids = torch.tensor(padded, dtype=torch.long).to(self.device)
            scores = score_states(self.head, self.head.backbone(ids).flatten(0, 1), entries)
        self.computed += len(rows) * width
        return scores


def score_states(head: Head, states: torch.Tensor, entries: Iterable[Entry]) -> list[TargetScore]:
    """Return the score of each owner from the states [positions, width] of one pass."""
    import torch

    ordered = sorted(entries)
    positions = sorted({position for position, _, _ in ordered})
    slot = {position: index for index, position in enumerate(positions)}
    states = states[torch.tensor(positions, dtype=torch.long).to(states.device)]
    found: list[torch.Tensor] = []
    begin = 0
    for first in range(0, len(positions), SLOTS):
        end = begin
        while end < len(ordered) and slot[ordered[end][0]] < first + SLOTS:
            end += 1
        part = ordered[begin:end]
        slots, tokens = [slot[position] - first for position, _, _ in part], [token for _, token, _ in part]
        values, firsts = head.log_probabilities(states[first : first + SLOTS], slots, tokens)
        found.append(torch.stack((values, firsts.float())))
        begin = end
    # One transfer a pass: on an accelerator each waits for everything before it.
    values, firsts = torch.cat(found, dim=1).tolist()
    return _summed([owner for _, _, owner in ordered], values, firsts)


def _summed(owners: Sequence[Owner], values: Sequence[float], firsts: Sequence[float]) -> list[TargetScore]:
    parts: dict[Owner, list[float]] = {}
    greedy: dict[Owner, bool] = {}
    for owner, value, first in zip(owners, values, firsts, strict=True):
        parts.setdefault(owner, []).append(value)
        greedy[owner] = greedy.get(owner, True) and first > 0
    return [TargetScore(owner, math.fsum(found), len(found), greedy[owner]) for owner, found in parts.items()]
