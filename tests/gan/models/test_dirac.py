"""Dirac-GAN, whose vector field the paper computes by hand."""

from __future__ import annotations

import pytest
import torch
from gan_cases import recipe
from torch.func import functional_call
from torch.nn import functional as F

from gan.build import why_not
from gan.models.base import Layout
from gan.models.dirac import Dirac
from gan.recipe import Choice
from gan.registry import DATA, MODELS
from gan.rng import Rng

Weights = dict[str, torch.Tensor]


def _begun(model: Dirac, dtype: torch.dtype, seed: int = 0) -> tuple[Weights, Weights]:
    rng = Rng.of(torch.tensor(seed), -1, dtype)
    networks = model.generator((1,), 3), model.discriminator((1,))
    G, D = (Layout.of(network).unpack(model.initial(network, rng)) for network in networks)
    return G, D


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("seed", [0, 1])
def test_it_begins_exactly_where_the_options_say(dtype: torch.dtype, seed: int) -> None:
    """Whatever the seed."""
    G, D = _begun(Dirac(theta=0.1, psi=-0.7), dtype, seed)
    assert torch.equal(G["theta"], torch.tensor([0.1], dtype=dtype))
    assert torch.equal(D["psi.weight"], torch.tensor([[-0.7]], dtype=dtype))


def test_samples_are_theta_and_logits_psi_times_x() -> None:
    """Whatever the latents."""
    model = Dirac(theta=2.5, psi=-3.0)
    G, D = _begun(model, torch.float64)
    x = functional_call(model.generator((1,), 3), G, (torch.randn(4, 3, dtype=torch.float64),))
    assert torch.equal(x, torch.full((4, 1), 2.5, dtype=torch.float64))
    points = torch.tensor([[0.0], [1.0], [-2.0]], dtype=torch.float64)
    logits = functional_call(model.discriminator((1,)), D, (points,))
    assert torch.equal(logits, torch.tensor([0.0, -3.0, 6.0], dtype=torch.float64))


def test_the_training_vector_field_is_the_papers() -> None:
    """With f(t) = -log(1 + exp(-t)), gradients are v = (-ψ f'(θψ), θ f'(θψ)), which turns."""
    theta, psi = 0.8, -1.3
    model = Dirac(theta=theta, psi=psi)
    G, D = _begun(model, torch.float64)
    generator, discriminator = model.generator((1,), 3), model.discriminator((1,))
    z, data = torch.zeros(5, 3, dtype=torch.float64), torch.zeros(5, 1, dtype=torch.float64)

    def value(g: Weights, d: Weights) -> torch.Tensor:
        fake = functional_call(discriminator, d, (functional_call(generator, g, (z,)),))
        real = functional_call(discriminator, d, (data,))
        return (F.logsigmoid(fake) + F.logsigmoid(-real)).mean()

    of_g, of_d = torch.func.grad(value, argnums=(0, 1))(G, D)
    slope = 1.0 / (1.0 + torch.exp(torch.tensor(theta * psi, dtype=torch.float64)))
    v = torch.stack([-of_g["theta"].squeeze(), of_d["psi.weight"].squeeze()])
    torch.testing.assert_close(v, slope * torch.tensor([-psi, theta], dtype=torch.float64))
    assert abs(float(v @ torch.tensor([theta, psi], dtype=torch.float64))) < 1e-12


@pytest.mark.parametrize("shape", [(2,), (1, 1, 1), (1, 8, 8)])
def test_other_shapes_are_declined(shape: tuple[int, ...]) -> None:
    """With what to use instead."""
    assert "mlp" in str(Dirac().fits(shape)) and Dirac().fits((1,)) is None


@pytest.mark.parametrize("trick", ["temperature", "truncation", "mode_seeking", "top_k", "consistency"])
def test_tricks_of_the_latents_are_declined(trick: str) -> None:
    """All of G's samples are one number, whatever they are made from."""
    point = {"data": Choice.of(DATA, "dirac"), "model": Choice.of(MODELS, "dirac"), "latent_size": 1}
    assert why_not(recipe({}, **point)) is None
    assert "does not look at its latents" in str(why_not(recipe({trick: {}}, **point)))
