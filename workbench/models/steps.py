"""Names of a training run's checkpoints, as trainers give them, and the step or epoch that stands in each."""

from __future__ import annotations

import re

NAME = re.compile(r"(checkpoint|ckpt|global[-_]?step|step|iteration|iter|epoch)[-_]?(\d{1,15})")
EPOCH = "epoch"
STEP = "step"


def training_step(name: str) -> tuple[str, int] | None:
    """Return the unit (``step`` or ``epoch``) and the number in a directory's name; None where it names no checkpoint.

    Known are ``checkpoint-500`` (Hugging Face), ``step-500``, ``global_step500`` (DeepSpeed), ``iter_0000500``
    (Megatron), ``epoch_3`` (torchtune), and the same with ``-``, ``_`` or nothing between word and number.
    """
    found = NAME.fullmatch(name)
    if found is None:
        return None
    return (EPOCH if found[1] == EPOCH else STEP), int(found[2])
