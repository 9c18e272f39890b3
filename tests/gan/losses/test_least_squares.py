"""Half squared distances to 1 and 0."""

from __future__ import annotations

import pytest
from gan_losses import at

from gan.losses.least_squares import LeastSquares


def test_values_and_slopes_by_hand() -> None:
    """At D(x) = 3, D(G(z)) = 2: L_D = (3 - 1)²/2 + 2²/2 and L_G = (2 - 1)²/2."""
    seen = at(LeastSquares(), real=3.0, fake=2.0)
    assert (seen.d, seen.d_real, seen.d_fake) == (4.0, 2.0, 2.0)
    assert (seen.g, seen.g_fake) == (0.5, 1.0)


def test_the_optimum_is_at_the_targets() -> None:
    """D is at rest exactly where its logits are its targets, smoothed ones too."""
    assert at(LeastSquares(), real=1.0, fake=0.0).d == 0.0
    smoothed = at(LeastSquares(), real=0.9, fake=0.0, targets=(0.9, 0.0))
    assert (smoothed.d, smoothed.d_real) == (pytest.approx(0.0), pytest.approx(0.0))


def test_a_sample_far_on_the_right_side_is_still_pulled_back() -> None:
    """Where a sigmoid would give no gradient."""
    assert at(LeastSquares(), real=50.0, fake=0.0).d_real == 49.0
