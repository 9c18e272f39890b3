"""One-sided label smoothing: D's target on real samples is a little less than 1.

    y_real = α,   y_generated = 0   (unchanged)

D's optimum on real samples is at logit log(α / (1 - α)) instead of infinity, so it cannot become
arbitrarily certain. Smoothing the generated side too would reward G for staying where it is.

Reference: Salimans et al. 2016, "Improved techniques for training GANs", section 3.4, arXiv:1606.03498.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Setup, Trick

if TYPE_CHECKING:
    from gan.losses.base import Targets


@tree
class LabelSmoothing(Trick):
    real: Scheduled = knob(0.9, unit="probability", low=0.5, high=1.0, neutral=1.0)
    """D's target α on real samples."""

    def fits(self, setup: Setup) -> str | None:
        if setup.loss.targets is None:
            return "this loss has no targets to smooth; it needs minimax, non_saturating or least_squares"
        return None

    def targets(self, targets: Targets, count: int, at: At) -> Targets:
        return targets[0] * value(self.real, at.t), targets[1]
