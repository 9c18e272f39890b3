"""An average of a constant is the constant; of a ramp, it lags by β / (1 - β) steps."""

from __future__ import annotations

import pytest
import torch
from gan_cases import NOTHING, moment, recipe, trained
from torch import Tensor

from gan.tricks.ema import Ema


def _average(values: Tensor, decay: float) -> Tensor:
    """What `Ema` samples from, after the generator has had each of `values` in turn. values: N x P."""
    trick, players = Ema(decay=decay), {"generator": values[0], "discriminator": values[0]}
    memory = trick.begin(players, moment())
    for value in values[1:]:
        players = {**players, "generator": value}
        _, memory = trick.update(players, {}, NOTHING, moment(memory=memory))
    return trick.evaluate(values[-1], moment(memory=memory))


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.999])
def test_of_a_constant_is_the_constant(decay: float) -> None:
    """It starts at the initial weights, so there is no bias to correct."""
    constant = torch.tensor([0.3, -2.0, 7.0], dtype=torch.float64)
    torch.testing.assert_close(_average(constant.expand(50, 3), decay), constant)


@pytest.mark.parametrize("decay", [0.5, 0.9, 0.99])
def test_of_a_ramp_lags_by_its_time_constant(decay: float) -> None:
    """A generator that moves by 1 a step is averaged β / (1 - β) steps behind."""
    ramp = torch.arange(5000, dtype=torch.float64)[:, None]
    assert float(ramp[-1] - _average(ramp, decay)) == pytest.approx(decay / (1 - decay), rel=1e-9)


def test_training_is_not_touched() -> None:
    """The players end bit for bit where they end without it; only samples differ."""
    one, other = trained(recipe({"ema": {"decay": 0.9}})), trained(recipe())
    for side in ("generator", "discriminator"):
        a, b = (cohort.replica(0).state.players[side].parameters for cohort in (one, other))
        assert torch.equal(a, b)
    samples = [cohort.snapshot(True).sample(0, 8) for cohort in (one, other)]
    assert not torch.equal(*samples)
