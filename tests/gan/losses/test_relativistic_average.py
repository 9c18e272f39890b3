"""Each sample against the other kind's average: both terms for both players, slopes through the means."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from gan.losses.relativistic import Relativistic
from gan.losses.relativistic_average import RelativisticAverage

COSTS: dict[Any, Any] = {
    "softplus": (
        lambda lead: -math.log(1 / (1 + math.exp(-lead))),
        lambda lead: -math.log(1 - 1 / (1 + math.exp(-lead))),
    ),
    "hinge": (lambda lead: max(0.0, 1 - lead), lambda lead: max(0.0, 1 + lead)),
    "least_squares": (lambda lead: (lead - 1) ** 2, lambda lead: (lead + 1) ** 2),
}
"""What D pays for a real and for a generated sample of this relative logit (RaSGAN, RaHingeGAN, RaLSGAN)."""
BY_COST = pytest.mark.parametrize("on", list(COSTS))
REAL = torch.tensor([0.3, -1.2, 2.5, 0.9], dtype=torch.float64)
FAKE = torch.tensor([-0.7, 0.4, 1.1, -2.0], dtype=torch.float64)


def by_the_paper(on: Any, real: list[float], fake: list[float]) -> tuple[float, float]:
    """D's and G's loss, sample by sample. G's is D's with real and generated exchanged."""
    as_real, as_fake = COSTS[on]
    n, real_mean, fake_mean = len(real), sum(real) / len(real), sum(fake) / len(fake)
    d = sum(as_real(r - fake_mean) for r in real) / n + sum(as_fake(f - real_mean) for f in fake) / n
    g = sum(as_real(f - real_mean) for f in fake) / n + sum(as_fake(r - fake_mean) for r in real) / n
    return d, g


def players(loss: RelativisticAverage, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
    """D's and G's loss."""
    return loss.discriminator(real, fake, None), loss.generator(fake, real, None)


@BY_COST
@pytest.mark.parametrize("halved", [False, True])
def test_values_by_the_papers_formulas(on: Any, halved: bool) -> None:
    """To rounding, both terms for both players, times ½ as in the author's code if halved."""
    d, g = players(RelativisticAverage(on=on, halved=halved), REAL, FAKE)
    expected = by_the_paper(on, REAL.tolist(), FAKE.tolist())
    whole = 0.5 if halved else 1.0
    assert (float(d), float(g)) == (pytest.approx(whole * expected[0]), pytest.approx(whole * expected[1]))


@BY_COST
def test_gradients_flow_through_the_averages(on: Any) -> None:
    """Slopes are those of the formulas, by central differences."""
    h = 1e-6
    for player in range(2):
        real, fake = (logits.clone().requires_grad_(True) for logits in (REAL, FAKE))
        slopes = torch.autograd.grad(players(RelativisticAverage(on=on), real, fake)[player], [real, fake])
        for kind in range(2):
            for i in range(4):
                moved = []
                for step in (h, -h):
                    logits = [REAL.tolist(), FAKE.tolist()]
                    logits[kind][i] += step
                    moved.append(by_the_paper(on, *logits)[player])
                assert float(slopes[kind][i]) == pytest.approx((moved[0] - moved[1]) / (2 * h), abs=1e-6)


@BY_COST
def test_the_order_of_each_kind_does_not_matter(on: Any) -> None:
    """Unlike with pairs, nobody has one opponent."""
    loss = RelativisticAverage(on=on)
    torch.testing.assert_close(players(loss, REAL, FAKE.flip(0)), players(loss, REAL, FAKE))


@BY_COST
def test_a_common_shift_of_both_logits_changes_nothing(on: Any) -> None:
    """D has no absolute scale to run away with."""
    loss = RelativisticAverage(on=on)
    torch.testing.assert_close(players(loss, REAL + 7.0, FAKE + 7.0), players(loss, REAL, FAKE))


@BY_COST
def test_one_pair_costs_twice_what_it_costs_by_pairs(on: Any) -> None:
    """An average over one sample is that sample, and it is looked at from both sides."""
    real, fake = REAL[:1], FAKE[:1]
    pair = Relativistic(on=on)
    twice = (2 * pair.discriminator(real, fake, None), 2 * pair.generator(fake, real, None))
    torch.testing.assert_close(players(RelativisticAverage(on=on), real, fake), twice)
