"""The networks are the plain ones, built by hand with the same weights."""

from __future__ import annotations

from typing import Literal

import pytest
import torch
from torch import nn
from torch.func import functional_call

from gan.models.base import Layout
from gan.models.dcgan import Dcgan
from gan.rng import Rng


def _numbers(model: Dcgan, network: nn.Module) -> dict[str, torch.Tensor]:
    """Initial values, with the zero biases replaced so that they are tested too."""
    rng = Rng.of(torch.tensor(3), 0)
    begun = Layout.of(network).unpack(model.initial(network, rng))
    return {name: value + 0.1 * rng.at(name).normal(tuple(value.shape)) for name, value in begun.items()}


def _filled(plain: nn.Sequential, values: list[torch.Tensor]) -> nn.Sequential:
    with torch.no_grad():
        for parameter, value in zip(plain.parameters(), values, strict=True):
            parameter.copy_(value)
    return plain


def test_the_generator_is_a_plain_network() -> None:
    """At 16×16: 4 → 8 → 16, batch norm and ReLU before every doubling, tanh at the end."""
    model = Dcgan(width=3)
    network = model.generator((2, 16, 16), 5)
    n = _numbers(model, network)
    order = ["stem.weight"]
    for index in range(2):
        order += [f"norms.{index}.weight", f"norms.{index}.bias", f"layers.{index}.weight"]
    plain = nn.Sequential(
        nn.Unflatten(1, (5, 1, 1)),
        nn.ConvTranspose2d(5, 6, 4, bias=False),
        nn.BatchNorm2d(6),
        nn.ReLU(),
        nn.ConvTranspose2d(6, 3, 4, 2, 1, bias=False),
        nn.BatchNorm2d(3),
        nn.ReLU(),
        nn.ConvTranspose2d(3, 2, 4, 2, 1),
        nn.Tanh(),
    )
    plain = _filled(plain, [n[name] for name in [*order, "layers.1.bias"]])
    z = torch.randn(6, 5, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(functional_call(network, n, (z,)), plain(z).detach())


@pytest.mark.parametrize("norm", ["batch", "none", "layer"])
def test_the_discriminator_is_a_plain_network(norm: Literal["batch", "none", "layer"]) -> None:
    """At 16×16: 16 → 8 → 4, no norm in the first layer, one logit."""
    model = Dcgan(width=3, discriminator_norm=norm)
    network = model.discriminator((2, 16, 16))
    n = _numbers(model, network)
    bias = [] if norm == "batch" else ["layers.1.bias"]
    affine = [] if norm == "none" else ["norms.1.weight", "norms.1.bias"]
    order = ["layers.0.weight", "layers.0.bias", "layers.1.weight", *bias, *affine]
    plain = nn.Sequential(
        nn.Conv2d(2, 3, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(3, 6, 4, 2, 1, bias=norm != "batch"),
        {"batch": nn.BatchNorm2d(6), "none": nn.Identity(), "layer": nn.GroupNorm(1, 6)}[norm],
        nn.LeakyReLU(0.2),
        nn.Conv2d(6, 1, 4),
        nn.Flatten(0),
    )
    plain = _filled(plain, [n[name] for name in [*order, "head.weight", "head.bias"]])
    x = torch.randn(6, 2, 16, 16, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(functional_call(network, n, (x,)), plain(x).detach())


def test_a_norm_that_would_do_nothing_is_declined() -> None:
    """At 8×8 D has only its first layer, which is never normalised."""
    model = Dcgan(discriminator_norm="layer")
    assert "none" in str(model.fits((1, 8, 8))) and model.fits((1, 9, 9)) is None
    assert not model.mixes_samples((1, 32, 32))


def test_odd_sizes_are_padded_with_no_ink() -> None:
    """A 28×28 image is judged as the 32×32 image with two pixels of -1 all around it."""
    model = Dcgan(width=2)
    small, large = model.discriminator((1, 28, 28)), model.discriminator((1, 32, 32))
    numbers = _numbers(model, small)
    x = torch.rand(4, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    framed = torch.full((4, 1, 32, 32), -1.0)
    framed[:, :, 2:-2, 2:-2] = x
    torch.testing.assert_close(
        functional_call(small, numbers, (x,)), functional_call(large, numbers, (framed,))
    )


def test_initial_weights_are_the_papers() -> None:
    """Kernels N(0, 0.02²), batch norm's gains N(1, 0.02²), biases 0."""
    model = Dcgan(width=32)
    network = model.discriminator((3, 32, 32))
    weights = Layout.of(network).unpack(model.initial(network, Rng.of(torch.tensor(0), -1)))
    kernel, gain = weights["layers.1.weight"], weights["norms.2.weight"]
    assert float(kernel.std()) == pytest.approx(0.02, rel=0.02) and abs(float(kernel.mean())) < 1e-3
    assert float(gain.std()) == pytest.approx(0.02, rel=0.3) and float(gain.mean()) == pytest.approx(
        1, abs=0.01
    )
    assert all(not value.any() for name, value in weights.items() if name.endswith("bias"))


@pytest.mark.parametrize("shape", [(2,), (1, 4, 4), (1, 129, 129), (3, 200, 8)])
def test_shapes_that_it_cannot_make_are_declined(shape: tuple[int, ...]) -> None:
    """With the sizes that it can."""
    reason = Dcgan().fits(shape)
    assert reason is not None and ("mlp" in reason or "8×8 to 128×128" in reason)
