"""Every component of a gradient is held within bounds.

    g_i → max(-c, min(c, g_i))

A few freak components cannot throw a player across its landscape, and the others keep their size; unlike
`clip_norm`, which shortens, it turns the gradient. Where all components are beyond c, what is left is c
times their signs.

Reference: Mikolov 2012, "Statistical language models based on neural networks" (doctoral thesis), as
told by Pascanu, Mikolov, Bengio 2013, section 3.2, arXiv:1211.5063.
"""

from __future__ import annotations

import math
from typing import Literal

from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._bounds import held_within
from gan.tricks.base import At, Trick


@tree
class ClipValue(Trick):
    bound: Scheduled = knob(0.01, unit="gradient", low=1e-6, high=math.inf, log=True, neutral=math.inf)
    """Largest size c of a component that is left alone."""
    player: Literal["both", "generator", "discriminator"] = knob("both", unit="name")
    """Whose gradients are clipped."""

    def gradient(self, gradient_P: Tensor, at: At) -> Tensor:
        if self.player not in (at.side, "both"):
            return gradient_P
        return held_within(gradient_P, value(self.bound, at.t))
