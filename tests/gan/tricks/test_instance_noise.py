"""The noise adds σ² to the variance of what D sees at the start, and nothing at all once it is over."""

from __future__ import annotations

import pytest
import torch
from gan_cases import moment, recipe

from gan.build import why_not
from gan.schedules import Schedule
from gan.tricks.instance_noise import InstanceNoise


@pytest.mark.parametrize(("t", "share"), [(0.0, 1.0), (0.2, 0.5), (0.3, 0.25)])
def test_the_variance_grows_by_the_annealed_square(t: float, share: float) -> None:
    """σ(t) = σ (1 - t/u), here with u = 0.4, to five standard errors of a variance."""
    x = torch.randn(200_000, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    noisy = InstanceNoise(sigma=0.7, until=0.4).inputs(x, moment(t))
    wanted = 1.0 + (0.7 * share) ** 2
    assert float(noisy.var()) == pytest.approx(wanted, abs=5 * wanted * (2 / 200_000) ** 0.5)
    assert float(noisy.mean()) == pytest.approx(float(x.mean()), abs=5 * 0.7 / 200_000**0.5)


@pytest.mark.parametrize("t", [0.4, 0.41, 0.99, 1.0])
def test_nothing_is_left_once_it_is_over(t: float) -> None:
    """Exactly the input, bit for bit, from t = u on."""
    x = torch.linspace(-1, 1, 48, dtype=torch.float64).reshape(2, 3, 2, 4)
    assert torch.equal(InstanceNoise(sigma=0.7, until=0.4).inputs(x, moment(t)), x)


def test_every_look_has_fresh_noise() -> None:
    """Real, generated and penalised samples are told apart by their place."""
    x = torch.zeros(4, 2, dtype=torch.float64)
    trick, at = InstanceNoise(sigma=1.0, until=1.0), moment()
    assert not torch.equal(trick.inputs(x, at.place("real")), trick.inputs(x, at.place("fake")))


@pytest.mark.parametrize(("t", "wanted"), [(0.0, 0.2), (0.25, 0.4), (0.5, 0.6), (1.0, 0.6)])
def test_a_schedule_takes_the_place_of_the_annealing(t: float, wanted: float) -> None:
    """The noise is exactly what the schedule says, with nothing taken off."""
    x = torch.zeros(16, 2, dtype=torch.float64)
    trick = InstanceNoise(sigma=Schedule("linear", start=0.2, end=0.6, until=0.5))
    assert torch.equal(trick.inputs(x, moment(t)), wanted * moment(t).rng.normal(x.shape))


def test_a_schedule_and_an_annealing_of_ones_own_are_declined() -> None:
    """Neither is silently ignored; either alone is fine."""
    way = {"shape": "linear", "start": 0.2, "end": 0.0}
    reason = why_not(recipe({"instance_noise": {"sigma": way, "until": 0.5}}))
    assert reason is not None and "set until inside the schedule" in reason
    assert why_not(recipe({"instance_noise": {"sigma": way}})) is None
    assert why_not(recipe({"instance_noise": {"sigma": 0.2, "until": 0.5}})) is None
