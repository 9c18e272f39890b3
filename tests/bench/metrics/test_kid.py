"""KID: torch-fidelity's number, unbiased, of images only, and its standard error against many draws."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from given_features import correlated, score

from bench.features.extractor import Wanted
from bench.features.pixels import to_uint8
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


def test_it_is_the_unbiased_estimator() -> None:
    """MMD² = mean off-diagonal k(x, x') + the same of y - 2 mean k(x, y), k = (x·y/D + 1)³."""
    scorer = _scorer(80)
    x = scorer.held_out + 0.5 * torch.randn(scorer.held_out.shape, generator=torch.Generator().manual_seed(0))
    real, fake = (_features(scorer, images) for images in (scorer._bank.reference.images, to_uint8(x)))
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
    fake = _features(scorer, to_uint8(scorer.held_out))
    expected = kid_features_to_metric(fake, real, kid_subsets=7, kid_subset_size=100, verbose=False)
    assert scorer.oracle()["kid"] == pytest.approx(expected["kernel_inception_distance_mean"], rel=1e-9)


def test_a_subset_never_holds_more_samples_than_there_are() -> None:
    """torch-fidelity's default of 1,000 would be an error on small data; then all samples are taken."""
    everything = _scorer(50).oracle()
    assert _scorer(50, subsets=5).oracle() == everything == _scorer(50, subsets=5, subset_size=50).oracle()


def test_collapse_is_farther_than_noise_and_noise_than_the_oracle() -> None:
    """All samples equal is the worst."""
    scorer = _scorer(500, subsets=5)
    x = scorer.held_out
    noisy = x + 0.4 * torch.randn(x.shape, generator=torch.Generator().manual_seed(0))
    oracle, noise, equal = (scorer.score(y)["kid"] for y in (x, noisy, x[:1].expand_as(x)))
    assert abs(oracle) < noise < equal


def test_points_are_declined_with_a_reason() -> None:
    """Kernels of raw coordinates would not be KID."""
    assert "points" in (Kid().fits(Ring()) or "")


@pytest.mark.parametrize("n", [2, 3, 255, 256, 257, 700])
def test_all_samples_at_once_are_torch_fidelitys_one_subset(n: int) -> None:
    """Whole and broken blocks of the kernel matrix."""
    from torch_fidelity.metric_kid import kid_features_to_metric

    real, fake = correlated(n, 6, 0), correlated(n, 6, 1, 1.3)
    expected = kid_features_to_metric(fake, real, kid_subsets=1, kid_subset_size=n, verbose=False)
    found = score(Kid(), fake, real)
    assert found["kid"] == pytest.approx(expected["kernel_inception_distance_mean"], rel=1e-9, abs=1e-12)
    assert found["kid_se"] >= 0.0


def test_more_subsets_do_not_make_the_samples_more() -> None:
    """The error of the mean over subsets approaches that of all samples at once, from above."""
    real, fake = correlated(300, 6, 0), correlated(300, 6, 1, 1.2)
    everything = score(Kid(), fake, real)["kid_se"]
    few, many = (score(Kid(subsets=s, subset_size=60), fake, real)["kid_se"] for s in (5, 200))
    assert everything < many < few
    assert many == pytest.approx(everything, rel=0.3)


def test_one_subset_is_declined_and_too_large_ones_are_named() -> None:
    """One subset has no spread; a thousand of 500 samples cannot be drawn."""
    assert "at least 2" in (Kid(subsets=1).fits(Digits()) or "")
    assert Kid(subsets=2).fits(Digits()) is None
    (caution,) = Kid(subsets=100).cautions(Digits(), 500, False)
    assert "subset of 1,000" in caution and "`samples: 1000`" in caution
    assert Kid().cautions(Digits(), 500, True) == []
    assert Kid(subsets=100).cautions(Digits(), 1000, True) == []


def test_both_collapsed_to_one_point_are_equal() -> None:
    """Exactly 0 in float64, with no error; float32 leaves a negative remainder."""
    point = correlated(1, 16, 3, 20.0).expand(200, -1)
    found = score(Kid(), point, point)
    assert found["kid"] == pytest.approx(0.0, abs=1e-6) and found["kid_se"] == 0.0
