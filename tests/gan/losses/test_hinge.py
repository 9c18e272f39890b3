"""D is indifferent beyond the margin; G never is."""

from __future__ import annotations

from gan_losses import at

from gan.losses.hinge import Hinge


def test_values_and_slopes_by_hand() -> None:
    """At D(x) = 0.25, D(G(z)) = -0.5: L_D = 0.75 + 0.5."""
    seen = at(Hinge(), real=0.25, fake=-0.5)
    assert (seen.d, seen.d_real, seen.d_fake) == (1.25, -1.0, 1.0)
    assert (seen.g, seen.g_fake) == (0.5, -1.0)


def test_beyond_the_margin_d_has_no_gradient() -> None:
    """Samples that D tells apart by more than the margin cost nothing and pull nothing, but still pull G."""
    seen = at(Hinge(), real=1.5, fake=-3.0)
    assert (seen.d, seen.d_real, seen.d_fake) == (0.0, 0.0, 0.0)
    assert seen.g_fake == -1.0
