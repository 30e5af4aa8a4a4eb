"""How lm-evaluation-harness learns that there is a model called ``workbench``.

The harness (0.4.13) has a closed list of models and reads no entry points. What it does is import torch before it
looks a model up, and torch calls every entry point of the group ``torch.backends`` when it is imported. `announce` is
one of them. It does nothing in a process that is not the harness', and imports nothing of ours beyond this module.

Source: PyTorch RFC 122468 ("Autoload device extension"); lm-eval 0.4.13, ``lm_eval.api.registry.get_model``.
"""

from __future__ import annotations

import sys
from contextlib import suppress

NAME = "workbench"
TARGET = "workbench.engines.lm_eval_plugin:WorkbenchLM"


def announce() -> None:
    """Tell the harness, if this process runs it, where the model ``workbench`` is; never raise.

    An error here would be torch's: whoever imports torch would get it.
    """
    if "lm_eval" not in sys.modules:
        return
    # Another version of the harness will say itself that it knows no such model; `workbench lm-eval` says why.
    with suppress(ImportError, AttributeError, TypeError, ValueError):
        register()


def register() -> None:
    """Put the model's name into the harness' registry; a second call does nothing.

    Raises
    ------
    ImportError
        The harness is not installed.
    ValueError
        Its registry has another model of that name.
    """
    import lm_eval.models  # noqa: F401 — fills the registry, which looks no further once something is in it
    from lm_eval.api.registry import model_registry

    if NAME not in model_registry:
        model_registry.register(NAME, target=TARGET)
