"""G's gradient is that through D's next updates, written out as a plain loop for autograd."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch
from gan_cases import MLP, batch, recipe
from torch import Tensor
from torch.nn import functional as F
from worlds import SGD, World, mlp

from gan.models.base import Layout
from gan.models.dirac import DiracDiscriminator, DiracGenerator
from gan.players import Player
from gan.recipe import Choice
from gan.registry import MODELS, OPTIMIZERS
from gan.step import generator_loss, update_discriminator

ADAM = Choice.of(OPTIMIZERS, "adam")
Rule = Callable[[Tensor, Tensor, dict[str, Tensor]], tuple[Tensor, dict[str, Tensor]]]


def _sgd(D: Tensor, g: Tensor, moments: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    return D - 0.02 * g, {}


def _adam(D: Tensor, g: Tensor, old: dict[str, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
    new = {"first": 0.5 * old["first"] + 0.5 * g, "second": 0.999 * old["second"] + 0.001 * g**2}
    new |= {"decay1": 0.5 * old["decay1"], "decay2": 0.999 * old["decay2"]}
    root = (new["second"] / (1 - new["decay2"])) ** 0.5
    return D - 0.02 * (new["first"] / (1 - new["decay1"])) / (root + 1e-8), new


def _objective(name: str, D: Tensor, sizes: list[int], real: Tensor, fake: Tensor) -> Tensor:
    """What G minimises: the value of the game that D plays, or its own non-saturating loss."""
    real_B, fake_B = mlp(D, sizes, real)[:, 0], mlp(D, sizes, fake)[:, 0]
    if name == "own":
        return F.softplus(-fake_B).mean()
    return -(F.softplus(-real_B).mean() + F.softplus(fake_B).mean())


@pytest.mark.parametrize("objective", ["value", "own"])
@pytest.mark.parametrize(("optimizer", "rule"), [(SGD, _sgd), (ADAM, _adam)])
@pytest.mark.parametrize("k", [1, 3, 5])
def test_the_gradient_goes_through_all_updates(k: int, optimizer: Choice, rule: Rule, objective: str) -> None:
    """Value and gradient at G's samples, to 1e-8 of the largest, for D after one update of its own."""
    tricks = {"unrolled": {"steps": k, "objective": objective}}
    run = recipe(tricks, optimizer=optimizer, discriminator_lr=0.02)
    world, sizes = World(run), [2, 8, 8, 1]
    D, _ = update_discriminator(
        world.D, world.G, [(world.batch, lambda g: g)], world.nets, world.knobs, world.d_turn
    )
    real, fake = world.batch.real, world.batch.fake.clone().requires_grad_()

    weights, moments = D.parameters.clone().requires_grad_(), dict(D.moments)
    for _ in range(k):
        real_B, fake_B = mlp(weights, sizes, real)[:, 0], mlp(weights, sizes, fake)[:, 0]
        d_loss = F.softplus(-real_B).mean() + F.softplus(fake_B).mean()
        (slope,) = torch.autograd.grad(d_loss, weights, create_graph=True)
        weights, moments = rule(weights, slope, moments)
    loss = _objective(objective, weights, sizes, real, fake)
    (expected,) = torch.autograd.grad(loss, fake)

    def ours(samples: Tensor) -> Tensor:
        return generator_loss((samples, {}), D, world.batch, world.nets, world.knobs, world.g_turn)[0]

    gradient, value = torch.func.grad_and_value(ours)(world.batch.fake)
    torch.testing.assert_close(value, loss.detach(), rtol=1e-8, atol=0)
    torch.testing.assert_close(gradient, expected, rtol=0, atol=1e-8 * float(expected.abs().max()))
    (stopped,) = torch.autograd.grad(_objective(objective, weights.detach(), sizes, real, fake), fake)
    assert (stopped - expected).abs().max() > 1e-3 * expected.abs().max(), "the way through D counts"


@pytest.mark.parametrize("k", [0, 1, 4])
def test_of_one_number_against_one_number(k: int) -> None:
    """With D(x) = ψx, G = θ, data at 0, Wasserstein's loss: ψ_k = ψ - kηθ, so ∂L_G/∂θ = -ψ + 2kηθ.

    The second part is a spring towards the data; without it, the two circle for ever.
    """
    theta, psi, eta = 0.7, -0.4, 0.02
    world = World(recipe({"unrolled": {"steps": k}}, "wasserstein", optimizer=SGD, discriminator_lr=eta))
    G, D = DiracGenerator(), DiracDiscriminator()
    layouts = {"generator": Layout.of(G), "discriminator": Layout.of(D)}
    nets = dataclasses.replace(world.nets, generator=G, discriminator=D, layouts=layouts, shape=(1,))
    given = batch(torch.zeros(16, 1, dtype=torch.float64), torch.zeros(16, 1, dtype=torch.float64))
    player = Player(torch.tensor([psi], dtype=torch.float64), {})

    def loss(number: Tensor) -> Tensor:
        return generator_loss((number.expand(16, 1), {}), player, given, nets, world.knobs, world.g_turn)[0]

    slope = torch.func.grad(loss)(torch.tensor(theta, dtype=torch.float64))
    assert float(slope) == pytest.approx(-psi + 2 * k * eta * theta, abs=1e-12)


@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_units_that_never_fire_do_no_harm(precision: str) -> None:
    """Adam divides by the root of their second moment, 0, whose slope is infinite."""
    relu = Choice.of(MODELS, "mlp", **{**MLP.knobs, "activation": "relu"})
    run = recipe({"unrolled": {"steps": 2}}, model=relu, precision=precision)
    world = World(run)
    layout = world.nets.layouts["discriminator"]
    parts = layout.unpack(world.D.parameters)
    dead = layout.pack({**parts, "layers.0.bias": parts["layers.0.bias"] - 100.0 * torch.eye(8)[0]})
    D = Player(dead.to(world.nets.dtype), world.D.moments)
    gradient = torch.func.grad(
        lambda x: generator_loss((x, {}), D, world.batch, world.nets, world.knobs, world.g_turn)[0]
    )(world.batch.fake)
    assert gradient.isfinite().all() and gradient.abs().max() > 0
