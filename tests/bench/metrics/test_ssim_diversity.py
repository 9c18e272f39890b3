"""SSIM of pairs, against a loop over windows that is written from the formula."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from bench.metrics._bank import Bank, Scored
from bench.metrics._split import split
from bench.metrics.ssim_diversity import SsimDiversity, random_pairs, ssim
from gan.data.base import Samples
from gan.data.digits import Digits
from gan.data.mnist import Mnist
from gan.data.ring import Ring


def _images(n: int, channels: int = 1, side: int = 13, seed: int = 0) -> Tensor:
    """Smooth pictures, float in [-1, 1]."""
    noise = torch.randn(
        n, channels, side // 3 + 1, side // 3 + 1, generator=torch.Generator().manual_seed(seed)
    )
    return torch.nn.functional.interpolate(noise, size=(side, side + 2), mode="bilinear").clamp(-1.0, 1.0)


def _bank(x: Tensor) -> Bank:
    return Bank(Mnist(), Samples(x, torch.ones(1).double()), split(x), 2)


def _naive(x: np.ndarray, y: np.ndarray) -> float:
    """Window after window and pixel after pixel, of two C x H x W images."""
    weights = np.array([[math.exp(-(i**2 + j**2) / 4.5) for j in range(-5, 6)] for i in range(-5, 6)])
    weights /= weights.sum()
    c1, c2 = 6.5025, 58.5225
    values = []
    for a, b in zip(x.astype(float), y.astype(float), strict=True):
        for top in range(a.shape[0] - 10):
            for left in range(a.shape[1] - 10):
                p, q = a[top : top + 11, left : left + 11], b[top : top + 11, left : left + 11]
                mp, mq = (weights * p).sum(), (weights * q).sum()
                vp, vq = (weights * (p - mp) ** 2).sum(), (weights * (q - mq) ** 2).sum()
                cov = (weights * (p - mp) * (q - mq)).sum()
                luminance = (2 * mp * mq + c1) / (mp**2 + mq**2 + c1)
                values.append(luminance * (2 * cov + c2) / (vp + vq + c2))
    return float(np.mean(values))


@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_the_formula(channels: int) -> None:
    """Grey and RGB, sides that differ, windows of 11 pixels inside the image."""
    x, y = (Scored(_images(4, channels, seed=seed)).images for seed in (0, 1))
    expected = [_naive(a.numpy(), b.numpy()) for a, b in zip(x, y, strict=True)]
    assert ssim(x, y).tolist() == pytest.approx(expected, rel=1e-9)
    torch.testing.assert_close(ssim(x, y), ssim(y, x))


def test_equal_images_have_one() -> None:
    """Black ones, in which nothing varies, too."""
    x = torch.cat([Scored(_images(3)).images, torch.zeros(1, 1, 13, 15, dtype=torch.uint8)])
    torch.testing.assert_close(ssim(x, x), torch.ones(4).double())


def test_pairs_are_different_samples_and_always_the_same() -> None:
    """No image is compared with itself; no global random number is drawn."""
    before = torch.get_rng_state()
    for n in (2, 3, 50):
        first, second = random_pairs(n, 400)
        assert bool((first != second).all()) and {*first.tolist(), *second.tolist()} <= set(range(n))
        assert all(torch.equal(a, b) for a, b in zip((first, second), random_pairs(n, 400), strict=True))
    assert len(set(zip(*(side.tolist() for side in random_pairs(3, 400)), strict=True))) == 6
    assert torch.equal(before, torch.get_rng_state())


def test_it_is_the_mean_over_the_pairs_whatever_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """In batches of some pairs, or all at once."""
    x = _images(30)
    samples, bank = Scored(x), _bank(x)
    first, second = random_pairs(30, 500)
    expected = float(ssim(samples.images[first], samples.images[second]).mean())
    assert SsimDiversity().score(bank, samples) == {"ssim_diversity": pytest.approx(expected, rel=1e-12)}
    monkeypatch.setattr("bench.metrics.ssim_diversity._PIXELS", 2000)
    assert SsimDiversity().score(bank, samples) == {"ssim_diversity": pytest.approx(expected, rel=1e-12)}


def test_collapse_raises_it_and_noise_lowers_it() -> None:
    """Which is why no ranking rests on it."""
    x = _images(60, side=28)
    bank = _bank(x)
    noise = 0.3 * torch.randn(x.shape, generator=torch.Generator().manual_seed(5))
    collapsed, few, healthy, noisy = (
        SsimDiversity().score(bank, Scored(y))["ssim_diversity"]
        for y in (x[:1].expand_as(x), x[torch.arange(60) % 3], x, x + noise)
    )
    assert collapsed == pytest.approx(1.0) and collapsed > few > healthy > noisy
    (output,) = SsimDiversity().outputs(Mnist())
    assert (output.headline, output.direction) == (False, "none")
    assert "noise" in SsimDiversity().cautions(Mnist(), 500, True)[0]


def test_small_images_and_points_are_declined_in_words() -> None:
    """Its windows do not fit into 8 pixels."""
    assert "8" in (SsimDiversity().fits(Digits()) or "") and "11 pixels" in (
        SsimDiversity().fits(Digits()) or ""
    )
    assert "pixels" in (SsimDiversity().fits(Ring()) or "")
    assert SsimDiversity().fits(Mnist()) is None
