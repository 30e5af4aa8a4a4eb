"""When a generated answer ends: a stop text appeared, or the model said so."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

TOKENS_PER_CHARACTER = 4
"""A character outside a byte-level vocabulary takes up to four tokens."""
MARGIN = 8


def cut_at_stop(text: str, stops: Sequence[str]) -> tuple[str, bool]:
    """Return `text` up to the first of the stop texts, and whether there was one."""
    found = [at for stop in stops if stop and (at := text.find(stop)) >= 0]
    return (text[: min(found)], True) if found else (text, False)


class StopTexts:
    """Stopping criterion for `generate`: each row ends when one of its own stop texts has been written.

    Only as many of the last tokens are decoded as a stop text can span.
    """

    def __init__(self, tokenizer: Any, start: int, stops: Sequence[Sequence[str]]) -> None:
        self.tokenizer = tokenizer
        self.start = start
        self.stops = stops
        longest = max((len(stop) for row in stops for stop in row), default=0)
        self.window = longest * TOKENS_PER_CHARACTER + MARGIN

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs: object) -> torch.Tensor:
        """Return which rows are done."""
        del scores, kwargs
        import torch

        written = input_ids[:, max(self.start, input_ids.shape[1] - self.window) :]
        texts = self.tokenizer.batch_decode(written, skip_special_tokens=True)
        done = [cut_at_stop(text, stops)[1] for text, stops in zip(texts, self.stops, strict=True)]
        return torch.tensor(done, device=input_ids.device)


class SeededSampling:
    """Logits processor that makes greedy search sample at a temperature, each row from its own generator.

    Adding Gumbel noise to logits / temperature and taking the largest draws from the softmax (Maddison et al. 2014,
    "A* Sampling"). A row's draw so depends on its own seed only, not on its batch: a resumed run draws the same.
    """

    def __init__(self, temperature: float, seeds: Sequence[int]) -> None:
        import torch

        self.temperature = temperature
        self.generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        """Return the perturbed scores [rows, vocabulary]."""
        del input_ids
        import torch

        noise = torch.stack(
            [
                torch.empty(scores.shape[1]).exponential_(generator=generator).log_().neg_()
                for generator in self.generators
            ]
        )
        return scores.float() / self.temperature + noise.to(scores.device)
