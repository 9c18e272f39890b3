"""KID: torch-fidelity's number, unbiased, of images only."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from bench.features.extractor import Wanted
from bench.metrics.kid import Kid
from bench.metrics.scorer import Scorer
from bench.registries import METRICS
from gan.data.digits import Digits
from gan.data.ring import Ring
from gan.recipe import Choice


def _scorer(n: int, **options: object) -> Scorer:
    data = Digits()
    return Scorer.of(data, data.load(Path()), [Choice.of(METRICS, "kid", **options)], n)


def _features(scorer: Scorer, images: torch.Tensor) -> torch.Tensor:
    return scorer._bank.extractor(Wanted("ganbench-digits"))(images).values


def test_with_one_subset_it_is_the_unbiased_estimator() -> None:
    """MMD² = mean off-diagonal k(x, x') + the same of y - 2 mean k(x, y), k = (x·y/D + 1)³."""
    scorer = _scorer(80)
    x = scorer._oracle + 0.5 * torch.randn(scorer._oracle.shape, generator=torch.Generator().manual_seed(0))
    real = _features(scorer, scorer._bank.reference.images)
    from bench.features.pixels import to_uint8

    fake = _features(scorer, to_uint8(x))
    n = len(real)

    def kernel(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return (a @ b.T / 64 + 1) ** 3

    within = [
        (kernel(side, side).sum() - kernel(side, side).trace()) / (n * (n - 1)) for side in (real, fake)
    ]
    expected = within[0] + within[1] - 2 * kernel(real, fake).mean()
    assert scorer.score(x)["kid"] == pytest.approx(expected.item(), rel=1e-9)


def test_subsets_are_torch_fidelitys_own() -> None:
    """Drawn from a generator of its own with its default seed, so that its command line agrees."""
    from torch_fidelity.metric_kid import kid_features_to_metric

    scorer = _scorer(300, subsets=7, subset_size=100)
    real = _features(scorer, scorer._bank.reference.images)
    from bench.features.pixels import to_uint8

    fake = _features(scorer, to_uint8(scorer._oracle))
    expected = kid_features_to_metric(fake, real, kid_subsets=7, kid_subset_size=100, verbose=False)
    assert scorer.oracle()["kid"] == pytest.approx(expected["kernel_inception_distance_mean"], rel=1e-9)


def test_a_subset_never_holds_more_samples_than_there_are() -> None:
    """torch-fidelity's default of 1,000 would be an error on small data."""
    assert _scorer(50).oracle()["kid"] == pytest.approx(_scorer(50, subset_size=50).oracle()["kid"])


def test_collapse_is_farther_than_noise_and_noise_than_the_oracle() -> None:
    """All samples equal is the worst."""
    scorer = _scorer(500, subsets=5)
    x = scorer._oracle
    noisy = x + 0.4 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    oracle, noise, equal = (scorer.score(y)["kid"] for y in (x, noisy, x[:1].expand_as(x)))
    assert abs(oracle) < noise < equal


def test_points_are_declined_with_a_reason() -> None:
    """Kernels of raw coordinates would not be KID."""
    assert "points" in (Kid().fits(Ring()) or "")
