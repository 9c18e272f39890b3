"""Gaussians on a circle of which some are rare: whether a generator keeps modes that hardly pay.

    x = r (cos 2πk/K, sin 2πk/K) + σ ε,   p_k ∝ ratio^(-k / (K-1)),   k in {0, ..., K-1},   ε ~ N(0, I)

Priors fall geometrically from the most frequent mode, at angle 0, to the rarest, `ratio` times as rare and
its neighbour. A generator gains little from rare modes, so that they are the first to be lost, and one
that spreads evenly over all modes is wrong here.

Reference: Mariani et al. 2018, "BAGAN: data augmentation with balancing GAN", arXiv:1803.09655 (imbalanced
data); Srivastava et al. 2017, "VEEGAN", arXiv:1705.07761 (the ring).
"""

from __future__ import annotations

import math
from pathlib import Path

import torch

from gan.data.base import Data, Samples, mixture
from gan.tree import knob, tree


@tree
class Imbalanced(Data):
    modes: int = knob(8, unit="components", low=1, high=100_000)
    """Number of Gaussians K."""
    ratio: float = knob(10.0, unit="1", low=1.0, high=1e6)
    """How many times as frequent as the rarest mode the most frequent one is; 1: the ring."""
    radius: float = knob(1.0, unit="coordinates", low=0.0, high=1e6)
    """Distance r of the centres from the origin."""
    sigma: float = knob(0.02, unit="coordinates", low=0.0, high=1e6)
    """Standard deviation σ of each Gaussian."""
    size: int = knob(100_000, unit="samples", low=1, high=10_000_000)
    """Points drawn once and indexed ever after."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (2,)

    def load(self, root: Path, download: bool = False) -> Samples:
        k = torch.arange(self.modes)
        angle = 2.0 * math.pi * k / self.modes
        centres = self.radius * torch.stack([angle.cos(), angle.sin()], dim=1)
        weights = self.ratio ** (-k.double() / max(1, self.modes - 1))
        return mixture(centres, self.sigma, self.size, seed=0, priors=weights / weights.sum())
