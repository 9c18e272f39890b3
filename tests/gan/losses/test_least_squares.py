"""Half squared distances to the codes b and a."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from gan_cases import leaves, recipe, trained, weights
from gan_losses import at

from gan.build import why_not
from gan.losses.least_squares import LeastSquares
from gan.recipe import Choice
from gan.registry import LOSSES


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


def test_codes_are_targets_and_boundary() -> None:
    """D is at rest at b and a, takes a sample for real above their middle, and G wants c."""
    loss = LeastSquares(a=-1.0, b=1.0, c=0.0)
    assert (loss.targets, loss.boundary(torch.zeros(2), torch.zeros(2))) == ((1.0, -1.0), 0.0)
    seen = at(loss, real=3.0, fake=2.0)
    assert (seen.d, seen.d_real, seen.d_fake) == (0.5 * 2.0**2 + 0.5 * 3.0**2, 2.0, 3.0)
    assert (seen.g, seen.g_fake) == (0.5 * 2.0**2, 2.0)


def test_two_codings_share_a_cohort() -> None:
    """Codes are knobs: each replica ends where it ends alone, and health is judged at its own boundary."""
    codings = ({}, {"a": -1.0, "b": 1.0, "c": 0.0})
    recipes = [
        dataclasses.replace(recipe(), loss=Choice.of(LOSSES, "least_squares", **codes)) for codes in codings
    ]
    together = trained(*recipes)
    for index, alone in enumerate(recipes):
        for one, other in zip(leaves(trained(alone), 0), leaves(together, index), strict=True):
            torch.testing.assert_close(other, one, rtol=1e-9, atol=1e-9)
    assert (weights(together, 0) - weights(together, 1)).abs().max() > 1e-3


@pytest.mark.parametrize("knobs", [{}, {"a": -1.0, "c": 0.0}])
def test_only_the_difference_to_the_codes_matters(knobs: dict[str, float]) -> None:
    """Codes and logits moved together change nothing."""
    loss = LeastSquares(**knobs)
    moved = dataclasses.replace(loss, a=loss.a + 0.25, b=loss.b + 0.25, c=loss.c + 0.25)
    one, other = at(loss, real=0.5, fake=-2.0), at(moved, real=0.75, fake=-1.75)
    assert one == other


def test_a_target_of_g_that_is_ds_for_its_samples_is_declined() -> None:
    """With c = a, G would ask for what D learns to say of it."""
    assert "set c above a, which is 0" in str(why_not(recipe(loss=Choice.of(LOSSES, "least_squares", c=0.0))))
    assert why_not(recipe(loss=Choice.of(LOSSES, "least_squares", a=-1.0, c=0.0))) is None


def test_without_the_half_both_losses_are_twice_as_large() -> None:
    real, fake = torch.tensor([0.5, 2.0]), torch.tensor([-1.0, 0.25])
    paper, popular = LeastSquares(), LeastSquares(halved=False)
    ratio = [
        float(
            popular.discriminator(real, fake, popular.targets) / paper.discriminator(real, fake, (1.0, 0.0))
        ),
        float(popular.generator(fake, None, None) / paper.generator(fake, None, None)),
    ]
    assert ratio == pytest.approx([2.0, 2.0])
