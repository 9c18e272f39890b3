"""The Fréchet distance against closed forms and an exact oracle, where other forms go wrong."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from given_features import correlated, nuclear
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from bench.metrics._frechet import Moments, frechet, measured


def _distance(real: Tensor, fake: Tensor) -> float:
    return frechet(Moments.of(real), Moments.of(fake))


DEGENERATE = {
    "fewer samples than dimensions": (correlated(40, 64, 0), correlated(30, 64, 1, 2.0)),
    "identical sets, fewer samples than dimensions": (correlated(40, 64, 0), correlated(40, 64, 0)),
    "two distinct points": (correlated(300, 32, 0), correlated(2, 32, 1).repeat(100, 1)),
    "ten distinct points": (correlated(300, 32, 0), correlated(10, 32, 1).repeat(20, 1)),
    "all samples equal": (correlated(300, 32, 0), correlated(1, 32, 1).repeat(200, 1)),
    "all samples of both sides equal": (torch.ones(9, 4).double(), torch.ones(9, 4).double()),
    "dead features": (
        correlated(300, 32, 0) * (torch.arange(32) > 9),
        correlated(300, 32, 1) * (torch.arange(32) > 5),
    ),
    "full rank": (correlated(500, 32, 0), correlated(400, 32, 1, 1.5, 3.0)),
}


@pytest.mark.parametrize("case", DEGENERATE)
def test_it_equals_the_nuclear_norm_also_where_covariances_are_singular(case: str) -> None:
    """Collapsed samples and dead features are exactly where a benchmark of collapse must be right."""
    real, fake = DEGENERATE[case]
    assert _distance(real, fake) == pytest.approx(nuclear(real, fake), rel=1e-10, abs=1e-8)


@pytest.mark.parametrize("case", DEGENERATE)
def test_it_knows_where_covariances_are_singular(case: str) -> None:
    """Only there the general eigenvalues of a product are not to be trusted."""
    assert measured(*(Moments.of(x) for x in DEGENERATE[case])).well_posed == (case == "full rank")


@pytest.mark.parametrize("d", [8, 64, 200])
def test_one_sample_too_few_is_enough_to_be_singular(d: int) -> None:
    """N samples span N - 1 directions, and rounding errors must not pass for the last one.

    A Cholesky decomposition does take them for it: its last pivot is as large as it likes where the others
    differ by many orders of magnitude.
    """
    for seed in range(5):
        enough, few = Moments.of(correlated(2 * d, d, seed)), Moments.of(correlated(d, d, seed, shift=5.0))
        assert measured(enough, Moments.of(correlated(2 * d, d, seed + 9))).well_posed
        assert not measured(enough, few).well_posed and not measured(few, enough).well_posed


def test_means_are_not_summed_in_float32() -> None:
    """Features far from zero: torch-fidelity sums them in the dtype they come in, and is visibly off."""
    from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

    real, fake = (100.0 + correlated(2000, 16, seed, scale).float() for seed, scale in ((0, 0.1), (1, 0.11)))
    expected = nuclear(real.double(), fake.double())
    statistics = [fid_features_to_statistics(side) for side in (fake, real)]
    theirs = fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]
    assert abs(theirs - expected) > 1e-6 * expected, "the trap is there"
    assert _distance(real, fake) == pytest.approx(expected, rel=1e-9)


def _with_moments(mean: Tensor, covariance: Tensor, n: int, seed: int) -> Tensor:
    """Samples that have exactly these moments."""
    x = torch.randn(n, len(mean), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    x = x - x.mean(0)
    white = x @ torch.linalg.inv(torch.linalg.cholesky(x.T @ x / (n - 1))).T
    return white @ torch.linalg.cholesky(covariance).T + mean


@pytest.mark.parametrize("d", [1, 5, 40])
def test_gaussians_with_known_moments(d: int) -> None:
    """Diagonal covariances: |μ - ν|² + Σ (σ - τ)²; others: SciPy's matrix square root."""
    from scipy.linalg import sqrtm

    generator = torch.Generator().manual_seed(d)
    mu, nu = torch.randn(2, d, generator=generator, dtype=torch.float64)
    sigma, tau = 0.5 + torch.rand(2, d, generator=generator, dtype=torch.float64)
    x, y = (_with_moments(m, s.square().diag(), 200, i) for i, (m, s) in enumerate(((mu, sigma), (nu, tau))))
    expected = float((mu - nu).square().sum() + (sigma - tau).square().sum())
    assert _distance(x, y) == pytest.approx(expected, rel=1e-8)

    full = torch.randn(d, 2 * d, generator=generator, dtype=torch.float64)
    covariance = full @ full.T / d
    y = _with_moments(nu, covariance, 300, 5)
    root = sqrtm(sigma.square().diag().numpy() @ covariance.numpy())
    traces = float(sigma.square().sum() + covariance.trace())
    expected = float((mu - nu).square().sum()) + traces - 2.0 * float(np.trace(root).real)
    assert _distance(x, y) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.parametrize("scale", [1e-2, 3e-4, 1e-6, 1e-9])
