"""Plain descent is PyTorch's SGD, step by step; in a bilinear game it never arrives."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from bilinear_game import SINGULAR, growth, play, radius, spiral
from gan_cases import cohort_of, recipe, weights

from gan.optimizers.sgd import Sgd
from gan.recipe import Choice
from gan.registry import OPTIMIZERS
from gan.step import step


def test_equals_pytorchs() -> None:
    """20 steps down a quadratic, to 1e-12 in float64."""
    curvature = torch.tensor([1.0, 10.0, 0.1], dtype=torch.float64)
    ours = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64)
    theirs = ours.clone().requires_grad_()
    reference = torch.optim.SGD([theirs], lr=0.05)
    optimizer, moments, lr = Sgd(), Sgd().begin(ours), torch.tensor(0.05, dtype=torch.float64)
    for _ in range(20):
        reference.zero_grad()
        (0.5 * curvature * theirs.square()).sum().backward()
        reference.step()
        ours, moments = optimizer.update(ours, curvature * ours, moments, lr)
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("lr", [0.01, 0.3])
def test_simultaneous_descent_spirals_away_from_a_bilinear_game(lr: float) -> None:
    """u' = u - ηs v, v' = v + ηs u: eigenvalues 1 ± iηs, so a round makes the distance √(1 + η²s²) times."""
    measured = growth(play(Sgd(), lr, 50, simultaneous=True))
    for index, s in enumerate(SINGULAR):
        assert radius([[1.0, -lr * s], [lr * s, 1.0]]) == pytest.approx(math.sqrt(1 + (lr * s) ** 2))
        expected = torch.full_like(measured[:, index], math.sqrt(1 + (lr * s) ** 2))
        torch.testing.assert_close(measured[:, index], expected, rtol=1e-12, atol=0.0)


def test_alternating_descent_circles_a_bilinear_game_for_ever() -> None:
    """v' = v + ηs u, u' = u - ηs v' has determinant 1 and trace 2 - η²s²: for ηs < 2, |λ| = 1.

    Q = u² + v² + ηs u v is constant on the orbit, so u² + v² stays within Q / (1 ± ηs / 2).
    """
    lr = 0.5
    path = play(Sgd(), lr, 2000, simultaneous=False)
    for index, s in enumerate(SINGULAR):
        c = lr * s
        assert radius([[1 - c * c, -c], [c, 1.0]]) == pytest.approx(1.0, rel=1e-12)
        u, v = path[:, index].unbind(-1)
        energy = u.square() + v.square() + c * u * v
        torch.testing.assert_close(energy, energy[:1].expand_as(energy), rtol=1e-10, atol=0.0)
    assert float(spiral(path).log().abs().max()) < 1e-9


def test_alternating_descent_leaves_a_bilinear_game_at_large_learning_rates() -> None:
    """For ηs > 2 the eigenvalues of the same matrix are real, and one is below -1."""
    lr = 2.2
    measured = growth(play(Sgd(), lr, 60, simultaneous=False))[-1]
    c = lr * SINGULAR[0]
    assert c > 2 and radius([[1 - c * c, -c], [c, 1.0]]) > 1
    assert float(measured[0]) == pytest.approx(radius([[1 - c * c, -c], [c, 1.0]]), rel=1e-9)


def test_a_schedule_of_the_learning_rate_is_the_sequence_that_its_formula_gives() -> None:
    """Cosine from 0.1 to 0.01 with a warm-up over 30 %, each round done by hand at that round's rate."""
    schedule = {"shape": "cosine", "start": 0.1, "end": 0.01, "warmup": 0.3}
    run = recipe(optimizer=Choice.of(OPTIMIZERS, "sgd"), generator_lr=schedule, discriminator_lr=0.05)
    cohort = cohort_of([run])
    state, knobs = cohort.replica(0).state, cohort.knobs[0]
    for n in range(run.steps):
        t = n / run.steps
        rate = (0.01 + 0.09 * (1 + math.cos(math.pi * t)) / 2) * min(1.0, t / 0.3)
        lr = {
            "generator": torch.tensor(rate, dtype=torch.float64),
            "discriminator": knobs.lr["discriminator"],
        }
        begun = state.players["generator"].parameters
        state, _ = step(state, cohort.data, dataclasses.replace(knobs, lr=lr), torch.tensor(n), cohort.nets)
        assert torch.equal(begun, state.players["generator"].parameters) == (n == 0), "it begins at 0"
    cohort.run(run.steps)
    by_hand = torch.cat([state.players[side].parameters for side in ("generator", "discriminator")])
    torch.testing.assert_close(weights(cohort), by_hand, rtol=1e-12, atol=1e-13)
