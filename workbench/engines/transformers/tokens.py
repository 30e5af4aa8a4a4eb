"""Text to token ids: BOS exactly once, by the tokenizer's own policy, and each distinct text encoded once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

BATCH = 1024
PROBE = "a"


@dataclass(slots=True)
class Codec:
    """A tokenizer with its policy made explicit.

    Attributes
    ----------
    tokenizer
        A transformers tokenizer.
    prefix
        Tokens the policy puts before every text (usually one BOS, or nothing).
    lead
        What an empty context becomes: the prefix, else BOS, else EOS, else nothing.
    source
        Where the policy was read: ``tokenizer``, ``gguf metadata``, or ``none`` when there is no prefix.
    """

    tokenizer: Any
    prefix: tuple[int, ...]
    lead: tuple[int, ...]
    source: str

    def encode(self, texts: Iterable[str]) -> Mapping[str, list[int]]:
        """Return each distinct text's token ids, without any that the policy adds."""
        distinct = list(dict.fromkeys(texts))
        result: dict[str, list[int]] = {}
        for start in range(0, len(distinct), BATCH):
            batch = distinct[start : start + BATCH]
            encoding = self.tokenizer(batch, add_special_tokens=False, return_attention_mask=False, verbose=False)
            result.update(zip(batch, encoding["input_ids"], strict=True))
        return result

    def begin(self, ids: Sequence[int]) -> list[int]:
        """Return `ids` with the policy's prefix, unless they begin with its BOS already."""
        if not self.prefix or (ids and ids[0] == self.prefix[0]):
            return list(ids)
        return [*self.prefix, *ids]

    def encode_as_lm_eval(self, texts: Iterable[str]) -> Mapping[str, list[int]]:
        """Return each distinct text's token ids as lm-eval 0.4.13 has them.

        The tokenizer adds what its policy says, except where the text itself begins with the leading token.
        """
        leading = self.tokenizer.decode(self.lead[-1:]) if self.lead else ""
        distinct = list(dict.fromkeys(texts))
        result: dict[str, list[int]] = {}
        for special in (False, True):
            batch = [text for text in distinct if (not (leading and text.startswith(leading))) is special]
            if batch:
                encoding = self.tokenizer(batch, add_special_tokens=special, return_attention_mask=False, verbose=False)
                result.update(zip(batch, encoding["input_ids"], strict=True))
        return result


def make_codec(tokenizer: Any, *, stated_bos: bool | None = None) -> Codec:
    """Return a codec whose prefix is what the tokenizer itself puts before a text.

    `stated_bos` is GGUF metadata's ``add_bos_token``: it counts where the tokenizer built from it forgot.
    """
    bare = tokenizer(PROBE, add_special_tokens=False)["input_ids"]
    full = tokenizer(PROBE)["input_ids"]
    prefix = tuple(full[: _find(full, bare)])
    bos, eos = tokenizer.bos_token_id, tokenizer.eos_token_id
    source = "tokenizer" if prefix else "none"
    if stated_bos is not None and bos is not None and stated_bos is not bool(prefix):
        prefix, source = ((bos,), "gguf metadata") if stated_bos else ((), "gguf metadata")
    fallback = bos if bos is not None else eos
    lead = prefix or (() if fallback is None else (int(fallback),))
    return Codec(tokenizer, prefix, lead, source)


def _find(full: Sequence[int], bare: Sequence[int]) -> int:
    """Return where `bare` begins in `full`; 0 when it is not there as a piece."""
    for start in range(len(full) - len(bare) + 1):
        if list(full[start : start + len(bare)]) == list(bare):
            return start
    return 0
