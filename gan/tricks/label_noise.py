"""Label noise: each of D's targets is drawn from a range around its loss's own.

    y_real = a + (b - a) s,   s ~ U(0.7, 1.2),      y_generated = a + (b - a) s',   s' ~ U(0, 0.3)

with b and a the loss's targets on real and on generated samples, for most losses 1 and 0. One draw for each
of D's logits. D sees no target twice and cannot be certain of either. Its loss is linear in the target for
cross-entropy, and for least squares but for a constant, so that on average the noise acts like
`label_smoothing` to the middles of the ranges, 0.95 and 0.15; what is added is noise in D's gradient.

Reference: Chintala et al. 2016, "How to train a GAN? Tips and tricks to make GANs work", number 6,
github.com/soumith/ganhacks, whose ranges these are, after Salimans et al. 2016, arXiv:1606.03498.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._labels import needs_targets
from gan.tricks.base import At, Setup, Trick

if TYPE_CHECKING:
    from gan.losses.base import Targets

_LOOKS = 101
"""Moments of training at which a range is looked at, ends included."""


@tree
class LabelNoise(Trick):
    real_low: Scheduled = knob(0.7, unit="probability", low=0.0, high=1.0, neutral=1.0)
    """Least target on real samples."""
    real_high: Scheduled = knob(1.2, unit="probability", low=0.5, high=1.5, neutral=1.0)
    """Largest target on real samples."""
    fake_low: Scheduled = knob(0.0, unit="probability", low=-0.5, high=0.5, neutral=0.0)
    """Least target on generated samples."""
    fake_high: Scheduled = knob(0.3, unit="probability", low=0.0, high=1.0, neutral=0.0)
    """Largest target on generated samples."""

    def fits(self, setup: Setup) -> str | None:
        ranges = {"real": (self.real_low, self.real_high), "fake": (self.fake_low, self.fake_high)}
        for kind, bounds in ranges.items():
            for low, high in zip(*map(_course, bounds), strict=True):
                if low > high:
                    return f"the range from {low:g} to {high:g} is empty; set {kind}_low below {kind}_high"
                if not 0.0 <= 0.5 * (low + high) <= 1.0:
                    return (
                        f"targets from {low:g} to {high:g} are outside of 0 to 1 on average, where D's loss "
                        f"may have no minimum; set {kind}_low and {kind}_high around a probability"
                    )
        return needs_targets(setup)

    def targets(self, targets: Targets, count: int, at: At) -> Targets:
        real, fake = targets
        return self._drawn(real, count, at.place("real")), self._drawn(fake, count, at.place("fake"))

    def _drawn(self, target: float | Tensor, count: int, at: At) -> Tensor:
        """From the range that `target` names, 1 the real one and 0 the generated one. Shape: count."""
        u = at.rng.uniform((count,))
        low, high = value(self.real_low, at.t), value(self.real_high, at.t)
        real_B = low + (high - low) * u
        low, high = value(self.fake_low, at.t), value(self.fake_high, at.t)
        fake_B = low + (high - low) * u
        return fake_B + (real_B - fake_B) * target


def _course(bound: Scheduled) -> list[float]:
    """A bound from the first step to the last, `_LOOKS` times."""
    now = value(bound, torch.linspace(0.0, 1.0, _LOOKS, dtype=torch.float64))
    numbers: list[float] = torch.as_tensor(now, dtype=torch.float64).expand(_LOOKS).tolist()
    return numbers
