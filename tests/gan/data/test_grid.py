"""Means, deviations and counts of the mixture are what its knobs say."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan.data.grid import Grid


def test_components_have_the_right_means_deviations_and_counts() -> None:
    """Five standard errors at 90,000 points on a 3×3 grid."""
    samples = Grid(side=3, spacing=2.0, sigma=0.05, size=90_000).load(Path())
    assert samples.centres is not None
    assert {tuple(centre.tolist()) for centre in samples.centres} == {
        (x, y) for x in (-2.0, 0.0, 2.0) for y in (-2.0, 0.0, 2.0)
    }
    nearest = torch.cdist(samples.x, samples.centres).argmin(dim=1)
    for mode, centre in enumerate(samples.centres):
        points = samples.x[nearest == mode]
        count = len(points)
        assert count == pytest.approx(10_000, abs=5 * math.sqrt(90_000 * (1 / 9) * (8 / 9)))
        assert torch.allclose(points.mean(0), centre, atol=5 * 0.05 / math.sqrt(count))
        assert torch.allclose(points.std(0), torch.tensor(0.05), rtol=5 / math.sqrt(2 * count))


@given(st.integers(1, 12), st.floats(0.01, 10.0))
def test_the_grid_is_centred_and_evenly_spaced(side: int, spacing: float) -> None:
    """m² modes, mean 0, nearest neighbours one spacing apart."""
    samples = Grid(side=side, spacing=spacing, sigma=0.05, size=10).load(Path())
    assert samples.centres is not None and len(samples.centres) == side**2
    assert torch.allclose(samples.centres.mean(0), torch.zeros(2), atol=1e-4)
    if side > 1:
        assert float(torch.pdist(samples.centres.double()).min()) == pytest.approx(spacing, rel=1e-4)
