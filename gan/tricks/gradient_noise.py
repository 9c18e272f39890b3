"""Gaussian noise on a player's gradient.

    g → g + σ(t) ε,   ε ~ N(0, I)

Noise shakes players out of narrow cycles and saddles that an exact gradient would stay in; annealed, it
leaves them alone at the end. The paper's σ² = η / (1 + k)^0.55 counts updates k, with η of 0.01 to 1; here
σ is a number or a schedule of progress (`inverse` and `geometric` fall like it). Noise comes after
`clip_norm` and `clip_value`, which would otherwise bound it, and before the optimiser: under Adam, which
divides by the gradient's size, it drowns gradients that are much smaller than σ.

Reference: Neelakantan et al. 2015, "Adding gradient noise improves learning for very deep networks",
arXiv:1511.06807.
"""

from __future__ import annotations

from typing import Literal

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Trick


@tree
class GradientNoise(Trick):
    sigma: Scheduled = knob(0.001, unit="gradient", low=0.0, high=1.0, neutral=0.0)
    """Standard deviation σ of the noise on each component."""
    player: Literal["both", "generator", "discriminator"] = knob("both", unit="name")
    """Whose gradient is disturbed."""

    def gradient(self, gradient_P: Tensor, at: At) -> Tensor:
        if self.player not in (at.side, "both"):
            return gradient_P
        return gradient_P + value(self.sigma, at.t) * at.rng.normal(gradient_P.shape)
