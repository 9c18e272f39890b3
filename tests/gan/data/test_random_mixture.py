"""Centres are in the box and apart, another seed is another mixture, and points are Gaussian around them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from gan.data.random_mixture import RandomMixture


@given(
    st.integers(1, 40), st.integers(1, 6), st.floats(0.1, 10.0), st.floats(0.0, 0.5), st.integers(0, 10**6)
)
@settings(max_examples=50, deadline=None)
def test_centres_are_in_the_box_and_apart(
    modes: int, dimension: int, box: float, separation: float, seed: int
) -> None:
    """No two nearer than the separation, as a share of a regular grid's spacing; there is always room."""
    data = RandomMixture(modes, dimension, box, separation, sigma=0.0, seed=seed, size=10)
    centres = data.load(Path()).centres
    assert centres is not None and centres.shape == (modes, dimension)
    assert float(centres.abs().max()) <= box
    if modes > 1:
        least = separation * 2.0 * box / modes ** (1.0 / dimension)
        assert float(torch.pdist(centres).min()) >= least * (1.0 - 1e-5)


def test_the_hardest_line_is_filled() -> None:
    """A thousand centres on a line, at half of the spacing that a regular grid would have."""
    centres = RandomMixture(modes=1000, dimension=1, separation=0.5, size=1).load(Path()).centres
    assert centres is not None and len(centres) == 1000


def test_points_are_gaussian_around_their_centres() -> None:
    """Counts, means and deviations to five standard errors, in five dimensions."""
    data = RandomMixture(modes=4, dimension=5, box=10.0, sigma=0.1, size=40_000, seed=3)
    samples = data.load(Path())
    assert samples.centres is not None
    nearest = torch.cdist(samples.x, samples.centres).argmin(dim=1)
    for mode, centre in enumerate(samples.centres):
        points = samples.x[nearest == mode]
        assert len(points) == pytest.approx(10_000, abs=5 * math.sqrt(40_000 * (1 / 4) * (3 / 4)))
        assert torch.allclose(points.mean(0), centre, atol=5 * 0.1 / math.sqrt(len(points)))
        assert torch.allclose(points.std(0), torch.tensor(0.1), rtol=5 / math.sqrt(2 * len(points)))


def test_a_seed_is_an_arrangement() -> None:
    """Other centres, and the same points around them."""
    one, other = (RandomMixture(seed=seed, size=50).load(Path()) for seed in (0, 1))
    assert one.centres is not None and other.centres is not None
    assert not torch.allclose(one.centres, other.centres)
