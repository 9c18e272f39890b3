"""All samples are one point, and so is the mode."""

from __future__ import annotations

from pathlib import Path

import torch

from gan.data.dirac import Dirac


def test_every_sample_is_the_point() -> None:
    """One mode without any spread, at 0 on a line."""
    data = Dirac(size=7)
    samples = data.load(Path())
    assert data.shape == (1,) and data.spread == 0 and data.modes == 1
    assert torch.equal(samples.x, torch.zeros(7, 1))
    assert samples.centres is not None and torch.equal(samples.centres, torch.zeros(1, 1))
    assert samples.sigma == 0.0 and samples.priors.tolist() == [1.0]
