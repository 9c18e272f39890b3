"""Only the difference of the two logits matters, and the game is symmetric."""

from __future__ import annotations

import pytest
from gan_losses import at, sigmoid, softplus
from hypothesis import given
from hypothesis import strategies as st

from gan.losses.relativistic import Relativistic

logits = st.floats(-20.0, 20.0)


def test_values_and_slopes_by_hand() -> None:
    """At D(x) = 2, D(G(z)) = -1, the difference is 3."""
    seen = at(Relativistic(), real=2.0, fake=-1.0)
    assert seen.d == pytest.approx(softplus(-3.0))
    assert seen.d_real == pytest.approx(-sigmoid(-3.0))
    assert seen.d_fake == pytest.approx(sigmoid(-3.0))
    assert seen.g == pytest.approx(softplus(3.0))
    assert seen.g_fake == pytest.approx(-sigmoid(3.0))
    assert seen.g_real == pytest.approx(sigmoid(3.0)), "G also wants real samples to look worse"


@given(logits, logits, logits)
def test_a_common_shift_of_both_logits_changes_nothing(real: float, fake: float, shift: float) -> None:
    """D has no absolute scale to run away with."""
    one, other = at(Relativistic(), real, fake), at(Relativistic(), real + shift, fake + shift)
    assert one.d == pytest.approx(other.d, abs=1e-9) and one.g == pytest.approx(other.g, abs=1e-9)


@given(logits, logits)
def test_the_players_are_mirror_images(real: float, fake: float) -> None:
    """Exchanging real and generated exchanges the players."""
    assert at(Relativistic(), real, fake).d == pytest.approx(at(Relativistic(), fake, real).g)
