"""Only the difference of the two logits matters, and the game is symmetric."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from gan_losses import at, sigmoid, softplus
from hypothesis import given
from hypothesis import strategies as st

from gan.losses.relativistic import Relativistic

logits = st.floats(-20.0, 20.0)
BY_COST = pytest.mark.parametrize("on", ["softplus", "hinge", "least_squares"])


def test_values_and_slopes_by_hand() -> None:
    """At D(x) = 2, D(G(z)) = -1, the difference is 3."""
    seen = at(Relativistic(), real=2.0, fake=-1.0)
    assert seen.d == pytest.approx(softplus(-3.0))
    assert seen.d_real == pytest.approx(-sigmoid(-3.0))
    assert seen.d_fake == pytest.approx(sigmoid(-3.0))
    assert seen.g == pytest.approx(softplus(3.0))
    assert seen.g_fake == pytest.approx(-sigmoid(3.0))
    assert seen.g_real == pytest.approx(sigmoid(3.0)), "G also wants real samples to look worse"


@pytest.mark.parametrize(
    ("on", "cost", "slope"),
    [
        ("hinge", lambda lead: max(0.0, 1.0 - lead), lambda lead: -1.0 if lead < 1.0 else 0.0),
        ("least_squares", lambda lead: (lead - 1.0) ** 2, lambda lead: 2.0 * (lead - 1.0)),
    ],
)
@pytest.mark.parametrize(("real", "fake"), [(2.0, -1.0), (0.3, 0.1), (-1.0, 0.5)])
def test_other_costs_by_hand(on: Any, cost: Any, slope: Any, real: float, fake: float) -> None:
    """Either player pays f of its own lead."""
    seen, lead = at(Relativistic(on=on), real, fake), real - fake
    assert (seen.d, seen.g) == (pytest.approx(cost(lead)), pytest.approx(cost(-lead)))
    assert (seen.d_real, seen.d_fake) == (pytest.approx(slope(lead)), pytest.approx(-slope(lead)))
    assert (seen.g_fake, seen.g_real) == (pytest.approx(slope(-lead)), pytest.approx(-slope(-lead)))


@BY_COST
def test_the_pairing_matters(on: Any) -> None:
    """The i-th real sample is compared with the i-th generated one and with no other."""
    loss = Relativistic(on=on)
    real, fake = torch.tensor([0.0, 3.0]), torch.tensor([0.0, 3.0])
    paired, crossed = loss.discriminator(real, fake, None), loss.discriminator(real, fake.flip(0), None)
    assert crossed > paired + 0.5


@BY_COST
@given(logits, logits, logits)
def test_a_common_shift_of_both_logits_changes_nothing(
    on: Any, real: float, fake: float, shift: float
) -> None:
    """D has no absolute scale to run away with."""
    loss = Relativistic(on=on)
    one, other = at(loss, real, fake), at(loss, real + shift, fake + shift)
    assert one.d == pytest.approx(other.d, abs=1e-9) and one.g == pytest.approx(other.g, abs=1e-9)


@BY_COST
@given(logits, logits)
def test_the_players_are_mirror_images(on: Any, real: float, fake: float) -> None:
    """Exchanging real and generated exchanges the players."""
    assert at(Relativistic(on=on), real, fake).d == pytest.approx(at(Relativistic(on=on), fake, real).g)
