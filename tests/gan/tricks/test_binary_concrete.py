"""The softened bit has the closed-form distribution of the paper, and the hard one is a Bernoulli draw."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from gan_cases import BITS, MLP, RING, WORDS, drawn, moment, recipe, trained
from torch import Tensor

from gan.build import why_not
from gan.schedules import Schedule
from gan.tricks.binary_concrete import BinaryConcrete

SAMPLING = replace(moment(), sampling=True)
COUNT = 100_000


def _sigmoid(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-x))


@pytest.mark.parametrize("logit", [-1.0, 0.0, 2.0])
@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_the_distribution_is_the_closed_form(logit: float, temperature: float) -> None:
    """P(Y ≤ y) = s(τ log(y / (1 - y)) - l), to five standard errors at five points."""
    x = torch.full((COUNT, 1), logit, dtype=torch.float64)
    y = BinaryConcrete(temperature=temperature).generated(x, moment())
    for place in (0.05, 0.3, 0.5, 0.8, 0.99):
        wanted = _sigmoid(temperature * math.log(place / (1.0 - place)) - logit)
        found = float((y <= place).double().mean())
        assert found == pytest.approx(wanted, abs=5 * (wanted * (1 - wanted) / COUNT) ** 0.5 + 1e-12)


def test_it_is_the_papers_formula() -> None:
    """s((l + log u - log(1 - u)) / τ), number by number: to 1e-8."""
    x = torch.linspace(-3.0, 3.0, 12, dtype=torch.float64).reshape(4, 3)
    u = moment().rng.uniform((4, 3))
    found = BinaryConcrete(temperature=0.7).generated(x, moment())
    for y, logit, chance in zip(*(a.flatten().tolist() for a in (found, x, u)), strict=True):
        wanted = _sigmoid((logit + math.log(chance) - math.log(1.0 - chance)) / 0.7)
        assert y == pytest.approx(wanted, rel=1e-8)


@pytest.mark.parametrize("logit", [-2.0, 0.0, 1.0])
def test_hard_bits_are_bernoulli(logit: float) -> None:
    """1 with probability s(l), to five standard errors, and nothing but 0 and 1."""
    y = BinaryConcrete().generated(torch.full((COUNT,), logit, dtype=torch.float64), SAMPLING)
    p = _sigmoid(logit)
    assert set(y.tolist()) == {0.0, 1.0}
    assert float(y.mean()) == pytest.approx(p, abs=5 * (p * (1 - p) / COUNT) ** 0.5)


def test_cold_draws_are_bits_and_hot_ones_halves() -> None:
    """The limits τ → 0, where soft draws are the hard ones, and τ → ∞."""
    x = torch.linspace(-3.0, 3.0, 1000, dtype=torch.float64)
    cold = BinaryConcrete(temperature=1e-7).generated(x, moment())
    torch.testing.assert_close(cold, BinaryConcrete().generated(x, SAMPLING))
    hot = BinaryConcrete(temperature=1e7).generated(x, moment())
    torch.testing.assert_close(hot, torch.full_like(hot, 0.5), rtol=1e-4, atol=0.0)


def test_straight_through_is_hard_forwards_and_soft_backwards() -> None:
    """D sees exactly bits, and the gradient is that of the softened draw, y (1 - y) / τ."""
    x, at = torch.linspace(-1.0, 1.0, 9, dtype=torch.float64), moment()
    trick = BinaryConcrete(temperature=0.5, straight_through=True)
    assert set(trick.generated(x, at).tolist()) == {0.0, 1.0}
    soft = BinaryConcrete(temperature=0.5).generated(x, at)
    slope: Tensor = torch.func.grad(lambda logits: trick.generated(logits, at).sum())(x)
    torch.testing.assert_close(slope, soft * (1.0 - soft) / 0.5)


def test_a_schedule_cools_it() -> None:
    """Geometrically from 4 to 1, 2 in the middle."""
    x = torch.linspace(-1.0, 1.0, 9, dtype=torch.float64)
    trick = BinaryConcrete(temperature=Schedule("geometric", start=4.0, end=1.0))
    half = BinaryConcrete(temperature=2.0).generated(x, moment())
    torch.testing.assert_close(trick.generated(x, moment(0.5)), half)


@pytest.mark.parametrize("hard", [True, False])
def test_a_trained_generator_makes_bits(hard: bool) -> None:
    """Samples are 0 or 1 if `hard`, and between them if not."""
    y = drawn(trained(recipe({"binary_concrete": {"hard": hard}}, data=BITS, model=MLP, steps=3)))
    assert bool(((y >= 0.0) & (y <= 1.0)).all())
    assert bool(((y == 0.0) | (y == 1.0)).all()) == hard


def test_it_declines_other_data_and_says_what_to_take() -> None:
    """Points have no bits; symbols have another trick."""
    for data, hint in ((RING, "symbols: 2"), (WORDS, "take gumbel_softmax")):
        reason = why_not(recipe({"binary_concrete": {}}, data=data, model=MLP))
        assert reason is not None and hint in reason
    assert why_not(recipe({"binary_concrete": {}}, data=BITS, model=MLP)) is None
