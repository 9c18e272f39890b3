"""Points along the arms of a spiral: data on a curve, which has no centres.

    x = r u (cos φ, sin φ) + σ ε,   φ = 2π (turns · u + k / arms),   u² ~ U(0, 1),   ε ~ N(0, I)

The modes are the arms, k uniform on {0, ..., arms - 1}; far out, where arms are long, there are as many
points to a length as further in. No ball around a centre says what belongs to an arm, so that `modes`
declines: `precision_recall`, `sliced_wasserstein` and `ndb` see arms that are lost, cut short or blurred.

Reference: Gulrajani et al. 2017, "Improved training of Wasserstein GANs", arXiv:1704.00028 (a Swiss roll);
Grathwohl et al. 2018, "FFJORD", arXiv:1810.01367 (two spirals).
"""

from __future__ import annotations

import math
from pathlib import Path

import torch

from gan.data.base import Data, Samples
from gan.tree import knob, tree


@tree
class Spiral(Data):
    arms: int = knob(2, unit="arms", low=1, high=1000)
    """Arms of the spiral, turned by equal angles."""
    turns: float = knob(1.5, unit="revolutions", low=0.0, high=1000.0)
    """How often an arm goes around the origin."""
    radius: float = knob(1.0, unit="coordinates", low=0.0, high=1e6)
    """Distance r of an arm's end from the origin."""
    sigma: float = knob(0.02, unit="coordinates", low=0.0, high=1e6)
    """Standard deviation σ of the noise across and along an arm."""
    size: int = knob(100_000, unit="samples", low=1, high=10_000_000)
    """Points drawn once and indexed ever after."""

    @property
    def shape(self) -> tuple[int, ...]:
        return (2,)

    @property
    def modes(self) -> int:
        return self.arms

    @property
    def spread(self) -> int | None:
        return None

    def load(self, root: Path, download: bool = False) -> Samples:
        generator = torch.Generator().manual_seed(0)
        arm = torch.randint(self.arms, (self.size,), generator=generator)
        along = torch.rand(self.size, generator=generator).sqrt()
        angle = 2.0 * math.pi * (self.turns * along + arm / self.arms)
        curve = self.radius * along[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)
        noise = torch.randn((self.size, 2), generator=generator)
        priors = torch.full((self.arms,), 1.0 / self.arms, dtype=torch.float64)
        return Samples(curve + self.sigma * noise, priors)
