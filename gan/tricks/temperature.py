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

from gan.registry import Way
from gan.schedules import Schedule, value
from gan.shapes import OUTLINES, default
from gan.tree import knob, tree
from gan.tricks._players import needs_latents
from gan.tricks.base import At, Memory, Setup, Trick


@tree
class Temperature(Trick):
    start: float = knob(2.0, unit="standard deviations", low=0.0, high=10.0, neutral=1.0)
    """Temperature T_0 at the beginning."""
    end: float = knob(1.0, unit="standard deviations", low=0.0, high=10.0, neutral=1.0)
    """Temperature T_1 at the end."""
    shape: Way = knob("linear", unit="name")
    """Shape of the way from start to end (see `gan.schedules`); a constant stays at start."""
    after: float = knob(0.0, unit="training progress", low=0.0, high=0.99)
    """Progress up to which the temperature is T_0."""
    until: float = knob(1.0, unit="training progress", low=0.0, high=1.0)
    """Progress from which on it is T_1."""
    count: int | None = knob(None, unit="jumps or cycles", low=1, high=1_000_000)
    """Jumps of a step, or cycles; auto: 1 jump, 4 cycles."""

    def fits(self, setup: Setup) -> str | None:
        outline = OUTLINES[self.shape]
        for name, key in {"end": "end", "after": "begin", "until": "until", "count": "count"}.items():
            if key not in outline.keys and getattr(self, name) != getattr(type(self), name):
                return f"`{name}` does nothing with shape {self.shape}; leave it out"
        if outline.positive and min(self.start, self.end) <= 0.0:
            return f"shape {self.shape} needs start and end above 0; set them so, or take another shape"
        if self.until <= self.after:
            return f"there is no way from start to end; set until above after, which is {self.after:g}"
        return needs_latents(setup)

    def latent(self, z_BZ: Tensor, at: At) -> Tensor:
        return z_BZ * self._now(at.t)

    def shown(self, memory: Memory, t: Tensor) -> Memory:
        return {} if self.shape == "constant" else {"temperature": self._now(t)}

    def _now(self, t: Tensor) -> Tensor:
        """T(t), scalar."""
        count = float(self.count or default(self.shape, "count") or 1)
        return value(Schedule(self.shape, self.start, self.end, self.after, self.until, count), t)
