"""RMSprop is PyTorch's RMSprop, step by step."""

from __future__ import annotations

import math

import pytest
import torch
from torch.func import grad

from gan.optimizers.rmsprop import Rmsprop

CURVATURE = torch.tensor([1.0, 10.0, 0.1, 3.0], dtype=torch.float64)
START = torch.tensor([1.0, -2.0, 3.0, 0.5], dtype=torch.float64)
LR = torch.tensor(0.05, dtype=torch.float64)


@pytest.mark.parametrize(("alpha", "epsilon"), [(0.99, 1e-8), (0.9, 1e-3), (0.0, 1e-8)])
def test_equals_pytorchs(alpha: float, epsilon: float) -> None:
    """20 steps down a quadratic, to 1e-12 in float64."""
    theirs = START.clone().requires_grad_()
    reference = torch.optim.RMSprop([theirs], lr=0.05, alpha=alpha, eps=epsilon)
    optimizer = Rmsprop(alpha=alpha, epsilon=epsilon)
    ours, moments = START, optimizer.begin(START)
    for _ in range(20):
        reference.zero_grad()
        (0.5 * CURVATURE * theirs.square()).sum().backward()
        reference.step()
        ours, moments = optimizer.update(ours, CURVATURE * ours, moments, LR)
        torch.testing.assert_close(ours, theirs.detach(), rtol=1e-12, atol=1e-12)


def test_an_epsilon_under_the_root_is_added_to_the_mean_of_squares() -> None:
    """Against the same written out in plain numbers, to 1e-12."""
    optimizer = Rmsprop(alpha=0.9, epsilon=0.1, epsilon_inside=True)
    ours, moments = START, optimizer.begin(START)
    theta, square = START.tolist(), [0.0] * 4
    for _ in range(20):
        for i, curvature in enumerate(CURVATURE.tolist()):
            g = curvature * theta[i]
            square[i] = 0.9 * square[i] + 0.1 * g * g
            theta[i] -= 0.05 * g / math.sqrt(square[i] + 0.1)
        ours, moments = optimizer.update(ours, CURVATURE * ours, moments, LR)
        assert ours.tolist() == pytest.approx(theta, rel=1e-12, abs=1e-12)


def test_the_first_step_is_ten_learning_rates_long() -> None:
    """η g / √((1 - α) g²) = η / √(1 - α), whatever the gradient's scale."""
    gradient = torch.tensor([1e-3, -1.0, 1e3, 1.0], dtype=torch.float64)
    optimizer = Rmsprop(epsilon=1e-16)
    after, _ = optimizer.update(START, gradient, optimizer.begin(START), LR)
    torch.testing.assert_close(START - after, 10.0 * LR * gradient.sign(), rtol=1e-9, atol=0.0)


def test_a_gradient_of_zero_moves_nothing_and_can_be_differentiated() -> None:
    """0 / (√0 + ε) is 0, and so is its contribution where an update is looked through."""
    optimizer = Rmsprop()

    def moved(gradient: torch.Tensor) -> torch.Tensor:
        return optimizer.update(START, gradient, optimizer.begin(START), LR)[0].sum()

    zero = torch.zeros(4, dtype=torch.float64)
    assert torch.equal(optimizer.update(START, zero, optimizer.begin(START), LR)[0], START)
    assert grad(moved)(zero).isfinite().all()
