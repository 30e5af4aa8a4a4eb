"""What a model's arithmetic amounts to: floating-point operations by layer shapes, distinct tokens, bare rates.

A multiplication and an addition count as two. A token costs, in each layer, 2 × the entries of its seven matrices
(query, key, value, output, gate, up, down) and 4 × heads × head size × tokens it looks back on (itself included, no
more than a sliding window); each scored position costs 2 × hidden size × vocabulary in the head.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

ROWS = 256
"""Rows of the bare multiplications: about what one pass of an engine gives a matrix."""
SETS = 4
"""Different layers' weights that are multiplied in turn, so that no cache keeps them."""
SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Work:
    """Floating-point operations in the layers and in the head."""

    body: float = 0.0
    head: float = 0.0

    @property
    def total(self) -> float:
        return self.body + self.head

    def __add__(self, other: Work) -> Work:
        return Work(self.body + other.body, self.head + other.head)


@dataclass(frozen=True, slots=True)
class Shapes:
    """A decoder's shapes; `windows` has an entry a layer, None where it looks back on everything."""

    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_size: int
    vocabulary: int
    windows: tuple[int | None, ...]

    @classmethod
    def read(cls, model: Path) -> Shapes:
        config = json.loads((model / "config.json").read_text(encoding="utf-8"))
        layers = config["num_hidden_layers"]
        kinds = config.get("layer_types") or ["full_attention"] * layers
        return cls(
            hidden=config["hidden_size"],
            intermediate=config["intermediate_size"],
            heads=config["num_attention_heads"],
            kv_heads=config["num_key_value_heads"],
            head_size=config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"],
            vocabulary=config["vocab_size"],
            windows=tuple(config["sliding_window"] if kind == "sliding_attention" else None for kind in kinds),
        )

    @property
    def matrices(self) -> tuple[tuple[int, int], ...]:
        """(in, out) of one layer's matrices."""
        wide, narrow = self.heads * self.head_size, self.kv_heads * self.head_size
        return (
            (self.hidden, wide), (self.hidden, narrow), (self.hidden, narrow), (wide, self.hidden),
            (self.hidden, self.intermediate), (self.hidden, self.intermediate), (self.intermediate, self.hidden),
        )  # fmt: skip

    def span(self, start: int, stop: int) -> float:
        """Operations in the layers for the tokens at places `start` to `stop` (excluded) of one sequence."""
        linear = 2.0 * sum(a * b for a, b in self.matrices) * len(self.windows) * (stop - start)
        seen = sum(looked_back(start, stop, window) for window in self.windows)
        return linear + 4.0 * self.heads * self.head_size * seen

    def scored(self, positions: int) -> float:
        """Operations in the head."""
        return 2.0 * self.hidden * self.vocabulary * positions


def looked_back(start: int, stop: int, window: int | None) -> int:
    """Sum over the places `start` … `stop` - 1 of how many tokens each looks back on."""
    bend = stop if window is None else min(max(window, start), stop)
    rising = (start + 1 + bend) * (bend - start) // 2
    return rising + (stop - bend) * (window or 0)


@dataclass(frozen=True, slots=True)
class Distinct:
    """The trie of some sequences: its tokens, its scored positions, and what computing each once costs."""

    tokens: int
    scored: int
    work: Work


def distinct(sequences: Sequence[tuple[Sequence[int], int]], shapes: Shapes) -> Distinct:
    """Count over (fed tokens, how many of the last positions are scored), whatever their order."""
    before: Sequence[int] = ()
    marks: list[bool] = []
    tokens = scored = 0
    body = 0.0
    for ids, last in sorted(sequences, key=lambda entry: list(entry[0])):
        shared = common(before, ids)
        tokens += len(ids) - shared
        body += shapes.span(shared, len(ids))
        marks = marks[:shared] + [False] * (len(ids) - shared)
        for place in range(len(ids) - last, len(ids)):
            scored += not marks[place]
            marks[place] = True
        before = ids
    return Distinct(tokens, scored, Work(body, shapes.scored(scored)))


def common(one: Sequence[int], other: Sequence[int]) -> int:
    """Length of what both begin with."""
    for place, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return place
    return min(len(one), len(other))


@dataclass(frozen=True, slots=True)
class Rates:
    """Operations a second of bare matrix multiplications at the shapes of the layers and of the head."""

    body: float
    head: float

    def seconds(self, work: Work) -> float:
        """How long the bare multiplications of `work` would take."""
        return work.body / self.body + work.head / self.head


def bare_rates(shapes: Shapes, dtype: str) -> Rates:
    """Measure them in this process, with as many threads as torch has."""
    import torch

    kind = getattr(torch, dtype)
    with torch.inference_mode():
        layers = [[torch.randn(b, a, dtype=kind) for a, b in shapes.matrices] for _ in range(SETS)]
        body = rate(layers, kind)
        del layers
        head = rate([[torch.randn(shapes.vocabulary, shapes.hidden, dtype=kind)]], kind)
    return Rates(body, head)


def rate(sets: list, kind: object) -> float:
    """Operations a second, by torch's BLAS or by oneDNN, whichever is faster here."""
    import torch

    from workbench.engines.transformers.linear import project

    matrices = [matrix for entry in sets for matrix in entry]
    inputs = {matrix.shape[1]: torch.randn(ROWS, matrix.shape[1], dtype=kind) for matrix in matrices}
    outputs = {matrix.shape[0]: torch.empty(ROWS, matrix.shape[0], dtype=kind) for matrix in matrices}

    def blas(matrix: torch.Tensor) -> None:
        torch.mm(inputs[matrix.shape[1]], matrix.T, out=outputs[matrix.shape[0]])

    def onednn(matrix: torch.Tensor) -> None:
        project(inputs[matrix.shape[1]], matrix, None)

    operations = sum(2.0 * ROWS * matrix.numel() for matrix in matrices)
    return operations / min(median_seconds(way, matrices) for way in (blas, onednn))


def median_seconds(way: Callable[[Any], None], matrices: list) -> float:
    """Median over passes through all matrices, the first left out."""
    found: list[float] = []
    began = time.perf_counter()
    while len(found) < 3 or time.perf_counter() - began < SECONDS:
        start = time.perf_counter()
        for matrix in matrices:
            way(matrix)
        found.append(time.perf_counter() - start)
    return statistics.median(found[1:])
