"""The original game: zero-sum, and its generator starves when D is certain."""

from __future__ import annotations

import math

import pytest
import torch
from gan_losses import at, sigmoid, softplus
from scipy.optimize import minimize_scalar

from gan.losses.minimax import Minimax


def test_values_and_slopes_by_hand() -> None:
    """At D(x) = 2, D(G(z)) = -1, with s the sigmoid: -log s(2) - log(1 - s(-1)), and so on."""
    seen = at(Minimax(), real=2.0, fake=-1.0)
    assert seen.d == pytest.approx(-math.log(sigmoid(2.0)) - math.log(1.0 - sigmoid(-1.0)))
    assert seen.d_real == pytest.approx(sigmoid(2.0) - 1.0)
    assert seen.d_fake == pytest.approx(sigmoid(-1.0))
    assert seen.g == pytest.approx(-softplus(-1.0))
    assert seen.g_fake == pytest.approx(-sigmoid(-1.0))


def test_the_game_is_zero_sum() -> None:
    """What G gains on its samples, D loses on them."""
    seen = at(Minimax(), real=0.3, fake=0.7)
    assert seen.g_fake == pytest.approx(-seen.d_fake)
    assert seen.g + seen.d == pytest.approx(softplus(-0.3))


def test_the_generator_starves_when_d_is_certain() -> None:
    """At a logit of -100 nothing pulls G, which is why the non-saturating loss exists."""
    assert abs(at(Minimax(), real=100.0, fake=-100.0).g_fake) < 1e-40


def test_at_equilibrium_d_loses_two_log_two() -> None:
    """The value of the game at p_g = p_data is log 4."""
    seen = at(Minimax(), real=0.0, fake=0.0)
    assert seen.d == pytest.approx(math.log(4.0))


def test_one_sided_smoothing_moves_ds_optimum_to_log_9() -> None:
    """D's loss on real samples with target 0.9 is least at logit log(0.9 / 0.1), found numerically."""
    far = torch.full((1,), -50.0, dtype=torch.float64)

    def loss(logit: float) -> float:
        real = torch.tensor([logit], dtype=torch.float64)
        return float(Minimax().discriminator(real, far, (0.9, 0.0)))

    assert minimize_scalar(loss, tol=1e-10).x == pytest.approx(math.log(9.0), abs=1e-6)


def test_halved_halves_the_discriminators_loss_only() -> None:
    """Values and slopes of D by ½, also with smoothed targets; G's as before."""
    for targets in (None, (0.9, 0.0)):
        whole = at(Minimax(), real=0.4, fake=1.3, targets=targets)
        half = at(Minimax(halved=True), real=0.4, fake=1.3, targets=targets)
        assert (half.d, half.d_real, half.d_fake) == (whole.d / 2, whole.d_real / 2, whole.d_fake / 2)
        assert (half.g, half.g_fake) == (whole.g, whole.g_fake)
