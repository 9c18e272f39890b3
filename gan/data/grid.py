"""Gaussians on a square grid: more modes than a ring, with neighbours on all sides.

    x = d (i - (m-1)/2, j - (m-1)/2) + σ ε,   i, j uniform on {0, ..., m-1},   ε ~ N(0, I)

Inner modes have four neighbours, so that samples between modes are as much a symptom as lost ones.

Reference: Srivastava et al. 2017, "VEEGAN", arXiv:1705.07761; Lin et al. 2018, "PacGAN", arXiv:1712.04086.
"""

from __future__ import annotations

from pathlib import Path

import torch

from gan.data.base import Data, Samples, mixture
from gan.tree import knob, tree


@tree
class Grid(Data):
    side: int = knob(5, unit="components", low=1, high=1000)
    """Gaussians along each side m; there are m² modes."""
    spacing: float = knob(2.0, unit="coordinates", low=0.0, high=1e6)
    """Distance d between neighbouring centres."""
    sigma: float = knob(0.05, unit="coordinates", low=0.0, high=1e6)
    """Standard deviation σ of each Gaussian."""
    size: int = knob(100_000, unit="samples", low=1, high=10_000_000)
    """Points drawn once and indexed ever after."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (2,)

    @property
    def modes(self) -> int:
        return self.side**2

    def load(self, root: Path, download: bool = False) -> Samples:
        line = self.spacing * (torch.arange(self.side) - (self.side - 1) / 2)
        centres = torch.cartesian_prod(line, line).reshape(-1, 2)
        return mixture(centres, self.sigma, self.size, seed=0)
