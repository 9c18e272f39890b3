"""Gaussians on a circle: the smallest picture of mode collapse.

    x = r (cos 2πk/K, sin 2πk/K) + σ ε,   k uniform on {0, ..., K-1},   ε ~ N(0, I)

A generator that has lost modes shows it at a glance, and the loss can be counted exactly.

Reference: Srivastava et al. 2017, "VEEGAN", arXiv:1705.07761; Metz et al. 2017, arXiv:1611.02163.
"""

from __future__ import annotations

import math
from pathlib import Path

import torch

from gan.data.base import Data, Samples, mixture
from gan.tree import knob, tree


@tree
class Ring(Data):
    modes: int = knob(8, unit="components", low=1, high=100_000)
    """Number of Gaussians K."""
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
        angle = 2.0 * math.pi * torch.arange(self.modes) / self.modes
        centres = self.radius * torch.stack([angle.cos(), angle.sin()], dim=1)
        return mixture(centres, self.sigma, self.size, seed=0)
