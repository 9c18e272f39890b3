"""The networks are the plain ones, built by hand with the same weights."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn
from torch.func import functional_call

from gan.models.base import Layout
from gan.models.mlp import Mlp
from gan.rng import Rng


def _numbers(network: nn.Module) -> dict[str, torch.Tensor]:
    layout, rng = Layout.of(network), Rng.of(torch.tensor(3), 0).at(str(type(network)))
    return layout.unpack(rng.normal((layout.size,)))


def _by_hand(sizes: list[int], values: list[torch.Tensor], end: list[nn.Module]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for a, b in itertools.pairwise(sizes):
        layers += [nn.Linear(a, b), nn.LeakyReLU(0.2)]
    plain = nn.Sequential(*layers[:-1], *end)
    with torch.no_grad():
        for parameter, value in zip(plain.parameters(), values, strict=True):
            parameter.copy_(value)
    return plain


@pytest.mark.parametrize(("shape", "end"), [((2,), []), ((1, 4, 4), [nn.Tanh(), nn.Unflatten(1, (1, 4, 4))])])
def test_the_generator_is_a_plain_network(shape: tuple[int, ...], end: list[nn.Module]) -> None:
    """Linear at the end for points, tanh for images."""
    network = Mlp(width=7, depth=3).generator(shape, 5)
    numbers = _numbers(network)
    plain = _by_hand([5, 7, 7, 7, 2 if len(shape) == 1 else 16], list(numbers.values()), end)
    z = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(functional_call(network, numbers, (z,)), plain(z).detach())


@pytest.mark.parametrize(("shape", "inputs"), [((2,), 2), ((3, 4, 4), 48)])
def test_the_discriminator_is_a_plain_network(shape: tuple[int, ...], inputs: int) -> None:
    """Images are flattened."""
    network = Mlp(width=7, depth=2).discriminator(shape)
    numbers = _numbers(network)
    plain = _by_hand([inputs, 7, 7, 1], list(numbers.values()), [])
    x = torch.randn(6, *shape, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(functional_call(network, numbers, (x,)), plain(x.flatten(1))[:, 0].detach())


@pytest.mark.parametrize(("shape", "width"), [((2,), 128), ((1, 8, 8), 256)])
def test_the_automatic_width(shape: tuple[int, ...], width: int) -> None:
    """128 units for points, 256 for images."""
    network = Mlp(width=None, depth=2).discriminator(shape)
    assert network.get_parameter("layers.1.weight").shape == (width, width)


def test_initial_weights_are_pytorchs_distribution() -> None:
    """Uniform on ±1/√fan_in, biases too."""
    model = Mlp(width=100, depth=2)
    network = model.discriminator((25,))
    weights = Layout.of(network).unpack(model.initial(network, Rng.of(torch.tensor(0), -1)))
    for name, fan_in in (("layers.0.weight", 25), ("layers.1.weight", 100), ("layers.1.bias", 100)):
        bound = fan_in**-0.5
        assert weights[name].abs().max() <= bound
        assert weights[name].std() == pytest.approx(bound / 3**0.5, rel=0.2 if "bias" in name else 0.05)
