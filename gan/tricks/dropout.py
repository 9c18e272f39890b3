"""Dropout: each hidden activation of a player is 0 with probability p, the others make up for it.

    h → m h / (1 - p),   m ~ Bernoulli(1 - p), one an activation,   so that E[h] stays

D cannot rest on a few features that G would have to match one after the other. In G the masks are noise.
Usual implementations keep the scale at test time instead (the paper) or divide in training, as here. While
G is sampled it is off, unless `sampling` keeps it: pix2pix, whose only noise in G are dropout masks of
p = 0.5, draws its samples with them.

Reference: Hinton et al. 2012, "Improving neural networks by preventing co-adaptation of feature
detectors", arXiv:1207.0580; Isola et al. 2017, "Image-to-image translation with conditional adversarial
networks" (pix2pix), arXiv:1611.07004.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from gan.schedules import Scheduled, value
from gan.tree import knob, tree
from gan.tricks.base import At, Setup, Trick


@tree
class Dropout(Trick):
    probability: Scheduled = knob(0.5, unit="probability", low=0.0, high=0.9, neutral=0.0)
    """Probability p that an activation is dropped."""
    player: Literal["discriminator", "generator", "both"] = knob("discriminator", unit="name")
    """Whose activations are dropped."""
    sampling: bool = knob(False, unit="yes or no")
    """Whether G keeps dropping in the samples to be scored, as pix2pix does."""

    def fits(self, setup: Setup) -> str | None:
        if self.sampling and self.player == "discriminator":
            return "`sampling` is about dropout in G, and only D has it; leave it out, or set player"
        return None

    def hidden(self, h: Tensor, layer: str, at: At) -> Tensor:
        if self.player not in (at.side, "both") or (at.sampling and not self.sampling):
            return h
        p = value(self.probability, at.t)
        return torch.where(at.rng.uniform(h.shape) < p, 0.0, h / (1.0 - p))
