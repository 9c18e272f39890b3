"""Gaussian noise on everything D sees, real and generated, annealed to nothing.

    D(x) → D(x + σ(t) ε),   ε ~ N(0, I),   σ(t) = σ max(0, 1 - t/u)

Two distributions that do not overlap become two that do, so that D cannot be certain and its
gradient points from one to the other. Fresh noise each time D looks; all looks of one penalty or bonus
share it.

Reference: Sønderby et al. 2017, "Amortised MAP inference for image super-resolution",
arXiv:1610.04490; Arjovsky and Bottou 2017, arXiv:1701.04862.
"""

from __future__ import annotations

from torch import Tensor

from gan.schedules import Schedule, Scheduled, annealed, value
from gan.tree import knob, tree
from gan.tricks.base import At, Memory, Setup, Trick


@tree
class InstanceNoise(Trick):
    sigma: Scheduled = knob(0.1, unit="data units", low=0.0, high=2.0, neutral=0.0)
    """Standard deviation σ of the noise at the start; images span 2 units, from -1 to 1.

    A schedule is σ(t) itself.
    """
    until: float = knob(1.0, unit="training progress", low=0.01, high=1.0)
    """Progress u at which the noise has gone, where σ is a number."""

    def fits(self, setup: Setup) -> str | None:
        if isinstance(self.sigma, Schedule) and self.until != type(self).until:
            return "sigma has a schedule, which is not annealed as well; set until inside the schedule"
        return None

    def inputs(self, x: Tensor, at: At) -> Tensor:
        return x + self._strength(at.t) * at.rng.normal(x.shape)

    def shown(self, memory: Memory, t: Tensor) -> Memory:
        return {} if isinstance(self.sigma, Schedule) else {"sigma": self._strength(t)}

    def _strength(self, t: Tensor) -> Tensor:
        """σ(t), scalar."""
        if isinstance(self.sigma, Schedule):
            return value(self.sigma, t)
        return self.sigma * annealed(t, self.until)
