"""The mean of the generators of the last part of training, each counted once."""

from __future__ import annotations

import pytest
import torch
from gan_cases import NOTHING, drawn, moment, recipe, trained

from gan.build import why_not
from gan.tricks.swa import Swa

RAMP = torch.arange(101, dtype=torch.float64)
"""A generator that is n after round n."""


def _sampled(trick: Swa, rounds: int) -> float:
    """What is sampled after that many of 100 rounds."""
    players = {"generator": RAMP[:1], "discriminator": RAMP[:1]}
    memory = trick.begin(players, moment())
    for n in range(rounds):
        players = {**players, "generator": RAMP[n + 1 : n + 2]}
        _, memory = trick.update(players, {}, NOTHING, moment(n / 100, memory))
    return float(trick.evaluate(players["generator"], moment(memory=memory))[0])


@pytest.mark.parametrize(("start", "first"), [(0.0, 1), (0.75, 76)])
def test_of_a_ramp_is_the_middle_of_what_was_taken_in(start: float, first: int) -> None:
    """Every round from `start` on: (first + last) / 2."""
    assert _sampled(Swa(start=start), 100) == pytest.approx((first + 100) / 2, rel=1e-12)
    assert _sampled(Swa(start=start), first) == first, "the first is the mean, exactly"


def test_takes_in_one_generator_a_period() -> None:
    """Every 10 rounds from 75 % on, counted from the beginning: 80, 90 and 100."""
    trick = Swa(start=0.75, period=10)
    assert _sampled(trick, 100) == pytest.approx(90.0, rel=1e-12)
    assert _sampled(trick, 99) == pytest.approx(85.0, rel=1e-12), "the hundredth is not yet among them"


@pytest.mark.parametrize("rounds", [0, 1, 75, 79])
def test_until_something_is_taken_in_the_weights_in_training_are_sampled(rounds: int) -> None:
    """Also between `start` and the end of the first period."""
    assert _sampled(Swa(start=0.75, period=10), rounds) == rounds


def test_training_is_not_touched() -> None:
    """The players end bit for bit where they end without it; only samples differ."""
    one, other = trained(recipe({"swa": {}})), trained(recipe())
    for side in ("generator", "discriminator"):
        a, b = (cohort.replica(0).state.players[side].parameters for cohort in (one, other))
        assert torch.equal(a, b)
    assert not torch.equal(drawn(one), drawn(other))


def test_two_averages_decline_each_other() -> None:
    """Only one set of weights can be sampled."""
    reason = why_not(recipe({"swa": {}, "ema": {}}))
    assert reason == "ema: samples can come from one average only; drop it, or drop swa"


def test_a_period_that_ends_too_late_is_declined() -> None:
    """After the last round, or never after its start: of 20 rounds, one of 12 ends once, too early."""
    for knobs, fits in (
        ({"period": 20}, True),
        ({"period": 21}, False),
        ({"period": 12}, False),
        ({"period": 12, "start": 0.5}, True),
        ({"period": 5, "start": 1.0}, True),
    ):
        assert (why_not(recipe({"swa": knobs}, steps=20)) is None) == fits, knobs
