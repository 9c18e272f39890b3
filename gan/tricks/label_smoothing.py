"""Label smoothing: D's targets are a little less certain than its loss's own.

    y_real = a + (b - a) α,   y_generated = a + (b - a) β

with b and a the loss's targets on real and on generated samples, for most losses 1 and 0. D's optimum
on real samples, far from generated ones, is at logit log(α / (1 - α)) instead of infinity, so it cannot
become arbitrarily certain. One-sided by default: β above 0 would reward G for staying where it is
(Salimans et al.), although Szegedy et al. smooth all classes alike.

Reference: Salimans et al. 2016, "Improved techniques for training GANs", section 3.4, arXiv:1606.03498;
Szegedy et al. 2016, "Rethinking the inception architecture for computer vision", section 7,
arXiv:1512.00567.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._labels import needs_targets
from gan.tricks.base import At, Setup, Trick

if TYPE_CHECKING:
    from gan.losses.base import Targets


@tree
class LabelSmoothing(Trick):
    real: Scheduled = knob(0.9, unit="probability", low=0.5, high=1.0, neutral=1.0)
    """D's target α on real samples."""
    fake: Scheduled = knob(0.0, unit="probability", low=0.0, high=0.5, neutral=0.0)
    """D's target β on generated samples; 0: one-sided."""

    def fits(self, setup: Setup) -> str | None:
        return needs_targets(setup)

    def targets(self, targets: Targets, count: int, at: At) -> Targets:
        real, fake = value(self.real, at.t), value(self.fake, at.t)
        # Where a target has been flipped, what was 1 is 0: each number is moved by what it says.
        return fake + (real - fake) * targets[0], fake + (real - fake) * targets[1]
