"""Divergences of histograms, against SciPy, closed forms and draws from a perfect generator."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from bench.metrics._divergences import divergence, expected_divergence, jensen_shannon


@given(st.lists(st.integers(0, 200), min_size=2, max_size=20), st.integers(0, 1000))
def test_divergence_lies_between_zero_and_that_of_the_rarest_mode(counts: list[int], seed: int) -> None:
    """KL is never negative, and largest for a point mass on the rarest mode."""
    priors = torch.rand(len(counts), generator=torch.Generator().manual_seed(seed)).double() + 0.01
    priors = priors / priors.sum()
    worst = -math.log(priors.min().item())
    assert 0.0 <= divergence(torch.tensor(counts), priors) <= worst + 1e-9
    point = torch.zeros(len(counts), dtype=torch.long)
    point[priors.argmin()] = 5
    assert divergence(point, priors) == pytest.approx(worst)


def test_divergence_vanishes_when_the_histogram_is_the_prior() -> None:
    """KL(p || p) = 0, and a class that the data lacks keeps it finite."""
    assert divergence(torch.tensor([10, 30]), torch.tensor([0.25, 0.75]).double()) == pytest.approx(0.0)
    assert math.isfinite(divergence(torch.tensor([1, 1]), torch.tensor([1.0, 0.0]).double()))


@given(st.lists(st.integers(0, 200), min_size=2, max_size=20), st.integers(0, 1000))
def test_the_jensen_shannon_divergence_is_that_of_scipy(counts: list[int], seed: int) -> None:
    """SciPy returns its square root; a histogram of nothing is as far as can be, ln 2."""
    priors = np.random.default_rng(seed).dirichlet(np.ones(len(counts)))
    ours = jensen_shannon(torch.tensor(counts), torch.from_numpy(priors))
    theirs = jensenshannon(np.array(counts), priors) ** 2 if any(counts) else math.log(2.0)
    assert ours == pytest.approx(theirs, abs=1e-9)


@pytest.mark.parametrize(("kinds", "n"), [(10, 2000), (10, 100), (1000, 2000)])
def test_the_floor_of_the_divergence_is_its_mean_over_perfect_generators(kinds: int, n: int) -> None:
    """Against 300 multinomial draws, and against (K - 1) / 2N where every class has many samples."""
    generator = np.random.default_rng(0)
    priors = generator.dirichlet(np.full(kinds, 5.0))
    floor = expected_divergence(torch.from_numpy(priors), n)
    draws = [
        divergence(torch.from_numpy(row), torch.from_numpy(priors))
        for row in generator.multinomial(n, priors, size=300)
    ]
    assert floor == pytest.approx(np.mean(draws), abs=5 * np.std(draws) / math.sqrt(len(draws)))
    if n >= 100 * kinds:
        assert floor == pytest.approx((kinds - 1) / (2 * n), rel=0.05)
