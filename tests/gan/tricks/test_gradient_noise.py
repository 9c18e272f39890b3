"""Each component of a gradient gets noise of variance σ², after all clipping."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from gan_cases import chosen, moment, recipe

from gan.build import tricks_of
from gan.schedules import Schedule
from gan.tricks.gradient_noise import GradientNoise

COUNT = 200_000


def test_the_noise_has_mean_0_and_the_variance_asked_for() -> None:
    """To five standard errors, and without correlation to the gradient."""
    gradient = torch.linspace(-1.0, 1.0, COUNT, dtype=torch.float64)
    noise = GradientNoise(sigma=0.3).gradient(gradient, moment()) - gradient
    assert float(noise.mean()) == pytest.approx(0.0, abs=5 * 0.3 / COUNT**0.5)
    assert float(noise.var()) == pytest.approx(0.09, abs=5 * 0.09 * (2 / COUNT) ** 0.5)
    assert float((noise * gradient).mean()) == pytest.approx(0.0, abs=5 * 0.3 / (3 * COUNT) ** 0.5)


def test_a_schedule_anneals_it() -> None:
    """At its end exactly the gradient is left."""
    gradient = torch.ones(5, dtype=torch.float64)
    trick = GradientNoise(sigma=Schedule("linear", start=0.2, end=0.0))
    half = gradient + 0.1 * moment().rng.normal((5,))
    assert torch.equal(trick.gradient(gradient, moment(0.5)), half)
    assert torch.equal(trick.gradient(gradient, moment(1.0)), gradient)


@pytest.mark.parametrize("player", ["discriminator", "generator", "both"])
@pytest.mark.parametrize("side", ["discriminator", "generator"])
def test_only_the_named_player_is_disturbed(player: Any, side: Any) -> None:
    """The other's gradient is its own."""
    gradient = torch.ones(5, dtype=torch.float64)
    after = GradientNoise(player=player).gradient(gradient, moment(side=side))
    assert torch.equal(after, gradient) == (player not in (side, "both"))


def test_noise_is_not_clipped() -> None:
    """Gradients are shortened to 0.001 first, so that the whole of the noise gets through."""
    tricks: dict[str, Any] = {
        "gradient_noise": {"sigma": 0.5},
        "clip_norm": {"bound": 0.001},
        "clip_value": {"bound": 0.0001},
    }
    run = recipe(tricks)
    assert run.tricks == chosen(tricks)
    after = tricks_of(run).gradient(torch.ones(10_000, dtype=torch.float64), moment())
    assert float(after.std()) == pytest.approx(0.5, rel=0.05)
