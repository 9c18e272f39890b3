"""Priors are a geometric series from the most to the least frequent mode, and points are drawn by them."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from gan.data.imbalanced import Imbalanced
from gan.data.ring import Ring


@pytest.mark.parametrize(("modes", "ratio"), [(8, 10.0), (3, 1e6), (1, 10.0), (5, 1.0)])
def test_priors_are_a_geometric_series(modes: int, ratio: float) -> None:
    """Each is the same multiple of the next, the first `ratio` times the last; they sum to one."""
    priors = Imbalanced(modes=modes, ratio=ratio, size=10).load(Path()).priors
    assert float(priors.sum()) == pytest.approx(1.0)
    if modes > 1:
        assert float(priors[0] / priors[-1]) == pytest.approx(ratio)
        quotients = priors[1:] / priors[:-1]
        torch.testing.assert_close(quotients, torch.full_like(quotients, ratio ** (-1 / (modes - 1))))


def test_modes_are_as_frequent_as_their_priors_say() -> None:
    """Five standard errors at 80,000 points."""
    samples = Imbalanced(size=80_000).load(Path())
    assert samples.centres is not None
    counts = torch.bincount(torch.cdist(samples.x, samples.centres).argmin(dim=1), minlength=8)
    for count, prior in zip(counts.tolist(), samples.priors.tolist(), strict=True):
        assert count == pytest.approx(80_000 * prior, abs=5 * math.sqrt(80_000 * prior * (1 - prior)))


def test_its_centres_are_the_rings() -> None:
    """Only the priors differ."""
    ours, rings = (kind(size=1).load(Path()).centres for kind in (Imbalanced, Ring))
    assert ours is not None and rings is not None and torch.equal(ours, rings)
