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

        written = input_ids[:, self.start :].tolist()
        done = [self.ended(number, tokens) for number, tokens in enumerate(written)]
        return torch.tensor(done, device=input_ids.device)

    def ended(self, number: int, written: Sequence[int]) -> bool:
        """Return whether row `number`, which has written these tokens, has come to one of its stop texts."""
        if not self.stops[number]:
            return False
        text = self.tokenizer.decode(written[-self.window :], skip_special_tokens=True)
        return cut_at_stop(text, self.stops[number])[1]


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
        return self.perturbed(scores, range(len(self.generators)))

    def perturbed(self, scores: torch.Tensor, numbers: Sequence[int]) -> torch.Tensor:
        """Return the perturbed scores [rows, vocabulary] of the rows of these numbers."""
        import torch

        noise = torch.stack(
            [
                torch.empty(scores.shape[1]).exponential_(generator=self.generators[number]).log_().neg_()
                for number in numbers
            ]
        )
        return scores.float() / self.temperature + noise.to(scores.device)
