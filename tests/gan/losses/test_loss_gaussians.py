"""The optimal discriminator of two Gaussians, and divergences in closed form, by quadrature on a grid."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from gan_theory import minimum_pointwise, pointwise
from scipy.integrate import quad
from torch import Tensor

from gan.losses.base import Loss
from gan.losses.f_divergence import FDivergence
from gan.losses.least_squares import LeastSquares
from gan.losses.minimax import Minimax
from gan.losses.non_saturating import NonSaturating

MEANS, WIDTHS = (0.3, -0.4), (0.8, 1.0)
X = torch.linspace(-8.0, 8.0, 801, dtype=torch.float64)
"""The trapezoidal rule is exact to rounding for functions that end as smoothly as these."""


def log_density(x: Tensor, index: int) -> Tensor:
    """Of the real (0) or the generated (1) Gaussian."""
    z = (x - MEANS[index]) / WIDTHS[index]
    return -0.5 * z.square() - math.log(WIDTHS[index] * math.sqrt(2 * math.pi))


LOG_P, LOG_Q = log_density(X, 0), log_density(X, 1)
P, Q = LOG_P.exp() * 0.02, LOG_Q.exp() * 0.02
"""Masses of the grid's cells."""
INNER = X.abs() < 5.0


def optimum(loss: Loss) -> tuple[Tensor, float]:
    """D's best V on the grid, and its loss."""
    return minimum_pointwise(pointwise(loss, P, Q), len(X))


def kl(one: int, other: int) -> float:
    """Of two Gaussians, in closed form."""
    ratio = WIDTHS[one] / WIDTHS[other]
    shift = (MEANS[one] - MEANS[other]) / WIDTHS[other]
    return 0.5 * (ratio**2 + shift**2 - 1) - math.log(ratio)


def squared_hellinger() -> float:
    """∫ (√p - √q)², in closed form."""
    total = WIDTHS[0] ** 2 + WIDTHS[1] ** 2
    overlap = math.sqrt(2 * WIDTHS[0] * WIDTHS[1] / total)
    return 2 - 2 * overlap * math.exp(-0.25 * (MEANS[0] - MEANS[1]) ** 2 / total)


def pearson() -> float:
    """∫ p²/q - 1, in closed form: finite because p is less than √2 times as wide as q."""
    s, t = WIDTHS[0] ** 2, WIDTHS[1] ** 2
    shift = MEANS[0] - MEANS[1]
    return t / math.sqrt(s * (2 * t - s)) * math.exp(shift**2 / (2 * t - s)) - 1


DIVERGENCES = {
    "forward_kl": (kl(0, 1), lambda ratio: 1 + ratio),
    "reverse_kl": (kl(1, 0), lambda ratio: ratio),
    "pearson": (pearson(), lambda ratio: 2 * (ratio.exp() - 1)),
    "squared_hellinger": (squared_hellinger(), lambda ratio: 0.5 * ratio),
}


def test_the_grid_holds_both_distributions() -> None:
    """Nothing of them is lost outside."""
    assert float(P.sum()) == pytest.approx(1.0, abs=1e-13)
    assert float(Q.sum()) == pytest.approx(1.0, abs=1e-13)


@pytest.mark.parametrize("loss", [Minimax(), NonSaturating()], ids=repr)
def test_a_classifier_finds_the_quadratic_log_ratio(loss: Loss) -> None:
    """V* = log p/q, a parabola, and -L_D = 2 JSD - log 4, with JSD integrated adaptively."""
    V, value = optimum(loss)
    torch.testing.assert_close(V[INNER], (LOG_P - LOG_Q)[INNER], rtol=0.0, atol=1e-8)

    def integrand(x: float) -> float:
        at = torch.tensor(x, dtype=torch.float64)
        p, q = math.exp(log_density(at, 0)), math.exp(log_density(at, 1))
        return p * math.log(2 * p / (p + q)) + q * math.log(2 * q / (p + q))

    twice_jsd, _ = quad(integrand, -12.0, 12.0, epsabs=1e-12, limit=200)
    assert -value == pytest.approx(twice_jsd - math.log(4), abs=1e-8)


def test_least_squares_regresses_to_the_codes() -> None:
    """V* = (bp + aq)/(p + q)."""
    V, _ = optimum(LeastSquares(a=-1.0, b=1.0, c=0.0))
    torch.testing.assert_close(V[INNER], ((P - Q) / (P + Q))[INNER], rtol=0.0, atol=1e-8)


@pytest.mark.parametrize("name", list(DIVERGENCES))
def test_f_divergence_is_that_of_the_gaussians(name: Any) -> None:
    """-L_D is the closed form of D_f(p‖q), and V* is g_f^-1(f'(p/q))."""
    divergence, best = DIVERGENCES[name]
    V, value = optimum(FDivergence(divergence=name))
    torch.testing.assert_close(V[INNER], best(LOG_P - LOG_Q)[INNER], rtol=0.0, atol=1e-8)
    assert -value == pytest.approx(divergence, abs=1e-8)