def test_narrow_directions_count_in_full(scale: float, same: bool) -> None:
    """Half of the features vary far less than the others: nothing is cut off, and identical sets are at 0."""
    narrow = torch.where(torch.arange(64) < 32, 1.0, scale).double()
    real = torch.randn(1000, 64, generator=torch.Generator().manual_seed(0)).double() * narrow
    other = torch.randn(1000, 64, generator=torch.Generator().manual_seed(1)).double() * narrow
    fake = real if same else other
    assert _distance(real, fake) == pytest.approx(nuclear(real, fake), rel=1e-10, abs=1e-9)


def test_rounding_errors_count_as_no_direction() -> None:
    """Where the real samples do not vary and the generated ones do, the latter's variance is all there is.

    The root of a rounding error, 3e-9, would be multiplied by a large deviation.
    """
    basis = torch.linalg.qr(correlated(200, 200, 0)).Q
    fake = correlated(2000, 200, 1)
    inside = fake @ basis[:, :5] @ basis[:, :5].T
    real = correlated(300, 5, 2) @ basis[:, :5].T
    fake = inside + 100.0 * (fake - inside)
    assert _distance(real, fake) == pytest.approx(nuclear(real, fake), rel=1e-13)


@pytest.mark.parametrize("d", [2, 8, 64])
def test_it_equals_torch_fidelity_where_that_is_sound(d: int) -> None:
    """On full-rank float64 features both are the same number."""
    from torch_fidelity.metric_fid import (
        KEY_METRIC_FID,
        fid_features_to_statistics,
        fid_statistics_to_metric,
    )

    real, fake = correlated(600, d, 0), correlated(500, d, 1, 1.3, 0.5)
    theirs = [fid_features_to_statistics(side) for side in (fake, real)]
    expected = fid_statistics_to_metric(*theirs, verbose=False)[KEY_METRIC_FID]
    assert _distance(real, fake) == pytest.approx(expected, rel=1e-6)


@given(st.floats(-5.0, 5.0), st.floats(0.1, 4.0))
@settings(max_examples=25, deadline=None)
def test_moving_and_scaling_has_a_closed_form(shift: float, scale: float) -> None:
    """d² of X and s X + m is D m² + (s - 1)² tr Σ, for centred X."""
    x = correlated(200, 5, 3)
    x = x - x.mean(0)
    variance = float(x.var(0).sum())
    expected = 5 * shift**2 + (scale - 1.0) ** 2 * variance
    assert _distance(x, scale * x + shift) == pytest.approx(expected, rel=1e-8, abs=1e-10)


@given(st.integers(0, 50), st.integers(2, 60), st.integers(2, 60), st.integers(1, 20))
@settings(max_examples=40, deadline=None)
def test_it_is_a_distance(seed: int, n: int, m: int, d: int) -> None:
    """Symmetric, never negative, zero for the same samples, whatever the rank."""
    x, y = correlated(n, d, seed), correlated(m, d, seed + 1, 2.0)
    assert _distance(x, y) == pytest.approx(_distance(y, x), rel=1e-6, abs=1e-7)
    assert _distance(x, y) >= 0.0
    assert _distance(x, x) == pytest.approx(0.0, abs=1e-6 * float((x**2).sum()))


def test_what_overflows_is_infinite_and_not_an_exception() -> None:
    """A diverged run has coordinates that square to infinity; the scorer names it, numpy stays quiet."""
    assert _distance(correlated(50, 2, 0), correlated(50, 2, 1, scale=1e200)) == float("inf")
