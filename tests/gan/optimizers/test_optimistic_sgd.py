"""Optimistic descent ends a bilinear game at the rate that its characteristic polynomial gives."""

from __future__ import annotations

import math

import pytest
import torch
from bilinear_game import SINGULAR, growth, play, radius

from gan.optimizers.optimistic_sgd import OptimisticSgd


def test_is_twice_the_gradient_less_the_last_one() -> None:
    """θ - 2 η gₜ + η gₜ₋₁ with g₀ = 0, written out for one number, to 1e-12."""
    optimizer, lr = OptimisticSgd(), torch.tensor(0.1, dtype=torch.float64)
    ours, moments = torch.tensor([2.0], dtype=torch.float64), optimizer.begin(torch.zeros(1).double())
    theta, last = 2.0, 0.0
    for _ in range(20):
        gradient = 3.0 * theta - 1.0
        theta, last = theta - 0.2 * gradient + 0.1 * last, gradient
        ours, moments = optimizer.update(ours, 3.0 * ours - 1.0, moments, lr)
        assert float(ours[0]) == pytest.approx(theta, rel=1e-12)


def _update(c: float) -> list[list[float]]:
    """The map of (u, v, last u, last v): z' = z - 2 F z + F z_last with F (u, v) = (c v, -c u)."""
    return [[1.0, -2 * c, 0.0, c], [2 * c, 1.0, -c, 0.0], [1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]]


@pytest.mark.parametrize("lr", [0.1, 0.3])
def test_ends_a_simultaneous_bilinear_game(lr: float) -> None:
    """Along u + iv, F is -ic: λ² = (1 + 2ic) λ - ic, and with c = ηs below 1/2 both roots are on one ray.

    λ = (1 + 2ic ± √(1 - 4c²)) / 2, of squared modulus (1 ± √(1 - 4c²)) / 2: the larger is the rate.
    """
    measured = growth(play(OptimisticSgd(), lr, 200, simultaneous=True, turned=False))[-1]
    for index, s in enumerate(SINGULAR):
        c = lr * s
        expected = math.sqrt((1 + math.sqrt(1 - 4 * c * c)) / 2)
        assert expected < 1 and radius(_update(c)) == pytest.approx(expected, rel=1e-12)
        assert float(measured[index]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("c", "ends"), [(0.57, True), (0.585, False)])
def test_the_largest_learning_rate_that_ends_it(c: float, ends: bool) -> None:
    """Beyond 1/2 the larger root has |λ|² = (1 + (2c + √(4c² - 1))²) / 4: it is 1 at c = 1 / √3."""
    measured = growth(play(OptimisticSgd(), c / SINGULAR[0], 200, simultaneous=True, turned=False))[-1, 0]
    expected = math.sqrt(1 + (2 * c + math.sqrt(4 * c * c - 1)) ** 2) / 2
    assert float(measured) == pytest.approx(expected, abs=1e-6)
    assert (expected < 1) == ends
