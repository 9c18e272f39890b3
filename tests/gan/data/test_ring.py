"""Means, deviations and counts of the mixture are what its knobs say."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan.data.ring import Ring


def test_components_have_the_right_means_deviations_and_counts() -> None:
    """Five standard errors at 80,000 points, eight components so narrow that none overlap."""
    samples = Ring(modes=8, radius=2.0, sigma=0.05, size=80_000).load(Path())
    assert samples.centres is not None
    nearest = torch.cdist(samples.x, samples.centres).argmin(dim=1)
    for mode, centre in enumerate(samples.centres):
        assert float(centre.norm()) == pytest.approx(2.0, rel=1e-6)
        assert math.atan2(centre[1], centre[0]) % (2 * math.pi) == pytest.approx(
            2 * math.pi * mode / 8, abs=1e-6
        )
        points = samples.x[nearest == mode]
        count = len(points)
        assert count == pytest.approx(10_000, abs=5 * math.sqrt(80_000 * (1 / 8) * (7 / 8)))
        assert torch.allclose(points.mean(0), centre, atol=5 * 0.05 / math.sqrt(count))
        assert torch.allclose(points.std(0), torch.tensor(0.05), rtol=5 / math.sqrt(2 * count))


@given(st.integers(1, 40), st.floats(0.0, 10.0), st.floats(0.0, 1.0), st.integers(1, 50))
def test_every_option_gives_a_mixture(modes: int, radius: float, sigma: float, size: int) -> None:
    """As many points as asked for, equal shares."""
    samples = Ring(modes=modes, radius=radius, sigma=sigma, size=size).load(Path())
    assert samples.x.shape == (size, 2) and samples.x.isfinite().all()
    assert torch.equal(samples.priors, torch.full((modes,), 1.0 / modes, dtype=torch.float64))
    assert samples.sigma == sigma
