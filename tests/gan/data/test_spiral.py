"""Without noise every point is on an arm, and arms are filled evenly."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch

from gan.data.spiral import Spiral


def test_points_without_noise_are_on_the_arms() -> None:
    """The angle that a point's distance leaves over is that of one of three arms; each has a third."""
    samples = Spiral(arms=3, turns=2.0, radius=4.0, sigma=0.0, size=30_000).load(Path())
    x, y = samples.x.double().T
    along = torch.hypot(x, y) / 4.0
    arm = ((torch.atan2(y, x) / (2.0 * math.pi) - 2.0 * along) * 3.0) % 3.0
    known = along > 0.01
    off = (arm - arm.round()).abs()[known]
    assert float(off.max()) < 1e-3, "between arms is nothing"
    shares = torch.bincount(arm[known].round().long() % 3) / known.sum()
    for share in shares.tolist():
        assert share == pytest.approx(1 / 3, abs=5 * math.sqrt(2 / 9 / 30_000))
    # u² is uniform: a half of the points is within √½ of the radius.
    assert float((along < math.sqrt(0.5)).double().mean()) == pytest.approx(0.5, abs=5 * 0.5 / 30_000**0.5)


def test_noise_has_the_deviation_that_is_asked_for() -> None:
    """At radius 0 there is nothing else; five standard errors of a deviation."""
    x = Spiral(radius=0.0, sigma=0.3, size=20_000).load(Path()).x
    assert torch.allclose(x.std(0), torch.tensor(0.3), rtol=5 / math.sqrt(2 * 20_000))


def test_its_modes_are_its_arms_and_have_no_centres() -> None:
    data = Spiral(arms=5, size=10)
    samples = data.load(Path())
    assert data.modes == 5 and data.spread is None
    assert samples.priors.tolist() == [0.2] * 5 and samples.centres is None
