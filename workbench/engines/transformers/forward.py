"""One forward pass: a batch of rows in, the log-likelihood of every target out."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.engines.transformers.batches import Row, pack
from workbench.engines.transformers.devices import empty_cache
from workbench.engines.transformers.heads import Head
from workbench.engines.transformers.trees import visible
from workbench.errors import OutOfMemory

if TYPE_CHECKING:
    import torch

WHOLE_LOGITS_BYTES = 1 << 30
"""Logits of a whole batch at once, where a model's head cannot be called apart."""


@dataclass(frozen=True, slots=True)
class TargetScore:
    """The log-likelihood of one target: sum over its tokens, and whether each was the first choice."""

    owner: tuple[int, int]
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

    def _budget(self) -> int:
        if self.head.apart:
            return self.budget
        return min(self.budget, max(1, WHOLE_LOGITS_BYTES // (4 * self.head.vocabulary)))

    def _try(self, rows: list[Row]) -> list[TargetScore] | None:
        """Return the scores, or None after halving the budget because the device was full."""
        import torch

        try:
            return self._compute(rows)
        except torch.OutOfMemoryError as error:
            if len(rows) == 1:
                raise OutOfMemory(f"one sequence of {len(rows[0].ids)} tokens does not fit on {self.device}") from error
        self.budget = max(1, len(rows) * max(len(row.ids) for row in rows) // 2)
        self.halved += 1
        empty_cache(self.device)
        return None

    def _compute(self, rows: list[Row]) -> list[TargetScore]:
        import torch

        width = max(len(row.ids) for row in rows)
        plan = _plan(rows, width)
        with torch.inference_mode():
            # Padding stands on the right, where no real token looks; its id is of no consequence.
            padded = [[*row.ids, *([0] * (width - len(row.ids)))] for row in rows]
            ids = torch.tensor(padded, dtype=torch.long).to(self.device)
            states = self._states(rows, ids, width).flatten(0, 1)[self._index(plan.positions)]
            values, firsts = self.head.log_probabilities(
                states, self._index(plan.slots), self._index(plan.tokens), self.head.chunks(plan.slots)
            )
            # One transfer a batch: on an accelerator each waits for everything before it.
            numbers: list[list[float]] = torch.stack((values, firsts.float())).tolist()
        self.computed += len(rows) * width
        return plan.collect(*numbers)

    def _states(self, rows: list[Row], ids: torch.Tensor, width: int) -> torch.Tensor:
        import torch

        if self.head.tree is None or all(row.positions is None for row in rows):
            return self.head.backbone(ids)
        positions = [_padded(row.positions or range(len(row.ids)), width) for row in rows]
        allowed = visible(rows, width).to(self.device)
        return self.head.tree(ids, torch.tensor(positions, dtype=torch.long).to(self.device), allowed)

    def _index(self, values: list[int]) -> torch.Tensor:
        import torch

        return torch.tensor(values, dtype=torch.long).to(self.device)


def _padded(positions: Sequence[int], width: int) -> list[int]:
    return [*positions, *([0] * (width - len(positions)))]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which states of a batch are needed (`positions`, flat), and which (slot, token) entries they answer."""

    positions: list[int]
    slots: list[int]
    tokens: list[int]
    owners: list[tuple[int, int]]

    def collect(self, values: list[float], firsts: list[float]) -> list[TargetScore]:
        sums: dict[tuple[int, int], list[float]] = {}
        greedy: dict[tuple[int, int], bool] = {}
        for owner, value, first in zip(self.owners, values, firsts, strict=True):
            sums.setdefault(owner, []).append(value)
            greedy[owner] = greedy.get(owner, True) and first > 0
        return [TargetScore(owner, math.fsum(parts), len(parts), greedy[owner]) for owner, parts in sums.items()]


def _plan(rows: Sequence[Row], width: int) -> _Plan:
    entries: list[tuple[int, int, tuple[int, int]]] = sorted(
        (number * width + target.predictor(offset), token, target.owner)
        for number, row in enumerate(rows)
        for target in row.targets
        for offset, token in enumerate(target.tokens)
    )
    positions = sorted({position for position, _, _ in entries})
    slot = {position: index for index, position in enumerate(positions)}
    return _Plan(
        positions,
        [slot[position] for position, _, _ in entries],
        [token for _, token, _ in entries],
        [owner for _, _, owner in entries],
    )
