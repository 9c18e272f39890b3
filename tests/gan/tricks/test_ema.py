"""An average of a constant is the constant; of a ramp, it lags by β / (1 - β) steps."""

from __future__ import annotations

import pytest
import torch
from gan_cases import NOTHING, drawn, moment, recipe, trained
from torch import Tensor

from gan.build import why_not
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


def test_before_its_start_the_average_is_the_weights() -> None:
    """From then on it lags: of a ramp of 1 a step, (1 - βⁿ) β / (1 - β) after n averaged steps."""
    trick, players = Ema(decay=0.9, start=0.5), {"generator": torch.zeros(1).double()}
    memory = trick.begin({**players, "discriminator": torch.zeros(1)}, moment())
    for n in range(100):
        players = {"generator": players["generator"] + 1.0}
        _, memory = trick.update(players, {}, NOTHING, moment(n / 100, memory))
        lag = float(players["generator"] - trick.evaluate(players["generator"], moment(memory=memory)))
        averaged = max(0, n - 49)
        assert lag == pytest.approx(9.0 * (1 - 0.9**averaged), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("decay", "start"), [(0.999, 0.0), (0.5, 0.0), (0.9, 0.3)])
def test_a_warm_up_makes_the_decay_grow(decay: float, start: float) -> None:
    """min(β, (1 + n) / (10 + n)) after n averaged steps, in plain numbers, to 1e-12."""
    trick, path = Ema(decay=decay, start=start, warmup=True), [float((7 * n) % 11) for n in range(101)]
    vector = torch.tensor(path[:1], dtype=torch.float64)
    memory = trick.begin({"generator": vector, "discriminator": vector}, moment())
    average, averaged = path[0], 0
    for n in range(100):
        if n / 100 >= start:
            now = min(decay, (1 + averaged) / (10 + averaged))
            average, averaged = now * average + (1 - now) * path[n + 1], averaged + 1
        else:
            average = path[n + 1]
        vector = torch.tensor(path[n + 1 : n + 2], dtype=torch.float64)
        _, memory = trick.update({"generator": vector}, {}, NOTHING, moment(n / 100, memory))
        assert float(trick.evaluate(vector, moment(memory=memory))) == pytest.approx(average, rel=1e-12)


def test_a_warm_up_is_the_same_alone_and_in_a_cohort() -> None:
    """Replicas with other decays and starts, one of which diverges, keep their averages apart."""
    knobs = ({"decay": 0.9, "warmup": True}, {"decay": 0.3, "start": 0.4, "warmup": True})
    runs = [recipe({"ema": each}, seed=seed) for seed, each in enumerate(knobs)]
    wild = recipe({"ema": knobs[0]}, discriminator_lr=float("inf"))
    together = trained(*runs, wild)
    assert together.snapshot(False).diverged[2] is not None
    for index, run in enumerate(runs):
        torch.testing.assert_close(drawn(together, index), drawn(trained(run)), rtol=1e-9, atol=1e-9)


def test_a_start_that_never_comes_is_declined() -> None:
    """Of 20 steps the last begins at 0.95; at 1, the neutral value, nothing is to happen."""
    for start, fits in ((0.95, True), (0.96, False), (1.0, True)):
        assert (why_not(recipe({"ema": {"start": start}}, steps=20)) is None) == fits, start
