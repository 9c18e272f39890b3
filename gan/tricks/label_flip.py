"""Label flipping: now and then D is trained on a sample with the other kind's target.

    y_real → y_generated,   y_generated → y_real,   each of D's logits on its own, with probability p

With hard targets, D's optimum where real samples have density r and generated ones q is, under both-sided
flips, at probability ((1 - p) r + p q) / (r + q): it is nowhere more certain than 1 - p, which leaves G a
gradient also where nothing is real. From p = 1/2 on, the targets say nothing, or the opposite. `label_noise`
and `label_smoothing` then move a flipped target as they move the other kind's.

Reference: Chintala et al. 2016, "How to train a GAN? Tips and tricks to make GANs work", number 6,
github.com/soumith/ganhacks, after Salimans et al. 2016, arXiv:1606.03498.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import torch
from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks._labels import needs_targets
from gan.tricks.base import At, Setup, Trick

if TYPE_CHECKING:
    from gan.losses.base import Targets


@tree
class LabelFlip(Trick):
    probability: Scheduled = knob(0.05, unit="probability", low=0.0, high=0.5, neutral=0.0)
    """Probability p that a logit is trained towards the other kind's target."""
    side: Literal["both", "real", "fake"] = knob("both", unit="name")
    """Samples whose targets are flipped."""

    def fits(self, setup: Setup) -> str | None:
        return needs_targets(setup)

    def targets(self, targets: Targets, count: int, at: At) -> Targets:
        return self._flipped("real", targets[0], count, at), self._flipped("fake", targets[1], count, at)

    def _flipped(self, side: str, target: float | Tensor, count: int, at: At) -> float | Tensor:
        if self.side not in (side, "both"):
            return target
        flipped = at.rng.at(side).uniform((count,)) < value(self.probability, at.t)
        target = torch.as_tensor(target, dtype=at.t.dtype, device=at.t.device)
        return torch.where(flipped, 1.0 - target, target)
