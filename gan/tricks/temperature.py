"""A scheduled temperature of the latent: broad, diverse samples first, the target's scale last.

    z = T(t) ε,   ε ~ N(0, I),   T from T_0 to T_1 along a schedule

A hot latent spreads G's samples over the data while D is still learning; cooling it lets them
settle. Samples for evaluation are drawn at the temperature of their moment. With T_0 = T_1 = 1
nothing changes.

Reference: Kingma and Dhariwal 2018, "Glow", arXiv:1807.03039 (temperature of the prior);
Brock et al. 2019, arXiv:1809.11096 (the latent's scale as a trade between fidelity and variety).
"""

from __future__ import annotations

from torch import Tensor

from gan import schedules
from gan.registry import Shape
from gan.shapes import OUTLINES
from gan.tree import knob, tree
from gan.tricks._players import needs_latents
from gan.tricks.base import At, Setup, Trick


@tree
class Temperature(Trick):
    start: float = knob(2.0, unit="standard deviations", low=0.0, high=10.0, neutral=1.0)
    """Temperature T_0 at the beginning."""
    end: float = knob(1.0, unit="standard deviations", low=0.0, high=10.0, neutral=1.0)
    """Temperature T_1 at the end."""
    shape: Shape = knob("linear", unit="name")
    """Shape of the way from start to end; step jumps once, cyclic has 4 cycles."""

    def fits(self, setup: Setup) -> str | None:
        if self.shape == "constant" and self.end != type(self).end:
            return "with shape constant it stays at start, and end does nothing; leave end out"
        if self.shape == "warmup":
            return "from start to end a warmup is a straight line; set shape: linear"
        if reason := needs_latents(setup):
            return reason
        if OUTLINES[self.shape].positive and min(self.start, self.end) <= 0.0:
            return f"shape {self.shape} needs start and end above 0; set them so, or take another shape"
        return None

    def latent(self, z_BZ: Tensor, at: At) -> Tensor:
        return z_BZ * schedules.between(self.start, self.end, self.shape, at.t)
