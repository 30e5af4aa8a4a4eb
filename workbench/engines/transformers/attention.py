"""Attention of packed rows on a CPU, in the parts that there are: the stem for all tokens, the row piece by piece.

One mask over stem and row would have the kernel multiply every item with every other and throw most of it away. What
a token gets from the stem and from its own piece is put together by their log-sum-exps, which is exact. Where the
kernel does not take a layer (head sizes that differ), torch's attention with the whole mask does it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

NAME = "workbench-parts"
SMALLEST_PIECE = 48
"""Tokens; pieces of fewer are joined: a call of the kernel costs more than the multiplications it saves."""

Piece = tuple[int, int]
"""Begin and end in the row."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What a kind of attention sees of the stem: nothing before column `first`; from there everything, if `all`."""

    first: int
    all: bool


@dataclass(frozen=True, slots=True)
class Parts:
    """How one row stands behind its stem.

    Attributes
    ----------
    depth
        Tokens of the stem.
    pieces
        Parts of the row that see themselves and the stem, nothing else.
    reach
        For each mask, by its address, what it lets through of the stem.
    """

    depth: int
    pieces: Sequence[Piece]
    reach: Mapping[int, Reach]
    _masks: dict[tuple[int, int, int], Any] = field(default_factory=dict)

    def mask(self, whole: torch.Tensor, groups: int, piece: Piece | None) -> torch.Tensor | None:
        """Return the mask of a piece, or of the stem; a row for each query head that shares a key head."""
        reach = self.reach[whole.data_ptr()]
        if piece is None and reach.all:
            return None
        key = (whole.data_ptr(), groups, -1 if piece is None else piece[0])
        if key not in self._masks:
            if piece is None:
                cut = whole[..., reach.first : self.depth]
            else:
                cut = whole[..., piece[0] : piece[1], self.depth + piece[0] : self.depth + piece[1]]
            self._masks[key] = cut.repeat(1, 1, groups, 1)
        found: torch.Tensor = self._masks[key]
        return found


_current: ContextVar[Parts | None] = ContextVar("parts", default=None)


@contextmanager
def attending(parts: Parts | None) -> Iterator[None]:
    """Have the layers of a pass attend in these parts."""
    token = _current.set(parts)
    try:
        yield
    finally:
        _current.reset(token)


def joined(starts: Sequence[int], end: int, smallest: int = SMALLEST_PIECE) -> list[Piece]:
    """Return the pieces that begin at `starts`, neighbours joined until each has `smallest` tokens."""
    pieces: list[Piece] = []
    begin = 0
    for stop in [*starts[1:], end]:
        if stop - begin >= smallest or stop == end:
            pieces.append((begin, stop))
            begin = stop
    return pieces


def take_parts(model: Any) -> None:
    """Have a model that attends through torch attend in parts where a pass says which; elsewhere as before."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    if model.device.type != "cpu" or model.config.get_text_config()._attn_implementation != "sdpa":  # noqa: SLF001
        return
    interface: Any = AttentionInterface
    masks: Any = AttentionMaskInterface
    interface.register(NAME, attend)
    masks.register(NAME, sdpa_mask)
    model.set_attn_implementation(NAME)


def attend(  # noqa: PLR0917 — the library's signature
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    is_causal: bool | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Return what each token takes in [1, length, heads, size of a head].

    Parameters
    ----------
    query, key, value
        [1, heads, length, size], [1, key heads, depth + length, size] twice.
    attention_mask
        Added to the scores [1, 1, length, depth + length].
    """
    parts = _current.get()
    if parts is None or attention_mask is None or not _taken(parts, query, key, value, attention_mask):
        from transformers.integrations.sdpa_attention import sdpa_attention_forward

        whole: Any = sdpa_attention_forward
        found: tuple[torch.Tensor, None] = whole(
            module, query, key, value, attention_mask, dropout, scaling, is_causal, **kwargs
        )
        return found
    output = _pieces(parts, query, key, value, attention_mask, scale=scaling)
    return output.transpose(1, 2).contiguous(), None


def _taken(parts: Parts, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor) -> bool:
    shape = (1, 1, query.shape[2], key.shape[2])
    return query.shape[-1] == value.shape[-1] and tuple(mask.shape) == shape and mask.data_ptr() in parts.reach


def _pieces(
    parts: Parts,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor,
    *,
    scale: float | None,
) -> torch.Tensor:
    import torch

    groups = query.shape[1] // key.shape[1]
    depth = parts.depth
    outputs, sums = [], []
    for begin, end in parts.pieces:
        own = slice(depth + begin, depth + end)
        allowed = parts.mask(mask, groups, (begin, end))
        output, total = _flash(query[:, :, begin:end], key[:, :, own], value[:, :, own], allowed, scale)
        outputs.append(output)
        sums.append(total)
    found, own_sum = torch.cat(outputs, dim=2), torch.cat(sums, dim=2)
    first = parts.reach[mask.data_ptr()].first
    if first >= depth:
        return found
    allowed = parts.mask(mask, groups, None)
    stem, stem_sum = _flash(query, key[:, :, first:depth], value[:, :, first:depth], allowed, scale)
    share = torch.sigmoid(stem_sum - own_sum).to(found.dtype)
    return found.lerp_(stem, share[..., None])


def _flash(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, scale: float | None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the output [1, heads, length, size] and the log-sum-exps [1, heads, length].

    Query heads that share a key head stand one behind the other, so that no key is copied.
    """
    import torch

    kernel: Any = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu  # noqa: SLF001
    _, heads, length, size = query.shape
    folded = query.reshape(1, key.shape[1], -1, size)
    output, total = kernel(folded, key, value, 0.0, False, attn_mask=mask, scale=scale)
    return output.reshape(1, heads, length, size), total.reshape(1, heads, length)
