"""Minimax for D, and a generator that is pulled hardest where it is worst."""

from __future__ import annotations

import math

import pytest
from gan_losses import at, sigmoid, softplus

from gan.losses.minimax import Minimax
from gan.losses.non_saturating import NonSaturating


def test_values_and_slopes_by_hand() -> None:
    """At D(x) = 2, D(G(z)) = -1: L_G = -log s(-1), with slope s(-1) - 1."""
    seen = at(NonSaturating(), real=2.0, fake=-1.0)
    assert seen.d == pytest.approx(softplus(-2.0) + softplus(-1.0))
    assert seen.d_real == pytest.approx(sigmoid(2.0) - 1.0)
    assert seen.d_fake == pytest.approx(sigmoid(-1.0))
    assert seen.g == pytest.approx(-math.log(sigmoid(-1.0)))
    assert seen.g_fake == pytest.approx(sigmoid(-1.0) - 1.0)


def test_the_generator_never_starves() -> None:
    """Where D is certain that a sample is generated, G is pulled with full strength."""
    assert at(NonSaturating(), real=100.0, fake=-100.0).g_fake == pytest.approx(-1.0)


def test_ds_loss_is_minimaxs() -> None:
    """The two differ in G's loss only."""
    one, other = at(NonSaturating(), real=0.4, fake=1.3), at(Minimax(), real=0.4, fake=1.3)
    assert (one.d, one.d_real, one.d_fake) == (other.d, other.d_real, other.d_fake)


def test_halved_halves_the_discriminators_loss_only() -> None:
    """Values and slopes of D by ½, also with smoothed targets; G's as before."""
    for targets in (None, (0.9, 0.0)):
        whole = at(NonSaturating(), real=0.4, fake=1.3, targets=targets)
        half = at(NonSaturating(halved=True), real=0.4, fake=1.3, targets=targets)
        assert (half.d, half.d_real, half.d_fake) == (whole.d / 2, whole.d_real / 2, whole.d_fake / 2)
        assert (half.g, half.g_fake) == (whole.g, whole.g_fake)
