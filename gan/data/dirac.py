"""All samples are one point: the smallest GAN whose training can be solved on paper.

    x = 0 ∈ ℝ   with probability 1

A linear discriminator ψ x against a generator that is a point θ has its only equilibrium at θ = ψ = 0. Plain
simultaneous gradient descent circles it for ever; gradient penalties and instance noise reach it: whatever
a trick claims about convergence can be seen here. There are no modes to lose and no distances to compare,
so that metrics of spread decline; `equilibrium` measures how far the samples are from the point.

Reference: Mescheder, Geiger, Nowozin 2018, "Which training methods for GANs do actually converge?",
arXiv:1801.04406.
"""

from __future__ import annotations

from pathlib import Path

import torch

from gan.data.base import Data, Samples
from gan.tree import knob, tree


@tree
class Dirac(Data):
    size: int = knob(1_000, unit="samples", low=1, high=10_000_000)
    """Copies of the point: half of them, at most 10,000, bound how many generated samples are scored."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (1,)

    @property
    def modes(self) -> int:
        return 1

    @property
    def spread(self) -> int | None:
        return 0

    def load(self, root: Path, download: bool = False) -> Samples:
        point = torch.zeros(1, 1)
        return Samples(point.repeat(self.size, 1), torch.ones(1, dtype=torch.float64), point, sigma=0.0)
