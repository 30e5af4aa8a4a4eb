"""Multiplications through oneDNN: torch's numbers, torch's gradients, and only where a layer is a plain matrix."""

from __future__ import annotations

import pytest

from workbench.engines.transformers import linear


@pytest.fixture
def layer():
    import torch

    torch.manual_seed(0)
    return torch.nn.Linear(48, 80)


@pytest.mark.parametrize("shape", [(48,), (1, 48), (3, 1, 48), (2, 300, 48)])
@pytest.mark.parametrize("bias", [True, False])
def test_a_quickened_layer_gives_what_torch_gives(layer, shape: tuple[int, ...], bias: bool):
    import torch

    states, offset = torch.randn(*shape), layer.bias if bias else None
    with torch.inference_mode():
        expected = torch.nn.functional.linear(states, layer.weight, offset)
        assert torch.allclose(linear.project(states, layer.weight, offset), expected, atol=1e-5)


def test_gradients_and_other_types_go_torchs_own_way(layer):
    import torch

    model = torch.nn.Sequential(layer)
    linear.quicken(model)
    assert linear.is_matrix(layer)
    layer(torch.randn(2, 48)).sum().backward()
    assert layer.weight.grad is not None
    layer.to(torch.bfloat16)
    with torch.inference_mode():
        assert layer(torch.randn(2, 48, dtype=torch.bfloat16)).dtype is torch.bfloat16


def test_a_layer_of_another_kind_is_left_alone():
    import torch

    class Quantised(torch.nn.Linear):
        pass

    other = Quantised(4, 4)
    linear.quicken(torch.nn.Sequential(other))
    assert type(other) is Quantised
    assert not linear.is_matrix(other)


def test_a_torch_without_the_operator_multiplies_its_own_way(layer, monkeypatch: pytest.MonkeyPatch):
    import torch

    monkeypatch.setattr(linear, "_has_onednn", lambda: False)
    with torch.inference_mode():
        states = torch.randn(2, 48)
        expected = torch.nn.functional.linear(states, layer.weight, layer.bias)
        assert torch.equal(linear.project(states, layer.weight, layer.bias), expected)
