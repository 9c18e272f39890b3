"""A difference of means, linear in every logit."""

from __future__ import annotations

from gan_losses import at
from hypothesis import given
from hypothesis import strategies as st

from gan.losses.wasserstein import Wasserstein

logits = st.floats(-1e6, 1e6)


@given(logits, logits)
def test_values_and_slopes_are_linear(real: float, fake: float) -> None:
    """L_D = D(G(z)) - D(x), L_G = -D(G(z)), with slopes of exactly ±1 everywhere."""
    seen = at(Wasserstein(), real, fake)
    assert (seen.d, seen.g) == (fake - real, -fake)
    assert (seen.d_real, seen.d_fake, seen.g_fake, seen.g_real) == (-1.0, 1.0, -1.0, 0.0)
