"""Momentum is PyTorch's SGD with momentum; a negative one ends an alternating bilinear game."""

from __future__ import annotations

import pytest
import torch
from bilinear_game import SINGULAR, growth, play, radius, spiral
from gan_cases import recipe

from gan.build import why_not
from gan.optimizers.momentum import Momentum
from gan.optimizers.sgd import Sgd
from gan.recipe import Choice
from gan.registry import OPTIMIZERS

CURVATURE = torch.tensor([1.0, 10.0, 0.1, 3.0], dtype=torch.float64)
START = torch.tensor([1.0, -2.0, 3.0, 0.5], dtype=torch.float64)


@pytest.mark.parametrize(
    ("beta", "dampening", "nesterov"), [(0.9, 0.0, False), (0.9, 0.0, True), (0.5, 0.3, False)]
)
def test_equals_pytorchs(beta: float, dampening: float, nesterov: bool) -> None:
    """20 steps down a quadratic at two learning rates, to 1e-12 in float64: the rate is outside of v."""
    theirs = START.clone().requires_grad_()
    reference = torch.optim.SGD([theirs], lr=0.05, momentum=beta, dampening=dampening, nesterov=nesterov)
    optimizer = Momentum(beta=beta, dampening=dampening, nesterov=nesterov)
    ours, moments = START, optimizer.begin(START)
    for n in range(20):
        lr = torch.tensor(0.05 if n < 10 else 0.02, dtype=torch.float64)
        reference.param_groups[0]["lr"] = float(lr)
        reference.zero_grad()
        (0.5 * CURVATURE * theirs.square()).sum().backward()
        reference.step()
        ours, moments = optimizer.update(ours, CURVATURE * ours, moments, lr)
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-12, atol=1e-12)


def test_is_polyaks_heavy_ball_at_a_constant_learning_rate() -> None:
    """θ - η g + β (θ - θ_last), to 1e-12, for the negative β that PyTorch does not accept."""
    beta, lr = -0.5, torch.tensor(0.05, dtype=torch.float64)
    optimizer = Momentum(beta=beta)
    ours, moments = START, optimizer.begin(START)
    theta, last = START, START
    for _ in range(20):
        theta, last = theta - lr * CURVATURE * theta + beta * (theta - last), theta
        ours, moments = optimizer.update(ours, CURVATURE * ours, moments, lr)
        torch.testing.assert_close(ours, theta, rtol=1e-12, atol=1e-12)


def test_without_momentum_it_is_plain_descent() -> None:
    """Bit for bit, at β = 0."""
    lr = torch.tensor(0.05, dtype=torch.float64)
    momentum, plain = Momentum(beta=0.0), Sgd()
    ours, theirs, moments = START, START, momentum.begin(START)
    for _ in range(5):
        ours, moments = momentum.update(ours, CURVATURE * ours, moments, lr)
        theirs, _ = plain.update(theirs, CURVATURE * theirs, {}, lr)
        assert torch.equal(ours, theirs)


def _update(c: float, beta: float) -> list[list[float]]:
    """The map of (u, v, p, q), p and q being the last steps of u and v, in the game c u v.

    q' = β q + c u, v' = v + q', p' = β p - c v', u' = u + p': first v, then u against the new v.
    """
    v, q = [c, 1.0, 0.0, beta], [c, 0.0, 0.0, beta]
    p = [-c * v[0], -c * v[1], beta, -c * v[3]]
    u = [1.0 + p[0], p[1], p[2], p[3]]
    return [u, v, p, q]


@pytest.mark.parametrize("lr", [0.3, 0.5])
def test_a_negative_momentum_ends_an_alternating_bilinear_game(lr: float) -> None:
    """Its rate is the radius of the update map, and at β = -1/2 that is below 1."""
    measured = spiral(play(Momentum(beta=-0.5), lr, 200, simultaneous=False, turned=False))
    for index, s in enumerate(SINGULAR):
        expected = radius(_update(lr * s, -0.5))
        assert expected < 1.0
        assert float(measured[index]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("c", "ends"), [(0.98, True), (1.02, False)])
def test_the_largest_learning_rate_at_which_it_ends(c: float, ends: bool) -> None:
    """λ is a root of (λ - 1)² (λ - β)² + c² λ³; at β = -1/2, -1 is the first to be one, for c = ησ = 1."""
    measured = growth(play(Momentum(beta=-0.5), c / SINGULAR[0], 400, simultaneous=False, turned=False))
    expected = radius(_update(c, -0.5))
    assert (expected < 1.0) == ends
    assert float(measured[-1, 0]) == pytest.approx(expected, abs=1e-6)


def test_a_positive_momentum_drives_an_alternating_bilinear_game_apart() -> None:
    """At β = 1/2 the same map has a radius above 1, and that is the measured rate."""
    lr = 0.3
    measured = spiral(play(Momentum(beta=0.5), lr, 200, simultaneous=False, turned=False))
    for index, s in enumerate(SINGULAR):
        assert radius(_update(lr * s, 0.5)) > 1.0
        assert float(measured[index]) == pytest.approx(radius(_update(lr * s, 0.5)), abs=1e-6)


def test_nesterov_with_dampening_is_declined() -> None:
    """As PyTorch does: the two are not defined together."""
    both = Choice.of(OPTIMIZERS, "momentum", nesterov=True, dampening=0.1)
    reason = why_not(recipe(optimizer=both))
    assert reason is not None and reason.startswith("momentum: nesterov")


def test_nesterov_without_momentum_is_declined() -> None:
    """It would be plain descent under another name."""
    idle = Choice.of(OPTIMIZERS, "momentum", beta=0.0, nesterov=True)
    assert "set beta" in str(why_not(recipe(optimizer=idle)))
