"""Structural similarity of random pairs of generated images: the less alike, the more diverse.

    SSIM(x, y) = (2 μ_x μ_y + c_1)(2 σ_xy + c_2) / ((μ_x² + μ_y² + c_1)(σ_x² + σ_y² + c_2)),   averaged
    c_1 = (0.01 · 255)²,  c_2 = (0.03 · 255)²

Means, variances and the covariance are those of every window of 11 x 11 pixels inside the images, weighted
by a Gaussian of 1.5 pixels; the value is averaged over windows, channels and 500 random pairs of generated
images (the same pairs at every score). It is 1 if all images are equal; the oracle's is what real ones
have, and smaller is not better than that.

It sees collapse to one image or a few. It goes down with noise, and it is BLIND to lost classes, to copies,
and to all that pairs of images do not share pixel by pixel. It needs images of 11 pixels at least on each
side; the multi-scale form needs more than 160.

Reference: Odena, Olah and Shlens 2017, "Conditional image synthesis with auxiliary classifier GANs",
arXiv:1610.09585 (the idea); Wang, Bovik, Sheikh and Simoncelli 2004, "Image quality assessment: from error
visibility to structural similarity", doi:10.1109/TIP.2003.819861.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from bench.metrics._bank import Bank, Scored
from bench.metrics._seen import are_points
from bench.metrics.base import Metric, Output
from gan.data.base import Data
from gan.tree import knob, tree

_SEED = 0
_TAPS, _WIDTH = 11, 1.5
_C1, _C2 = (0.01 * 255.0) ** 2, (0.03 * 255.0) ** 2
_PIXELS = 1_000_000
"""Pixels in memory at a time."""


@tree
class SsimDiversity(Metric):
    pairs: int = knob(500, unit="pairs", low=1, high=100_000)
    """Random pairs of generated images."""

    def outputs(self, data: Data) -> tuple[Output, ...]:
        return (Output("ssim_diversity", "SSIM of pairs", "none", digits=3, headline=False),)

    def fits(self, data: Data) -> str | None:
        if are_points(data):
            return "points have no pixels"
        if min(data.shape[1:]) < _TAPS:
            return f"its windows are {_TAPS} pixels wide, and these images have {min(data.shape[1:])}"
        return None

    def cautions(self, data: Data, n: int, primary: bool) -> list[str]:
        if not primary:
            return []
        return [
            "noise lowers it as diversity does; make `fid`, `precision_recall` or `modes` the primary metric"
        ]

    def score(self, bank: Bank, samples: Scored) -> dict[str, float]:
        first, second = (side.to(samples.images.device) for side in random_pairs(samples.n, self.pairs))
        # The memory of a batch is that of some of the pairs.
        height = max(1, _PIXELS // samples.images[0].numel())
        batches = zip(first.split(height), second.split(height), strict=True)  # type: ignore[no-untyped-call]
        found = [ssim(samples.images[i], samples.images[j]) for i, j in batches]
        return {"ssim_diversity": float(torch.cat(found).mean())}


def random_pairs(n: int, count: int) -> tuple[Tensor, Tensor]:
    """Indices below `n` (2 or more) of pairs of different samples, always the same; int64, `count` each."""
    generator = torch.Generator().manual_seed(_SEED)
    first = torch.randint(n, (count,), generator=generator)
    step = torch.randint(1, n, (count,), generator=generator)
    return first, (first + step) % n


def ssim(x: Tensor, y: Tensor) -> Tensor:
    """Structural similarity of every pair of images.

    Args:
        x: uint8, N x C x H x W; H and W at least 11.
        y: uint8, the same shape.

    Returns:
        float64, N; 1 for equal images.
    """
    channels = x.shape[1]
    offsets = torch.arange(_TAPS, dtype=torch.float64, device=x.device) - _TAPS // 2
    window = torch.exp(-0.5 * (offsets / _WIDTH) ** 2)
    window = (window / window.sum()).expand(channels, 1, 1, _TAPS)

    def local(image: Tensor) -> Tensor:
        rows = functional.conv2d(image, window, groups=channels)
        return functional.conv2d(rows, window.transpose(2, 3), groups=channels)

    x, y = x.double(), y.double()
    mean_x, mean_y = local(x), local(y)
    variances = local(x * x) + local(y * y) - mean_x**2 - mean_y**2
    covariance = local(x * y) - mean_x * mean_y
    likeness = (2.0 * mean_x * mean_y + _C1) * (2.0 * covariance + _C2)
    scale = (mean_x**2 + mean_y**2 + _C1) * (variances + _C2)
    return (likeness / scale).mean(dim=(1, 2, 3))
