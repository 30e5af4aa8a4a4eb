"""Matrix multiplications in float32 on a CPU, through oneDNN.

torch sends them to the BLAS that it was built with, which on many processors reaches two thirds of what oneDNN does
with the same layers, and less than half with a handful of rows. Both come with torch and add up in float32; other
types and other devices go torch's own way.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

KINDS = ("x86_64", "amd64")
"""Machines on which torch's own way is another library than oneDNN."""


def project(states: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    """Return states [..., n] × weight [m, n], transposed, + bias [m]: shape [..., m]."""
    import torch

    plain = states.dtype is weight.dtype is torch.float32 and weight.device.type == "cpu"
    # The operator knows no gradients; with them torch's own way is the right one.
    learning = torch.is_grad_enabled() and (states.requires_grad or weight.requires_grad)
    if plain and not learning and _has_onednn():
        found: torch.Tensor = torch.ops.mkldnn._linear_pointwise(states, weight, bias, "none", [], "")  # noqa: SLF001
        return found
    return torch.nn.functional.linear(states, weight, bias)


def quicken(model: Any) -> None:
    """Send every plain linear layer of a model through `project`; its weights stay where they are."""
    import torch

    for module in model.modules():
        if type(module) is torch.nn.Linear:
            module.__class__ = _linear_class()


def is_matrix(module: Any) -> bool:
    """Return whether a module is a matrix and nothing else: no quantisation, no adapter around it."""
    import torch

    return type(module) in (torch.nn.Linear, _linear_class())


@cache
def _has_onednn() -> bool:
    """Return whether torch brings oneDNN and a multiplication through it is right."""
    import platform

    import torch

    if platform.machine().lower() not in KINDS or not torch._C._has_mkldnn:  # noqa: SLF001
        return False
    states, weight, bias = torch.linspace(-1, 1, 21).view(3, 7), torch.linspace(-2, 1, 35).view(5, 7), torch.ones(5)
    try:
        found = torch.ops.mkldnn._linear_pointwise(states, weight, bias, "none", [], "")  # noqa: SLF001
    except (AttributeError, RuntimeError, TypeError):
        return False  # an operator that torch may change
    return bool(torch.allclose(found, torch.nn.functional.linear(states, weight, bias), atol=1e-5))


@cache
def _linear_class() -> Any:
    """Return the class of a quickened layer; made on demand, because torch takes seconds to import."""
    import torch

    class QuickLinear(torch.nn.Linear):
        """A linear layer whose multiplication is `project`."""

        def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002 — torch's name
            return project(input, self.weight, self.bias)

    return QuickLinear
