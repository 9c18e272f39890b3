"""Optimistic Adam is algorithm 1 of its paper; near an equilibrium it is optimistic descent."""

from __future__ import annotations

import math

import pytest
import torch
from bilinear_game import SINGULAR, growth, play
from torch.func import grad

from gan.optimizers.adam import Adam
from gan.optimizers.optimistic_adam import OptimisticAdam

CURVATURE = [1.0, 10.0, 0.1, 3.0]
START = [1.0, -2.0, 3.0, 0.5]
LR = torch.tensor(0.05, dtype=torch.float64)


@pytest.mark.parametrize(("beta1", "beta2", "epsilon"), [(0.5, 0.9, 1e-8), (0.0, 0.999, 1e-2)])
def test_equals_the_papers_algorithm(beta1: float, beta2: float, epsilon: float) -> None:
    """20 steps down a quadratic against plain numbers, one after the other, to 1e-10."""
    optimizer = OptimisticAdam(beta1=beta1, beta2=beta2, epsilon=epsilon)
    ours = torch.tensor(START, dtype=torch.float64)
    curvature, moments = torch.tensor(CURVATURE, dtype=torch.float64), optimizer.begin(ours)
    theta, m, v, last = list(START), [0.0] * 4, [0.0] * 4, [0.0] * 4
    for t in range(1, 21):
        for i in range(4):
            g = CURVATURE[i] * theta[i]
            m[i] = beta1 * m[i] + (1 - beta1) * g
            v[i] = beta2 * v[i] + (1 - beta2) * g * g
            m_hat, v_hat = m[i] / (1 - beta1**t), v[i] / (1 - beta2**t)
            now = m_hat / (math.sqrt(v_hat) + epsilon)
            theta[i], last[i] = theta[i] - 2 * 0.05 * now + 0.05 * last[i], now
        ours, moments = optimizer.update(ours, curvature * ours, moments, LR)
        assert ours.tolist() == pytest.approx(theta, rel=1e-10, abs=1e-10)


def test_ends_a_bilinear_game_that_adam_does_not_end() -> None:
    """Where ε outweighs √v it becomes optimistic descent with η / ε, of squared rate (1 + √(1 - 4c²)) / 2.

    Adam becomes plain descent there, of rate √(1 + c²), and is thrown out again; c = s η / ε.
    """
    lr, epsilon = 0.6, 2.0
    ending = play(
        OptimisticAdam(beta1=0.0, beta2=0.9, epsilon=epsilon), lr, 1500, simultaneous=True, turned=False
    )
    for index, s in enumerate(SINGULAR):
        c = s * lr / epsilon
        expected = math.sqrt((1 + math.sqrt(1 - 4 * c * c)) / 2)
        assert float(growth(ending)[-1, index]) == pytest.approx(expected, abs=1e-6)
    adam = play(Adam(beta1=0.0, beta2=0.9, epsilon=epsilon), lr, 1500, simultaneous=True, turned=False)
    assert float(adam[-500:].norm(dim=(1, 2)).min()) > 0.5


def test_a_gradient_of_zero_moves_nothing_and_can_be_differentiated() -> None:
    """0 / (√0 + ε) is 0 at the first step too, and no derivative of an update is infinite."""
    optimizer, start = OptimisticAdam(), torch.ones(3, dtype=torch.float64)

    def moved(gradient: torch.Tensor) -> torch.Tensor:
        return optimizer.update(start, gradient, optimizer.begin(start), LR)[0].sum()

    zero = torch.zeros(3, dtype=torch.float64)
    assert torch.equal(optimizer.update(start, zero, optimizer.begin(start), LR)[0], start)
    assert grad(moved)(zero).isfinite().all()
