"""Gradients longer than a bound are shortened to it.

    g → g min(1, c / ‖g‖)

One freak batch cannot throw a player across its landscape. The norm is that of all of a player's
gradients together.

Reference: Pascanu, Mikolov, Bengio 2013, "On the difficulty of training recurrent neural networks",
arXiv:1211.5063.
"""

from __future__ import annotations

import math
from typing import Literal

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Trick


@tree
class ClipNorm(Trick):
    bound: Scheduled = knob(1.0, unit="gradient", low=1e-6, high=math.inf, log=True, neutral=math.inf)
    """Largest norm c that is left alone."""
    player: Literal["both", "generator", "discriminator"] = knob("both", unit="name")
    """Whose gradients are clipped."""

    def gradient(self, gradient_P: Tensor, at: At) -> Tensor:
        if self.player not in (at.side, "both"):
            return gradient_P
        norm = gradient_P.square().sum().sqrt()
        return gradient_P * (value(self.bound, at.t) / norm).clamp(max=1.0)
