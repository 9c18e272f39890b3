"""The latent's standard deviation is T(t), for every shape of the way."""

from __future__ import annotations

import math
import typing

import pytest
import torch
from gan_cases import moment, recipe

from gan.build import why_not
from gan.registry import Shape
from gan.tricks.temperature import Temperature

MIDDLE = {
    "constant": 2.0,
    "linear": 1.25,
    "cosine": 1.25,
    "exponential": 2.0 - 1.5 / (1.0 + math.exp(-2.5)),
    "step": 0.5,
    "cyclic": 2.0,
    "warmup": 1.25,
    "geometric": 1.0,
    "logarithmic": 2.0 / math.log2(1.0 + 2.0**3),
    "inverse": 0.8,
}
"""T(1/2) on the way from 2 to 0.5."""


@pytest.mark.parametrize("shape", typing.get_args(Shape))
def test_the_latents_deviation_is_the_temperature(shape: Shape) -> None:
    """From 2 to 0.5: at the start, in the middle and at the end."""
    trick = Temperature(start=2.0, end=0.5, shape=shape)
    z = torch.randn(50_000, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    end = 2.0 if shape == "constant" else 0.5
    for t, wanted in ((0.0, 2.0), (0.5, MIDDLE[shape]), (1.0, end)):
        hot = trick.latent(z, moment(t))
        torch.testing.assert_close(hot, wanted * z, msg=f"{shape} at {t}")
        assert float(hot.std()) == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize("shape", typing.get_args(Shape))
def test_a_shape_of_ratios_declines_a_temperature_of_0(shape: Shape) -> None:
    """No constant factor leads to 0; the other shapes get there."""
    reason = why_not(recipe({"temperature": {"end": 0.0, "shape": shape}}))
    assert (reason is not None) == (shape in ("geometric", "logarithmic", "inverse", "constant", "warmup"))
    assert reason is None or shape in ("constant", "warmup") or "start and end above 0" in reason


def test_what_another_setting_says_already_is_declined() -> None:
    """A constant has no end, and a warm-up from one number to another is a line."""
    assert why_not(recipe({"temperature": {"shape": "constant"}})) is None
    assert "end does nothing" in str(why_not(recipe({"temperature": {"shape": "constant", "end": 0.5}})))
    assert "set shape: linear" in str(why_not(recipe({"temperature": {"shape": "warmup"}})))
