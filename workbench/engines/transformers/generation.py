"""Answers that the model writes itself."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from workbench.engines.protocol import Finish, GenerateRequest, GenerateResult
from workbench.engines.transformers.batches import pack
from workbench.engines.transformers.devices import empty_cache
from workbench.engines.transformers.scoring import blocks
from workbench.engines.transformers.sharing import Sharing
from workbench.engines.transformers.splits import cut_left
from workbench.engines.transformers.stopping import SeededSampling, StopTexts, cut_at_stop
from workbench.engines.transformers.tokens import Codec
from workbench.engines.transformers.writing import write
from workbench.errors import OutOfMemory

if TYPE_CHECKING:
    import torch

BLOCK = 512
"""Requests ordered together."""
TOGETHER_CPU, TOGETHER = 32, 256
"""Answers written together: more would pay more for keys that are not their own than they save."""


@dataclass(frozen=True, slots=True)
class _Prompt:
    """One request as tokens, cut to fit."""

    request: GenerateRequest
    ids: list[int]
    truncated: int


@dataclass(slots=True)
class Writer:
    """Generates in batches within a token budget; attributes as in `Forward`.

    `eos` are the tokens that end an answer, `pad` fills rows up on the left.
    """

    model: Any
    codec: Codec
    device: torch.device
    budget: int
    max_length: int
    eos: tuple[int, ...]
    pad: int
    seed: int
    parity: bool
    sharing: Sharing | None = None
    """How prompts share their beginning, in one row; None: each prompt in a padded batch."""
    computed: int = 0

    def run(self, requests: Iterable[GenerateRequest]) -> Iterator[GenerateResult]:
        """Yield each answer as soon as its batch is done.

        Raises
        ------
        OutOfMemory
            A single request does not fit.
        """
        for block in blocks(requests, BLOCK):
            prompts = []
            for prompt in self._prompts(block):
                if isinstance(prompt, GenerateResult):
                    yield prompt
                else:
                    prompts.append(prompt)
            # Only requests that end after the same number of tokens and draw alike share a batch.
            for _, group in groupby(sorted(prompts, key=_kind), key=_kind):
                yield from self._group(list(group))

    def _prompts(self, block: Sequence[GenerateRequest]) -> Iterator[_Prompt | GenerateResult]:
        encode = self.codec.encode_as_lm_eval if self.parity else self.codec.encode
        encoded = encode(request.context for request in block)
        for request in block:
            ids = encoded[request.context] if self.parity else self.codec.begin(encoded[request.context])
            ids = list(request.ids) or ids or list(self.codec.lead)
            room = self.max_length - request.max_new_tokens
            if not ids or room < 1:
                yield GenerateResult(request.id, "", 0, 0, "", error="no_room" if ids else "empty_context")
                continue
            if request.ids and not all(0 <= token < self._vocabulary() for token in request.ids):
                yield GenerateResult(request.id, "", 0, 0, "", error="unknown_token")
                continue
            kept = ids[-room:] if self.parity else cut_left(ids, room, self.codec)
            yield _Prompt(request, kept, len(ids) - len(kept))

    def _vocabulary(self) -> int:
        return int(self.model.get_input_embeddings().weight.shape[0])

    def _group(self, prompts: list[_Prompt]) -> Iterator[GenerateResult]:
        if self._packs() is not None:
            prompts.sort(key=lambda prompt: prompt.ids)  # neighbours share
            waiting = list(self._neighbours(len(prompts)))[::-1]
        else:
            lengths = [len(prompt.ids) + prompt.request.max_new_tokens for prompt in prompts]
            waiting = list(pack(lengths, self.budget))[::-1]
        while waiting:
            group = waiting.pop()
            answers = self._try([prompts[index] for index in group])
            if answers is None:
                waiting += [group[half::2] for half in (0, 1)]
            else:
                yield from answers

    def _packs(self) -> Sharing | None:
        return self.sharing if self.sharing is not None and self.sharing.way == "shared-prefix" else None

    def _neighbours(self, count: int) -> Iterator[list[int]]:
        most = TOGETHER_CPU if self.device.type == "cpu" else TOGETHER
        groups = -(-count // most)
        for number in range(groups):
            yield list(range(number * count // groups, (number + 1) * count // groups))

    def _try(self, prompts: list[_Prompt]) -> list[GenerateResult] | None:
        """Return the answers, or None after halving the budget because the device was full."""
        import torch

        try:
            sharing = self._packs()
            return self._write(prompts) if sharing is None else self._write_packed(prompts, sharing)
        except torch.OutOfMemoryError as error:
            if len(prompts) == 1:
                raise OutOfMemory(
                    f"one prompt of {len(prompts[0].ids)} tokens does not fit on {self.device}"
                ) from error
        self.budget = max(1, self.budget // 2)
        empty_cache(self.device)
        return None

    def _write(self, prompts: list[_Prompt]) -> list[GenerateResult]:
        import torch
        from transformers import LogitsProcessorList, StoppingCriteriaList

        width = max(len(prompt.ids) for prompt in prompts)
        gaps = [width - len(prompt.ids) for prompt in prompts]
        ids = torch.tensor([[self.pad] * gap + prompt.ids for gap, prompt in zip(gaps, prompts, strict=True)])
        mask = torch.tensor([[0] * gap + [1] * (width - gap) for gap in gaps])
        first = prompts[0].request
        processors = []
        if first.temperature > 0:
            seeds = [_seed(self.seed, prompt.request.id) for prompt in prompts]
            processors.append(SeededSampling(first.temperature, seeds))
        stops = [prompt.request.stop for prompt in prompts]
        criteria = [StopTexts(self.codec.tokenizer, width, stops)] if any(stops) else []
        with torch.inference_mode():
            output: torch.Tensor = self.model.generate(
                input_ids=ids.to(self.device),
                attention_mask=mask.to(self.device),
                max_new_tokens=first.max_new_tokens,
                do_sample=False,
                pad_token_id=self.pad,
                logits_processor=LogitsProcessorList(processors),
                stopping_criteria=StoppingCriteriaList(criteria),
            )
        written: list[list[int]] = output[:, width:].tolist()
        self.computed += len(prompts) * int(output.shape[1])
        return [self._answer(prompt, tokens) for prompt, tokens in zip(prompts, written, strict=True)]

    def _write_packed(self, prompts: list[_Prompt], sharing: Sharing) -> list[GenerateResult]:
        first = prompts[0].request
        stops = StopTexts(self.codec.tokenizer, 0, [prompt.request.stop for prompt in prompts])
        seeds = [_seed(self.seed, prompt.request.id) for prompt in prompts]
        sampling = SeededSampling(first.temperature, seeds) if first.temperature > 0 else None

        def choose(logits: torch.Tensor, numbers: Sequence[int]) -> torch.Tensor:
            return (logits if sampling is None else sampling.perturbed(logits, numbers)).argmax(dim=-1)

        def ended(number: int, tokens: Sequence[int]) -> bool:
            return tokens[-1] in self.eos or stops.ended(number, tokens)

        written = write(sharing, [prompt.ids for prompt in prompts], first.max_new_tokens, choose, ended)
        return [self._answer(prompt, tokens) for prompt, tokens in zip(prompts, written, strict=True)]

    def _answer(self, prompt: _Prompt, tokens: list[int]) -> GenerateResult:
        request = prompt.request
        end = next((at for at, token in enumerate(tokens) if token in self.eos), None)
        tokens = tokens if end is None else tokens[:end]
        text, stopped = cut_at_stop(self.codec.tokenizer.decode(tokens, skip_special_tokens=True), request.stop)
        finish: Finish = "stop" if stopped else "eos" if end is not None else "length"
        tokens = tokens[: self._written(tokens)] if stopped else tokens
        return GenerateResult(request.id, text, len(tokens), len(prompt.ids), finish, prompt.truncated)

    def _written(self, tokens: list[int]) -> int:
        """Return how many tokens a stopped row really wrote: what follows is the batch's padding."""
        count = len(tokens)
        while count and tokens[count - 1] == self.pad:
            count -= 1
        return count


def _kind(prompt: _Prompt) -> tuple[float, int]:
    return prompt.request.temperature, prompt.request.max_new_tokens


def _seed(seed: int, request_id: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\x1f{request_id}".encode()).digest()[:8], "big") >> 1
