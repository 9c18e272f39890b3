"""Ten Gaussians of 700 dimensions in a space of 1,200: lost modes where pictures show nothing.

    x = E (c_k + σ ε),   E: ℝ^d → ℝ^(d+extra) orthonormal,   c_k ~ N(0, scale² I),   ε ~ N(0, I)

Like natural images, the data fills a manifold of fewer dimensions than it has coordinates. The paper gives
the numbers (ten equally likely isotropic Gaussians, 700, 1,200), but neither the means nor the embedding:
here both are random, fixed by `seed`. It counts as high quality what is within 10 standard deviations of a
centre, of which it does not say what they are; by σ, a real sample is at σ√700 = 26 σ, and `modes` takes
the quantile of χ²(d) instead.

Reference: Srivastava et al. 2017, "VEEGAN: reducing mode collapse in GANs using implicit variational
learning", arXiv:1705.07761 (its 1200D Synthetic).
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import torch

from gan.data.base import Data, Samples, mixture
from gan.tree import knob, tree


@tree
class HighDimensional(Data):
    modes: int = knob(10, unit="components", low=1, high=100_000)
    """Number of Gaussians."""
    dimension: int = knob(700, unit="dimensions", low=1, high=10_000)
    """Dimensions d in which each Gaussian spreads."""
    extra: int = knob(500, unit="dimensions", low=0, high=10_000)
    """Dimensions that the space has besides."""
    scale: float = knob(1.0, unit="coordinates", low=0.0, high=1e6)
    """Standard deviation of the centres' coordinates: two are about scale √2d apart."""
    sigma: float = knob(0.1, unit="coordinates", low=0.0, high=1e6)
    """Standard deviation σ of each Gaussian in each of its dimensions."""
    seed: int = knob(0, unit="seed", low=0, high=2_147_483_647)
    """Of the centres and the embedding."""
    size: int = knob(20_000, unit="samples", low=1, high=10_000_000)
    """Points drawn once and indexed ever after; 20,000 of 1,200 coordinates are 96 MB."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.dimension + self.extra,)

    @property
    def spread(self) -> int | None:
        return self.dimension

    def load(self, root: Path, download: bool = False) -> Samples:
        generator = torch.Generator().manual_seed(self.seed)
        centres = self.scale * torch.randn((self.modes, self.dimension), generator=generator)
        directions = torch.randn((self.shape[0], self.dimension), generator=generator)
        embedding = torch.linalg.qr(directions).Q.T
        flat = mixture(centres, self.sigma, self.size, seed=0)
        return dataclasses.replace(flat, x=flat.x @ embedding, centres=centres @ embedding)
