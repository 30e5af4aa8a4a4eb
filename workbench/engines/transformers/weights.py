"""Weights: how large they will be before loading; after it, whether they are numbers and serve every token."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.errors import BadConfig, CorruptWeights
from workbench.models.safetensors import BITS, Tensor, read_header

if TYPE_CHECKING:
    import torch

FLOATING = frozenset({"F64", "F32", "F16", "BF16"})


def loaded_bytes(tensors: Iterable[Tensor], size: int | None) -> int:
    """Return the bytes that weights take once loaded.

    Parameters
    ----------
    size
        Bytes of one floating-point number after loading; None: as in the file.
    """
    total = 0
    for tensor in tensors:
        bits = BITS[tensor.dtype] if size is None or tensor.dtype not in FLOATING else 8 * size
        total += tensor.count * bits
    return -(-total // 8)


def require_finite(model: Any, where: Path) -> None:
    """Raise unless every floating-point weight is a finite number.

    Raises
    ------
    CorruptWeights
        The first tensor that holds NaN or infinity is named, and its file.
    """
    import torch

    names: list[str] = []
    extremes: list[torch.Tensor] = []
    with torch.inference_mode():
        for name, tensor in model.named_parameters():
            if tensor.is_floating_point() and tensor.numel():
                names.append(name)
                # A NaN spoils both extremes. They are read from the device together, at the end.
                extremes.append(torch.stack(torch.aminmax(tensor)).float())
        if not extremes:
            return
        finite = torch.stack([pair.to(extremes[0].device) for pair in extremes]).isfinite().all(dim=1).tolist()
    bad = [name for name, good in zip(names, finite, strict=True) if not good]
    if bad:
        more = f" and {len(bad) - 1} more" if len(bad) > 1 else ""
        raise CorruptWeights(f"the tensor {bad[0]}{more} holds NaN or infinity", where=_file_of(bad[0], where))


def _file_of(tensor: str, where: Path) -> Path:
    """Return the weight file that holds a tensor; `where` if none does under that name (fused experts, GGUF)."""
    shards = sorted(where.glob("*.safetensors")) if where.is_dir() else []
    return next((shard for shard in shards if tensor in read_header(shard)), where)


def require_rows(model: Any, tokenizer: Any, where: Path) -> None:
    """Raise unless the embedding has a row for every token that a text can become.

    Special tokens for other kinds of input (Gemma 3 1B has one for images, behind the last row) may lack one, unless
    they begin, end or fill up a sequence, or the chat template writes them.

    Raises
    ------
    BadConfig
        The largest token id and the number of rows are named.
    """
    rows = int(model.get_input_embeddings().weight.shape[0])
    template = str(getattr(tokenizer, "chat_template", None) or "")
    kept = {tokenizer.bos_token_id, tokenizer.eos_token_id, tokenizer.pad_token_id}
    idle = {
        number
        for number, token in tokenizer.added_tokens_decoder.items()
        if token.special and number not in kept and token.content not in template
    }
    token, largest = max(
        ((token, number) for token, number in tokenizer.get_vocab().items() if number not in idle),
        key=lambda entry: entry[1],
        default=("", -1),
    )
    if largest >= rows:
        raise BadConfig(
            f"the tokenizer gives {token!r} the id {largest}, and the embedding has {rows} rows (ids below {rows})",
            where=where,
            remedy="Use the tokenizer this model was trained with; one that gained tokens needs a resized embedding.",
        )
