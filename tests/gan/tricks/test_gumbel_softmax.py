"""The softened draw is the papers' formula, and the hard one a draw from the softmax."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from gan_cases import BITS, MLP, RING, WORDS, drawn, moment, recipe, trained
from torch import Tensor

from gan.build import why_not
from gan.recipe import Choice
from gan.registry import DATA
from gan.schedules import Schedule
from gan.tricks.gumbel_softmax import GumbelSoftmax

SAMPLING = replace(moment(), sampling=True)
COUNT = 100_000
LOGITS = torch.tensor([1.0, -0.5, 0.0, 2.0, 0.3, 0.3, -2.0, 0.0], dtype=torch.float64)
"""Of two positions with four symbols each."""


def _draw(trick: GumbelSoftmax, count: int = COUNT, at: Any = SAMPLING) -> Tensor:
    return trick.generated(LOGITS.expand(count, 8), at).reshape(count, 2, 4)


@pytest.mark.parametrize("temperature", [0.1, 1.0, 5.0])
def test_it_is_the_papers_formula(temperature: float) -> None:
    """exp((l_k + γ_k) / τ) / Σ_j exp((l_j + γ_j) / τ), number by number in NumPy: to 1e-8."""
    at = moment()
    x = torch.randn(6, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = GumbelSoftmax(temperature=temperature).generated(x, at).numpy()
    u = at.rng.uniform((6, 2, 4)).numpy()
    for sample in range(6):
        for position in range(2):
            noisy = [
                (x[sample, 4 * position + k].item() - np.log(-np.log(u[sample, position, k]))) / temperature
                for k in range(4)
            ]
            total = sum(np.exp(value) for value in noisy)
            for k in range(4):
                wanted = np.exp(noisy[k]) / total
                assert found[sample, 4 * position + k] == pytest.approx(wanted, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("hard", [True, False])
def test_the_largest_symbol_has_the_probability_of_the_softmax(hard: bool) -> None:
    """At every position and temperature, to five standard errors of a binomial."""
    for temperature in (0.5, 3.0):
        y = _draw(GumbelSoftmax(temperature=temperature, hard=hard))
        for position, logits in enumerate(LOGITS.reshape(2, 4)):
            shares = torch.bincount(y[:, position].argmax(dim=1), minlength=4) / COUNT
            for share, p in zip(shares.tolist(), torch.softmax(logits, 0).tolist(), strict=True):
                assert share == pytest.approx(p, abs=5 * (p * (1 - p) / COUNT) ** 0.5)


def test_cold_draws_are_one_hot_and_hot_ones_uniform() -> None:
    """The limits τ → 0, where soft draws are the hard ones, and τ → ∞."""
    hard = _draw(GumbelSoftmax(), 1000)
    cold = _draw(GumbelSoftmax(temperature=1e-6, hard=False), 1000)
    torch.testing.assert_close(cold, hard)
    hot = _draw(GumbelSoftmax(temperature=1e6, hard=False), 1000)
    torch.testing.assert_close(hot, torch.full_like(hot, 0.25), rtol=1e-4, atol=0.0)


def test_soft_draws_are_distributions_and_hard_ones_symbols() -> None:
    """They sum to 1 over the alphabet; a hard one has a single 1."""
    soft = _draw(GumbelSoftmax(hard=False), 1000)
    torch.testing.assert_close(soft.sum(dim=2), torch.ones(1000, 2, dtype=torch.float64))
    hard = _draw(GumbelSoftmax(), 1000)
    assert set(hard.flatten().tolist()) == {0.0, 1.0} and bool((hard.sum(dim=2) == 1.0).all())


def test_only_one_symbol_is_drawn_of_equals() -> None:
    """Logits so large that the noise is rounded away tie, and still one symbol is drawn."""
    x = torch.full((5, 8), 1e20, dtype=torch.float64)
    drawn_symbols = GumbelSoftmax().generated(x, SAMPLING).reshape(5, 2, 4)
    assert bool((drawn_symbols.sum(dim=2) == 1.0).all())


def test_straight_through_is_hard_forwards_and_soft_backwards() -> None:
    """D sees exactly symbols, and the gradient is that of the softened draw."""
    x, probe = LOGITS.expand(5, 8), torch.arange(40, dtype=torch.float64).reshape(5, 8)

    def value(trick: GumbelSoftmax, logits: Tensor) -> Tensor:
        return (trick.generated(logits, moment()) * probe).sum()

    soft, through = GumbelSoftmax(), GumbelSoftmax(straight_through=True)
    seen = through.generated(x, moment())
    assert set(seen.flatten().tolist()) == {0.0, 1.0}
    gradients = [torch.func.grad(lambda y, trick=trick: value(trick, y))(x) for trick in (soft, through)]
    torch.testing.assert_close(*gradients)
    assert gradients[0].norm() > 0.01


def test_a_schedule_cools_it() -> None:
    """Geometrically from 4 to 1, 2 in the middle."""
    trick = GumbelSoftmax(temperature=Schedule("geometric", start=4.0, end=1.0))
    half = GumbelSoftmax(temperature=2.0)
    torch.testing.assert_close(_draw(trick, 9, moment(0.5)), _draw(half, 9, moment()))


@pytest.mark.parametrize("hard", [True, False])
def test_a_trained_generator_makes_words(hard: bool) -> None:
    """Samples have one symbol a position if `hard`, and a distribution over symbols if not."""
    y = drawn(trained(recipe({"gumbel_softmax": {"hard": hard}}, data=WORDS, model=MLP, steps=3)))
    y = y.reshape(len(y), -1, 4)
    torch.testing.assert_close(y.sum(dim=2), torch.ones(y.shape[:2], dtype=y.dtype))
    assert bool(((y == 0.0) | (y == 1.0)).all()) == hard


def test_it_declines_other_data_and_says_what_to_set() -> None:
    """Points and bits are not its data; an alphabet of another size is named."""
    for data, hint in (
        (RING, "take discrete data"),
        (BITS, "take binary_concrete"),
        (Choice.of(DATA, "discrete", symbols=7), "set symbols: 7"),
    ):
        reason = why_not(recipe({"gumbel_softmax": {}}, data=data, model=MLP))
        assert reason is not None and hint in reason
    assert why_not(recipe({"gumbel_softmax": {}}, data=WORDS, model=MLP)) is None
