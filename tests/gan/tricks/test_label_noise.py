"""Targets are uniform on their ranges, one for each logit, in units of the loss's own codes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from gan_cases import moment, recipe
from torch import Tensor

from gan.build import component, why_not
from gan.recipe import Choice
from gan.registry import LOSSES
from gan.schedules import Schedule
from gan.shapes import spelled_out
from gan.tricks.label_noise import LabelNoise

COUNT = 200_000


def _targets(codes: tuple[float, float], **knobs: float) -> tuple[Tensor, Tensor]:
    real, fake = LabelNoise(**knobs).targets(codes, COUNT, moment())
    return torch.as_tensor(real), torch.as_tensor(fake)


def test_targets_are_uniform_on_their_ranges() -> None:
    """Moments, extremes and quartiles of U(0.7, 1.2) and U(0, 0.3): to five standard errors."""
    for place, low, high in zip(_targets((1.0, 0.0)), (0.7, 0.0), (1.2, 0.3), strict=True):
        assert place.shape == (COUNT,)
        width = high - low
        assert low <= float(place.min()) < low + 1e-4 and high - 1e-4 < float(place.max()) <= high
        deviation = width / 12**0.5
        assert float(place.mean()) == pytest.approx(0.5 * (low + high), abs=5 * deviation / COUNT**0.5)
        error = (width**4 / 180 / COUNT) ** 0.5  # of a uniform's variance: its fourth moment is w⁴/80
        assert float(place.var()) == pytest.approx(deviation**2, abs=5 * error)
        quarter = float((place < low + 0.25 * width).double().mean())
        assert quarter == pytest.approx(0.25, abs=5 * (0.25 * 0.75 / COUNT) ** 0.5)


def test_real_and_generated_targets_are_independent() -> None:
    """Their correlation is 0 to five standard errors."""
    real, fake = _targets((1.0, 0.0))
    assert float(torch.corrcoef(torch.stack([real, fake]))[0, 1]) == pytest.approx(0.0, abs=5 / COUNT**0.5)


@pytest.mark.parametrize("loss", ["non_saturating", "least_squares"])
def test_on_average_it_is_smoothing_to_the_middles_of_the_ranges(loss: str) -> None:
    """The mean of D's gradient at each logit is that of targets 0.95 and 0.15."""
    trained = component("loss", Choice.of(LOSSES, loss))
    logits = torch.linspace(-2.0, 2.0, COUNT, dtype=torch.float64)

    def gradient(targets: Any) -> Tensor:
        slope: Tensor = torch.func.grad(lambda x: trained.discriminator(x, x, targets))(logits)
        return slope.sum()

    error = ((0.5**2 + 0.3**2) / 12 / COUNT) ** 0.5
    assert float(gradient(_targets((1.0, 0.0)))) == pytest.approx(
        float(gradient((0.95, 0.15))), abs=5 * error
    )


@pytest.mark.parametrize(
    ("knobs", "hint"),
    [
        ({"real_low": 0.9, "real_high": 0.8}, "set real_low below real_high"),
        ({"fake_low": 0.4, "fake_high": 0.3}, "set fake_low below fake_high"),
        ({"real_low": 0.9, "real_high": 1.3}, "no minimum"),
        ({"fake_low": -0.4, "fake_high": 0.3}, "no minimum"),
    ],
)
def test_ranges_that_make_no_sense_are_declined(knobs: dict[str, float], hint: str) -> None:
    """Empty ones, and ones whose mean is beyond the codes; the default range is fine."""
    reason = why_not(recipe({"label_noise": knobs}))
    assert reason is not None and hint in reason
    assert why_not(recipe({"label_noise": {}})) is None


def test_a_scheduled_range_narrows() -> None:
    """From [0.7, 1.2] to [1, 1]: half way it is [0.85, 1.1]; an end that makes no range is declined."""
    low, high = Schedule("linear", 0.7, 1.0), Schedule("linear", 1.2, 1.0)
    real, _ = LabelNoise(real_low=low, real_high=high).targets((1.0, 0.0), COUNT, moment(t=0.5))
    found = torch.as_tensor(real)
    assert float(found.min()) == pytest.approx(0.85, abs=1e-4)
    assert float(found.max()) == pytest.approx(1.1, abs=1e-4)
    way = spelled_out({"shape": "linear", "start": 0.7, "end": 1.1})
    early = spelled_out({"shape": "exponential", "start": 0.0, "end": 1.0})
    late = spelled_out({"shape": "linear", "start": 0.5, "end": 1.0})
    crossing = why_not(recipe({"label_noise": {"real_low": early, "real_high": late}}))
    assert "is empty" in str(crossing), "its ends are in order, and its middle is not"
    assert "set real_low below real_high" in str(
        why_not(recipe({"label_noise": {"real_low": way, "real_high": 1.0}}))
    )
