"""The latent's standard deviation is T(t), for every shape of the way."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from gan_cases import moment, recipe

from gan.build import why_not
from gan.tricks.temperature import Temperature

MIDDLE = {
    "constant": 2.0,
    "linear": 1.25,
    "cosine": 1.25,
    "exponential": 2.0 - 1.5 / (1.0 + math.exp(-2.5)),
    "step": 0.5,
    "cyclic": 2.0,
    "geometric": 1.0,
    "logarithmic": 2.0 / math.log2(1.0 + 2.0**3),
    "inverse": 0.8,
}
"""T(1/2) on the way from 2 to 0.5."""


@pytest.mark.parametrize("shape", MIDDLE)
def test_the_latents_deviation_is_the_temperature(shape: Any) -> None:
    """From 2 to 0.5: at the start, in the middle and at the end."""
    trick = Temperature(start=2.0, end=0.5, shape=shape)
    z = torch.randn(50_000, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    end = 2.0 if shape == "constant" else 0.5
    for t, wanted in ((0.0, 2.0), (0.5, MIDDLE[shape]), (1.0, end)):
        hot = trick.latent(z, moment(t))
        torch.testing.assert_close(hot, wanted * z, msg=f"{shape} at {t}")
        assert float(hot.std()) == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize("shape", MIDDLE)
def test_a_shape_of_ratios_declines_a_temperature_of_0(shape: str) -> None:
    """No constant factor leads to 0; the other shapes get there."""
    reason = why_not(recipe({"temperature": {"end": 0.0, "shape": shape}}))
    assert (reason is not None) == (shape in ("geometric", "logarithmic", "inverse", "constant"))
    assert reason is None or shape == "constant" or "start and end above 0" in reason


def test_its_way_has_a_beginning_an_end_and_jumps() -> None:
    """T_0 up to `after`, T_1 from `until` on; two jumps in between stand half way after the first."""
    trick = Temperature(start=2.0, end=1.0, shape="step", after=0.2, until=0.8, count=2)
    z = torch.ones(1, 1, dtype=torch.float64)
    for t, wanted in ((0.0, 2.0), (0.2, 2.0), (0.5, 1.5), (0.8, 1.0), (1.0, 1.0)):
        assert float(trick.latent(z, moment(t))) == wanted, t
        assert float(trick.shown({}, moment(t).t)["temperature"]) == wanted, t


@pytest.mark.parametrize(
    ("knobs", "said"),
    [
        ({"shape": "constant", "end": 0.5}, "`end` does nothing with shape constant"),
        ({"shape": "constant", "until": 0.5}, "`until` does nothing with shape constant"),
        ({"count": 2}, "`count` does nothing with shape linear"),
        ({"after": 0.5, "until": 0.5}, "set until above after, which is 0.5"),
    ],
)
def test_what_would_do_nothing_is_declined(knobs: dict[str, Any], said: str) -> None:
    assert said in str(why_not(recipe({"temperature": knobs})))


def test_a_constant_temperature_is_one_number() -> None:
    assert why_not(recipe({"temperature": {"shape": "constant"}})) is None
    assert Temperature(shape="constant").shown({}, moment().t) == {}
