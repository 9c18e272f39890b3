"""The sliced Wasserstein distance: SciPy's in every direction, and what it sees on points."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from given_features import bank_of, correlated, samples_of, score

from bench.metrics.scorer import Scorer
from bench.metrics.sliced_wasserstein import SlicedWasserstein, directions
from bench.registries import METRICS
from gan.data.digits import Digits
from gan.data.ring import Ring
from gan.recipe import Choice


@pytest.mark.parametrize(("n", "d"), [(150, 8), (2, 3), (40, 1)])
def test_it_is_scipys_distance_in_every_direction(n: int, d: int) -> None:
    """Averaged over them."""
    from scipy.stats import wasserstein_distance

    real, fake = correlated(n, d, 0), correlated(n, d, 1, 1.3, 0.5)
    along = directions(d, 20)
    each = [wasserstein_distance((fake @ u).numpy(), (real @ u).numpy()) for u in along.T]
    found = score(SlicedWasserstein(directions=20), fake, real)["sliced_wasserstein"]
    assert found == pytest.approx(np.mean(each), rel=1e-10)


def test_directions_are_uniform_on_the_sphere_and_always_the_same() -> None:
    """Unit vectors whose mean is 0 and whose second moments are 1/D; no global random number is drawn."""
    before = torch.get_rng_state()
    along = directions(5, 20_000)
    assert torch.equal(before, torch.get_rng_state()) and torch.equal(along, directions(5, 20_000))
    torch.testing.assert_close(along.norm(dim=0), torch.ones(20_000).double())
    torch.testing.assert_close(along.mean(dim=1), torch.zeros(5).double(), atol=0.02, rtol=0.0)
    torch.testing.assert_close(along @ along.T / 20_000, torch.eye(5).double() / 5, atol=0.01, rtol=0.0)


def test_a_shift_in_the_plane_has_a_closed_form() -> None:
    """E |u · m| = 2 |m| / π over the directions of a plane."""
    real = correlated(300, 2, 0)
    found = score(SlicedWasserstein(directions=2000), real + torch.tensor([3.0, 4.0]), real)
    assert found["sliced_wasserstein"] == pytest.approx(10.0 / np.pi, rel=0.05)


def test_on_points_it_sees_lost_modes() -> None:
    """Every other mode of a ring lost, which the Fréchet distance hardly notices."""
    data = Ring()
    samples = data.load(Path())
    scorer = Scorer.of(data, samples, [Choice.of(METRICS, "sliced_wasserstein")], 2000)
    assert samples.centres is not None and samples.sigma is not None
    noise = samples.sigma * torch.randn(2000, 2, generator=torch.Generator().manual_seed(0))
    half = scorer.score(samples.centres[torch.arange(2000) % 4 * 2] + noise)["sliced_wasserstein"]
    assert half > 4 * scorer.oracle()["sliced_wasserstein"]
    assert SlicedWasserstein().fits(Digits()) is None


def test_real_samples_are_projected_once() -> None:
    """Only the generated ones are, at every score."""
    bank = bank_of(correlated(50, 4, 0))
    first = SlicedWasserstein().score(bank, samples_of(correlated(50, 4, 1)))
    (key,) = bank._known
    along, real = bank._known[key]
    bank._known[key] = (along, real + 100.0)
    assert SlicedWasserstein().score(bank, samples_of(correlated(50, 4, 1)))["sliced_wasserstein"] > 50.0
    assert first["sliced_wasserstein"] < 5.0
