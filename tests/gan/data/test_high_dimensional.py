"""Samples spread as σ² χ²(d) around their centres, in d dimensions of all that there are."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from gan.data.high_dimensional import HighDimensional


def test_the_defaults_are_the_papers() -> None:
    """Ten Gaussians of 700 dimensions among 1,200."""
    data = HighDimensional()
    assert (data.modes, data.spread, data.shape) == (10, 700, (1200,))


def test_samples_lie_in_a_subspace_at_the_distance_that_chi_square_gives() -> None:
    """The squared distance to the centre, in σ², has mean d and variance 2d; nothing leaves the subspace."""
    data = HighDimensional(modes=3, dimension=40, extra=60, sigma=0.1, size=3000)
    samples = data.load(Path())
    assert samples.centres is not None
    squared = torch.cdist(samples.x, samples.centres).amin(dim=1).double().square() / 0.1**2
    assert float(squared.mean()) == pytest.approx(40.0, abs=5 * (80.0 / 3000) ** 0.5)
    assert float(squared.var()) == pytest.approx(80.0, rel=0.2)
    assert int(torch.linalg.matrix_rank(samples.x[:200].double(), rtol=1e-4)) == 40


def test_the_embedding_keeps_distances() -> None:
    """Centres are as far apart as Gaussian ones of `dimension` coordinates: 2 d scale² on average."""
    samples = HighDimensional(modes=60, dimension=200, extra=50, scale=3.0, size=10).load(Path())
    assert samples.centres is not None
    assert float(torch.pdist(samples.centres).square().mean()) == pytest.approx(2 * 200 * 9.0, rel=0.05)


def test_a_seed_is_another_mixture_and_an_own_subspace() -> None:
    one, other = (HighDimensional(dimension=3, extra=3, seed=seed, size=20).load(Path()).x for seed in (0, 1))
    assert int(torch.linalg.matrix_rank(torch.cat([one, other]), rtol=1e-4)) == 6
