"""Logits are divided by T(t), for the losses and for everything that differentiates D."""

from __future__ import annotations

import pytest
import torch
from gan_cases import MLP, RING, cohort_of, moment, recipe

from gan.players import judge
from gan.schedules import Schedule
from gan.tricks.logit_temperature import LogitTemperature

LOGITS = torch.linspace(-3.0, 3.0, 7, dtype=torch.float64)


@pytest.mark.parametrize("temperature", [0.05, 1.0, 4.0])
def test_logits_are_divided(temperature: float) -> None:
    """l / T, and at T = 1 the same bits."""
    after = LogitTemperature(temperature=temperature).output(LOGITS, LOGITS[:, None], moment())
    assert torch.equal(after, LOGITS / temperature)
    assert torch.equal(after, LOGITS) == (temperature == 1.0)


def test_a_schedule_cools_it() -> None:
    """Geometrically from 4 to 1, 2 in the middle."""
    trick = LogitTemperature(temperature=Schedule("geometric", start=4.0, end=1.0))
    for t, wanted in ((0.0, 4.0), (0.5, 2.0), (1.0, 1.0)):
        torch.testing.assert_close(trick.output(LOGITS, LOGITS[:, None], moment(t)), LOGITS / wanted)


def test_the_slope_of_the_judge_is_divided_too() -> None:
    """What penalties see is T times flatter, and the features beneath are the same."""
    x = torch.randn(4, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = []
    for tricks in ({}, {"logit_temperature": {"temperature": 4.0}}):
        cohort = cohort_of([recipe(tricks, data=RING, model=MLP)])
        vector = cohort.replica(0).state.players["discriminator"].parameters
        critic = judge(vector, cohort.nets, cohort.knobs[0], moment(layouts=cohort.nets.layouts))
        found.append((torch.func.grad(lambda p, critic=critic: critic(p).sum())(x), critic.features(x)))
    (plain, beneath), (divided, also) = found
    torch.testing.assert_close(4.0 * divided, plain)
    assert torch.equal(beneath, also) and plain.norm() > 0.0
