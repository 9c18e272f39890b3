"""Gaussians at random places in a box of any dimension: mixtures without a pattern to exploit.

    x = c_k + σ ε,   c_k uniform on [-b, b]^d with |c_j - c_k| ≥ s,   k uniform,   ε ~ N(0, I)
    s = separation · 2b / K^(1/d),   2b / K^(1/d) the spacing of a regular grid of as many centres

Rings and grids are regular, and a generator may profit from it; another `seed` is another arrangement, so
that a conclusion can be checked on several. Centres are drawn one after the other, each anew until it is far
enough from all before it; up to a `separation` of 0.5 there is always room.

Reference: Tolstikhin et al. 2017, "AdaGAN: boosting generative models", arXiv:1701.02386 (Gaussians with
means drawn at random from a box).
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from gan.data.base import Data, Samples, mixture
from gan.tree import knob, tree

_TRIED = 64
"""Candidates for a centre that are drawn together."""


@tree
class RandomMixture(Data):
    modes: int = knob(10, unit="components", low=1, high=1000)
    """Number of Gaussians K."""
    dimension: int = knob(2, unit="coordinates", low=1, high=10_000)
    """Coordinates of a point d."""
    box: float = knob(2.0, unit="coordinates", low=0.0, high=1e6)
    """Half of the box's side b."""
    separation: float = knob(0.4, unit="spacings of a regular grid", low=0.0, high=0.5)
    """Least distance between two centres."""
    sigma: float = knob(0.05, unit="coordinates", low=0.0, high=1e6)
    """Standard deviation σ of each Gaussian."""
    seed: int = knob(0, unit="seed", low=0, high=2_147_483_647)
    """Of the centres."""
    size: int = knob(100_000, unit="samples", low=1, high=10_000_000)
    """Points drawn once and indexed ever after."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.dimension,)

    def load(self, root: Path, download: bool = False) -> Samples:
        least = self.separation * 2.0 / self.modes ** (1.0 / self.dimension)
        centres = self.box * _apart(self.modes, self.dimension, least, self.seed)
        return mixture(centres, self.sigma, self.size, seed=0)


def _apart(count: int, dimension: int, least: float, seed: int) -> Tensor:
    """Random places in [-1, 1]^d, float32 `count` x d, no two nearer than `least`."""
    generator = torch.Generator().manual_seed(seed)
    found = torch.empty(0, dimension)
    while len(found) < count:
        for candidate in 2.0 * torch.rand((_TRIED, dimension), generator=generator) - 1.0:
            if len(found) < count and bool(((found - candidate).norm(dim=1) >= least).all()):
                found = torch.cat([found, candidate[None]])
    return found
